/** Conversions as they are read. */
import { conversions, HOLD_STATES } from "../../../schema/tables.ts";
import { timeInId, timePrefix } from "../../core/books/conversion-id.ts";
import { clickTimeMs } from "../../core/click-id-time.ts";
import { FACT_NAMES, type FactName, RIDING_FACTS } from "../../core/riding-facts.ts";
import { EVERYONE, OPERATORS } from "../../core/roles.ts";
import { hasClickShape } from "../../core/table-file/click-shape.ts";
import { DAY_MS, HOUR_MS } from "../../core/time-units.ts";
import { type Column, column } from "./column.ts";
import {
  adConsentColumn,
  type ExportTable,
  kindColumn,
  moneyColumns,
  statementColumns,
  visitColumns,
} from "./export-table.ts";
import { type ListedTable, listedFrom, listedWhere, ownPlaces } from "./listed-rows.ts";
import { idsReceived, receivedElsewhere } from "./received-elsewhere.ts";
import { keyedPlace, keyFilters, type RowPlace } from "./row-places.ts";

/**
 * A conversion's ID begins with the time at which its first settled message was received. A message that was received earlier but settled
 * later (a replay) moves received_at and leaves the ID, by as much as the postback log goes back.
 */
const ID_SLACK_MS = 200 * DAY_MS;

const ID = /^[0-9a-hjkmnp-tv-z]{26}$/;

/** The first two came before `test`. Columns are never moved: what came later stands behind it, and what comes next at the end. */
const FACTS_BEFORE_TEST: readonly FactName[] = ["coupon", "customer"];

function factColumns(names: readonly FactName[]): Column[] {
  return names.map((name) => {
    const fact = RIDING_FACTS[name];
    const sql = `c.${fact.column}`;
    const own = column(fact.form.kind, fact.column, sql, fact.seenBy);
    if (!("affiliatesWhere" in fact)) return own;
    const isShared = `(SELECT o.${fact.affiliatesWhere} FROM offers AS o WHERE o.number = c.offer)`;
    return { ...own, sqlFor: { affiliate: `iif(${isShared}, ${sql}, NULL)` } };
  });
}

/** SQL of a conversion `c`: what was given back so far of what is or was booked, in micros. It and the amount are what was sold. Most conversions have one entry, and of these nothing is asked. */
const REFUNDED = `iif(c.seq > 1, coalesce((SELECT -sum(e.amount) FROM entries AS e
  WHERE e.conversion_id = c.conversion_id AND e.kind IN ('reversal', 'reinstatement')), 0), 0)`;

/** A conversion's times. */
export const CONVERSION_CLOCKS = { received: "c.received_at", clicked: "c.clicked_at", occurred: "c.occurred_at" };

/** Conversions by their owners; those of a click's hour are listed too, as kind `clicked` of no owner. */
export const LISTED_CONVERSIONS: ListedTable = {
  lists: "conversion_lists",
  rows: "conversions",
  alias: "c",
  id: "conversion_id",
  key: ["conversion_id"],
  until: "SELECT until FROM closed_conversions",
  hourOf: (first) => Math.floor(timeInId(String(first)) / HOUR_MS),
};

/** Where the conversions of a click lie: its ID says its hour, whose conversions are listed; what came since time was closed is read besides. */
function clickPlaces(clickId: string): readonly RowPlace[] | null {
  const clickedAtMs = hasClickShape(clickId) ? clickTimeMs(clickId) : null;
  if (clickedAtMs === null) return null;
  const hour = Math.floor(clickedAtMs / HOUR_MS);
  const key = ["c.conversion_id"];
  const [, open] = ownPlaces(LISTED_CONVERSIONS, { kind: "affiliate", number: null }, { sql: "true", values: [] });
  const listed: RowPlace = {
    from: listedFrom(LISTED_CONVERSIONS),
    conditions: listedWhere(LISTED_CONVERSIONS, { kind: "clicked", number: 0 }, { from: hour, through: hour }),
    order: key,
    within: (range) => keyFilters(key, range),
  };
  return [listed, open];
}

export const conversionsTable: ExportTable = {
  name: "conversions",
  database: "DB",
  places: [keyedPlace("conversions AS c", ["c.conversion_id"])],
  columns: [
    column("plain", "conversion_id", "c.conversion_id", EVERYONE),
    column("advertiser", "advertiser", "c.advertiser", EVERYONE),
    column("offer", "offer", "c.offer", EVERYONE),
    column("affiliate", "affiliate", "c.affiliate", EVERYONE),
    column("link", "link", "c.link", EVERYONE),
    column("text", "event", "c.event", EVERYONE),
    column("text", "txid", "c.txid", EVERYONE),
    column("plain", "click_id", "c.click_id", EVERYONE),
    column("plain", "status", "c.status", EVERYONE),
    column("plain", "currency", "c.currency", EVERYONE),
    ...moneyColumns("c"),
    column("time", "clicked_at", "c.clicked_at", EVERYONE),
    column("time", "occurred_at", "c.occurred_at", EVERYONE),
    column("time", "received_at", "c.received_at", EVERYONE),
    column("time", "settled_at", "c.settled_at", EVERYONE),
    ...visitColumns("c"),
    ...factColumns(FACTS_BEFORE_TEST),
    column("flag", "test", "c.test", EVERYONE),
    ...factColumns(FACT_NAMES.filter((name) => !FACTS_BEFORE_TEST.includes(name))),
    column("plain", "hold", "c.hold", EVERYONE),
    // Why a rule doubts it is not for whom it doubts.
    column("plain", "hold_reason", "c.hold_reason", OPERATORS),
    column("plain", "attributed_by", "c.attributed_by", EVERYONE),
    column("decimal", "refunded", REFUNDED, EVERYONE),
    kindColumn("c"),
    adConsentColumn("c"),
    column("flag", "imported", "c.imported", EVERYONE),
    column("text", "old_click_id", "c.old_click_id", EVERYONE),
    column("decimal", "original_amount", "c.original_amount", EVERYONE),
    column("plain", "original_currency", "c.original_currency", EVERYONE),
    column("plain", "rate", "c.rate", EVERYONE),
    column("plain", "rate_day", "c.rate_day", EVERYONE),
    // What an operator chose, in the words that are for the affiliate.
    column("text", "reason", "(SELECT r.words FROM review_reasons AS r WHERE r.slug = c.reject_reason)", EVERYONE),
    ...statementColumns(),
  ],
  key: ["conversion_id"],
  after: "conversion_id",
  clocks: CONVERSION_CLOCKS,
  andClocks: CONVERSION_CLOCKS,
  // Clicks and sales come before their postbacks, so what was received before `from` is not meant by any clock.
  bounds: ({ fromMs, toMs }, clock) => ({
    least: fromMs === null ? null : timePrefix(Math.max(0, fromMs - ID_SLACK_MS)),
    below: toMs === null || clock !== "received" ? null : timePrefix(toMs + ID_SLACK_MS),
  }),
  received: (range, owner) => ({ range: idsReceived(range), elsewhere: receivedElsewhere(range, owner) }),
  filters: {
    advertiser: "c.advertiser",
    offer: "c.offer",
    affiliate: "c.affiliate",
    link: "c.link",
    event: "c.event",
    status: "c.status",
    click_id: "c.click_id",
    txid: "c.txid",
    test: "c.test",
    hold: "c.hold",
    imported: "c.imported",
    stands: "(c.status IN ('pending', 'approved'))",
  },
  byColumns: true,
  choices: { status: conversions.status.enumValues, hold: HOLD_STATES },
  indexed: { hold: { held: "c.hold = 'held'" } },
  owners: { advertiser: "c.advertiser", affiliate: "c.affiliate" },
  own: (owner) => ownPlaces(LISTED_CONVERSIONS, owner),
  ofIds: (ids) =>
    keyedPlace(
      "conversions AS c",
      ["c.conversion_id"],
      [{ sql: "c.conversion_id IN (SELECT value FROM json_each(?))", values: [JSON.stringify(ids)] }],
    ),
  ways: {
    click_id: (clickId) => clickPlaces(String(clickId)),
    affiliate: (number) => ownPlaces(LISTED_CONVERSIONS, { kind: "affiliate", number }),
    advertiser: (number) => ownPlaces(LISTED_CONVERSIONS, { kind: "advertiser", number }),
  },
  keyAfter: async (after) => (ID.test(after) ? [after] : null),
};
