/** Reads what a postback says: fields of ours, as text, become the checked content of a message. Behind it nothing is checked again. */
import type { PostbackContent } from "../../../schema/messages.ts";
import { CLICK_ID_LENGTH, type Click, type ClickIdRefusal, peekClickId, readClickId } from "../click-id.ts";
import { HEX_CLICK_ID_LENGTH, plainClickId } from "../click-id-hex.ts";
import type { KeyRing } from "../key-ring.ts";
import { parseMicros, roundToMicros } from "../money.ts";
import type { NoteReason, RefusalReason } from "../reasons.ts";
import { accept, type Result, refuse } from "../result.ts";
import { PARAMETER_FACTS, RIDING_FACTS, readFact } from "../riding-facts.ts";
import type { Dialect } from "./dialect.ts";
import { holdsFiller, isFiller, isInRoundBrackets, isNameInRoundBrackets } from "./fillers.ts";
import { readTime } from "./occurred-at.ts";
import type { Parameter } from "./parameter.ts";
import type { UnderstoodParameters } from "./parameter-meanings.ts";
import type { ParameterName } from "./parameter-names.ts";
import { isPlainText } from "./plain-text.ts";
import { type Refusal, refuseFor } from "./refusal.ts";
import { readSentStatus } from "./sent-status.ts";

const MAX_NAME_LENGTH = 128;
const CLICK_ID_LENGTHS: readonly number[] = [CLICK_ID_LENGTH, HEX_CLICK_ID_LENGTH];
/** Of fields that could not be read so many are noted; beyond it lies a loop. */
const MAX_NOTES = 20;
const MAX_TEXT_LENGTH = 256;
const META_NAME = /^meta\.[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const RETURN_TEXT = /^[A-Za-z0-9 _.;=-]{1,64}$/;
const CURRENCY = /^[A-Za-z]{3}$/;

/** Where a macro that was not expanded, or a filler, is refused; elsewhere it counts as absent. */
const MUST_BE_EXPANDED: ReadonlySet<ParameterName> = new Set([
  "click_id",
  "txid",
  "also_txid",
  "refunded_total",
  "refund_id",
  "amount",
  "revenue",
  "event",
  "status",
  "currency",
]);

/** Of these a name in round brackets is a macro, too; an order's number, an event or a word for a status may look so. */
const NO_WORDS: ReadonlySet<ParameterName> = new Set(["refunded_total", "amount", "revenue", "currency"]);

const CLICK_ID_REASONS = {
  malformed: "malformed_click_id",
  unknown_version: "unknown_click_version",
  unknown_key: "unknown_click_key",
  forged: "forged_click_id",
} as const satisfies Record<ClickIdRefusal, RefusalReason>;

/** What a postback says (`content`), how it wants to be answered, and the sender's own name for it. */
export interface Reading {
  content: PostbackContent;
  returnText?: string;
  idempotencyKey?: string;
}

/** A field's text, trimmed and not empty; `isNumber` where it stood in JSON as a number. */
interface FieldText {
  text: string;
  isNumber: boolean;
}

/** Puts what a field says where it belongs, or says what is wrong with it. */
type FieldReader<Reason> = (reading: Reading, field: FieldText, dialect: Dialect) => Reason | undefined;

/** What decides what is booked, in the order in which mistakes are told; a reading with something wrong is thrown away. The click ID is read last, for it alone takes a key. */
const DECISIVE: readonly { parameter: ParameterName; read: FieldReader<RefusalReason> }[] = [
  { parameter: "event", read: readEvent },
  { parameter: "txid", read: readTxid },
  { parameter: "also_txid", read: readAlsoTxid },
  { parameter: "status", read: readStatus },
  { parameter: "refund_id", read: readRefundId },
  { parameter: "refunded_total", read: readMicrosAs("refundedTotalMicros") },
  { parameter: "amount", read: readMicrosAs("amountMicros") },
  { parameter: "currency", read: readCurrency },
  { parameter: "test", read: readTest },
  { parameter: "idempotency_key", read: readIdempotencyKey },
];

/** What a message does without where it cannot be read: it costs the field, and never the sale. */
const OPTIONAL: readonly { parameter: ParameterName; read: FieldReader<NoteReason> }[] = [
  { parameter: "revenue", read: readMicrosAs("revenueMicros") },
  { parameter: "occurred_at", read: readOccurredAt },
  ...PARAMETER_FACTS.map((name) => ({
    parameter: RIDING_FACTS[name].column,
    read({ content }: Reading, { text }: FieldText): NoteReason | undefined {
      return readFact(content, name, text) ? undefined : "malformed_parameter";
    },
  })),
  { parameter: "return", read: readReturn },
];

/** The keys that click IDs are verified under; `shape` for who does not hold them: then the ledger, which does, tells whether it is one of ours. */
export type ClickIdKeys = KeyRing | "shape";

/**
 * Reads `fields` in the sender's dialect and verifies the click ID under `clickKeys`. Refuses with the first mistake: a field that
 * is no text, a macro that was not expanded, a value that is not of its form, a click ID that is not ours. An optional field that cannot be read is left out, and stands among the content's notes.
 */
export function readPostback(
  fields: UnderstoodParameters,
  dialect: Dialect,
  clickKeys: ClickIdKeys,
): Result<Reading, Refusal> {
  const reading = readFields(fields, dialect);
  if (!reading.ok) return reading;
  const clickId = findClickId(fields, clickKeys);
  if (!clickId.ok) return clickId;
  if (clickId.value !== undefined) reading.value.content.clickId = clickId.value;
  return reading;
}

/** The same without the click ID. */
export function readFields(fields: UnderstoodParameters, dialect: Dialect): Result<Reading, Refusal> {
  const reading: Reading = { content: {} };
  for (const { parameter, read } of DECISIVE) {
    const field = fields.named.get(parameter);
    const reason = field && readField(parameter, field, dialect, (text) => read(reading, text, dialect));
    if (reason) return refuseFor(reason, field.name);
  }
  const total = fields.named.get("refunded_total");
  if (total && !readsAsTotal(reading.content)) return refuseFor("bad_refunded_total", total.name);
  const notes = new Map<string, NoteReason>();
  for (const { parameter, read } of OPTIONAL) {
    const field = fields.named.get(parameter);
    const reason = field && readField(parameter, field, dialect, (text) => read(reading, text, dialect));
    if (reason === "unexpanded_macro") return refuseFor(reason, field?.name);
    if (field && reason) notes.set(field.name.slice(0, MAX_NAME_LENGTH), reason);
  }
  const meta = readMeta(fields, dialect, notes);
  if (meta) reading.content.meta = meta;
  if (notes.size > 0) reading.content.notes = Object.fromEntries([...notes].slice(0, MAX_NOTES));
  return accept(reading);
}

/** Reads only the name that the sender gave, as a batch has it. */
export function readSentName(fields: UnderstoodParameters): Result<string | undefined, Refusal> {
  const reading: Reading = { content: {} };
  const field = fields.named.get("idempotency_key");
  const reason = field && readField("idempotency_key", field, null, (text) => readIdempotencyKey(reading, text));
  return reason ? refuseFor(reason, field.name) : accept(reading.idempotencyKey);
}

/** Without the ASCII blanks around it; what is left must be the sender's byte for byte. By hand, since a pattern takes square time over a long row of blanks. */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Reads one field, if it says anything: `read` is given its text without blanks around it. */
function readField<Reason>(
  parameter: ParameterName,
  field: Parameter,
  dialect: Dialect | null,
  read: (field: FieldText) => Reason | undefined,
): Reason | "malformed_parameter" | "unexpanded_macro" | undefined {
  if (field.text === null) return "malformed_parameter";
  const text = trimBlanks(field.text);
  if (text === "") return undefined;
  const mustBeExpanded = MUST_BE_EXPANDED.has(parameter);
  const isRoundMacro = NO_WORDS.has(parameter) && isNameInRoundBrackets(text);
  if (isRoundMacro || (!isMapped(parameter, text, dialect) && (mustBeExpanded ? holdsFiller(text) : isFiller(text))))
    return mustBeExpanded ? "unexpanded_macro" : undefined;
  return read({ text, isNumber: field.isNumber === true });
}

/** True for a word that the mapping speaks of: then it is the sender's own, whatever it looks like. */
function isMapped(parameter: ParameterName, text: string, dialect: Dialect | null): boolean {
  if (parameter === "event") return dialect?.events.has(text) === true;
  return parameter === "status" && dialect?.statuses.has(text.toLowerCase()) === true;
}

/** The click ID in the spelling that is kept: the field of that name, else a sealed value under an ambiguous name, else none. */
function findClickId(fields: UnderstoodParameters, clickKeys: ClickIdKeys): Result<string | undefined, Refusal> {
  const field = fields.named.get("click_id");
  if (!field) {
    for (const { text } of fields.perhapsClickIds) {
      const sealed = text === null ? "" : trimBlanks(text);
      if (CLICK_ID_LENGTHS.includes(sealed.length) && verify(clickKeys, sealed).ok) return accept(plainClickId(sealed));
    }
    return accept(undefined);
  }
  if (field.text === null) return refuseFor("malformed_parameter", field.name);
  const text = trimBlanks(field.text);
  if (holdsFiller(text) || isInRoundBrackets(text)) return refuseFor("unexpanded_macro", field.name);
  const click = verify(clickKeys, text);
  return click.ok ? accept(plainClickId(text)) : refuseFor(CLICK_ID_REASONS[click.refusal], field.name);
}

function verify(clickKeys: ClickIdKeys, text: string): Result<Click, ClickIdRefusal> {
  if (clickKeys !== "shape") return readClickId(clickKeys, text);
  const click = peekClickId(text);
  return click ? accept(click) : refuse("malformed");
}

/** Those of the sender's own names; what cannot be read, or is too much, is noted. Undefined where there is none. */
function readMeta(
  fields: UnderstoodParameters,
  dialect: Dialect,
  notes: Map<string, NoteReason>,
): Record<string, string> | undefined {
  const { most, each } = RIDING_FACTS.meta.form;
  const meta: [string, string][] = [];
  for (const [parameter, field] of fields.named) {
    if (!parameter.startsWith("meta.")) continue;
    const fault = readField(parameter, field, dialect, ({ text }) => {
      if (!META_NAME.test(parameter) || meta.length === most || each.read(text) === null) return "malformed_parameter";
      meta.push([parameter.slice("meta.".length), text]);
      return undefined;
    });
    if (fault) notes.set(field.name.slice(0, MAX_NAME_LENGTH), "malformed_parameter");
  }
  return meta.length === 0 ? undefined : Object.fromEntries(meta);
}

function readEvent({ content }: Reading, { text }: FieldText, dialect: Dialect): RefusalReason | undefined {
  content.event = dialect.events.get(text) ?? text;
  return faultOf(text, MAX_NAME_LENGTH);
}

function readTxid({ content }: Reading, { text }: FieldText): RefusalReason | undefined {
  content.txid = text;
  return faultOf(text, MAX_NAME_LENGTH);
}

function readAlsoTxid({ content }: Reading, { text }: FieldText): RefusalReason | undefined {
  content.alsoTxid = text;
  return faultOf(text, MAX_NAME_LENGTH);
}

function readRefundId({ content }: Reading, { text }: FieldText): RefusalReason | undefined {
  content.refundId = text;
  return faultOf(text, MAX_NAME_LENGTH);
}

function readIdempotencyKey(reading: Reading, { text }: FieldText): RefusalReason | undefined {
  reading.idempotencyKey = text;
  return faultOf(text, MAX_TEXT_LENGTH);
}

function readStatus({ content }: Reading, { text }: FieldText, dialect: Dialect): RefusalReason | undefined {
  const word = text.toLowerCase();
  const mapped = dialect.statuses.get(word);
  const status = readSentStatus(mapped ?? word);
  if (!status) return "bad_status";
  content.status = status;
  if (mapped !== undefined && mapped !== word) content.originalStatus = text;
  return undefined;
}

function readCurrency({ content }: Reading, { text }: FieldText): RefusalReason | undefined {
  if (!CURRENCY.test(text)) return "bad_currency";
  content.currency = text.toUpperCase();
  return undefined;
}

function readOccurredAt({ content }: Reading, { text }: FieldText): NoteReason | undefined {
  const occurredAtMs = readTime(text);
  if (occurredAtMs === null) return "bad_time";
  content.occurredAtMs = occurredAtMs;
  content.occurredAtSent = text;
  return undefined;
}

function readTest({ content }: Reading, { text }: FieldText): RefusalReason | undefined {
  const word = text.toLowerCase();
  if (word === "1" || word === "true") content.test = true;
  else if (word !== "0" && word !== "false") return "malformed_parameter";
  return undefined;
}

function readReturn(reading: Reading, { text }: FieldText): NoteReason | undefined {
  if (!RETURN_TEXT.test(text)) return "malformed_parameter";
  reading.returnText = text;
  return undefined;
}

function readMicrosAs(
  field: "refundedTotalMicros" | "amountMicros" | "revenueMicros",
): FieldReader<Extract<NoteReason, RefusalReason>> {
  return ({ content }, { text, isNumber }) => {
    const micros = isNumber ? roundToMicros(text) : parseMicros(text);
    if (micros === null) return "bad_amount";
    content[field] = micros;
    return undefined;
  };
}

/** What tells how much was given back so far is a reversal, also where it does not say so; a part of it, or a refund's name, beside it would say it twice. */
export function readsAsTotal(content: PostbackContent): boolean {
  const { refundedTotalMicros, status = "reversed", amountMicros, refundId } = content;
  if (refundedTotalMicros === undefined) return true;
  content.status = status;
  return status === "reversed" && amountMicros === undefined && refundId === undefined;
}

/** True for a message that can belong to no order. */
export function namesNothing({ clickId, txid, coupon }: PostbackContent): boolean {
  return clickId === undefined && txid === undefined && coupon === undefined;
}

function faultOf(text: string, maxLength: number): RefusalReason | undefined {
  return isPlainText(text, maxLength) ? undefined : "malformed_parameter";
}
