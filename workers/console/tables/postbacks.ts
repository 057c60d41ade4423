/** The postback log as it is read: everything received, with what became of it. */
import * as v from "valibot";
import { postbacks } from "../../../schema/tables.ts";
import { linkSql } from "../../core/click-id-sql.ts";
import { OUTCOME_REASONS, REFUSALS } from "../../core/reasons.ts";
import { ALL_BUT_AFFILIATES, EVERYONE } from "../../core/roles.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import { column } from "./column.ts";
import type { ExportTable } from "./export-table.ts";
import { type ListedTable, ownPlaces, type RowOwner } from "./listed-rows.ts";
import { keyedPlace, type RowPlace } from "./row-places.ts";

const RECEIPT = /^[0-9a-hjkmnp-tv-z]{26}$/;

/** Who sees only what is theirs is not told by the log's filters whose link a made-up click ID names. */
function proven(column: string): string {
  return `iif(p.proven, ${column}, NULL)`;
}

/** The message's click, where it is one of the row's link: a message about an affiliate's conversion may name another affiliate's click, and a click ID says when and on which link. */
const OWN_CLICK = `iif(${linkSql("p.click_id")} = p.link, p.click_id, NULL)`;

const KEY = ["p.received_at", "p.receipt"];
/** Affiliates see what is proven to be about them, and nothing else. */
const OWNED = { advertiser: "+p.advertiser = ?", affiliate: "+p.affiliate = ? AND p.proven = 1" };

const LISTED_POSTBACKS: ListedTable = {
  lists: "postback_lists",
  rows: "postbacks",
  alias: "p",
  id: "receipt",
  key: ["received_at", "receipt"],
  keyIndex: "postbacks_by_time",
  until: "SELECT listed FROM closed_postbacks",
  hourOf: (receivedAtMs) => Math.floor(Number(receivedAtMs) / HOUR_MS),
};

/** Where an owner's rows of the log lie. */
export function ownPostbacks(owner: RowOwner): readonly RowPlace[] {
  return ownPlaces(LISTED_POSTBACKS, owner, { sql: OWNED[owner.kind], values: [owner.number] });
}

/** One row by its receipt: the primary key is read, not the index of time. */
export const ONE_POSTBACK = "postbacks AS p";

const CHANNELS = "get, form, json, batch, import, pixel, console, webhook:{source} or tracker:{tracker}";
const channel = v.pipe(
  v.string(),
  v.regex(/^(get|form|json|batch|import|pixel|console|(?:webhook|tracker):.+)$/, `Write one of ${CHANNELS}.`),
);

export const postbacksTable: ExportTable = {
  name: "postbacks",
  database: "LOG",
  log: "postbacks",
  places: [keyedPlace("postbacks AS p INDEXED BY postbacks_by_time", KEY)],
  columns: [
    column("plain", "receipt", "p.receipt", EVERYONE),
    column("advertiser", "advertiser", "p.advertiser", EVERYONE),
    column("time", "received_at", "p.received_at", EVERYONE),
    column("plain", "status", "p.status", EVERYONE),
    column("plain", "reason", "p.reason", EVERYONE),
    column("plain", "duplicate_of", "p.duplicate_of", EVERYONE),
    { ...column("text", "click_id", "p.click_id", EVERYONE), sqlFor: { affiliate: OWN_CLICK } },
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
    offer: "p.offer",
    affiliate: "p.affiliate",
    link: "p.link",
    event: "p.event",
    status: "p.status",
    reason: "p.reason",
    channel: "p.channel",
    click_id: "p.click_id",
    txid: "p.txid",
    conversion_id: "p.conversion_id",
    test: "p.test",
  },
  choices: {
    status: postbacks.status.enumValues,
    reason: [...Object.keys(OUTCOME_REASONS), ...Object.keys(REFUSALS)],
    channel,
  },
  ownFilters: { offer: proven("p.offer"), affiliate: proven("p.affiliate"), link: proven("p.link") },
  affiliatesFilters: { click_id: OWN_CLICK },
  owners: { advertiser: "p.advertiser", affiliate: proven("p.affiliate") },
  own: ownPostbacks,
  // An affiliate's lists have what is proven alone, so by affiliates the log is read by time.
  ways: { advertiser: (number) => ownPostbacks({ kind: "advertiser", number }) },
  async keyAfter(after, find) {
    if (!RECEIPT.test(after)) return null;
    const receivedAtMs = await find({ sql: "p.receipt = ?", values: [after] }, "p.received_at", ONE_POSTBACK);
    return receivedAtMs === null ? null : [receivedAtMs, after];
  },
};
