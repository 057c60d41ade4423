/** From a row's cells to what it says of an order. */
import { rearmFormula } from "../formula.ts";
import { isRecord } from "../is-record.ts";
import { UNREAD } from "../postback/dialect.ts";
import { trimBlanks } from "../postback/postback-reader.ts";
import { chosenMeanings, statusNamed } from "./chosen-words.ts";
import { clickIdWithin } from "./click-shape.ts";
import { currenciesOf } from "./currency-signs.ts";
import { FAILED_COLUMNS } from "./failed-rows.ts";
import { currencyOfHeader } from "./header-names.ts";
import { plainName } from "./plain-name.ts";
import type { RowField } from "./table-columns.ts";
import type { OrderStatus, RowKind } from "./table-layout.ts";
import type { RowFault, TableOrder, UnreadLine } from "./table-order.ts";
import type { TablePlan } from "./table-plan.ts";
import type { TableRecord } from "./table-records.ts";

/** A row that is no order's, by the word that says so. */
export interface PassedRow {
  passed: string;
}

/** Told of a text that was left out, since it says nothing that the field can hold. */
export type LeftOut = (field: RowField, text: string) => void;

const REPLACEMENT = "\ufffd";
const YES = /^(?:1|true|yes)$/i;
const NO = /^(?:0|false|no)$/i;
const MONEY = ["amount", "refunded_total", "revenue"] as const;
const CARRIED = ["also_txid", "refund_id", "coupon", "idempotency_key"] as const;

/** Reads the rows of a planned table, one by one. */
export function rowReader(
  plan: TablePlan,
  leftOut: LeftOut,
): (record: TableRecord) => TableOrder | UnreadLine | PassedRow {
  const { header, fields } = plan.columns;
  const words = layoutWords(plan);
  const chosen = chosenMeanings(plan.chosen);
  // Of our own texts no more is cut than the door cuts.
  const trim = plan.layout?.ours ? trimBlanks : (text: string): string => text.trim();
  const used = new Set(fields.values());
  const others =
    plan.others && plan.layout === null
      ? [...header.keys()].filter((place) => !used.has(place) && goesAlong(header[place]?.trim() ?? ""))
      : [];
  const headerCurrencies = new Map(
    MONEY.map((field) => [field, currencyOfHeader(header[fields.get(field) ?? -1] ?? "")]),
  );

  return ({ cells, line }) => {
    const cell = (field: RowField): string | null => trim(rearmFormula(cells[fields.get(field) ?? -1] ?? "")) || null;
    const number = cell("txid");
    const txid = number !== null && plan.layout?.orders?.test(number) === false ? null : number;
    const clickId = cell("click_id") ?? clickIdWithin(cell("notes") ?? "");
    const fail = (fault: RowFault, field?: RowField): UnreadLine => {
      const column = field === undefined ? null : (header[fields.get(field) ?? -1] ?? null);
      return { line, fault, column, text: field === undefined ? null : cell(field), txid, clickId };
    };
    if (cells.length < header.length) return fail("cells_missing");
    if (cells.slice(header.length).some((text) => text.trim() !== "")) return fail("too_many_cells");
    const broken = plan.damaged && [...fields.keys()].find((field) => cell(field)?.includes(REPLACEMENT));
    if (broken) return fail("not_text", broken);
    const kind = words.kindOf(cell("kind"));
    if (kind === "none") return { passed: cell("kind") ?? "" };
    const word = cell("status");
    const [status, event] = [chosen("status", word), chosen("event", cell("event"))];
    if (status === UNREAD || event === UNREAD) return { passed: (status === UNREAD ? word : cell("event")) ?? "" };
    if (txid === null && clickId === null) return fail("no_order_or_click", number === null ? undefined : "txid");

    const money = new Map<RowField, bigint>();
    let currencies = currenciesSaid(cell("currency"));
    for (const field of MONEY) {
      const text = cell(field);
      const read = text === null ? undefined : plan.notations.get(field)?.read(text);
      if (read === undefined) continue;
      if (typeof read === "string") return fail(read, field);
      money.set(field, read.micros);
      const named = headerCurrencies.get(field) ?? null;
      for (const said of [read.currencies, named === null ? null : [named]]) {
        const both = together(currencies, said);
        if (both?.length === 0) return fail("two_currencies", field);
        currencies = both;
      }
    }
    const means = statusNamed(status ?? "") ?? words.statusOf(word);
    if (plan.layout?.net) addUp(money, means);
    const sold = money.get("amount") ?? null;
    const refunded = money.get("refunded_total");
    const isBack = kind === "back" || (plan.layout?.rows === "summed" && sold !== null && sold < 0n);
    const test = cell("test");
    return {
      line,
      clickId,
      txid,
      event: event ?? words.eventOf(cell("event")),
      status: word,
      means,
      amountMicros: isBack ? null : sold,
      refundedMicros: isBack && sold !== null ? absolute(sold) : refunded === undefined ? null : absolute(refunded),
      revenueMicros: money.get("revenue") ?? null,
      currencies,
      occurredAtMs: timeOf(cell("occurred_at")),
      test: test !== null && YES.test(test),
      rest: [...restOf(cell, test), ...othersIn(cells)],
      byHand: { status: status !== undefined, event: event !== undefined },
    };
  };

  function othersIn(cells: readonly string[]): [string, string][] {
    return others.flatMap((place) => {
      const text = rearmFormula(cells[place] ?? "").trim();
      return text === "" ? [] : [[header[place]?.trim() ?? "", text]];
    });
  }

  function timeOf(text: string | null): number | null {
    const atMs = text === null ? null : plan.times.read(text);
    if (text !== null && atMs === null) leftOut("occurred_at", text);
    return atMs;
  }

  function restOf(cell: (field: RowField) => string | null, test: string | null): [string, string][] {
    const rest: [string, string][] = [];
    for (const name of [...CARRIED, ...[...fields.keys()].filter((field) => field.startsWith("meta."))]) {
      const text = cell(name);
      if (text !== null) rest.push([name, text]);
    }
    const customer = cell("customer");
    const known = ["new", "returning"].find((word) => word === customer?.toLowerCase());
    if (known !== undefined) rest.push(["customer", known]);
    else if (customer !== null) leftOut("customer", customer);
    // What is neither yes nor no goes on as it is: the door refuses it, lest a test be counted.
    if (test !== null && !NO.test(test)) rest.push(["test", YES.test(test) ? "1" : test]);
    return [...rest, ...metaOf(cell("meta"))];
  }
}

/** What we ourselves put before rows that failed is nobody's. */
function goesAlong(name: string): boolean {
  return name !== "" && !FAILED_COLUMNS.some((own) => own === name);
}

/** What the layout's words mean, compared as names are. */
export function layoutWords({ layout }: Pick<TablePlan, "layout">) {
  const statuses = plainWords(layout?.statuses ?? {});
  const kinds = plainWords(layout?.kinds ?? {});
  const noEvents = new Set((layout?.noEvents ?? []).map(plainName));
  return {
    kindOf: (word: string | null): RowKind =>
      layout?.kinds === undefined ? "order" : (kinds.get(plainName(word ?? "")) ?? "none"),
    statusOf: (word: string | null): OrderStatus | null =>
      word === null ? null : (statuses.get(plainName(word)) ?? null),
    eventOf: (word: string | null): string | null => (word !== null && noEvents.has(plainName(word)) ? null : word),
  };
}

function plainWords<Meaning>(words: Readonly<Record<string, Meaning>>): Map<string, Meaning> {
  return new Map(Object.entries(words).map(([word, meaning]) => [plainName(word), meaning]));
}

/**
 * From what refunds left to what was sold. Without an amount, what is held keeps its own: so does what counts nothing at the moment, and the revenue of which a part was given back,
 * since how much is not said.
 */
function addUp(money: Map<RowField, bigint>, means: OrderStatus | null): void {
  const left = money.get("amount");
  const refunded = money.get("refunded_total") ?? 0n;
  if (refunded === 0n) money.delete("refunded_total");
  else money.delete("revenue");
  const isNothing = means === "rejected" || (means === "reversed" && refunded === 0n);
  if (isNothing) for (const field of MONEY) money.delete(field);
  else if (left !== undefined) money.set("amount", left + refunded);
}

/** A currency that we do not know stays as it is written. */
function currenciesSaid(text: string | null): readonly string[] | null {
  return text === null ? null : (currenciesOf(text) ?? [text]);
}

function together(held: readonly string[] | null, said: readonly string[] | null): readonly string[] | null {
  if (held === null || said === null) return held ?? said;
  return held.filter((currency) => said.includes(currency));
}

function metaOf(json: string | null): [string, string][] {
  try {
    const read: unknown = JSON.parse(json ?? "{}");
    return isRecord(read) ? Object.entries(read).map(([name, text]) => [`meta.${name}`, String(text)]) : [];
  } catch {
    return [];
  }
}

function absolute(micros: bigint): bigint {
  return micros < 0n ? -micros : micros;
}
