/** What nobody read of a message is read once a mapping has words for it, and changes nothing that the message said itself. */
import { expect, it } from "vitest";
import type { PostbackContent } from "../../../schema/messages.ts";
import type { Mapping } from "../../../schema/records.ts";
import { makeDialect } from "../../../workers/core/postback/dialect.ts";
import { reread } from "../../../workers/core/postback/reread.ts";

const NAMES = {
  klick: "click_id",
  bestellung: "txid",
  summe: "amount",
  stand: "status",
  zurueck: "refunded_total",
  filiale: "meta.shop",
};
const MAPPING: Mapping = { names: NAMES, statuses: { bezahlt: "approved" } };
const CLICK = "c".repeat(36);

it.each<[string, PostbackContent, PostbackContent]>([
  [
    "what it has words for",
    { event: "sale", unread: { klick: ` ${CLICK.toUpperCase()} `, bestellung: "M1", summe: "40", farbe: "rot" } },
    { event: "sale", clickId: CLICK, txid: "M1", amountMicros: 40_000_000, unread: { farbe: "rot" } },
  ],
  ["nothing where nothing was left", { txid: "M1" }, { txid: "M1" }],
  [
    "the message's own words before others",
    { txid: "M1", status: "pending", unread: { bestellung: "M2", stand: "bezahlt" } },
    { txid: "M1", status: "pending" },
  ],
  [
    "a status with the sender's word for it",
    { unread: { stand: "bezahlt" } },
    { status: "approved", originalStatus: "bezahlt" },
  ],
  [
    "what is its own, beside what the message has of it",
    { meta: { size: "42" }, unread: { filiale: "Kiel" } },
    { meta: { size: "42", shop: "Kiel" } },
  ],
  [
    "an optional parameter that can be read by now",
    {
      unread: { occurred_at: "1795420800", revenue: "viel" },
      notes: { occurred_at: "bad_time", revenue: "bad_amount" },
    },
    {
      occurredAtMs: 1_795_420_800_000,
      occurredAtSent: "1795420800",
      unread: { revenue: "viel" },
      notes: { revenue: "bad_amount" },
    },
  ],
])("reads %s", (_, content, expected) => {
  expect(reread(content, makeDialect(MAPPING))).toEqual(expected);
});

it.each<[string, PostbackContent]>([
  ["is wrong", { txid: "M1", unread: { summe: "40 Euro" } }],
  ["has not a click ID's shape", { txid: "M1", unread: { klick: "X" } }],
  ["is a macro", { event: "sale", unread: { bestellung: "{order}" } }],
  ["contradicts what was said", { amountMicros: 1, unread: { zurueck: "1" } }],
  ["was cut", { event: "sale", unread: { filiale: "x".repeat(256) } }],
  ["was a secret", { event: "sale", unread: { bestellung: "(hidden)-1" } }],
  ["could not be read", { event: "sale", unread: { bestellung: "(unreadable)" } }],
  ["could not be shown", { event: "sale", unread: { bestellung: "M\ufffd1" } }],
])("leaves the content as it was where what is left %s", (_, content) => {
  expect(reread(content, makeDialect(MAPPING))).toEqual(content);
});

it("keeps no more of what is left than a message may have", () => {
  const unread = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`n${index}`, "x".repeat(200)]));
  expect(Object.keys(reread({ unread }, makeDialect(MAPPING)).unread ?? {})).toHaveLength(10);
});
