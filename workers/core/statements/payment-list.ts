/** What was paid, as a list tells it: CSV whose first line names its columns, `statement`, `reference`, `date` and `amount`; and how each line is held against the statements. */
import { rearmFormula } from "../formula.ts";
import { isDay } from "../instant.ts";
import { formatMicros } from "../money.ts";
import { payableMicros } from "../payments/transfer-plan.ts";
import { accept, type Result, refuse } from "../result.ts";
import { columnNotation } from "../table-file/amount-notation.ts";
import { readList } from "../table-file/short-list.ts";
import type { TableRecord } from "../table-file/table-records.ts";
import { DAY_MS } from "../time-units.ts";

const NEEDED = ["statement", "reference", "date", "amount"] as const;
/** Other columns are passed over, so that the list of what is to be paid can be sent back with its dates. */
const READ = [...NEEDED, "currency"] as const;
type ReadColumn = (typeof READ)[number];
const CURRENCY = /^[A-Z]{3}$/;
/** As one command takes. */
export const MOST_PAYMENTS = 500;
export const MOST_REFERENCE_CHARACTERS = 200;

/** A line of the list; `fault` says what of it cannot be read. */
export interface PaymentLine {
  line: number;
  statement: string;
  reference: string;
  paidOn: string;
  amountMicros: bigint | null;
  currency: string | null;
  fault: string | null;
}

/** What is known of a statement that a list names. */
export interface PayableStatement {
  state: string;
  currency: string;
  dueMicros: bigint;
  reference: string | null;
  paidOn: string | null;
}

/** `pay`: it fits, and is noted as paid. `paid_so`: that was noted already, with the same reference and day. All others differ, and say how. */
export const PAYMENT_VERDICTS = [
  "pay",
  "paid_so",
  "unreadable",
  "unknown",
  "draft",
  "paid_otherwise",
  "amount_differs",
  "currency_differs",
  "twice",
] as const;
export type PaymentVerdict = (typeof PAYMENT_VERDICTS)[number];

export interface JudgedPayment extends PaymentLine {
  verdict: PaymentVerdict;
  /** A sentence for people. */
  message: string;
}

/** Lines from 2 on, the header's being 1. Refused, with a sentence, is what is no such list at all. `lastDay` is the newest day on which something may have been paid. */
export async function readPaymentList(text: string, lastDay: string): Promise<Result<PaymentLine[], string>> {
  const [header, ...rows] = (await readList(text)) ?? [];
  const names = header?.cells.map((cell) => cell.trim().toLowerCase()) ?? [];
  const missing = NEEDED.filter((name) => !names.includes(name));
  const twice = READ.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (missing.length > 0)
    return refuse(`Send CSV whose first line names its columns: ${NEEDED.join(", ")}. Missing: ${missing.join(", ")}.`);
  if (twice) return refuse(`Two columns are called ${twice}: leave one.`);
  if (rows.length === 0) return refuse("There is no payment behind the first line.");
  if (rows.length > MOST_PAYMENTS) return refuse(`A list has at most ${MOST_PAYMENTS} payments: send it in parts.`);
  const cellOf = ({ cells }: TableRecord, name: ReadColumn) => rearmFormula(cells[names.indexOf(name)] ?? "").trim();
  // Of a whole column it is clear which mark is the decimal one, where one line tells.
  const notation = columnNotation(null, ".");
  for (const row of rows) notation.note(cellOf(row, "amount"));
  return accept(rows.map((row) => lineOf(row, { cellOf, notation, lastDay })));
}

interface LineReading {
  cellOf(row: TableRecord, name: ReadColumn): string;
  notation: ReturnType<typeof columnNotation>;
  lastDay: string;
}

function lineOf(row: TableRecord, { cellOf, notation, lastDay }: LineReading): PaymentLine {
  const amount = notation.read(cellOf(row, "amount"));
  const [statement, reference, paidOn] = [cellOf(row, "statement"), cellOf(row, "reference"), cellOf(row, "date")];
  const currency = cellOf(row, "currency").toUpperCase() || null;
  const isAmount = typeof amount !== "string";
  const faults = [
    statement === "" && "names no statement",
    reference === "" && "has no reference",
    reference.length > MOST_REFERENCE_CHARACTERS &&
      `has a reference of more than ${MOST_REFERENCE_CHARACTERS} characters`,
    dayFault(paidOn, lastDay),
    !isAmount && `has no amount that can be read: "${cellOf(row, "amount")}"`,
    currency !== null && !CURRENCY.test(currency) && `has no currency that can be read: "${currency}"`,
  ];
  const fault = faults.find((one) => typeof one === "string");
  return {
    ...{ line: row.line, statement, reference, paidOn, currency },
    amountMicros: isAmount ? amount.micros : null,
    fault: fault || null,
  };
}

function dayFault(day: string, lastDay: string): string | null {
  if (day === "") return "has no date";
  if (!isDay(day)) return `has no date such as 2026-12-01: "${day}"`;
  return day > lastDay ? `has a date that is not there yet: ${day}` : null;
}

/** The newest day on which something may have been paid: east of us tomorrow may be there already. */
export function lastDayPaid(nowMs: number): string {
  return new Date(nowMs + DAY_MS).toISOString().slice(0, 10);
}

/** Holds each line against what is known of its statement, by number. */
export function judgePayments(
  lines: readonly PaymentLine[],
  statements: ReadonlyMap<string, PayableStatement>,
): JudgedPayment[] {
  const met = new Map<string, number>();
  return lines.map((line) => {
    const earlier = met.get(line.statement);
    if (earlier === undefined) met.set(line.statement, line.line);
    return { ...line, ...judge(line, statements.get(line.statement), earlier) };
  });
}

function judge(line: PaymentLine, known: PayableStatement | undefined, earlier: number | undefined) {
  const say = (verdict: PaymentVerdict, message: string) => ({ verdict, message });
  const { statement, amountMicros, currency } = line;
  if (line.fault !== null || amountMicros === null) return say("unreadable", `The line ${line.fault}.`);
  if (earlier !== undefined) return say("twice", `Statement ${statement} stands in line ${earlier} already.`);
  if (known === undefined || known.state === "discarded") return say("unknown", `There is no statement ${statement}.`);
  if (known.state === "draft") return say("draft", `Statement ${statement} is a draft: make it final first.`);
  const due = `${formatMicros(known.dueMicros)} ${known.currency}`;
  if (currency !== null && currency !== known.currency)
    return say("currency_differs", `The file says ${currency}; ${due} is due.`);
  // A transfer has whole cents, or whatever units its currency has.
  if (amountMicros !== known.dueMicros && amountMicros !== payableMicros(known.dueMicros, known.currency))
    return say("amount_differs", `The file says ${formatMicros(amountMicros)}; ${due} is due.`);
  if (known.state !== "paid") return say("pay", `${due} is noted as paid.`);
  return known.reference === line.reference && known.paidOn === line.paidOn
    ? say("paid_so", "It was noted so already.")
    : say("paid_otherwise", `It was noted as paid on ${known.paidOn} with the reference ${known.reference}.`);
}
