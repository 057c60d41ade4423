/** Reads a verified webhook: the messages that it is for the books, in parameters of ours, or why it says nothing. What no rule picks is forgotten here, and with it who bought. */

import { minorUnitDigits } from "../minor-units.ts";
import type { Parameter } from "../postback/parameter.ts";
import type { ParameterName } from "../postback/parameter-names.ts";
import { type Decimal, isNegative, isZero, writeDecimal } from "./exact-decimal.ts";
import type { Basis, SaidFields, SaidMessage, SourceRule, SourceTable, SourceValue } from "./source-table.ts";
import { addUp, holds, inUnits, type Looked, readAll, readValue } from "./source-values.ts";
import { valuesAt } from "./tree-paths.ts";

/** What an operator chooses of a source. `events` are the names of an offer's events by kinds; `-` where a kind is not to be told. */
export interface SourceChoices {
  events: Readonly<Record<string, string>>;
  basis?: string;
  /** Another name under which the shop carries click IDs, in lower case. */
  clickName?: string;
  /** All that comes is a test. */
  test?: boolean;
}

/** One message: fields of ours as text, and the texts that may be a click ID of ours. */
export interface SourceMessage {
  named: Map<ParameterName, Parameter>;
  perhapsClickIds: Parameter[];
}

/** `event` and `message` are the source's own words for it; `why` tells why there are no messages. `fault` is the first field that could not be read, `too_many` where it would be more messages than are taken at once. */
export interface SourceReading {
  event: string | null;
  message: string | null;
  messages: SourceMessage[];
  why?: string;
  fault?: ParameterName | "too_many";
}

export const NOT_TOLD = "-";
const CLICK_NAMES = ["click_id", "clickid", "cb_click_id"];
const AMOUNT_DIGITS = 6;
/** Messages of one webhook: ten packs of the queue's at least, for which a shop waits. A webhook with more is refused whole. */
export const MAX_SOURCE_MESSAGES = 1_000;
const UNKNOWN_EVENT = "No rule is about this event.";
const NOTHING_SAID = "It says nothing that the books have a place for.";
const KIND_NOT_TOLD = "Set-up passes this kind of event over.";

export function readSource(
  table: SourceTable,
  choices: SourceChoices,
  webhook: { tree: unknown; headers: Headers },
): SourceReading {
  const looked: Looked = {
    ...webhook,
    clickNames: choices.clickName === undefined ? CLICK_NAMES : [choices.clickName, ...CLICK_NAMES],
    basis: basisOf(table, choices),
  };
  const reading: SourceReading = {
    event: readValue(looked, table.event),
    message: table.message === null ? null : readValue(looked, table.message),
    messages: [],
  };
  const rule = table.rules.find(({ when }) => holds(looked, when));
  if (!rule) return { ...reading, why: UNKNOWN_EVENT };
  const test = choices.test === true || (table.test !== null && holds(looked, table.test));
  const said = messagesOf(table, choices, looked, rule);
  const read = said.messages.map((message) => (test ? asTest(message) : message));
  const why = read.length > 0 ? {} : { why: said.why ?? rule.why ?? NOTHING_SAID };
  return { ...reading, messages: read, ...why, ...(said.fault ? { fault: said.fault } : {}) };
}

/** The basis that was chosen, else the first. */
function basisOf({ bases }: SourceTable, { basis }: SourceChoices): Basis {
  const [first = { label: "", parts: {} }] = Object.values(bases);
  return (basis !== undefined && Object.hasOwn(bases, basis) ? bases[basis] : undefined) ?? first;
}

interface SaidByRule {
  messages: SourceMessage[];
  why?: string;
  fault?: ParameterName | "too_many";
}

function messagesOf(table: SourceTable, choices: SourceChoices, whole: Looked, rule: SourceRule): SaidByRule {
  const messages: SourceMessage[] = [];
  let untold = false;
  for (const said of rule.says) {
    const event = said.event === undefined ? undefined : eventOf(choices, said.event);
    if (event === NOT_TOLD) {
      untold = true;
      continue;
    }
    for (const looked of placesOf(whole, said)) {
      if (said.when && !holds(looked, said.when)) continue;
      const message = writeMessage(table, looked, said, event);
      if ("fault" in message) return { messages: [], fault: message.fault };
      if ("nothing" in message) continue;
      if (messages.length === MAX_SOURCE_MESSAGES) return { messages: [], fault: "too_many" };
      messages.push(message);
    }
  }
  return messages.length === 0 && untold ? { messages, why: KIND_NOT_TOLD } : { messages };
}

function eventOf({ events }: SourceChoices, kind: string): string {
  return (Object.hasOwn(events, kind) ? events[kind] : undefined) ?? kind;
}

function placesOf(looked: Looked, { each }: SaidMessage): Looked[] {
  if (each === undefined) return [looked];
  return valuesAt(looked, `${each}[]`).map((item) => ({ ...looked, item }));
}

/** `nothing`: it would give nothing back. */
type Written = SourceMessage | { fault: ParameterName } | { nothing: true };

function writeMessage(table: SourceTable, looked: Looked, said: SaidMessage, event: string | undefined): Written {
  const fields: SaidFields = { ...table.fields, ...withoutAbsent(said) };
  const named: SourceMessage["named"] = new Map();
  const put = (name: ParameterName, text: string | null | undefined) => {
    if (text) named.set(name, { name, text });
  };
  const read = (value: SourceValue | undefined) => (value === undefined ? null : readValue(looked, value));
  put("txid", read(fields.txid));
  put("status", said.status);
  put("refund_id", read(said.refund_id));
  const also = read(fields.also_txid);
  if (also !== named.get("txid")?.text) put("also_txid", also);
  const currency = (read(looked.basis.currency) ?? read(fields.currency))?.toUpperCase();
  put("currency", currency);
  put("occurred_at", read(fields.occurred_at));
  const isSale = said.status === "approved" || said.status === "pending";
  // What gives back finds its order by the number, whatever event that counts as.
  const namesClick = isSale || said.withClick === true || !named.has("txid");
  if (namesClick) put("event", event);
  if (isSale) {
    put("coupon", read(fields.coupon));
    put("customer", read(fields.customer));
    for (const [name, value] of Object.entries(fields.meta ?? {})) put(`meta.${name}`, read(value));
  }
  const amounts = writeAmounts(table, looked, said, currency);
  if (!(amounts instanceof Map)) return amounts;
  for (const [name, text] of amounts) put(name, text);
  return { named, perhapsClickIds: namesClick ? perhapsClickIds(looked, fields) : [] };
}

function writeAmounts(
  table: SourceTable,
  looked: Looked,
  said: SaidMessage,
  currency: string | undefined,
): Map<ParameterName, string> | { fault: ParameterName } | { nothing: true } {
  const amounts = new Map<ParameterName, string>();
  const isSale = said.status === "approved" || said.status === "pending";
  for (const [name, sum] of [
    ["amount", said.amount],
    ["refunded_total", said.refunded_total],
  ] as const) {
    if (sum === undefined) continue;
    const total = addUp(looked, sum);
    // Nobody buys for less than nothing, and without its sign a credit would be a sale.
    if (total === "unreadable" || (isSale && (total === null || isNegative(total)))) return { fault: name };
    if (!isSale && !said.always && (total === null || isZero(total))) return { nothing: true };
    if (total === null) continue;
    const text = writeAmount(table, total, currency);
    if (text === null) return { fault: "currency" };
    amounts.set(name, text);
  }
  return amounts;
}

/** As a postback writes it. Null where the unit cannot be known. */
function writeAmount(table: SourceTable, total: Decimal, currency: string | undefined): string | null {
  if (table.unit === "major" || isZero(total)) return writeDecimal(total, AMOUNT_DIGITS);
  if (currency === undefined) return null;
  return writeDecimal(inUnits(total, table.digits?.[currency] ?? minorUnitDigits(currency)), AMOUNT_DIGITS);
}

function perhapsClickIds(looked: Looked, fields: SaidFields): Parameter[] {
  return (fields.click_id ?? []).flatMap((value) => readAll(looked, value)).map((text) => ({ name: "click_id", text }));
}

/** The fields that a message says otherwise than its table. */
function withoutAbsent({
  txid,
  also_txid,
  currency,
  occurred_at,
  click_id,
  coupon,
  customer,
  meta,
}: SaidMessage): SaidFields {
  const own = { txid, also_txid, currency, occurred_at, click_id, coupon, customer, meta };
  return Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
}

function asTest({ named, perhapsClickIds: ids }: SourceMessage): SourceMessage {
  return { named: new Map([...named, ["test", { name: "test", text: "1" }]]), perhapsClickIds: ids };
}
