/** What was lost is made anew through the real parts: rows of D1 from the objects, an object from the archive of its commands; and nothing brings back who was erased. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { rewriteDamaged, verifyCommands } from "../../scripts/archive/commands.ts";
import { checkJournals } from "../../scripts/journal-check.ts";
import { checkLog, tellGoneBack } from "../../scripts/log-check.ts";
import { archiveNow, readState, rebuildObject, repairRows } from "../../scripts/rebuild/rebuilding.ts";
import { repairBooks, verifyBooks } from "../../scripts/verification.ts";
import { commandPieceName, readPiece, writePiece } from "../../workers/core/books/command-piece.ts";
import { everything as everyStore } from "./every-store.ts";
import { type System, seedProgramme, startSystem, waitFor } from "./system.ts";

const SECOND_LOOK_MS = 20;
const WHO = "xanthippe";

let system: System;
let token: string;
const clicks: string[] = [];

beforeAll(async () => {
  system = await startSystem();
  ({ token } = await seedProgramme(system));
  for (let number = 0; number < 5; number++) {
    const answer = await system.fetchClick("/c/demo?sub1=spring");
    clicks.push(/[0-9a-hjkmnp-tv-z]{36}/.exec(answer.headers.get("location") ?? "")?.[0] ?? "");
    await settle({ click_id: clicks[number] ?? "", event: "sale", txid: `r${number}`, amount: "20" });
  }
  await settle({ event: "sale", txid: "r2", status: "reversed", amount: "5", refund_id: "first" });
  const headers = { "content-type": "application/json" };
  await system.fetchConsole("/api/advertisers/acme", {
    method: "PATCH",
    headers,
    body: JSON.stringify({ pixel: true }),
  });
  await pixel({ click_id: clicks[3] ?? "", event: "lead" });
  await settle({ click_id: clicks[4] ?? "", event: "sale", txid: WHO, amount: "7", coupon: WHO, "meta.note": WHO });
});
afterAll(() => system.stop());

/** Sends it, and waits for what became of it. */
async function settle(words: Record<string, string>): Promise<void> {
  const answer = await system.fetchPostback(`/p/acme?${new URLSearchParams({ token, ...words })}`);
  await landed(await answer.text());
}

async function pixel(words: Record<string, string>): Promise<void> {
  const before = await count("claims");
  await system.fetchPostback(`/p/acme.gif?${new URLSearchParams(words)}`);
  await waitFor(async () => (await count("claims")) > before);
}

async function landed(answer: string): Promise<void> {
  const { receipt }: { receipt: string } = JSON.parse(answer);
  const { LOG } = await system.ledgerEnv();
  const query = LOG.prepare("SELECT 1 FROM postbacks WHERE receipt = ? AND stage > 0").bind(receipt);
  await waitFor(async () => (await query.all()).results.length === 1);
}

async function count(table: string): Promise<number> {
  const { DB } = await system.ledgerEnv();
  return Number(await DB.prepare(`SELECT count(*) AS rows FROM ${table}`).first("rows"));
}

async function objectOf(name: string) {
  const worker = system.harness.getWorker("clickback-ledger");
  for (const id of await worker.listDurableObjectIds("CONVERSIONS")) {
    const storage = await worker.getDurableObjectStorage("CONVERSIONS", { id });
    const tables = await storage.exec("SELECT name FROM sqlite_schema WHERE name = 'archived'");
    if (tables.length > 0 && (await storage.exec("SELECT 1 FROM archived")).length > 0) return storage;
  }
  throw new Error(`no object of ${name} says whose it is`);
}

const TABLES = [
  "messages",
  "names",
  "conversions",
  "common",
  "caps",
  "firsts",
  "claim_places",
  "erased",
  "pixel_days",
  "journal",
];

async function held(): Promise<unknown[][]> {
  const storage = await objectOf("acme");
  return Promise.all(TABLES.map((table) => storage.exec(`SELECT * FROM ${table} ORDER BY 1`)));
}

async function rows(): Promise<unknown[]> {
  const { DB, LOG } = await system.ledgerEnv();
  const books = await DB.prepare(
    "SELECT * FROM conversions JOIN all_entries USING (conversion_id) ORDER BY conversion_id, all_entries.seq",
  ).all();
  return [books.results, (await LOG.prepare("SELECT * FROM postbacks ORDER BY receipt").all()).results];
}

async function lose(): Promise<void> {
  const storage = await objectOf("acme");
  for (const table of [...TABLES, "archived", "changes", "due_rows", "full_caps", "pixel_forgotten"])
    await storage.exec(`DELETE FROM ${table}`);
}

/** Without when it was settled, and what is beside a conversion, which its row says as of its last change. */
function timeless(all: unknown): string {
  return JSON.stringify(all).replaceAll(/"(?:settled_at|click_joined)":\d+|"beside":(?:null|"(?:[^"\\]|\\.)*")/g, "");
}

/** Nothing differs, both ways and in the journal. */
async function isProved(): Promise<boolean> {
  const { disagreements } = await verifyBooks(system.fetchConsole, 0, SECOND_LOOK_MS);
  const { findings } = await checkJournals(system.fetchConsole);
  return disagreements.length + findings.length === 0;
}

test("an object that was lost is made anew exactly, with what it took behind its archive", {
  timeout: 120_000,
}, async () => {
  await archiveNow(system.fetchConsole, "acme");
  const before = await held();
  await lose();
  expect(await isProved()).toBe(false);
  expect(await rebuildObject(system.fetchConsole, "acme", false, () => {})).toEqual([]);
  expect(await held()).toEqual(before);
  expect(await isProved()).toBe(true);
  // What comes next is archived behind it, and what comes behind that is in the log alone.
  await settle({ event: "sale", txid: "r1", status: "reversed", amount: "2", refund_id: "second" });
  await archiveNow(system.fetchConsole, "acme");
  await settle({ event: "sale", txid: "r0", status: "reversed", amount: "3", refund_id: "third" });
  // The signed log has what the archive does not.
  await system.scheduled();
  expect(await checkLog(system.fetchConsole)).toMatchObject({ findings: [], goneBack: [{ journal: "acme", lost: 0 }] });
  const { journal, archivedJournal } = await readState(system.fetchConsole, "acme");
  expect(journal).toBe((archivedJournal ?? 0) + 1);
  const [books] = await rows();
  await lose();
  await rebuildObject(system.fetchConsole, "acme", false, () => {});
  await waitFor(async () => (await readState(system.fetchConsole, "acme")).messages === (before[0]?.length ?? 0) + 2);
  const { disagreements } = await repairRows(system.fetchConsole, "acme", () => {});
  expect(disagreements).toEqual([]);
  expect(await isProved()).toBe(true);
  expect(timeless((await rows())[0])).toEqual(timeless(books));
  // Until the log says that the journal was made anew, what it lacks is a fault; then it is told for good, by name.
  expect((await checkLog(system.fetchConsole)).findings).toMatchObject([
    { what: "changed", name: `row ${journal} of the journal of acme` },
  ]);
  await system.scheduled();
  const log = await checkLog(system.fetchConsole);
  expect(log).toMatchObject({
    findings: [],
    goneBack: [{ lost: 0 }, { row: archivedJournal, by: "console token", lost: 1 }],
  });
  expect(tellGoneBack(log)[1]).toMatch(
    /^the journal of acme was rebuilt at row \d+ on \d{4}-\d\d-\d\d by console token: 1 head logged before is not in it$/,
  );
});

test("an object that holds books is not emptied unawares, nor is one that was lost taken for a new one", {
  timeout: 120_000,
}, async () => {
  await expect(rebuildObject(system.fetchConsole, "acme", false, () => {})).rejects.toThrow("holds books");
  const wrong = await system.fetchConsole("/api/rebuilding/acme", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "acne", over: true }),
  });
  expect(wrong.status).toBe(409);
  await archiveNow(system.fetchConsole, "acme");
  const before = await held();
  const { pieces } = await readState(system.fetchConsole, "acme");
  await lose();
  await settle({ click_id: clicks[0] ?? "", event: "lead" });
  await expect(archiveNow(system.fetchConsole, "acme")).rejects.toThrow("was lost");
  expect((await readState(system.fetchConsole, "acme")).pieces).toBe(pieces);
  await rebuildObject(system.fetchConsole, "acme", true, () => {});
  // The lead came while it was lost: the log has it.
  await waitFor(async () => (await readState(system.fetchConsole, "acme")).messages === (before[0]?.length ?? 0) + 1);
  await repairRows(system.fetchConsole, "acme", () => {});
  expect(await isProved()).toBe(true);
});

test("the archive is read back: what is missing, was changed or is another object's is named", {
  timeout: 120_000,
}, async () => {
  const { ARCHIVE } = await system.ledgerEnv();
  await archiveNow(system.fetchConsole, "acme");
  const { pieces } = await readState(system.fetchConsole, "acme");
  const read = async () => {
    const { faults, ...checked } = await verifyCommands(system.fetchConsole);
    return { ...checked, faults: faults.map(({ name, what }) => `${name} ${what}`) };
  };
  const whole = await read();
  expect([whole.pieces, whole.faults]).toEqual([pieces, []]);
  const [first, second] = [commandPieceName(1, 1), commandPieceName(1, 2)];
  const [one, other] = [await keptAt(first), await keptAt(second)];
  await ARCHIVE.put(second, one.bytes, { customMetadata: other.customMetadata });
  await ARCHIVE.delete(first);
  expect((await read()).faults).toEqual([`${first} missing`, `${second} other_lines`]);
  await ARCHIVE.put(second, new Uint8Array(9), { customMetadata: other.customMetadata });
  const lines = readPiece(one.bytes).map((line) =>
    line.table === "journal" && "row" in line ? { ...line, row: { ...line.row, head: "another" } } : line,
  );
  await ARCHIVE.put(first, writePiece(lines), { customMetadata: one.customMetadata });
  expect((await read()).faults).toEqual([`${first} other_rows_than_object`, `${second} unreadable`]);
  await ARCHIVE.put(first, one.bytes, { customMetadata: one.customMetadata });
  await ARCHIVE.put(second, other.bytes, { customMetadata: other.customMetadata });
  expect(await read()).toEqual(whole);
});

async function keptAt(name: string) {
  const { ARCHIVE } = await system.ledgerEnv();
  const object = await ARCHIVE.get(name);
  const bytes = new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer());
  return { bytes, customMetadata: object?.customMetadata ?? {} };
}

test("damaged pieces of the archive are written anew from the object, which is made anew from them exactly", {
  timeout: 120_000,
}, async () => {
  const { ARCHIVE } = await system.ledgerEnv();
  await archiveNow(system.fetchConsole, "acme");
  const before = await held();
  const { pieces } = await readState(system.fetchConsole, "acme");
  const [first, second] = [commandPieceName(1, 1), commandPieceName(1, 2)];
  const { customMetadata } = await keptAt(second);
  await ARCHIVE.delete(first);
  await ARCHIVE.put(second, new Uint8Array(9), { customMetadata });
  const damaged = await verifyCommands(system.fetchConsole);
  expect(damaged.faults).toMatchObject([
    { advertiser: "acme", name: first, what: "missing" },
    { advertiser: "acme", name: second, what: "unreadable" },
  ]);
  expect(await rewriteDamaged(system.fetchConsole, damaged)).toEqual([]);
  const mended = await verifyCommands(system.fetchConsole);
  expect([mended.faults, mended.pieces > pieces]).toEqual([[], true]);
  await lose();
  // What was lost has nothing to write it anew from.
  expect(await rewriteDamaged(system.fetchConsole, damaged)).toEqual([expect.stringMatching(/^acme: .*was lost/)]);
  await rebuildObject(system.fetchConsole, "acme", false, () => {});
  expect(await held()).toEqual(before);
  expect(await isProved()).toBe(true);
});

test("rows that D1 lost are written anew from the objects", { timeout: 120_000 }, async () => {
  const before = await rows();
  const { DB, LOG } = await system.ledgerEnv();
  await DB.prepare("DROP TRIGGER IF EXISTS entries_are_never_deleted_alone").run();
  for (const table of ["entries", "conversions"]) await DB.prepare(`DELETE FROM ${table}`).run();
  await LOG.prepare("DELETE FROM postbacks").run();
  await repairBooks(system.fetchConsole, await verifyBooks(system.fetchConsole, 0, SECOND_LOOK_MS));
  const { disagreements } = await repairRows(system.fetchConsole, undefined, () => {});
  expect(disagreements).toEqual([]);
  expect(timeless(await rows())).toEqual(timeless(before));
});

test("who was erased is in no piece, and no rebuilding brings them back", { timeout: 120_000 }, async () => {
  await archiveNow(system.fetchConsole, "acme");
  const names = async () => (await everyStore(system)).filter(([, text]) => text.includes(WHO)).map(([place]) => place);
  expect((await names()).some((place) => place.includes("commands/"))).toBe(true);
  const path = `/api/personal?${new URLSearchParams({ advertiser: "acme", txid: WHO })}`;
  const places = async () => {
    const person: { held: { store: string; key: string }[] } = JSON.parse(
      await (await system.fetchConsole(path)).text(),
    );
    return person.held.map(({ store, key }) => `${store} ${key}`);
  };
  expect(await places()).toContain("ARCHIVE/commands commands/advertiser=1/");
  await system.fetchConsole(path, { method: "DELETE" });
  await waitFor(async () => (await places()).length === 0);
  await waitFor(async () => (await names()).length === 0);
  const before = await held();
  await lose();
  await rebuildObject(system.fetchConsole, "acme", false, () => {});
  expect(await held()).toEqual(before);
  await repairRows(system.fetchConsole, "acme", () => {});
  expect(await isProved()).toBe(true);
  expect(await names()).toEqual([]);
  // What comes again in the name is still known.
  await settle({ event: "sale", txid: WHO, amount: "7" });
  const { LOG } = await system.ledgerEnv();
  expect(await LOG.prepare("SELECT count(*) AS rows FROM postbacks WHERE status = 'duplicate'").first("rows")).toBe(1);
});
