/** Orders that a sender named without a click, and that only the pixel gives one: what waits, which clicks are claimed, and that none of them is meant. */
import * as v from "valibot";
import { objectName, type StoredMessage } from "../../core/books/stored.ts";
import { peekClickId } from "../../core/click-id.ts";
import { formatInstant } from "../../core/instant.ts";
import { formatMicros } from "../../core/money.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import type { ChangeStamp } from "../audit/change.ts";
import { note } from "../conversions/corrections.ts";
import type { Env } from "../env.ts";
import { queryText } from "../tables/selection.ts";
import { type SqlCondition, whereOf } from "../tables/sql-condition.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import type { Caller } from "../web/caller.ts";
import { fields, parameters } from "../web/input.ts";
import { cursorText, type ListPage, pageAnswer } from "../web/listing.ts";
import { named } from "../web/named-schemas.ts";
import { invalid, notFound, type Problem } from "../web/problem.ts";
import { CLAIMS, CURSOR, claimAnswer, conditionsFor, rowsOf } from "./list.ts";
import { MOST_RULINGS, type OpenClaim, rulingsAnswer, SELECT_CLAIMS, sendRulings } from "./rulings.ts";

/** A page looks at so many open claims, newest first, for orders that wait. */
const LOOKED_AT = 500;

export const ambiguousList = parameters({
  advertiser: v.exactOptional(queryText),
  txid: v.exactOptional(queryText),
  cursor: v.exactOptional(cursorText(CURSOR)),
});
export type AmbiguousList = v.InferOutput<typeof ambiguousList>;

/** None of the clicks that are claimed for these orders is theirs. */
export const noClick = fields({
  advertiser: v.string(),
  orders: v.pipe(
    v.array(v.string()),
    v.minLength(1, "Name at least one order."),
    v.maxLength(MOST_RULINGS, `At most ${MOST_RULINGS} orders at once.`),
  ),
  note,
});
type NoClick = v.InferOutput<typeof noClick>;

const text = v.nullable(v.string());
const ambiguousOrder = v.object({
  advertiser: v.string(),
  txid: v.string(),
  /** What the sender said, in the order of receipt. */
  waiting: v.array(v.object({ receipt: v.string(), event: text, status: text, amount: text, received_at: v.string() })),
  /** Its open claims, in the order of receipt. */
  claims: v.array(v.object({ ...claimAnswer.entries, clicked_at: text })),
});
export type AmbiguousOrder = v.InferOutput<typeof ambiguousOrder>;

export const ambiguousCalls = [
  call({
    method: "get",
    path: "/api/claims/orders",
    summary:
      "List orders that wait since only the pixel names a click for them, with what waits and which clicks are claimed",
    roles: OPERATORS,
    query: ambiguousList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(named("AmbiguousOrder", ambiguousOrder)),
    handle: ({ env, caller, query }) => listAmbiguous(env, caller, query),
  }),
  call({
    method: "post",
    path: "/api/claims/orders/dismiss",
    summary: "Dismiss all open claims of these orders: none of the clicks is theirs",
    roles: holders("review"),
    query: NO_QUERY,
    body: noClick,
    status: 202,
    answer: named("QueuedRulings", rulingsAnswer),
    handle: ({ env, caller, nowMs, body }) => dismissOrders(env, body, { by: caller, atMs: nowMs }),
  }),
];

interface Place {
  receipt: string;
  advertiser: number;
  txid: string;
  received_at: number;
}

/**
 * Orders of open claims for which something waits, by their newest claim. What waits is asked of the advertisers' objects, which find it by the order's number;
 * so a page costs what its claims do, however long the postback log is.
 */
export async function listAmbiguous(
  env: Env,
  caller: Caller,
  { cursor, ...filters }: AmbiguousList,
): Promise<Result<ListPage<AmbiguousOrder>, Problem>> {
  const conditions = await conditionsFor(env, caller, { ...filters, test: 0 });
  if (!conditions.ok) return conditions;
  const [, receivedAt, receipt] = CURSOR.exec(cursor ?? "") ?? [];
  const isBefore = receivedAt !== undefined && receipt !== undefined;
  const below = isBefore ? [{ sql: "(k.received_at, k.receipt) < (?, ?)", values: [Number(receivedAt), receipt] }] : [];
  const where = whereOf([OPEN_ORDERS, ...below, ...conditions.value]);
  const { results } = await env.DB.prepare(
    `SELECT k.receipt, k.advertiser, k.txid, k.received_at FROM claims AS k ${where.sql}
     ORDER BY k.received_at DESC, k.receipt DESC LIMIT ${LOOKED_AT + 1}`,
  )
    .bind(...where.values)
    .all<Place>();
  const looked = results.slice(0, LOOKED_AT);
  const last = results.length > LOOKED_AT ? looked.at(-1) : undefined;
  const found = await Promise.all(
    [...Map.groupBy(looked, ({ advertiser }) => advertiser)].map(([advertiser, own]) =>
      waitingOf(env, caller, advertiser, own),
    ),
  );
  const items = found
    .flat()
    // One that has a newer claim stood on the page before.
    .filter(({ newest }) => !isBefore || newest < placeText(Number(receivedAt), receipt))
    .sort((left, right) => (left.newest < right.newest ? 1 : -1))
    .map(({ order }) => order);
  return accept({ items, next: last ? `${last.received_at}-${last.receipt}` : null });
}

const OPEN_ORDERS: SqlCondition = { sql: "k.state = 'open' AND k.txid IS NOT NULL", values: [] };

/** Sorts as claims do. */
function placeText(receivedAtMs: number, receipt: string): string {
  return `${String(receivedAtMs).padStart(15, "0")}-${receipt}`;
}

async function waitingOf(
  env: Env,
  caller: Caller,
  advertiser: number,
  claimed: readonly Place[],
): Promise<{ newest: string; order: AmbiguousOrder }[]> {
  const txids = [...new Set(claimed.map(({ txid }) => txid))];
  const waiting: StoredMessage[] = await env.CONVERSIONS.getByName(objectName(advertiser)).ambiguous(txids);
  const byOrder = Map.groupBy(
    waiting.flatMap((message) => namesOf(message).map((txid) => ({ txid, message }))),
    ({ txid }) => txid,
  );
  const asked = txids.filter((txid) => byOrder.has(txid));
  if (asked.length === 0) return [];
  const own = {
    sql: "k.advertiser = ? AND k.txid IN (SELECT value FROM json_each(?))",
    values: [advertiser, JSON.stringify(asked)],
  };
  const where = whereOf([own, { sql: "k.state = 'open' AND +k.test = 0", values: [] }]);
  const claims = await rowsOf(env, CLAIMS, where, "ORDER BY k.received_at, k.receipt", caller);
  const claimsByOrder = Map.groupBy(claims, ({ shown }) => String(shown.txid));
  return [...claimsByOrder].map(([txid, rows]) => {
    const newest = rows.at(-1);
    return {
      newest: newest ? placeText(newest.receivedAtMs, newest.receipt) : "",
      order: {
        advertiser: String(rows[0]?.shown.advertiser),
        txid,
        waiting: (byOrder.get(txid) ?? []).map(({ message }) => told(message)),
        claims: rows.map(({ shown }) => ({ ...v.parse(claimAnswer, shown), clicked_at: clickedAt(shown.click_id) })),
      },
    };
  });
}

/** The numbers by which a message names an order. */
function namesOf({ command: { txid, content } }: StoredMessage): string[] {
  return [...new Set([txid, content.alsoTxid])].filter((name) => typeof name === "string");
}

function told({ command }: StoredMessage): AmbiguousOrder["waiting"][number] {
  const { amountMicros, status = null } = command.content;
  return {
    receipt: command.receipt,
    event: command.event,
    status,
    amount: amountMicros === undefined ? null : formatMicros(BigInt(amountMicros)),
    received_at: formatInstant(command.receivedAtMs),
  };
}

/** A click ID says when its click was. */
function clickedAt(clickId: unknown): string | null {
  const click = peekClickId(String(clickId));
  return click ? formatInstant(click.issuedAtMs) : null;
}

/** Dismisses what the pixel claims of these orders. What waits goes on waiting for the sender to name a click. */
export async function dismissOrders(
  env: Env,
  { advertiser, orders, note: why }: NoClick,
  change: ChangeStamp,
): Promise<Result<v.InferOutput<typeof rulingsAnswer>, Problem>> {
  const number = await env.DB.prepare("SELECT number FROM advertisers WHERE slug = ?")
    .bind(advertiser)
    .first<number>("number");
  if (number === null) return refuse(notFound("advertiser", advertiser));
  const { results } = await env.DB.prepare(
    `${SELECT_CLAIMS} WHERE k.advertiser = ? AND k.txid IN (SELECT value FROM json_each(?)) AND k.state = 'open' AND +k.test = 0
     ORDER BY k.received_at, k.receipt LIMIT ?`,
  )
    .bind(number, JSON.stringify(orders), MOST_RULINGS + 1)
    .all<OpenClaim>();
  if (results.length > MOST_RULINGS)
    return refuse(invalid("#/orders", `They have more than ${MOST_RULINGS} claims: name fewer orders at once.`));
  const ruled = results.map((claim) => ({ claim }));
  const sent = await sendRulings(env, "dismiss", ruled, why, change);
  return sent.ok ? accept({ queued: sent.value.length }) : sent;
}
