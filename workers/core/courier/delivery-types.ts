/** What an entry of the books is called when others are told of it: types, for every kind of entry and every way that it moved the status. */
import type { ConversionStatus, Notice } from "../../../schema/messages.ts";
import { ENTRY_KINDS, type EntryKind } from "../books/conversion.ts";
import { RELAY_TYPE } from "./relay-notice.ts";

/** In the order of a conversion's life. A destination listens to some of them; a webhook's `type` is one of them. */
export const CONVERSION_TYPES = [
  "conversion.created",
  "conversion.held",
  "conversion.approved",
  "conversion.rejected",
  "conversion.reversed",
  "conversion.reinstated",
  "conversion.updated",
] as const;
/** Of alerts: for the programme's own destinations, and none unless it says so. */
export const ALERT_TYPES = ["alert.opened", "alert.repeated", "alert.cleared"] as const;
/** Of statements: for webhooks that say so, of their owner's own or of all. */
export const STATEMENT_TYPES = ["statement.finalized", "statement.paid"] as const;
export const DELIVERY_TYPES = [...CONVERSION_TYPES, ...ALERT_TYPES, ...STATEMENT_TYPES] as const;
export type ConversionType = (typeof CONVERSION_TYPES)[number];
export type AlertType = (typeof ALERT_TYPES)[number];
/** Also what no destination listens to: a tracker's old origin is told it by itself. */
export const LOGGED_TYPES = [...DELIVERY_TYPES, RELAY_TYPE] as const;
/** What a destination may listen to. */
export type HeardType = (typeof DELIVERY_TYPES)[number];
export type DeliveryType = (typeof LOGGED_TYPES)[number];

/** True of what tells of a statement. */
export function isStatementType(type: string): boolean {
  return STATEMENT_TYPES.some((one) => one === type);
}

/** True of what tells of an alert. */
export function isAlertType(type: string): type is AlertType {
  return ALERT_TYPES.some((one) => one === type);
}

/** By what an entry did: the status that it moved the conversion to, if it moved it; else whether money was taken back or given, or only something else changed. */
type Told = Record<ConversionStatus | "taken" | "given" | "else", ConversionType>;

/**
 * A status tells more than the kind does: a late message's entry has the message's kind, and what it comes to behind later ones may be something else. So a rejection
 * that a later approval overrode is no rejection to anybody, and a conversion that was emptied, since its messages turned out to belong to another, is rejected.
 */
const BY_STATUS: Told = {
  pending: "conversion.updated",
  approved: "conversion.approved",
  rejected: "conversion.rejected",
  reversed: "conversion.reversed",
  taken: "conversion.updated",
  given: "conversion.updated",
  else: "conversion.updated",
};

/** How an entry is told that is not its conversion's first. A kind that is missing here does not compile. */
const TOLD: Record<EntryKind, Told> = {
  accrual: BY_STATUS,
  approval: BY_STATUS,
  rejection: BY_STATUS,
  restatement: BY_STATUS,
  // In part, too: then the status stays.
  reversal: { ...BY_STATUS, taken: "conversion.reversed" },
  // Also where what is given back to is not approved.
  reinstatement: {
    ...BY_STATUS,
    pending: "conversion.reinstated",
    approved: "conversion.reinstated",
    rejected: "conversion.reinstated",
    given: "conversion.reinstated",
  },
  // A first order number.
  upgrade: BY_STATUS,
  // What it hides was approved, or was not yet; whether it stands is the notice's to say.
  hold: BY_STATUS,
  release: BY_STATUS,
  // What it takes back stood in the status.
  undo: BY_STATUS,
  reordering: BY_STATUS,
  // What an operator had booked under other rules.
  adjustment: BY_STATUS,
};

/** What of a notice its types depend on. */
export type TypedNotice = Pick<Notice, "kind" | "fromStatus" | "status" | "delta" | "held">;

/**
 * All that an entry can be told as, the foremost first. A first entry is `conversion.created`, and `conversion.approved` too where it came approved: who listens to
 * either must hear of it, once. Empty for a kind that is not known, which an older courier passes over.
 */
export function typesOf(notice: TypedNotice): ConversionType[] {
  const { kind, fromStatus, status, held } = notice;
  if (!isEntryKind(kind)) return [];
  if (fromStatus === null) return ["conversion.created", ...stateOf(status, held)];
  if (kind === "hold" && held) return ["conversion.held"];
  return [TOLD[kind][fromStatus === status ? sumOf(notice) : status]];
}

/** The foremost of `typesOf`; null where there is none. */
export function typeOf(notice: TypedNotice): ConversionType | null {
  return typesOf(notice)[0] ?? null;
}

/** What it is told as to a destination that listens to `heard`; null where that is nothing. */
export function typeHeard(notice: TypedNotice, heard: readonly HeardType[]): ConversionType | null {
  return typesOf(notice).find((type) => heard.includes(type)) ?? null;
}

function stateOf(status: ConversionStatus, held: true | undefined): ConversionType[] {
  if (held) return ["conversion.held"];
  return status === "pending" ? [] : [BY_STATUS[status]];
}

function sumOf({ delta: { amountMicros, payoutMicros, revenueMicros } }: TypedNotice): "taken" | "given" | "else" {
  const sums = [amountMicros, payoutMicros, revenueMicros];
  if (sums.some((sum) => sum < 0)) return "taken";
  return sums.some((sum) => sum > 0) ? "given" : "else";
}

function isEntryKind(kind: string): kind is EntryKind {
  return ENTRY_KINDS.some((known) => known === kind);
}
