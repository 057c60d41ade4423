/**
 * What is due, as SQL over a part of the conversions: every entry that is not listed yet, of conversions that are approved or reversed, not held, and so many days past their first approval;
 * all later entries of what was listed before, whatever its status; and all that was listed of what became another owner's, or another currency's, taken back.
 */
import { DAY_MS } from "../time-units.ts";

export const OWNER_TYPES = ["affiliate", "advertiser"] as const;
/** Whose a statement is: to an affiliate, what it gets; of an advertiser, what it pays, as the basis of an invoice. */
export type StatementOwner = (typeof OWNER_TYPES)[number];

/** Which money of an entry is due. */
const MONEY: Record<StatementOwner, "payout" | "revenue"> = { affiliate: "payout", advertiser: "revenue" };

/** Where conversions are looked for: the few older ones of which something was left or came later, then all from the bound on; or those that are named. */
export type Among = "unlisted" | "young" | "named";

const PAGES: Record<Among, string> = {
  unlisted:
    "FROM unlisted u CROSS JOIN conversions c ON c.conversion_id = u.conversion_id WHERE u.owner_type = ?1 AND u.conversion_id > ?2 AND u.conversion_id <= ?3",
  young: "FROM conversions c WHERE c.conversion_id > ?2 AND c.conversion_id <= ?3",
  named: "FROM json_each(?2) n CROSS JOIN conversions c ON c.conversion_id = n.value WHERE true",
};

/** Drafts that are taken for not there, so that what they list is due: none; those of all offers, which give way to a closing of everything; or all, as to owners, who see none. */
export type DraftsPassedOver = "none" | "of_all_offers" | "all";

const PASSING_OVER: Record<DraftsPassedOver, string> = {
  none: "",
  of_all_offers: " AND (s.state <> 'draft' OR s.offers IS NOT NULL)",
  all: " AND s.state <> 'draft'",
};

/**
 * Common table expressions that end in `due`. Parameters: ?1 the owner's type, ?2 and ?3 the IDs between which conversions are looked at (from behind ?2 up to and with ?3; of those
 * that are named ?2 is a JSON array of them, and ?3 means nothing), ?4 the time before which entries were received, ?5 offers and ?6 owners as JSON arrays, or null for all. Rows are a line's: conversion_id, owner, currency, turn, from_seq, seq, offer, event,
 * status, amount, due, carried, due_at. The account of a conversion is taken up to the first entry that was received too late, so that nothing behind it is listed before it; and only where all entries are written.
 */
export function dueRows(ownerType: StatementOwner, among: Among, passedOver: DraftsPassedOver = "none"): string {
  const [whose, money] = [ownerType, MONEY[ownerType]];
  return `
  page AS MATERIALIZED (
    SELECT c.conversion_id, c.seq, c.${whose} AS owner, c.currency, c.status, c.hold, c.offer, c.event
    ${PAGES[among]} AND c.test = 0 AND c.imported = 0
  ),
  booked AS MATERIALIZED (
    SELECT p.conversion_id, f.seq, f.status, f.amount, f.${money} AS due, f.received_at FROM page p CROSS JOIN first_entries f ON f.conversion_id = p.conversion_id
    UNION ALL SELECT p.conversion_id, e.seq, e.status, e.amount, e.${money}, e.received_at FROM page p CROSS JOIN entries e ON e.conversion_id = p.conversion_id
  ),
  reach AS MATERIALIZED (
    SELECT conversion_id, coalesce(min(iif(received_at >= ?4, seq, NULL)) - 1, max(seq)) AS seq FROM booked GROUP BY conversion_id
  ),
  account AS MATERIALIZED (
    SELECT r.conversion_id, r.seq, sum(b.amount) AS amount, sum(b.due) AS due, max(b.received_at) AS last_at, min(iif(b.status = 'approved', b.received_at, NULL)) AS approved_at
    FROM reach r CROSS JOIN booked b ON b.conversion_id = r.conversion_id AND b.seq <= r.seq GROUP BY r.conversion_id HAVING count(*) = r.seq
  ),
  listed AS MATERIALIZED (
    SELECT l.conversion_id, l.owner, l.currency, max(l.turn) AS turn, l.seq, l.offer, l.event, s.state, sum(l.amount) AS amount, sum(l.due) AS due
    FROM page p CROSS JOIN statement_lines l ON l.conversion_id = p.conversion_id AND l.owner_type = ?1 CROSS JOIN statements s ON s.id = l.statement${PASSING_OVER[passedOver]}
    GROUP BY l.conversion_id, l.owner, l.currency
  ),
  open AS (
    SELECT p.conversion_id, p.owner, p.currency, coalesce(l.turn, 0) + 1 AS turn, coalesce(l.seq, 0) AS from_seq, a.seq, p.offer, p.event, p.status,
      a.amount - coalesce(l.amount, 0) AS amount, a.due - coalesce(l.due, 0) AS due, a.last_at,
      iif(coalesce(l.seq, 0) > 0, a.last_at + 1, a.approved_at + o.payable_after_days * ${DAY_MS}) AS due_at
    FROM page p CROSS JOIN account a ON a.conversion_id = p.conversion_id CROSS JOIN offers o ON o.number = p.offer
    LEFT JOIN listed l ON l.conversion_id = p.conversion_id AND l.owner = p.owner AND l.currency = p.currency
    WHERE a.seq > coalesce(l.seq, 0) AND coalesce(l.state, '') <> 'draft'
      AND (coalesce(l.seq, 0) > 0 OR (p.status IN ('approved', 'reversed') AND p.hold <> 'held' AND a.approved_at + o.payable_after_days * ${DAY_MS} <= ?4))
    UNION ALL
    SELECT p.conversion_id, l.owner, l.currency, l.turn + 1, l.seq, 0, l.offer, l.event, p.status, -l.amount, -l.due, ?4, ?4
    FROM page p CROSS JOIN listed l ON l.conversion_id = p.conversion_id
    WHERE l.seq > 0 AND l.state <> 'draft' AND (l.owner <> p.owner OR l.currency <> p.currency)
  ),
  due AS (
    SELECT o.conversion_id, o.owner, o.currency, o.turn, o.from_seq, o.seq, o.offer, o.event, o.status, o.amount, o.due,
      coalesce(k.until < ?4 AND o.last_at < k.until AND o.due_at <= k.until, 0) AS carried, o.due_at
    FROM open o LEFT JOIN carried_balances k ON k.owner_type = ?1 AND k.owner = o.owner AND k.currency = o.currency
    WHERE (?5 IS NULL OR o.offer IN (SELECT value FROM json_each(?5))) AND (?6 IS NULL OR o.owner IN (SELECT value FROM json_each(?6)))
  )`;
}

/**
 * A condition: whether conversion `c` may still have something to be listed without another entry being booked, so that it has to be looked at again. Where it needs another entry, that
 * entry brings it back (triggers of the migration). Parameter ?1 is the owner's type.
 */
export function isUnlisted(ownerType: StatementOwner): string {
  const chain = "l.conversion_id = c.conversion_id AND l.owner_type = ?1";
  const closed = "s.id = l.statement AND s.state IN ('final', 'paid')";
  // What final statements list last, of its owner and currency, and of others.
  const last = `NOT EXISTS (SELECT 1 FROM statement_lines n JOIN statements s ON ${closed.replace("l.", "n.")} WHERE n.conversion_id = l.conversion_id AND n.owner_type = l.owner_type
      AND n.owner = l.owner AND n.currency = l.currency AND n.turn > l.turn)`;
  const own = `l.owner = c.${ownerType} AND l.currency = c.currency`;
  return `(
    (NOT EXISTS (SELECT 1 FROM statement_lines l JOIN statements s ON ${closed} WHERE ${chain} AND ${own} AND l.seq = c.seq AND ${last})
      AND (EXISTS (SELECT 1 FROM statement_lines l WHERE ${chain} AND ${own})
        OR (c.status IN ('approved', 'reversed') AND (c.first_entry ->> 1 = 'approved' OR EXISTS (SELECT 1 FROM entries e WHERE e.conversion_id = c.conversion_id AND e.status = 'approved')))))
    OR EXISTS (SELECT 1 FROM statement_lines l JOIN statements s ON s.id = l.statement WHERE ${chain} AND s.state = 'draft')
    OR EXISTS (SELECT 1 FROM statement_lines l JOIN statements s ON ${closed} WHERE ${chain} AND NOT (${own}) AND l.seq > 0 AND ${last})
  )`;
}
