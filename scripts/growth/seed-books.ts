/**
 * Fills the books, object and database, with conversions that were pending and then approved: one is settled by the ledger itself, and its rows are written again and again
 * under other keys, so that every row has the shape and the size that the code gives it. Their time is closed by the cron, as a gap is.
 */
import type { PostbackMessage } from "../../schema/messages.ts";
import { CONVERSIONS, MESSAGES, type Seated, seatSql } from "../../workers/core/books/seats.ts";
import { HOUR_MS } from "../../workers/core/time-units.ts";
import { newReceipt } from "../bench/orders.ts";
import type { Database } from "../local/migrate.ts";
import { drawnSql } from "../programme/drawn-sql.ts";
import { LINKS } from "../programme/in-sql.ts";
import { base32Sql, COUNTRY_SQL, DEVICE_SQL, timeSql } from "./month.ts";
import { patiently } from "./patiently.ts";
import { withoutTriggers } from "./triggers.ts";

const AT_ONCE = 10_000;

type Row = Record<string, string | number | null>;

interface Ledger {
  books: Database;
  log: Database;
  /** An order as the door would queue it. */
  order(): Promise<PostbackMessage>;
  ask<Answer>(path: string, body?: string): Promise<Answer>;
}

/** The keys of the conversion that is copied, and the columns of `ids` that stand for them. */
type Keys = ReadonlyMap<string, string>;

export async function seedBooks(ledger: Ledger, total: number): Promise<void> {
  const { books, log, ask } = ledger;
  const [pending, approved] = await settleOne(ledger);
  const [conversion] = await rowsOf(books, "SELECT * FROM conversions");
  const keys: Keys = new Map([
    [pending.receipt, "receipt1"],
    [approved.receipt, "receipt2"],
    [String(pending.content.txid), "txid"],
    [String(pending.content.clickId), "click"],
    [String(conversion?.conversion_id), "conversion"],
  ]);
  const object: [Seated, Row[]][] = [];
  for (const seated of [MESSAGES, CONVERSIONS])
    object.push([seated, await ask("/object", `SELECT * FROM ${seated.table}`)]);
  const databases: [Database, string, Row[]][] = [];
  for (const [database, table] of [
    [books, "conversions"],
    [books, "entries"],
    [log, "postbacks"],
  ] as const)
    databases.push([database, table, await rowsOf(database, `SELECT * FROM ${table}`)]);
  for (const sql of chunks(total))
    for (const [seated, rows] of object)
      for (const row of rows) {
        const seat = seatSql(seated, copied(row[seated.name] ?? null, keys));
        await ask("/object", sql(seated.table, row, keys, { seat }));
      }
  await withoutTriggers(books, () =>
    withoutTriggers(log, async () => {
      for (const sql of chunks(total))
        for (const [database, table, rows] of databases)
          for (const row of rows) await patiently(database, sql(table, row, keys, spread(table, row, keys)));
    }),
  );
}

/** Settles one order twice: pending, then approved. */
async function settleOne({ order, ask }: Ledger): Promise<[PostbackMessage, PostbackMessage]> {
  const sale = await order();
  const pending: PostbackMessage = { ...sale, content: { ...sale.content, status: "pending" } };
  const approved: PostbackMessage = {
    ...sale,
    receipt: newReceipt(),
    receivedAtMs: sale.receivedAtMs + HOUR_MS,
    content: { ...sale.content, status: "approved" },
  };
  const settled = await ask<number>("/settle", JSON.stringify([[pending], [approved]]));
  if (settled !== 2) throw new Error("the conversion to copy was not settled");
  return [pending, approved];
}

async function rowsOf(database: Database, sql: string): Promise<Row[]> {
  return JSON.parse(JSON.stringify((await database.prepare(sql).all()).results));
}

type Copy = (table: string, row: Row, keys: Keys, instead: Record<string, string>) => string;

/** For each chunk of the copies, the way to the statement that copies a row into it. */
function* chunks(total: number): Generator<Copy> {
  for (let start = 0; start < total; start += AT_ONCE) {
    const end = Math.min(total, start + AT_ONCE);
    yield (table, row, keys, instead) => {
      const values = Object.entries(row).map(([column, value]) => instead[column] ?? copied(value, keys));
      return `${idsSql(start, end, total)} INSERT INTO ${table} (${Object.keys(row).join(", ")}) SELECT ${values.join(", ")} FROM ids WHERE true ON CONFLICT DO NOTHING`;
    };
  }
}

/** Keys of the same length as real ones: conversions and clicks by time, receipts in no order. */
function idsSql(start: number, end: number, total: number): string {
  const receipt = (number: 1 | 2, factor: number) => `printf('0%08x${number}%016x', ${drawnSql(factor)}, i)`;
  return `
    WITH RECURSIVE n (i) AS (SELECT ${start} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${end}),
    timed AS (SELECT i, ${timeSql(total)} AS at FROM n),
    ids AS (SELECT i, at, 1 + i % ${LINKS} AS link, ${receipt(1, 2_654_435_761)} AS receipt1, ${receipt(2, 2_246_822_519)} AS receipt2,
      printf('order-%013d', i) AS txid, ${base32Sql("(1 << 56) | ((at - 3600000) << 8) | (1 << 4)", 12)} || printf('%024x', i) AS click,
      ${base32Sql("at", 10)} || printf('%016x', i) AS conversion FROM timed)`;
}

/** Where a copy differs from its original besides its keys. */
function spread(table: string, { first_entry = null }: Row, keys: Keys): Record<string, string> {
  const received = { received_at: "at", settled_at: "at + 1000" };
  if (table === "entries") return received;
  if (table === "postbacks") return { ...received, link: "link", affiliate: "(link + 1) / 2" };
  const places = { link: "link", affiliate: "(link + 1) / 2", country: COUNTRY_SQL, device: DEVICE_SQL };
  const first = { first_entry: `json_set(${copied(first_entry, keys)}, '$[6]', at)` };
  return { ...received, ...places, ...first, clicked_at: "at - 3600000", occurred_at: "at" };
}

/** A value as SQL, with the keys in it replaced by their columns. */
function copied(value: string | number | null, keys: Keys): string {
  if (typeof value !== "string") return String(value ?? "NULL");
  const pieces = value.split(new RegExp(`(${[...keys.keys()].join("|")})`));
  return pieces.map((piece) => keys.get(piece) ?? `'${piece.replaceAll("'", "''")}'`).join(" || ");
}
