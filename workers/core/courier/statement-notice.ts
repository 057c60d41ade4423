/** Statements as what is told: a statement is told like a conversion, each news of it like an entry, so that outbox, order, tries and log are the same. */
import type { SqlRow } from "../../../schema/columns.ts";
import type { Notice, NoticedStatement } from "../../../schema/messages.ts";
import type { statementNews, statements } from "../../../schema/tables.ts";
import { timePrefix } from "../books/conversion-id.ts";
import { formatMicros, joinMicros } from "../money.ts";
import type { DestinationFilters } from "./destination-settings.ts";

/** A statement's link and offer: none has this number. */
const NOBODY = 0;
const ID_LENGTH = 16;
const NO_MONEY = { amountMicros: 0, payoutMicros: 0, revenueMicros: 0 };

type StatementCells = SqlRow<typeof statements>;

/** A news with its statement, as the courier reads it. `turn` is which news of its statement it is, from 1. */
export interface StatementNewsRow
  extends Pick<SqlRow<typeof statementNews>, "id" | "statement" | "at" | "paid_on" | "reference">,
    Pick<
      StatementCells,
      | "number"
      | "currency"
      | "line_count"
      | "amount_units"
      | "amount_rest"
      | "due_units"
      | "due_rest"
      | "until"
      | "time_zone"
      | "created_at"
      | "due_on"
    > {
  owner: number;
  owner_type: "affiliate" | "advertiser";
  slug: string;
  state: "final" | "paid";
  turn: number;
  finalized_at: number;
}

/** The same news gives the same notice, so that a repeat is none. */
export function statementNotice(row: StatementNewsRow): Notice {
  const ofAffiliate = row.owner_type === "affiliate";
  return {
    conversionId: timePrefix(row.created_at) + String(row.statement).padStart(ID_LENGTH, "0"),
    seq: row.turn,
    ...{ kind: "statement", fromStatus: null, status: "approved", event: "", currency: row.currency },
    ...{ link: NOBODY, offer: NOBODY },
    ...{ affiliate: ofAffiliate ? row.owner : NOBODY, advertiser: ofAffiliate ? NOBODY : row.owner },
    ...{ total: NO_MONEY, delta: NO_MONEY, firstPayoutMicros: 0 },
    ...{ clickedAtMs: row.created_at, occurredAtMs: row.at, receivedAtMs: row.at, bookedAtMs: row.at },
    statement: {
      ...{ number: row.number ?? "", of: row.owner_type, owner: row.slug, state: row.state, currency: row.currency },
      conversions: row.line_count,
      amount: decimal(row.amount_units, row.amount_rest),
      due: decimal(row.due_units, row.due_rest),
      ...{ untilMs: row.until, timeZone: row.time_zone, finalizedAtMs: row.finalized_at },
      ...{ dueOn: row.due_on, paidOn: row.paid_on, reference: row.reference },
    },
  };
}

function decimal(units: number, rest: number): string {
  return formatMicros(joinMicros(units, rest));
}

/** The type under which it is heard; null where it is not. */
export function statementTypeHeard({ state }: NoticedStatement, types: DestinationFilters["types"]) {
  const type = state === "paid" ? "statement.paid" : "statement.finalized";
  return types.includes(type) ? type : null;
}

/** The body of a webhook that tells of a statement. `sequence` is which word on it this is. */
export function writeStatement(
  id: string,
  type: string,
  { seq, atMs, statement }: { seq: number; atMs: number; statement: NoticedStatement },
): string {
  const iso = (ms: number) => new Date(ms).toISOString();
  const { number, untilMs, timeZone, finalizedAtMs, dueOn, paidOn, ...said } = statement;
  const data = {
    ...{ delivery_id: id, statement: number, sequence: seq, ...said },
    ...{ until: iso(untilMs), time_zone: timeZone, finalized_at: iso(finalizedAtMs), due_on: dueOn, paid_on: paidOn },
  };
  return JSON.stringify({ type, timestamp: iso(atMs), data });
}
