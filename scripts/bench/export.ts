/** What an export costs: conversions through the console as CSV, against node:sqlite reading the same rows into the same text. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { CSV_LINE_END, csvText } from "../../workers/core/csv.ts";
import { formatInstant } from "../../workers/core/instant.ts";
import { formatMicros } from "../../workers/core/money.ts";
import { conversionsSql } from "../programme/conversions-in-sql.ts";
import { programmeSql } from "../programme/in-sql.ts";
import { configOf, nameOf, readSections } from "../sections.ts";
import { type Cast, startCast } from "./cast.ts";
import type { Effort } from "./effort.ts";
import { openReference } from "./reference-database.ts";
import { alternate, compare } from "./rounds.ts";
import type { Findings } from "./rows.ts";

const WARMING_ROUNDS = 2;
/** So much text is made to bytes at once. */
const CHUNK_LENGTH = 65_536;

/** Row `export`. */
export async function measureExport(directory: string, effort: Effort): Promise<Findings> {
  if (!effort.wants("export")) return { rows: {}, cpuMs: {} };
  const cast = await startCast(
    [
      { name: "console", section: "console", entry: "workers/console/index.ts" },
      // The console has a way to the ledger's objects, and finds the ledger by its name.
      { name: nameOf(configOf(readSections(), "ledger")), section: "ledger", entry: "workers/ledger/index.ts" },
    ],
    directory,
  );
  const reference = openReference(join(directory, "export.sqlite"));
  try {
    const books = await cast.miniflare.getD1Database("DB", "console");
    for (const sql of [...programmeSql(), ...conversionsSql(effort.exportedRows)]) {
      await books.prepare(sql).run();
      reference.exec(sql);
    }
    await expectTheSame(cast, reference);
    const perSecond = (startedMs: number) => effort.exportedRows / ((performance.now() - startedMs) / 1000);
    const theirs = async () => {
      const startedMs = performance.now();
      for (const _ of readReference(reference));
      return perSecond(startedMs);
    };
    const ours = async () => {
      const startedMs = performance.now();
      for await (const _ of await exportCsv(cast));
      return perSecond(startedMs);
    };
    await alternate(WARMING_ROUNDS, theirs, ours);
    const rounds = await alternate(effort.rounds, theirs, ours);
    return { rows: { export: compare(rounds) }, cpuMs: {} };
  } finally {
    reference.close();
    await cast.stop();
  }
}

/** A reference that writes another text would be none. */
async function expectTheSame(cast: Cast, reference: DatabaseSync): Promise<void> {
  const ours = createHash("sha256");
  for await (const chunk of await exportCsv(cast)) ours.update(chunk);
  const theirs = createHash("sha256");
  for (const chunk of readReference(reference)) theirs.update(chunk);
  if (ours.digest("hex") !== theirs.digest("hex")) throw new Error("the export and its reference differ");
}

async function exportCsv(cast: Cast): Promise<AsyncIterable<Uint8Array>> {
  const headers = { Authorization: `Bearer ${cast.secrets.CONSOLE_TOKEN}`, "Accept-Encoding": "identity" };
  const answer = await fetch(`${cast.origin("console")}/api/exports/conversions.csv`, { headers });
  if (!answer.ok || !answer.body) throw new Error(`the export answered ${answer.status}`);
  return answer.body;
}

/** Columns as the export has them, and how each is written. */
const SLUGS = ["advertiser", "offer", "affiliate", "link"];
const WRITERS: Record<string, (cell: string | number) => string> = {
  conversion_id: String,
  ...Object.fromEntries(SLUGS.map((name) => [name, String])),
  event: (cell) => csvText(String(cell)),
  txid: (cell) => csvText(String(cell)),
  click_id: String,
  status: String,
  currency: String,
  amount: formatMicros,
  revenue: formatMicros,
  payout: formatMicros,
  clicked_at: (cell) => formatInstant(Number(cell)),
  occurred_at: (cell) => formatInstant(Number(cell)),
  received_at: (cell) => formatInstant(Number(cell)),
  settled_at: (cell) => formatInstant(Number(cell)),
  ...Object.fromEntries(
    ["country", "device", "os", "browser", "referrer", "external_id"].map((name) => [name, textOf]),
  ),
  ...Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`sub${index + 1}`, textOf])),
  coupon: textOf,
  customer: textOf,
  test: (cell) => (cell === 0 ? "false" : "true"),
  meta: textOf,
  original_status: textOf,
};

function textOf(cell: string | number): string {
  return csvText(String(cell));
}

/** As one would write it who has the database in the same process: one statement, slugs held in memory, a loop, bytes at the end. */
function* readReference(db: DatabaseSync): Generator<Uint8Array> {
  const names = Object.keys(WRITERS);
  const slugs = new Map(SLUGS.map((name) => [name, slugWriter(db, name)]));
  const writers = Object.entries(WRITERS).map(([name, writer]) => slugs.get(name) ?? writer);
  const query = db.prepare(`SELECT ${names.join(", ")} FROM conversions ORDER BY conversion_id`);
  query.setReturnArrays(true);
  const encoder = new TextEncoder();
  let text = names.join(",") + CSV_LINE_END;
  for (const row of query.iterate()) {
    const cells: SQLOutputValue[] = Object.values(row);
    for (let index = 0; index < writers.length; index++) {
      const cell = cells[index];
      if (index > 0) text += ",";
      if (typeof cell === "string" || typeof cell === "number") text += writers[index]?.(cell) ?? "";
    }
    text += CSV_LINE_END;
    if (text.length < CHUNK_LENGTH) continue;
    yield encoder.encode(text);
    text = "";
  }
  yield encoder.encode(text);
}

function slugWriter(db: DatabaseSync, name: string): (cell: string | number) => string {
  const rows = db.prepare(`SELECT number, slug FROM ${name}s`).all();
  const slugs = new Map(rows.map(({ number, slug }) => [number, String(slug)]));
  return (cell) => slugs.get(cell) ?? "";
}
