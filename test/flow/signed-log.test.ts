/** The signed log through the real parts: what was settled is proved under a checkpoint within a minute, everybody can check it, and what was changed afterwards is named. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkLog, tellGoneBack } from "../../scripts/log-check.ts";
import { tellUnsaid } from "../../scripts/rebuild/restored.ts";
import { type System, seedProgramme, startSystem, waitFor } from "./system.ts";

let system: System;
let receipt = "";
let token = "";

beforeAll(async () => {
  system = await startSystem();
  ({ token } = await seedProgramme(system));
  receipt = await sell("v1");
  await system.scheduled();
});
afterAll(() => system.stop());

async function sell(txid: string): Promise<string> {
  const answer = await system.fetchClick("/c/demo?sub1=spring");
  const clickId = /[0-9a-hjkmnp-tv-z]{36}/.exec(answer.headers.get("location") ?? "")?.[0] ?? "";
  const query = new URLSearchParams({ click_id: clickId, event: "sale", txid, amount: "20", token });
  const posted: { receipt: string } = JSON.parse(await (await system.fetchPostback(`/p/acme?${query}`)).text());
  await waitFor(async () => (await tell(`/receipts/${posted.receipt}`)).status !== "queued");
  return posted.receipt;
}

async function tell(path: string, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  return JSON.parse(await (await system.fetchConsole(path, { headers })).text());
}

const found = async () => (await checkLog(system.fetchConsole)).findings.map(({ what, name }) => `${what} ${name}`);

test("a receipt and its conversion name the checkpoint that they are proved under", async () => {
  const { proved, conversion } = await tell(`/receipts/${receipt}`, { authorization: `Bearer ${token}` });
  expect(proved).toEqual({ checkpoint: 1, at: expect.stringMatching(/Z$/) });
  expect((await tell(`/api/conversions/${conversion}`)).proved).toEqual(proved);
  const { receipts } = JSON.parse(
    await (
      await system.fetchConsole("/receipts", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ receipts: [receipt] }),
      })
    ).text(),
  );
  expect(receipts[0].proved).toEqual(proved);
});

test("everybody reads checkpoints, tiles and keys, which both workers give alike, and nobody is named in them", async () => {
  const read = async (path: string) => system.fetchConsole(path, { headers: { authorization: "" } });
  const keys = await (await read("/.well-known/clickback-proofs")).text();
  expect(await (await system.fetchPostback("/.well-known/clickback-proofs")).text()).toBe(keys);
  expect(JSON.parse(keys)).toMatchObject({ origin: expect.stringMatching(/^clickback\.log\/[0-9a-z]{16}$/) });
  const checkpoint = await read("/log/checkpoint");
  expect([checkpoint.status, checkpoint.headers.get("content-type")]).toEqual([200, "text/plain; charset=utf-8"]);
  expect(await checkpoint.text()).toBe(await (await read("/log/checkpoints/1")).text());
  const entries = Buffer.from(await (await read("/log/tile/entries/000.p/1")).arrayBuffer());
  expect(entries.subarray(2).toString()).toMatch(/^clickback minute\n1\n.*Z\n[A-Za-z0-9+/]{43}=\n$/);
  for (const path of [
    "/log/tile/0/000",
    "/log/tile/99/000",
    "/log/checkpoints/9",
    "/log/checkpoints/x",
    "/log/tile/../../minutes/1.json",
  ])
    expect((await read(path)).status, path).toBe(404);
  expect((await read("/api/signed-log/verification?walk=minutes")).status).toBe(401);
});

test("a whole log has no findings, and grows by what came since", async () => {
  await sell("v2");
  await system.scheduled();
  expect(await checkLog(system.fetchConsole)).toEqual({
    size: 2,
    checkpoints: 2,
    findings: [],
    goneBack: [],
    unsaid: [],
  });
});

test("a database that was taken back is named until an operator says that it was restored, and then told for good", async () => {
  const { DB } = await system.ledgerEnv();
  const post = (name: string) =>
    system.fetchConsole("/api/signed-log/restorations", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name }),
    });
  expect((await post("books")).status).toBe(409);
  const row = Number(await DB.prepare("SELECT max(number) AS row FROM audit_chain").first("row"));
  const change = async (name: string) => {
    const headers = { "content-type": "application/json" };
    await system.fetchConsole("/api/offers/shoes", { method: "PATCH", headers, body: JSON.stringify({ name }) });
    await system.scheduled();
  };
  await change("Boots");
  await change("Sandals");
  // As it was at a bookmark before both changes: what came since is in no table.
  const guards = await DB.prepare(
    "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN ('audit', 'audit_chain', 'checkpoints')",
  ).all<{ name: string; sql: string }>();
  for (const { name } of guards.results) await DB.prepare(`DROP TRIGGER ${name}`).run();
  for (const table of ["audit", "audit_chain"])
    await DB.prepare(`DELETE FROM ${table} WHERE number > ?`).bind(row).run();
  await DB.prepare("DELETE FROM checkpoints WHERE number > 2").run();
  await DB.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = 'audit'").bind(row).run();
  for (const { sql } of guards.results) await DB.prepare(sql).run();
  expect(await found()).toEqual(["removed minutes 3 to 4"]);
  await change("Slippers");
  expect(await found()).toEqual([`changed audit ${row + 1}`, `removed audit ${row + 2}`]);
  expect((await checkLog(system.fetchConsole)).unsaid.map(tellUnsaid)).toEqual([
    expect.stringMatching(new RegExp(`^the books' database was found taken back behind row ${row} of the audit log`)),
  ]);
  expect((await post("log")).status).toBe(409);
  expect((await post("books")).status).toBe(200);
  expect((await post("books")).status).toBe(409);
  await system.scheduled();
  const log = await checkLog(system.fetchConsole);
  expect(log).toMatchObject({ findings: [], unsaid: [], goneBack: [{ journal: null, row, lost: 2 }] });
  expect(tellGoneBack(log)).toEqual([
    expect.stringMatching(
      /^the books' database was restored on \d{4}-\d\d-\d\d by console token, to row \d+ of the audit log: 2 heads logged before are no longer there$/,
    ),
  ]);
});

test("what was changed, removed or added since is named", async () => {
  const { DB, ARCHIVE } = await system.ledgerEnv();
  await DB.prepare("DROP TRIGGER audit_is_never_changed").run();
  await DB.prepare("UPDATE audit SET actor = 'somebody' WHERE number = 2").run();
  expect(await found()).toEqual(["changed audit 2"]);
  await DB.prepare("DROP TRIGGER audit_is_never_deleted").run();
  await DB.prepare("DELETE FROM audit WHERE number = 2").run();
  expect(await found()).toEqual(["removed audit 2"]);
  const minute = await (await ARCHIVE.get("minutes/1.json"))?.text();
  await ARCHIVE.put(
    "minutes/1.json",
    String(minute)
      .replace('"number":1,"atMs"', '"number":1,"more":1,"atMs"')
      .replace(/"head":"./, '"head":"_'),
  );
  expect(await found()).toContain("changed minute 1");
  await ARCHIVE.put("minutes/1.json", String(minute));
  const note = await (await ARCHIVE.get("log/checkpoints/1"))?.text();
  await ARCHIVE.put("log/checkpoints/1", String(note).replace("\n1\n", "\n2\n"));
  expect(await found()).toContain("broken checkpoint 1");
  await ARCHIVE.put("log/checkpoints/1", String(note));
  const { size } = await checkLog(system.fetchConsole);
  const tile = await ARCHIVE.get(`log/tile/entries/000.p/${size}`);
  const entries = Buffer.from((await tile?.arrayBuffer()) ?? new ArrayBuffer());
  await ARCHIVE.put(
    `log/tile/entries/000.p/${size}`,
    Buffer.from(entries.toString("latin1").replace("minute\n1", "minute\n7"), "latin1"),
  );
  expect(await found()).toContain("changed minute 1");
});
