/** From an order of a table to the postback that says it, in the words that the sender's dialect reads. */
import { formatInstant } from "../instant.ts";
import { formatMicros } from "../money.ts";
import { type Dialect, nameFor } from "../postback/dialect.ts";
import { isParameterName, type ParameterName } from "../postback/parameter-names.ts";
import { accept, type Result, refuse } from "../result.ts";
import type { TableLayout } from "./table-layout.ts";
import type { RowFault, TableOrder } from "./table-order.ts";

/**
 * The parameters of an order's postback. What a layout calls reversed is said without an amount, since the whole is back. Refuses what cannot be said: an amount below
 * zero, a sign of several currencies, a layout's status that nobody knows, and a word of ours that the mapping has taken for another.
 */
export function sayOrder(
  order: TableOrder,
  dialect: Dialect,
  layout: TableLayout | null,
): Result<[name: string, text: string][], RowFault> {
  const status = statusOf(order, dialect, layout);
  if (!status.ok) return status;
  const event =
    order.event === null || layout?.ours !== true ? accept(order.event) : wordFor(dialect.events, order.event);
  if (!event.ok) return event;
  const isBack = layout !== null && order.means === "reversed";
  const { amountMicros, revenueMicros, currencies } = order;
  const amounts = isBack ? [] : [amountMicros, revenueMicros];
  if (amounts.some((micros) => micros !== null && micros < 0n)) return refuse("negative_amount");
  if (currencies !== null && currencies.length > 1) return refuse("ambiguous_currency");
  const said: [ParameterName, string | null][] = [
    ["click_id", order.clickId],
    ["event", event.value],
    ["txid", order.txid],
    ["status", status.value],
    ["amount", isBack || amountMicros === null ? null : formatMicros(amountMicros)],
    ["revenue", isBack || revenueMicros === null ? null : formatMicros(revenueMicros)],
    ["currency", currencies?.[0] ?? null],
    ["occurred_at", order.occurredAtMs === null ? null : formatInstant(order.occurredAtMs)],
  ];
  const named: [string, string][] = [];
  for (const [parameter, text] of [...said, ...order.rest]) {
    if (text === null) continue;
    const name = isParameterName(parameter) ? nameFor(dialect, parameter) : parameter;
    if (name === null) return refuse("mapped_away");
    named.push([name, text]);
  }
  return accept(named);
}

/** The word for the order's status: the sender's own where the door knows it, else one for what the layout says that it means. */
function statusOf(
  { status: word, means }: TableOrder,
  dialect: Dialect,
  layout: TableLayout | null,
): Result<string | null, RowFault> {
  if (layout?.ours && means !== null) return wordFor(dialect.statuses, means);
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
