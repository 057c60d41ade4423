/** From an order of a table to the postbacks that say it, in the words that the sender's dialect reads. */
import { formatInstant } from "../instant.ts";
import { formatMicros } from "../money.ts";
import { type Dialect, nameFor } from "../postback/dialect.ts";
import { isParameterName } from "../postback/parameter-names.ts";
import { accept, type Result, refuse } from "../result.ts";
import { type EventWords, eventReader } from "./event-words.ts";
import type { TableLayout } from "./table-layout.ts";
import type { RowFault, TableOrder } from "./table-order.ts";

/** The parameters of a postback, by name. */
export type SaidPostback = readonly (readonly [name: string, text: string])[];

type Said = readonly (readonly [parameter: string, text: string | null])[];

/** Says orders of one table; `events` are empty where nobody knows them: then a word that the mapping does not have goes to the door as it is. */
export function orderSayer(words: EventWords): (order: TableOrder) => Result<SaidPostback[], RowFault> {
  const eventOf = eventReader(words);
  return (order) => sayOrder(order, words, eventOf);
}

/**
 * The postbacks of an order: its sale, and what was given back of it, as the total so far or, where a layout calls the order reversed, as the whole. Refuses what cannot be said:
 * an amount below zero, a refund without its sale, a sign of several currencies, a layout's status that nobody knows, and a word of ours that the mapping has taken for another.
 */
function sayOrder(
  order: TableOrder,
  { dialect, layout }: EventWords,
  eventOf: (word: string) => string | null,
): Result<SaidPostback[], RowFault> {
  const fault = faultOf(order, layout);
  if (fault) return refuse(fault);
  const isBack = (layout !== null || order.byHand.status) && order.means === "reversed";
  const status = isBack ? wordFor(dialect.statuses, "reversed") : statusOf(order, dialect, layout);
  const event = eventWord(order.event, dialect, order.byHand.event ? (ours) => ours : eventOf);
  if (!status.ok || !event.ok) return refuse(status.ok ? "mapped_away" : status.refusal);
  const { amountMicros, refundedMicros } = order;
  const named: Said = [
    ["click_id", order.clickId],
    ["event", event.value],
    ["txid", order.txid],
  ];
  const currency = ["currency", order.currencies?.[0] ?? null] as const;
  const test = order.rest.filter(([name]) => name === "test");
  const sale: Said = [
    ...named,
    // What is reversed was sold first: by itself that changes nothing of an order that is held.
    ["status", isBack ? null : status.value],
    ["amount", amountMicros === null ? null : formatMicros(amountMicros)],
    ["revenue", order.revenueMicros === null ? null : formatMicros(order.revenueMicros)],
    currency,
    ["occurred_at", order.occurredAtMs === null ? null : formatInstant(order.occurredAtMs)],
    ...order.rest,
  ];
  const isSold = isBack ? (amountMicros ?? 0n) > 0n : amountMicros !== null || status.value !== null || !refundedMicros;
  const back: Said | null = isBack
    ? [...named, ["status", status.value], currency, ...test]
    : refundedMicros
      ? [...named, ["refunded_total", formatMicros(refundedMicros)], currency, ...test]
      : null;
  return inDialect(dialect, [...(isSold ? [sale] : []), ...(back ? [back] : [])]);
}

function faultOf(order: TableOrder, layout: TableLayout | null): RowFault | null {
  const { amountMicros, refundedMicros, revenueMicros, currencies } = order;
  if ([amountMicros, revenueMicros].some((micros) => micros !== null && micros < 0n)) return "negative_amount";
  if (layout?.rows === "summed" && amountMicros === null && refundedMicros) return "refund_without_sale";
  return currencies !== null && currencies.length > 1 ? "ambiguous_currency" : null;
}

/** The word that the door reads as the event meant. One that names no event of ours goes on as it is, and is told as such: the first event would be another one's. */
function eventWord(
  word: string | null,
  dialect: Dialect,
  eventOf: (word: string) => string | null,
): Result<string | null, RowFault> {
  const event = word === null ? null : eventOf(word);
  if (word === null || event === null || dialect.events.get(word) === event) return accept(word);
  return wordFor(dialect.events, event);
}

/** The word for the order's status: the sender's own where the door knows it, else one for what the layout says that it means. */
function statusOf(
  { status: word, means, byHand }: TableOrder,
  dialect: Dialect,
  layout: TableLayout | null,
): Result<string | null, RowFault> {
  if ((layout?.ours || byHand.status) && means !== null) return wordFor(dialect.statuses, means);
  if (word !== null && dialect.statuses.has(word.toLowerCase())) return accept(word);
  if (means !== null) return wordFor(dialect.statuses, means);
  if (word?.includes(" + ")) return refuse("statuses_differ");
  return word !== null && layout?.statuses ? refuse("unknown_status") : accept(word);
}

/** A word that the dialect reads as ours. */
function wordFor(words: ReadonlyMap<string, string>, ours: string): Result<string, RowFault> {
  if ((words.get(ours) ?? ours) === ours) return accept(ours);
  for (const [word, meaning] of words) if (meaning === ours) return accept(word);
  return refuse("mapped_away");
}

/** What is said, under names by which the dialect reads it; names that are none of ours stay. */
function inDialect(dialect: Dialect, postbacks: readonly Said[]): Result<SaidPostback[], RowFault> {
  const all: SaidPostback[] = [];
  for (const said of postbacks) {
    const named: [string, string][] = [];
    for (const [parameter, text] of said) {
      if (text === null) continue;
      const name = isParameterName(parameter) ? nameFor(dialect, parameter) : parameter;
      if (name === null) return refuse("mapped_away");
      named.push([name, text]);
    }
    all.push(named);
  }
  return accept(all);
}
