/** The archive of the whole system, as its operator and an analyst with DuckDB see it: filled, copied, read, verified, damaged, mended, and what leaves D1. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyLog } from "../../scripts/archive/copy.ts";
import { archiveAgain, listPieces, readSummary, verifyLog } from "../../scripts/archive/pieces.ts";
import type { FullFetch } from "../../scripts/console-api.ts";
import { LOGS, type Log } from "../../workers/core/archive-piece.ts";
import { type Duck, openDuck } from "../exports/duckdb.ts";
import { heldClicks, tendDays } from "../flow/held-clicks.ts";
import { type System, seedProgramme, startSystem, waitFor } from "../flow/system.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CLICKS = 5;

let system: System;
let duck: Duck;
const directory = mkdtempSync(join(tmpdir(), "archive-"));
const startedAtMs = Date.now();
/** All that the test does is closed by then. */
const closedMs = startedAtMs + 2 * HOUR_MS;

beforeAll(async () => {
  [system, duck] = await Promise.all([startSystem({ vars: { ledger: { CLICK_DAYS_HOT: "3" } } }), openDuck()]);
  const { token } = await seedProgramme(system);
  for (let number = 0; number < CLICKS; number++) {
    const { headers } = await system.fetchClick(`/c/demo?sub1=campaign-${number}`, {
      headers: { "user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36" },
    });
    const click = /[0-9a-hjkmnp-tv-z]{36}/.exec(headers.get("location") ?? "")?.[0] ?? "";
    const order = { event: "sale", txid: `order-${number}`, click_id: click, token };
    await system.fetchPostback(`/p/acme?${new URLSearchParams({ ...order, amount: "12.345678" })}`);
    if (number === 0)
      await system.fetchPostback(
        `/p/acme?${new URLSearchParams({ ...order, status: "reversed", amount: "0.000001" })}`,
      );
  }
  await waitFor(async () => (await held("clicks")) === CLICKS && (await held("entries")) === CLICKS + 1);
});
afterAll(async () => {
  duck.close();
  rmSync(directory, { recursive: true });
  await system.stop();
});

const fetchConsole: FullFetch = async (path, init) => {
  const answer = await system.fetchConsole(path, init);
  return new Response(await answer.arrayBuffer(), { status: answer.status, headers: new Headers([...answer.headers]) });
};

async function held(log: Log): Promise<number> {
  if (log === "clicks") return (await heldClicks(system)).length;
  const { DB, LOG } = await system.ledgerEnv();
  const database = { postbacks: LOG, entries: DB }[log];
  return (
    (await database
      .prepare(`SELECT count(*) AS n FROM ${log === "entries" ? "all_entries" : log}`)
      .first<number>("n")) ?? -1
  );
}

/** The cron as of `atMs`, until nothing waits: pieces of clicks are written by messages. */
async function tend(atMs: number): Promise<void> {
  await tendDays(system, Date.now(), startedAtMs);
  await system.scheduled(atMs);
  await waitFor(async () => (await readSummary(fetchConsole)).every(({ waitingHours }) => waitingHours === 0));
}

async function save(path: string, name: string): Promise<void> {
  writeFileSync(
    join(directory, name),
    new Uint8Array(await (await fetchConsole(`/api/exports/${path}`)).arrayBuffer()),
  );
}

async function firstPiece(log: Log): Promise<string> {
  for await (const { name } of listPieces(fetchConsole, log, {})) return name;
  throw new Error(`nothing of ${log} is archived`);
}

const copy = () => Promise.all(LOGS.map((log) => copyLog(fetchConsole, log, {}, join(directory, "archive"))));
const verify = async () => (await Promise.all(LOGS.map((log) => verifyLog(fetchConsole, log, () => {})))).flat();

test("nothing is archived before its hour is closed", async () => {
  await tendDays(system, Date.now(), startedAtMs);
  await system.scheduled(startedAtMs);
  expect((await readSummary(fetchConsole)).map(({ pieces }) => pieces)).toEqual([0, 0, 0]);
  expect((await readSummary(fetchConsole)).every(({ waitingHours }) => waitingHours > 0)).toBe(true);
});

/** Which statement lists an entry is known when its hour is long in the archive. */
const KNOWN_LATER = ["statement", "invoice"];

test("DuckDB finds in a copy of the archive what it finds in the exports", async () => {
  for (const log of LOGS) await save(`${log}.parquet`, `${log}.parquet`);
  await tend(closedMs);
  expect((await copy()).map(({ there }) => there)).toEqual([0, 0, 0]);
  for (const log of LOGS) {
    const archive = `SELECT * EXCLUDE (date) FROM read_parquet('${directory}/archive/${log}/*/*.parquet', hive_partitioning = true)`;
    const all = await duck.query(`DESCRIBE FROM '${directory}/${log}.parquet'`);
    const columns = all.filter(({ column_name }) => !KNOWN_LATER.includes(String(column_name)));
    const names = columns.map(({ column_name }) => `"${column_name}"`).join(", ");
    const exported = `SELECT ${names} FROM '${directory}/${log}.parquet'`;
    expect(await duck.query(`DESCRIBE SELECT ${names} FROM (${archive})`)).toEqual(columns);
    const [count] = await duck.query(
      `SELECT (SELECT count(*) FROM (${exported})) AS rows, (SELECT count(*) FROM (SELECT ${names} FROM (${archive}) EXCEPT ALL ${exported})) AS more,
       (SELECT count(*) FROM (${exported} EXCEPT ALL SELECT ${names} FROM (${archive}))) AS fewer`,
    );
    expect([log, count]).toEqual([log, { rows: String(await held(log)), more: "0", fewer: "0" }]);
  }
  expect((await copy()).map(({ fetched }) => fetched)).toEqual([0, 0, 0]);
});

test("the documents' queries are what DuckDB takes, and say something", async () => {
  await save("conversions.parquet", "november.parquet");
  await duck.query(`SET file_search_path = '${directory}'`);
  const queries = ["docs/exports.md", "docs/archive.md"].flatMap((path) =>
    [...readFileSync(path, "utf8").matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql = ""]) => sql),
  );
  expect(queries).toHaveLength(5);
  const [earned, differing, visited, outcomes, worth] = await Promise.all(queries.map((sql) => duck.query(sql)));
  // Ten percent of each sale, to the cent; a millionth was given back.
  expect(earned).toEqual([{ affiliate: "blog", currency: "USD", conversions: "5", payout: "6.150000" }]);
  expect(differing).toEqual([{ differing: "0" }]);
  expect(visited).toEqual([
    { date: new Date(startedAtMs).toISOString().slice(0, 10), link: "demo", clicks: "5", visitors: "1" },
  ]);
  expect(outcomes).toEqual([
    { status: "attributed", reason: null, postbacks: "5" },
    { status: "updated", reason: null, postbacks: "1" },
  ]);
  expect(worth).toHaveLength(CLICKS);
});

test("the manifest and the file are for who may read everything", async () => {
  const tokenOf = async (role: string, subject?: string) => {
    const body = JSON.stringify({ name: role, role, ...(subject === undefined ? {} : { subject }) });
    const headers = { "content-type": "application/json" };
    return Object(await (await fetchConsole("/api/tokens", { method: "POST", headers, body })).json()).token;
  };
  const piece = await firstPiece("clicks");
  const paths = ["", "/clicks", `/clicks/file?name=${piece}`, "/clicks/verification"].map(
    (path) => `/api/archive${path}`,
  );
  for (const [role, subject, status] of [
    ["analyst", undefined, 200],
    ["affiliate", "blog", 403],
    ["advertiser", "acme", 403],
  ] as const) {
    const authorization = `Bearer ${await tokenOf(role, subject)}`;
    for (const path of paths)
      expect([role, path, (await fetchConsole(path, { headers: { authorization } })).status]).toEqual([
        role,
        path,
        status,
      ]);
    const again = {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: '{"hours":[]}',
    };
    expect((await fetchConsole("/api/archive/clicks/again", again)).status).toBe(403);
  }
  for (const [path, status] of [
    ["/api/archive/conversions", 404],
    ["/api/archive/clicks/file?name=clicks/date=2020-01-01/hour=00.parquet", 404],
    ["/api/archive/clicks/file?name=failed/x", 400],
    [`/api/archive/postbacks/file?name=${piece}`, 404],
  ] as const)
    expect([path, (await fetchConsole(path)).status]).toEqual([path, status]);
});

test("what was damaged is found, and archived again", async () => {
  expect(await verify()).toEqual([]);
  const { ARCHIVE } = await system.ledgerEnv();
  const [click, postback] = await Promise.all([firstPiece("clicks"), firstPiece("postbacks")]);
  await ARCHIVE.put(click, "no Parquet at all");
  await ARCHIVE.delete(postback);
  const faults = await verify();
  expect(faults.map(({ name, what }) => [name, what])).toEqual([
    [click, "other_bytes"],
    [postback, "missing"],
  ]);
  await archiveAgain(fetchConsole, faults);
  await tend(closedMs + 60_000);
  expect(await verify()).toEqual([]);
});

test("clicks leave their objects after some days, as one file, and postbacks D1 after 180; the archive keeps both", async () => {
  const files = readdirSync(join(directory, "archive"), { recursive: true }).length;
  expect(await held("clicks")).toBe(CLICKS);
  // Sealed, final, and gone; the pause between is the operator's clock.
  for (let run = 0; run < 4; run++) await tend(closedMs + 5 * DAY_MS + run * HOUR_MS);
  expect(await Promise.all(LOGS.map(held))).toEqual([0, CLICKS + 1, CLICKS + 1]);
  await tend(closedMs + 181 * DAY_MS);
  expect(await Promise.all(LOGS.map(held))).toEqual([0, 0, CLICKS + 1]);
  expect(await verify()).toEqual([]);
  const [fetched] = await copy();
  expect(fetched?.fetched).toBeLessThanOrEqual(1);
  expect(readdirSync(join(directory, "archive"), { recursive: true }).length).toBeGreaterThanOrEqual(files);
  const [clicks] = await readSummary(fetchConsole);
  expect(clicks).toMatchObject({ log: "clicks", rows: CLICKS, deletedTo: clicks?.to });
});
