/** The shop's own list against its claims: what each order would confirm, and confirming them. */
import * as v from "valibot";
import type { FileReading } from "../../../schema/tables.ts";
import { jsonChunks } from "../../core/json-chunks.ts";
import { formatMicros } from "../../core/money.ts";
import {
  type ClaimOfOrder,
  confirmsClaim,
  type JudgedOrder,
  judgeOrders,
  LIST_RESULT_NAMES,
  LIST_RESULTS,
  type ListedOrder,
} from "../../core/reconciliation/claimed-orders.ts";
import { statedOrders } from "../../core/reconciliation/stated-orders.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { ChangeStamp } from "../audit/change.ts";
import { amount, note } from "../conversions/corrections.ts";
import type { Env } from "../env.ts";
import { type ListQuery, readListOf, type SentFile, sentListAnswer } from "../reconciliation/api.ts";
import type { SentList } from "../reconciliation/sent-list.ts";
import { TABLE_PARAMETERS } from "../reconciliation/table-parameters.ts";
import { queryFlag } from "../tables/selection.ts";
import type { Caller } from "../web/caller.ts";
import { slug, wholeNumberText } from "../web/field-schemas.ts";
import { fields, invalidQuery, parameters } from "../web/input.ts";
import { notFound, type Problem } from "../web/problem.ts";
import { MOST_RULINGS, sendRulings } from "./rulings.ts";

const TXID = v.pipe(v.string(), v.trim(), v.nonEmpty("Write the order's number."), v.maxLength(128));

/** What the shop has: each order confirms the claim of its number, where one click claims it, with its own amount if it says one. */
export const shopOrders = fields({
  advertiser: v.string(),
  orders: v.pipe(
    v.array(fields({ txid: TXID, amount: v.exactOptional(amount) })),
    v.minLength(1, "Write at least one order."),
    v.maxLength(MOST_RULINGS, `At most ${MOST_RULINGS} orders at once.`),
  ),
  note,
});
type ShopOrders = v.InferOutput<typeof shopOrders>;

export const ordersAnswer = v.object({
  queued: v.number(),
  /** Orders that several clicks claim. */
  ambiguous: v.array(v.string()),
  /** Orders that no open claim names. */
  unclaimed: v.array(v.string()),
});

const saidCount = wholeNumberText(0, 9_999, "Write how many the answer said it would confirm.");

/** A list as a file. With `count`, which is how many it was said to confirm, and a note it confirms them; without, it only tells. */
export const shopList = parameters({
  advertiser: slug,
  ...TABLE_PARAMETERS,
  count: v.exactOptional(saidCount),
  note: v.exactOptional(note),
  format: v.exactOptional(v.picklist(["json", "csv"])),
  bom: v.exactOptional(queryFlag),
});
export type ShopList = v.InferOutput<typeof shopList>;

/** What is told of each order of the list. */
export const LISTED_COLUMNS = [
  "line",
  "txid",
  "event",
  "result",
  "message",
  "their_status",
  "claimed_amount",
  "their_amount",
  "currency",
  "claim",
  "state",
  "conversion_id",
  "ruling",
] as const;
export const LISTED_NUMBERS = ["line", "claimed_amount", "their_amount"];
export type ListedRow = Record<(typeof LISTED_COLUMNS)[number], string | null>;

export const listAnswer = v.object({
  advertiser: v.string(),
  orders: v.number(),
  would_confirm: v.number(),
  queued: v.number(),
  counts: v.object(v.entriesFromList(LIST_RESULT_NAMES, v.number())),
  ...sentListAnswer,
  results: v.array(v.object(v.entriesFromList(LISTED_COLUMNS, v.nullable(v.string())))),
});

/** A list that was read and judged; `receipts` are those of the rulings by their claims', once they are sent. */
export interface JudgedList {
  advertiser: number;
  file: SentList;
  kept: FileReading | null;
  judged: readonly JudgedOrder[];
  receipts: ReadonlyMap<string, string>;
}

/** Says what each order of a file would confirm. Changes nothing. */
export async function judgeList(
  env: Env,
  caller: Caller,
  query: ListQuery,
  sent: SentFile,
): Promise<Result<JudgedList, Problem>> {
  const list = await readListOf(env, caller, query, sent);
  if (!list.ok) return list;
  const { number, file, kept } = list.value;
  const orders = statedOrders(file.lines, file.unread);
  const judged = judgeOrders(orders, await claimsOf(env.DB, number, orders), MOST_RULINGS);
  return accept({ advertiser: number, file, kept, judged, receipts: new Map() });
}

/** Confirms what a list was said to confirm, if it still is as much. */
export async function confirmList(
  env: Env,
  list: JudgedList,
  { count, note: why }: { count: number; note: string },
  change: ChangeStamp,
): Promise<Result<JudgedList, Problem>> {
  const would = list.judged.filter(confirmsClaim).length;
  if (would !== count)
    return refuse(
      invalidQuery([{ parameter: "count", detail: `The list would confirm ${would} claims now: look at it again.` }]),
    );
  const sent = await confirmJudged(env, list.advertiser, list.judged, why, change);
  return sent.ok ? accept({ ...list, receipts: sent.value }) : sent;
}

/** Confirms the claims of the shop's orders. An order that several clicks claim is left for somebody to look at. */
export async function confirmOrders(
  env: Env,
  { advertiser, orders, note: why }: ShopOrders,
  change: ChangeStamp,
): Promise<Result<v.InferOutput<typeof ordersAnswer>, Problem>> {
  const number = await env.DB.prepare("SELECT number FROM advertisers WHERE slug = ?")
    .bind(advertiser)
    .first<number>("number");
  if (number === null) return refuse(notFound("advertiser", advertiser));
  const asked = [...new Map(orders.map((order) => [order.txid, order])).values()].map(
    ({ txid, amount: says }, place): ListedOrder => ({
      ...{ line: place + 1, txid, event: null, statusWord: null, statuses: null, currencies: null },
      amountMicros: says === undefined ? null : BigInt(says),
    }),
  );
  const judged = judgeOrders(asked, await claimsOf(env.DB, number, asked), MOST_RULINGS);
  const sent = await confirmJudged(env, number, judged, why, change);
  if (!sent.ok) return sent;
  const named = (...results: JudgedOrder["result"][]) =>
    judged.filter(({ result }) => results.includes(result)).flatMap(({ order }) => order.txid ?? []);
  return accept({
    queued: sent.value.size,
    ambiguous: named("ambiguous"),
    unclaimed: named("unclaimed", "decided"),
  });
}

/** An order as it is told. */
export function listedRow({ order, result, claim }: JudgedOrder, receipts: JudgedList["receipts"]): ListedRow {
  const micros = (value: number | bigint | null | undefined) =>
    value === null || value === undefined ? null : formatMicros(BigInt(value));
  return {
    line: String(order.line),
    txid: order.txid,
    event: order.event ?? claim?.event ?? null,
    result,
    message: LIST_RESULTS[result],
    their_status: order.statusWord,
    claimed_amount: micros(claim?.amountMicros),
    their_amount: micros(order.amountMicros),
    currency: claim?.currency ?? null,
    claim: claim?.receipt ?? null,
    state: claim?.state ?? null,
    conversion_id: claim?.conversionId ?? null,
    ruling: (claim && receipts.get(claim.receipt)) ?? null,
  };
}

interface FoundClaim extends Omit<ClaimOfOrder, "clickId" | "amountMicros" | "conversionId"> {
  click_id: string;
  amount: number | null;
  conversion_id: string | null;
}

/** The claims of these orders, tests apart, in the order of receipt. */
async function claimsOf(
  db: D1Database,
  advertiser: number,
  orders: readonly Pick<ListedOrder, "txid">[],
): Promise<ClaimOfOrder[]> {
  const query = db.prepare(`
    SELECT receipt, txid, event, click_id, state, currency, amount, conversion_id FROM claims
    WHERE advertiser = ? AND txid IN (SELECT value FROM json_each(?)) AND state <> 'too_many' AND test = 0
    ORDER BY received_at, receipt`);
  const found: ClaimOfOrder[] = [];
  for (const chunk of jsonChunks([...new Set(orders.flatMap(({ txid }) => txid ?? []))])) {
    const { results } = await query.bind(advertiser, chunk).all<FoundClaim>();
    for (const { click_id: clickId, amount: amountMicros, conversion_id: conversionId, ...claim } of results)
      found.push({ ...claim, clickId, amountMicros, conversionId });
  }
  return found;
}

/** Sends what these orders confirm; gives the receipts of the rulings by their claims'. */
async function confirmJudged(
  env: Env,
  advertiser: number,
  judged: readonly JudgedOrder[],
  why: string,
  change: ChangeStamp,
): Promise<Result<Map<string, string>, Problem>> {
  const ruled = judged.filter(confirmsClaim).flatMap(({ order, claim }) => {
    if (!claim) return [];
    const { receipt, clickId: click_id, event, txid } = claim;
    const says = order.amountMicros === null ? undefined : Number(order.amountMicros);
    return [{ claim: { receipt, advertiser, click_id, event, txid, test: 0 }, amount: says }];
  });
  const sent = await sendRulings(env, "confirm", ruled, why, change);
  return sent.ok
    ? accept(
        new Map(ruled.flatMap(({ claim }, place) => (sent.value[place] ? [[claim.receipt, sent.value[place]]] : []))),
      )
    : sent;
}
