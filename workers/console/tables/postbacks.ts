/** The postback log as it is read: everything received, with what became of it. */
import { linkSql } from "../../core/click-id-sql.ts";
import { ALL_BUT_AFFILIATES, EVERYONE } from "../../core/roles.ts";
import { column } from "./column.ts";
import type { ExportTable } from "./export-table.ts";

const RECEIPT = /^[0-9a-hjkmnp-tv-z]{26}$/;

/**
 * Whose a logged postback is: its conversion's, or, where it has none, that of the link which its click ID names. SQLite leaves each join out where
 * nothing of it is asked for.
 */
const POSTBACK_JOINS = `LEFT JOIN conversions AS c ON c.conversion_id = p.conversion_id LEFT JOIN links AS l ON l.number = ${linkSql("p.click_id")}`;

/**
 * True where the ledger found the message's click among its sender's own. Whoever writes any other click ID would learn from the filters of the log whose
 * link that is, and another advertiser's message about a click is none of its affiliate's business.
 */
const IS_PROVEN = `p.status IN ('attributed', 'updated', 'duplicate', 'parked', 'rejected')
  AND coalesce(p.reason, '') NOT IN ('no_click', 'unknown_link', 'foreign_click', 'credentials_revoked')
  AND p.advertiser = (SELECT o.advertiser FROM offers AS o WHERE o.number = l.offer)`;

/** What is known by the link that the click ID names: to operators always, to the others where it is proven. */
function byLink(ofConversion: string, ofLink: string): { all: string; proven: string } {
  const proven = `coalesce(${ofConversion}, iif(${IS_PROVEN}, ${ofLink}, NULL))`;
  return { all: `coalesce(${ofConversion}, ${ofLink})`, proven };
}

const OFFER = byLink("c.offer", "l.offer");
const AFFILIATE = byLink("c.affiliate", "l.affiliate");
const LINK = byLink("c.link", "l.number");

/** One row by its receipt: the primary key is read, not the index of time. */
export const ONE_POSTBACK = `postbacks AS p ${POSTBACK_JOINS}`;

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
    column("count", "credential_version", "p.credential_version", ALL_BUT_AFFILIATES),
    column("plain", "address_hash", "p.address_hash", ALL_BUT_AFFILIATES),
  ],
  key: ["received_at", "receipt"],
  after: "receipt",
  clocks: { received: "p.received_at" },
  bounds: ({ fromMs, toMs }) => ({ least: fromMs, below: toMs }),
  filters: {
    advertiser: "p.advertiser",
    offer: OFFER.all,
    affiliate: AFFILIATE.all,
    link: LINK.all,
    event: "p.event",
    status: "p.status",
    reason: "p.reason",
    channel: "p.channel",
    click_id: "p.click_id",
    txid: "p.txid",
    conversion_id: "p.conversion_id",
    test: "p.test",
  },
  ownFilters: { offer: OFFER.proven, affiliate: AFFILIATE.proven, link: LINK.proven },
  owners: { advertiser: "p.advertiser", affiliate: AFFILIATE.proven },
  async keyAfter(after, find) {
    if (!RECEIPT.test(after)) return null;
    const receivedAtMs = await find({ sql: "p.receipt = ?", values: [after] }, "p.received_at", ONE_POSTBACK);
    return receivedAtMs === null ? null : [receivedAtMs, after];
  },
};
