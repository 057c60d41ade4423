/** An advertiser's own list of conversions, as its spreadsheets write it: column names, status words and amounts of many kinds. */
import { MAX_AMOUNT_MICROS } from "../money.ts";
import { accept, type Result, refuse } from "../result.ts";

export type Status = "pending" | "approved" | "rejected" | "reversed";

/** The places of the columns that are read; -1 where there is none. */
export interface StatementColumns {
  txid: number;
  event: number;
  status: number;
  amount: number;
}

/** One line of the list. `statuses` are those that its word may mean; null where it says none, or no word that we know. */
export interface StatementLine {
  txid: string;
  event: string | null;
  statusWord: string | null;
  statuses: readonly Status[] | null;
  amountMicros: bigint | null;
}

/** An advertiser's own words → ours, as its mapping has them. */
export interface Words {
  events: Readonly<Record<string, string>>;
  statuses: Readonly<Record<string, string>>;
}

/** The names that columns have, in the order in which they are preferred. Case, blanks and punctuation do not matter. */
const NAMES: Record<keyof StatementColumns, readonly string[]> = {
  txid: [
    ...["txid", "tx", "transactionid", "transaction", "orderid", "ordernumber", "orderno", "order", "orderref"],
    ...["reference", "ref", "actionid", "invoiceid", "saleid", "conversionid", "bookingid", "id"],
  ],
  event: ["event", "eventname", "goal", "goalid", "type", "conversiontype"],
  status: ["status", "state", "conversionstatus", "orderstatus", "transactionstatus", "validation"],
  amount: [
    ...["amount", "saleamount", "orderamount", "ordervalue", "ordersum", "ordertotal", "transactionamount"],
    ...["value", "total", "price", "net", "netamount"],
  ],
};

const STATUS_WORDS: ReadonlyMap<string, readonly Status[]> = new Map([
  ...words(
    ["approved"],
    "approved confirmed accepted paid complete completed valid validated ok shipped locked sale yes",
  ),
  ...words(["pending"], "pending open new hold onhold waiting processing tracked lead"),
  ...words(["rejected"], "rejected declined denied invalid disapproved refused void no"),
  ...words(["reversed"], "reversed refunded refund returned return chargeback chargedback"),
  ...words(["rejected", "reversed"], "cancelled canceled cancellation storno deleted"),
]);

function words(meaning: readonly Status[], all: string): [string, readonly Status[]][] {
  return all.split(" ").map((word) => [word, meaning]);
}

/** Finds the columns by a header's names. Null when there is none for the order's id. */
export function readColumns(header: readonly string[]): StatementColumns | null {
  const names = header.map(plain);
  const place = (column: keyof StatementColumns): number =>
    NAMES[column].map((name) => names.indexOf(name)).find((index) => index >= 0) ?? -1;
  const columns = { txid: place("txid"), event: place("event"), status: place("status"), amount: place("amount") };
  return columns.txid < 0 ? null : columns;
}

/** Reads a line's cells. Refuses one without an order's id, and one whose amount is no number. */
export function readLine(
  columns: StatementColumns,
  cells: readonly string[],
  { events, statuses }: Words,
): Result<StatementLine, "no_txid" | "unreadable_amount"> {
  const cell = (place: number): string | null => cells[place]?.trim() || null;
  const txid = cell(columns.txid);
  if (txid === null) return refuse("no_txid");
  const amount = cell(columns.amount);
  const amountMicros = amount === null ? null : readAmount(amount);
  if (amount !== null && amountMicros === null) return refuse("unreadable_amount");
  const event = cell(columns.event);
  const statusWord = cell(columns.status);
  return accept({
    txid,
    event: event === null ? null : (events[event] ?? event),
    statusWord,
    statuses: statusWord === null ? null : meaningOf(statuses[statusWord] ?? statusWord),
    amountMicros,
  });
}

function meaningOf(word: string): readonly Status[] | null {
  return STATUS_WORDS.get(plain(word)) ?? null;
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

const NUMBER = /^(-?)(\d[\d.,'\u2019\s]*)$/;
/** A mark, and one to six digits behind it up to the end. */
const FRACTION = /[.,](\d{1,6})$/;

/**
 * Reads an amount as spreadsheets write it, into micros: `1234.5`, `1,234.50`, `1.234,50`, `€ 12,50`, `12.50 USD`, `(3.00)` and `-3` for what was taken back.
 * The last mark is the decimal point, unless it is a comma before three digits or stands there more than once. Null for what is no number.
 */
export function readAmount(text: string): bigint | null {
  const bare = text
    .trim()
    .replace(/^\((.*)\)$/, "-$1")
    .replaceAll(/\p{Sc}|[A-Z]{3}/gu, "")
    .replace(/^-\s+/, "-")
    .trim();
  const [, sign, digits] = NUMBER.exec(bare) ?? [];
  if (digits === undefined) return null;
  const [tail = "", fraction = ""] = FRACTION.exec(digits) ?? [];
  const mark = tail.charAt(0);
  const isThousands = tail !== "" && ((mark === "," && fraction.length === 3) || digits.split(mark).length > 2);
  const whole = (isThousands ? digits : digits.slice(0, digits.length - tail.length)).replaceAll(/\D/g, "");
  const micros = BigInt(`${whole || "0"}${(isThousands ? "" : fraction).padEnd(6, "0")}`);
  if (micros > BigInt(MAX_AMOUNT_MICROS)) return null;
  return sign === "-" ? -micros : micros;
}
