/** Reads conversions and claims as signals look at them: those of a day in the order of their IDs, or an affiliate's own on an offer, the newest first. */
import type { Cell } from "../../../schema/columns.ts";
import type { ConversionStatus } from "../../../schema/messages.ts";
import { timePrefix } from "../../core/books/conversion-id.ts";
import { foldCoupon } from "../../core/books/coupons.ts";
import { WINDOW_DAYS } from "../../core/signals/activity.ts";
import { shortHash } from "../../core/signals/short-hash.ts";
import type { SignalClaim, SignalRow } from "../../core/signals/signal-row.ts";
import { DAY_MS, HOUR_MS } from "../../core/time-units.ts";
import { LISTED_CONVERSIONS } from "../tables/conversions.ts";
import { listedFrom, listedWhere, openFrom, openWhere, ownedBy } from "../tables/listed-rows.ts";
import { whereOf } from "../tables/sql-condition.ts";
import { isOfDomains, type OfferFacts } from "./offer-facts.ts";

/** So many conversions are read of a day at once. */
export const PART_ROWS = 20_000;
/** Of a day so many claims are counted at most: by the pixel anybody says what they like. */
const MOST_CLAIMS = 20_000;
/** So many of an affiliate's conversions on an offer are looked through for those that a signal names. */
const MOST_LOOKED_THROUGH = 5_000;

const COLUMNS = `c.conversion_id, c.affiliate, c.offer, c.event, c.status, c.attributed_by, c.clicked_at, c.occurred_at, c.txid,
  json_array_length(c.beside), c.referrer, c.device, c.os, c.browser, c.sub1, c.customer, c.coupon`;
type StoredRow = [
  ...[id: string, affiliate: number, offer: number, event: string, status: ConversionStatus, attributedBy: string],
  ...[clickedAtMs: number, occurredAtMs: number, txid: string | null, beside: number | null],
  ...[referrer: string | null, device: string | null, os: string | null, browser: string | null],
  ...[sub: string | null, customer: string | null, coupon: string | null],
];
/** What counts: no tests, and nothing that another tracker booked. */
const COUNTED = "c.test = 0 AND c.imported = 0";

const OF_DAY = `
  SELECT ${COLUMNS} FROM conversions AS c WHERE c.conversion_id > ?1 AND c.conversion_id >= ?2 AND c.conversion_id < ?3 AND ${COUNTED}
  ORDER BY c.conversion_id LIMIT ${PART_ROWS}`;

export interface RowsOfDay {
  rows: SignalRow[];
  /** The last one's ID; null where the day has no more. */
  after: string | null;
}

/** Conversions of a UTC day by their IDs, those behind `after`. */
export async function readRowsOfDay(
  db: D1Database,
  day: number,
  after: string,
  offers: OfferFacts,
): Promise<RowsOfDay> {
  const stored = await db
    .prepare(OF_DAY)
    .bind(after, timePrefix(day * DAY_MS), timePrefix((day + 1) * DAY_MS))
    .raw<StoredRow>();
  const last = stored.length < PART_ROWS ? undefined : stored.at(-1);
  return { rows: await rowsOf(db, stored, offers), after: last?.[0] ?? null };
}

/** An affiliate's conversions of an event on an offer in the window, the newest first. */
export async function readOwnRows(
  db: D1Database,
  { affiliate, offer, event }: { affiliate: number; offer: number; event: string },
  today: number,
  offers: OfferFacts,
): Promise<SignalRow[]> {
  const owner = { kind: "affiliate", number: affiliate } as const;
  const fromMs = (today - WINDOW_DAYS + 1) * DAY_MS;
  const own = [
    ownedBy(LISTED_CONVERSIONS, owner),
    { sql: "+c.offer = ? AND +c.event = ?", values: [offer, event] },
    { sql: COUNTED, values: [] },
  ];
  const listed = whereOf([...listedWhere(LISTED_CONVERSIONS, owner, { from: Math.floor(fromMs / HOUR_MS) }), ...own]);
  const open = whereOf([openWhere(LISTED_CONVERSIONS, timePrefix(fromMs)), ...own]);
  const found = await Promise.all([
    select(db, openFrom(LISTED_CONVERSIONS), "c.conversion_id DESC", open),
    select(db, listedFrom(LISTED_CONVERSIONS), "l.hour DESC, c.conversion_id DESC", listed),
  ]);
  return rowsOf(db, found.flat(), offers);
}

function select(db: D1Database, from: string, order: string, where: { sql: string; values: readonly Cell[] }) {
  return db
    .prepare(`SELECT ${COLUMNS} FROM ${from} ${where.sql} ORDER BY ${order} LIMIT ${MOST_LOOKED_THROUGH}`)
    .bind(...where.values)
    .raw<StoredRow>();
}

async function rowsOf(db: D1Database, stored: readonly StoredRow[], offers: OfferFacts): Promise<SignalRow[]> {
  const owners = await couponOwners(db, stored);
  return stored.map(
    ([id, affiliate, offer, event, status, attributedBy, clickedAtMs, occurredAtMs, txid, beside, ...rest]) => {
      const [referrer, device, os, browser, sub, customer, coupon] = rest;
      const facts = offers.get(offer);
      return {
        ...{ id, affiliate, offer, event, status, clickedAtMs, occurredAtMs, txid, device, os, browser, customer },
        orderSpace: facts?.orderSpace ?? `o${offer}`,
        isByClick: attributedBy === "click",
        beside: beside ?? 0,
        sub: sub === null || sub === "" ? null : shortHash(sub),
        isFromShop: referrer !== null && facts !== undefined && isOfDomains(referrer, facts.domains),
        couponOwner: coupon === null ? null : (owners.get(couponName(facts?.advertiser, coupon)) ?? null),
      };
    },
  );
}

function couponName(advertiser: number | undefined, coupon: string): string {
  return `${advertiser ?? 0} ${foldCoupon(coupon)}`;
}

/** Whose the coupons are that these rows name. */
async function couponOwners(db: D1Database, stored: readonly StoredRow[]): Promise<Map<string, number>> {
  const codes = new Set<string>();
  for (const row of stored) {
    const coupon = row[16];
    if (coupon !== null) codes.add(foldCoupon(coupon));
  }
  if (codes.size === 0) return new Map();
  const { results } = await db
    .prepare(
      `SELECT k.advertiser, k.folded, l.affiliate FROM json_each(?) AS code
       CROSS JOIN coupons AS k INDEXED BY coupons_by_folded ON k.folded = code.value JOIN links AS l ON l.number = k.link ORDER BY k.number`,
    )
    .bind(JSON.stringify([...codes]))
    .all<{ advertiser: number; folded: string; affiliate: number }>();
  return new Map(results.map(({ advertiser, folded, affiliate }) => [`${advertiser} ${folded}`, affiliate]));
}

interface StoredClaim {
  receipt: string;
  affiliate: number;
  offer: number;
  event: string;
  state: string;
  received_at: number;
  has_order: number;
  is_disputed: number;
}

const CLAIMS_OF_DAY = `
  SELECT q.receipt, q.affiliate, q.offer, q.event, q.state, q.received_at, q.txid IS NOT NULL AS has_order,
    EXISTS (SELECT 1 FROM claims AS other INDEXED BY claims_by_order
      WHERE other.advertiser = q.advertiser AND other.txid = q.txid AND other.affiliate <> q.affiliate AND other.test = 0) AS is_disputed
  FROM claims AS q INDEXED BY claims_by_time WHERE q.received_at >= ? AND q.received_at < ? AND q.test = 0 ORDER BY q.received_at, q.receipt LIMIT ${MOST_CLAIMS}`;

/** Claims of a UTC day. */
export async function readClaimsOfDay(db: D1Database, day: number): Promise<SignalClaim[]> {
  const { results } = await db
    .prepare(CLAIMS_OF_DAY)
    .bind(day * DAY_MS, (day + 1) * DAY_MS)
    .all<StoredClaim>();
  return results.map(({ received_at: receivedAtMs, has_order, is_disputed, ...claim }) => ({
    ...claim,
    receivedAtMs,
    hasOrder: has_order === 1,
    isDisputed: is_disputed === 1,
  }));
}
