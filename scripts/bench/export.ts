/** What an export costs: conversions through the console as CSV, against node:sqlite reading the same rows into the same text. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { CSV_LINE_END, csvText } from "../../workers/core/csv.ts";
import { formatInstant } from "../../workers/core/instant.ts";
import { formatMicros } from "../../workers/core/money.ts";
import { conversionsSql } from "../programme/conversions-in-sql.ts";
import { programmeSql } from "../programme/in-sql.ts";
import { reach } from "../reach.ts";
import { type Cast, consoleParts, startCast } from "./cast.ts";
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
  const cast = await startCast([...consoleParts()], directory);
  const reference = openReference(join(directory, "export.sqlite"));
  try {
    const books = await cast.miniflare.getD1Database("DB", "console");
    for (const sql of [...programmeSql(), ...conversionsSql(effort.exportedRows)]) {
      await books.prepare(sql).run();
      reference.exec(sql);
    }
    const columns = await exportedColumns(cast);
    await expectTheSame(cast, reference, columns);
    const perSecond = (startedMs: number) => effort.exportedRows / ((performance.now() - startedMs) / 1000);
    const theirs = async () => {
      const startedMs = performance.now();
      for (const _ of readReference(reference, columns));
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
async function expectTheSame(cast: Cast, reference: DatabaseSync, columns: readonly string[]): Promise<void> {
  const ours = createHash("sha256");
  for await (const chunk of await exportCsv(cast)) ours.update(chunk);
  const theirs = createHash("sha256");
  for (const chunk of readReference(reference, columns)) theirs.update(chunk);
  if (ours.digest("hex") !== theirs.digest("hex")) throw new Error("the export and its reference differ");
}

/** The names in the export's first line. */
async function exportedColumns(cast: Cast): Promise<string[]> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of await exportCsv(cast, "?limit=1")) text += decoder.decode(chunk, { stream: true });
  return text.slice(0, text.indexOf(CSV_LINE_END)).split(",");
}

async function exportCsv(cast: Cast, query = ""): Promise<AsyncIterable<Uint8Array>> {
  const headers = { Authorization: `Bearer ${cast.secrets.CONSOLE_TOKEN}`, "Accept-Encoding": "identity" };
  const answer = await reach(`${cast.origin("console")}/api/exports/conversions.csv${query}`, { headers });
  if (!answer.ok || !answer.body) throw new Error(`the export answered ${answer.status}`);
  return answer.body;
}

/** Numbers that the export writes as slugs, and columns that it does not write as a sender's text. */
const SLUGS = ["advertiser", "offer", "affiliate", "link"];
const WRITERS: Readonly<Record<string, (cell: string | number) => string>> = {
  ...writtenBy(String, ["conversion_id", "click_id", "status", "currency"]),
  ...writtenBy(formatMicros, ["amount", "revenue", "payout", "refunded", "original_amount"]),
  ...writtenBy((cell) => formatInstant(Number(cell)), ["clicked_at", "occurred_at", "received_at", "settled_at"]),
  ...writtenBy((cell) => (cell === 0 ? "false" : "true"), ["test", "imported"]),
};

function writtenBy(writer: (cell: string | number) => string, names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, writer]));
}

function textOf(cell: string | number): string {
  return csvText(String(cell));
}

/** What was given back of a conversion, which is no column: most have one entry, and of these nothing is asked. */
const REFUNDED = `iif(c.seq > 1, (SELECT coalesce(-sum(amount), 0) FROM entries
  WHERE conversion_id = c.conversion_id AND kind IN ('reversal', 'reinstatement')), 0)`;

/** The number of the closed statement that lists a conversion last. */
function listedBy(whose: "affiliate" | "advertiser"): string {
  return `(SELECT s.number FROM statement_lines l CROSS JOIN statements s ON s.id = l.statement
    WHERE l.conversion_id = c.conversion_id AND l.owner_type = '${whose}' AND l.owner = c.${whose} AND l.currency = c.currency AND s.number IS NOT NULL
    ORDER BY l.turn DESC LIMIT 1)`;
}

/** What stands elsewhere than in its row. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  refunded: REFUNDED,
  reason: "(SELECT words FROM review_reasons WHERE slug = c.reject_reason)",
  statement: listedBy("affiliate"),
  invoice: listedBy("advertiser"),
};

/** As one would write it who has the database in the same process: one statement, slugs held in memory, a loop, bytes at the end. */
function* readReference(db: DatabaseSync, names: readonly string[]): Generator<Uint8Array> {
  const slugs = new Map(SLUGS.map((name) => [name, slugWriter(db, name)]));
  const writers = names.map((name) => slugs.get(name) ?? WRITERS[name] ?? textOf);
  const columns = names.map((name) => ELSEWHERE[name] ?? `c.${name}`);
  const query = db.prepare(`SELECT ${columns.join(", ")} FROM conversions AS c ORDER BY c.conversion_id`);
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
