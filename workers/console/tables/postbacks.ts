/** The postback log as it is read: everything received, with what became of it. */
import { linkSql } from "../../core/click-id-sql.ts";
import { EVERYONE } from "../../core/roles.ts";
import { column } from "./column.ts";
import type { ExportTable } from "./export-table.ts";

const RECEIPT = /^[0-9a-hjkmnp-tv-z]{26}$/;

/**
 * Whose a logged postback is: its conversion's, or, where it has none, that of the link which its click ID names. SQLite leaves each join out where
 * nothing of it is asked for.
 */
export const POSTBACK_JOINS = `LEFT JOIN conversions AS c ON c.conversion_id = p.conversion_id LEFT JOIN links AS l ON l.number = ${linkSql("p.click_id")}`;

/** What was refused at the door may name a click that was never ours, and another advertiser's message about a click is none of its affiliate's business. */
const IS_PROVEN = "p.status <> 'refused' AND p.reason IS NOT 'foreign_click'";

export const postbacksTable: ExportTable = {
  name: "postbacks",
  database: "DB",
  log: "postbacks",
  from: `postbacks AS p INDEXED BY postbacks_by_time ${POSTBACK_JOINS}`,
  columns: [
    column("plain", "receipt", "p.receipt", EVERYONE),
    column("advertiser", "advertiser", "p.advertiser", EVERYONE),
    column("time", "received_at", "p.received_at", EVERYONE),
    column("plain", "status", "p.status", EVERYONE),
    column("plain", "reason", "p.reason", EVERYONE),
    column("plain", "duplicate_of", "p.duplicate_of", EVERYONE),
    column("text", "click_id", "p.click_id", EVERYONE),
    column("text", "event", "p.event", EVERYONE),
    column("text", "txid", "p.txid", EVERYONE),
    column("plain", "conversion_id", "p.conversion_id", EVERYONE),
    column("plain", "channel", "p.channel", EVERYONE),
    column("flag", "test", "p.test", EVERYONE),
  ],
  key: ["received_at", "receipt"],
  after: "receipt",
  clocks: { received: "p.received_at" },
  bounds: ({ fromMs, toMs }) => ({ least: fromMs, below: toMs }),
  filters: {
    advertiser: "p.advertiser",
    offer: "coalesce(c.offer, l.offer)",
    affiliate: "coalesce(c.affiliate, l.affiliate)",
    link: "coalesce(c.link, l.number)",
    event: "p.event",
    status: "p.status",
    reason: "p.reason",
    channel: "p.channel",
    click_id: "p.click_id",
    txid: "p.txid",
    conversion_id: "p.conversion_id",
    test: "p.test",
  },
  owners: { advertiser: "p.advertiser", affiliate: `coalesce(c.affiliate, iif(${IS_PROVEN}, l.affiliate, NULL))` },
  async keyAfter(after, database) {
    if (!RECEIPT.test(after)) return null;
    const find = database.prepare("SELECT received_at FROM postbacks WHERE receipt = ?").bind(after);
    const receivedAtMs = await find.first<number>("received_at");
    return receivedAtMs === null ? null : [receivedAtMs, after];
  },
};
