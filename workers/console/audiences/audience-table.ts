/** An audience as a table that is exported: a row for each entry of the books by which somebody came to belong, with what other systems know the buyer by. */
import { ALL_BUT_ADVERTISERS, EVERYONE } from "../../core/roles.ts";
import { column } from "../tables/column.ts";
import { entriesTable } from "../tables/entries.ts";
import { type ExportTable, kindColumn } from "../tables/export-table.ts";
import type { SqlCondition } from "../tables/sql-condition.ts";
import type { Audience, Follower } from "./audiences.ts";

/** Of a conversion that a coupon brought there is no click; nothing else can be said to have followed on it either. */
const CLICK = "iif(c.attributed_by = 'coupon', NULL, c.click_id)";
/** What still stands. */
const STANDING = ["pending", "approved"];

/** Entries, in the order in which they were booked: new members stand at the end, and `after` is an entry's ID. */
export const audienceTable: ExportTable = {
  ...entriesTable,
  columns: [
    column("plain", "entry_id", "e.conversion_id || '-' || e.seq", EVERYONE),
    column("plain", "conversion_id", "e.conversion_id", EVERYONE),
    column("count", "seq", "e.seq", EVERYONE),
    column("time", "received_at", "e.received_at", EVERYONE),
    column("plain", "click_id", CLICK, EVERYONE),
    column("text", "external_id", "c.external_id", ALL_BUT_ADVERTISERS),
    kindColumn("c"),
    column("text", "txid", "c.txid", EVERYONE),
    column("text", "event", "c.event", EVERYONE),
    column("plain", "status", "c.status", EVERYONE),
    column("offer", "offer", "c.offer", EVERYONE),
    column("affiliate", "affiliate", "c.affiliate", EVERYONE),
    column("link", "link", "c.link", EVERYONE),
    column("advertiser", "advertiser", "c.advertiser", EVERYONE),
  ],
};

/** What makes an entry a member's. `nextEvent` is the event that was waited for; null: any other one. */
export function memberConditions({ statuses, by, without }: Audience, nextEvent: string | null): SqlCondition[] {
  const among = (what: string, words: readonly string[]) => ({
    sql: `${what} IN (${words.map(() => "?").join(", ")})`,
    values: [...words],
  });
  const moved =
    by === "its first entry"
      ? "e.seq = 1"
      : `e.status = c.status AND NOT EXISTS (SELECT 1 FROM entries AS b WHERE b.conversion_id = e.conversion_id AND b.seq = e.seq - 1 AND b.status = e.status)
        AND NOT (e.seq = 2 AND coalesce(c.first_entry ->> 1, '') = e.status)`;
  return [
    among("c.status", statuses),
    { sql: moved, values: [] },
    // Nobody is told of what another tracker booked.
    { sql: "c.imported = 0", values: [] },
    ...(without
      ? [{ sql: "c.attributed_by <> 'coupon'", values: [] }, withoutFollower(without.follower, nextEvent)]
      : []),
  ];
}

/** Looked up by the click, by which all are found that came to it when others were there; one that did not, those name. A test is followed by tests alone. */
function withoutFollower(follower: Follower, nextEvent: string | null): SqlCondition {
  const [which, values] =
    follower === "the same event, later"
      ? ["f.event = c.event AND (f.occurred_at, f.conversion_id) > (c.occurred_at, c.conversion_id)", []]
      : nextEvent === null
        ? ["f.event <> c.event", []]
        : ["f.event = ? AND f.conversion_id <> c.conversion_id", [nextEvent]];
  const standing = STANDING.map((status) => `'${status}'`).join(", ");
  const follows = `f.click_id = c.click_id AND f.test = c.test AND f.status IN (${standing}) AND ${which}`;
  return {
    sql: `NOT EXISTS (SELECT 1 FROM conversions AS f INDEXED BY conversions_beside_others WHERE f.beside IS NOT NULL AND ${follows})
      AND NOT EXISTS (SELECT 1 FROM json_each(c.beside) AS named CROSS JOIN conversions AS f ON f.conversion_id = named.value WHERE ${follows})`,
    values: [...values, ...values],
  };
}
