/** What others are told of an entry, out of the books: the one query that the ledger asks behind its writes, and the courier where it compares, replays and tells history. */
import type { SqlRow } from "../../../schema/columns.ts";
import type { ConversionStatus, Notice, NoticedClick } from "../../../schema/messages.ts";
import type { conversions } from "../../../schema/tables.ts";
import { SUB_NAMES } from "../click/sub-ids.ts";
import { FACT_NAMES, keptFacts, RIDING_FACTS } from "../riding-facts.ts";
import type { EntryRow } from "./rows.ts";

/** An entry's name. */
export type EntryName = [conversionId: string, seq: number];

type ConversionCells = SqlRow<typeof conversions>;

/** An entry and its conversion as the query gives them; sums are those up to the entry, exact as numbers as all sums of a conversion are. */
export interface NoticeRow
  extends Omit<ConversionCells, "seq" | "status" | "amount" | "revenue" | "payout" | "received_at"> {
  entry_seq: number;
  kind: string;
  entry_status: ConversionStatus;
  from_status: ConversionStatus | null;
  entry_amount: number;
  entry_revenue: number;
  entry_payout: number;
  entry_received_at: number;
  entry_receipt: string;
  first_payout: number;
  total_amount: number;
  total_revenue: number;
  total_payout: number;
  /** 1 for its conversion's last entry. */
  is_last: 0 | 1;
}

const TOLD_COLUMNS = [
  "conversion_id",
  "advertiser",
  "offer",
  "affiliate",
  "link",
  "event",
  "txid",
  "click_id",
  "currency",
  "clicked_at",
  "occurred_at",
  "settled_at",
  "click_joined",
  "country",
  "device",
  "os",
  "browser",
  "external_id",
  "external_kind",
  "ad_consent",
  ...SUB_NAMES,
  ...FACT_NAMES.map((name) => RIDING_FACTS[name].column),
  "test",
  "hold",
  "hold_reason",
  "reject_reason",
  "attributed_by",
  "imported",
  "original_amount",
  "original_currency",
  "rate",
] as const satisfies readonly (keyof ConversionCells)[];

/** `booked` are the entries of `given` with all before them, wherever they lie. One whose earlier ones are not all written yet is left out: its sums are not known. */
const NOTICES = `,
  upto AS MATERIALIZED (SELECT conversion_id, max(seq) AS seq FROM given GROUP BY conversion_id),
  booked AS MATERIALIZED (
    SELECT f.conversion_id, f.seq, f.kind, f.status, f.amount, f.revenue, f.payout, f.receipt, f.received_at
    FROM upto u CROSS JOIN first_entries f ON f.conversion_id = u.conversion_id
    UNION ALL SELECT b.conversion_id, b.seq, b.kind, b.status, b.amount, b.revenue, b.payout, b.receipt, b.received_at
    FROM upto u CROSS JOIN entries b ON b.conversion_id = u.conversion_id AND b.seq <= u.seq
  )
  SELECT ${TOLD_COLUMNS.map((column) => `c.${column}`).join(", ")}, e.seq AS entry_seq, e.kind, e.status AS entry_status,
    e.amount AS entry_amount, e.revenue AS entry_revenue, e.payout AS entry_payout, e.received_at AS entry_received_at, e.receipt AS entry_receipt,
    e.seq = c.seq AS is_last, t.*
  FROM given g
  CROSS JOIN booked e ON e.conversion_id = g.conversion_id AND e.seq = g.seq
  CROSS JOIN conversions c ON c.conversion_id = e.conversion_id
  CROSS JOIN (
    SELECT g.conversion_id AS of_conversion, g.seq AS of_seq, sum(b.amount) AS total_amount, sum(b.revenue) AS total_revenue, sum(b.payout) AS total_payout,
      max(iif(b.seq = g.seq - 1, b.status, NULL)) AS from_status, max(iif(b.seq = 1, b.payout, NULL)) AS first_payout
    FROM given g CROSS JOIN booked b ON b.conversion_id = g.conversion_id AND b.seq <= g.seq GROUP BY g.conversion_id, g.seq HAVING count(*) = g.seq
  ) t ON t.of_conversion = e.conversion_id AND t.of_seq = e.seq`;

/** The entries of these names, a JSON array of `EntryName`s as the one parameter, each once however often it is named; what is not there is left out. */
export const NAMED_NOTICES = `
  WITH given AS MATERIALIZED (SELECT DISTINCT value ->> 0 AS conversion_id, value ->> 1 AS seq FROM json_each(?1))${NOTICES}`;

/** The same, and all later entries of their conversions: those that were written before an earlier one could not be told then. */
export const BOOKED_NOTICES = `
  WITH named AS MATERIALIZED (SELECT value ->> 0 AS conversion_id, min(value ->> 1) AS seq FROM json_each(?1) GROUP BY 1),
  given AS MATERIALIZED (
    SELECT n.conversion_id, f.seq FROM named n CROSS JOIN first_entries f ON f.conversion_id = n.conversion_id AND n.seq <= 1
    UNION ALL SELECT n.conversion_id, b.seq FROM named n CROSS JOIN entries b ON b.conversion_id = n.conversion_id AND b.seq >= n.seq
  )${NOTICES}`;

/** A page in the order of receipt: behind (?1 time, ?2 conversion, ?3 seq), before time ?4, at most ?5; of first entries those of IDs from ?6 to below ?7, which say the same. */
export const NOTICES_BY_TIME = `
  WITH given AS MATERIALIZED (
    SELECT conversion_id, seq FROM (
      SELECT * FROM (
        SELECT conversion_id, seq, received_at FROM first_entries WHERE conversion_id >= ?6 AND conversion_id < ?7 ORDER BY conversion_id LIMIT ?5)
      UNION ALL SELECT * FROM (
        SELECT conversion_id, seq, received_at FROM entries WHERE (received_at, conversion_id, seq) > (?1, ?2, ?3) AND received_at < ?4
        ORDER BY received_at, conversion_id, seq LIMIT ?5)
      ORDER BY received_at, conversion_id, seq LIMIT ?5)
  )${NOTICES} ORDER BY e.received_at, e.conversion_id, e.seq`;

/** The conversion's row as the notice of its entry. */
export function noticeOf(row: NoticeRow): Notice {
  const held = row.is_last === 1 && row.hold === "held";
  return {
    conversionId: row.conversion_id,
    seq: row.entry_seq,
    kind: row.kind,
    fromStatus: row.from_status,
    status: row.entry_status,
    event: row.event,
    link: row.link,
    offer: row.offer,
    affiliate: row.affiliate,
    advertiser: row.advertiser,
    currency: row.currency,
    total: { amountMicros: row.total_amount, payoutMicros: row.total_payout, revenueMicros: row.total_revenue },
    delta: { amountMicros: row.entry_amount, payoutMicros: row.entry_payout, revenueMicros: row.entry_revenue },
    firstPayoutMicros: row.first_payout,
    ...(row.txid !== null && { txid: row.txid }),
    ...(row.attributed_by !== "coupon" && { clickId: row.click_id }),
    clickedAtMs: row.clicked_at,
    occurredAtMs: row.occurred_at,
    receivedAtMs: row.entry_received_at,
    bookedAtMs: row.is_last === 1 ? row.settled_at : row.entry_received_at,
    ...(held && row.hold_reason !== null && { reason: row.hold_reason }),
    // The operator's reason, by its slug, as long as the rejection stands.
    ...(row.is_last === 1 && row.reject_reason !== null && { reason: row.reject_reason }),
    ...originalOf(row),
    ...(row.test === 1 && { test: true }),
    ...(row.imported === 1 && { imported: true }),
    ...(held && { held: true }),
    ...(row.click_joined === 1 && { click: clickOf(row) }),
    ...factsOfRow(row),
  };
}

/** As the conversion stands: what remained of it behind an earlier entry is not kept. */
function originalOf({ original_amount: amountMicros, original_currency: currency, rate }: NoticeRow) {
  return amountMicros === null || currency === null || rate === null
    ? {}
    : { original: { amountMicros, currency, rate } };
}

function clickOf(row: NoticeRow): NoticedClick {
  const subs = SUB_NAMES.map((name) => row[name] ?? "");
  const used = subs.findLastIndex((sub) => sub !== "") + 1;
  const told = {
    externalId: row.external_id,
    externalKind: row.external_kind,
    adConsent: row.ad_consent,
    country: row.country,
    device: row.device,
    os: row.os,
    browser: row.browser,
  };
  const known = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== null && value !== ""));
  return { ...known, ...(used > 0 && { subs: subs.slice(0, used) }) };
}

function factsOfRow(row: NoticeRow) {
  const kept = FACT_NAMES.flatMap((name) => {
    const { column, form } = RIDING_FACTS[name];
    const cell = row[column];
    return cell === null ? [] : [[name, form.kind === "json" ? JSON.parse(cell) : cell]];
  });
  return keptFacts(Object.fromEntries(kept)) ?? {};
}

/** The names of these rows of `entries`, as the query takes them. */
export function entryNames(rows: readonly Pick<EntryRow, "conversion_id" | "seq">[]): EntryName[] {
  return rows.map(({ conversion_id, seq }) => [conversion_id, seq]);
}
