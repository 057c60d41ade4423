/** The halves of a rule in words, as SQL takes them from it: each says its own price and nothing of the other. */
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { rulePartSql } from "../../../workers/core/books/rule-parts.ts";
import { ruleInWords } from "../../../workers/core/books/set-up.ts";
import { amendedRuleInWords } from "../../../workers/core/what-if/other-rules.ts";

const link: Parameters<typeof ruleInWords>[1] = {
  offer: 1,
  offerSlug: "shoes",
  affiliate: 1,
  advertiser: 1,
  currency: "USD",
  windowDays: 30,
  minSeconds: 0,
  orderSpace: "advertiser",
  caps: [],
  maxAmountMicros: 1,
  inReview: false,
  reviewFirst: 0,
  claims: "ask",
  attributeFirst: "click",
  otherCurrencies: "convert",
  timeZone: "UTC",
  events: [],
};
const event: Parameters<typeof ruleInWords>[0] = {
  name: "sale",
  payout: { percent: 100_000 },
  revenue: { flat: 4_000_000 },
  repeat: "per_txid",
  restate: "ignore",
  windowDays: null,
  version: 3,
  digits: 2,
  review: "none",
  override: null,
};
const own = { affiliate: "payout", version: 7, hasPayout: true, hasRevenue: false };

const db = new DatabaseSync(":memory:").prepare(
  `SELECT ${rulePartSql("rule", "payout")} AS payout, ${rulePartSql("rule", "revenue")} AS revenue FROM (SELECT ? AS rule)`,
);

test.each([
  [ruleInWords(event, link), "payout 10 % of the amount", "revenue 4.00 flat"],
  [
    ruleInWords({ ...event, digits: 4, override: own, revenue: "posted" }, link),
    "payout 10 % of the amount, to 4 digits",
    "revenue as posted, to 4 digits",
  ],
  [
    ruleInWords({ ...event, name: "payout:revenue", override: own }, { ...link, offerSlug: "revenue-to-4" }),
    "payout 10 % of the amount",
    "revenue 4.00 flat",
  ],
  [
    amendedRuleInWords("what-if 7", link, "sale", {
      payout: { flat: 1_000_000 },
      revenue: { percent: 200_000 },
      repeat: "per_txid",
      restate: "ignore",
      first: false,
      rule: "",
      digits: 3,
    }),
    "payout 1.00 flat, to 3 digits",
    "revenue 20 % of the amount, to 3 digits",
  ],
  ["imported", null, null],
])("%s", (rule, payout, revenue) => {
  expect(db.get(rule)).toEqual({ payout, revenue });
});
