/** Which notices a destination gets, and what its owner may be told of them. */
import { expect, test } from "vitest";
import type { Notice } from "../../../schema/messages.ts";
import {
  DEFAULT_FILTERS,
  isInShare,
  noticeSeenBy,
  typeFor,
  waitsForCountry,
} from "../../../workers/core/courier/destination-filters.ts";
import type { DestinationFilters, DestinationOwner } from "../../../workers/core/courier/destination-settings.ts";
import { importHmacKey } from "../../../workers/core/hmac-sha256.ts";
import { notice, REVERSED_IN_PART } from "./notices.ts";

const KEY = importHmacKey(Buffer.alloc(32, 1));
const PROGRAMME: DestinationOwner = { type: "programme" };
const AFFILIATE: DestinationOwner = { type: "affiliate", number: 5 };

function told(over: Partial<Notice>, filters: Partial<DestinationFilters> = {}, owner = PROGRAMME) {
  return typeFor({ number: 9, owner, filters: { ...DEFAULT_FILTERS, ...filters } }, notice(over), KEY);
}

test.each<[string, Partial<Notice>, Partial<DestinationFilters>, string | null]>([
  ["an approval", {}, {}, "conversion.approved"],
  ["what another tracker booked", { imported: true }, {}, null],
  ["what waits", { fromStatus: null, status: "pending", kind: "accrual" }, {}, null],
  ["a reversal in part", REVERSED_IN_PART, {}, "conversion.reversed"],
  ["a reversal in whole", { ...REVERSED_IN_PART, status: "reversed" }, {}, "conversion.reversed"],
  [
    "a rejection of what was approved",
    { kind: "rejection", fromStatus: "approved", status: "rejected" },
    {},
    "conversion.rejected",
  ],
  ["a rejection of what was never told", { kind: "rejection", fromStatus: "pending", status: "rejected" }, {}, null],
  ["an approval alone", { ...REVERSED_IN_PART, status: "reversed" }, { statuses: ["approved"] }, null],
  ["a type that is not listened to", {}, { types: ["conversion.reversed"] }, null],
  ["its event", {}, { events: ["sale"] }, "conversion.approved"],
  ["another event", {}, { events: ["lead"] }, null],
  ["its offer", {}, { offers: [3] }, "conversion.approved"],
  ["another offer", {}, { offers: [4] }, null],
  ["its country", {}, { countries: ["AT", "DE"] }, "conversion.approved"],
  ["another country", {}, { countries: ["AT"] }, null],
  ["a country that is not known", { click: {} }, { countries: ["DE"] }, null],
  ["enough", {}, { minAmountMicros: 100_000_000 }, "conversion.approved"],
  ["too little", {}, { minAmountMicros: 100_000_001 }, null],
  ["what is taken back of enough", { ...REVERSED_IN_PART }, { minAmountMicros: 100_000_000 }, "conversion.reversed"],
  ["a test", { test: true }, {}, null],
  ["a test that is asked for", { test: true }, { tests: true }, "conversion.approved"],
])("%s", (_what, over, filters, type) => {
  expect(told(over, filters)).toBe(type);
});

test("a country that the click's row has yet to tell is waited for, and no other", () => {
  const { click: _, ...fresh } = notice();
  const { clickId: _id, ...byCoupon } = fresh;
  const chosen = { ...DEFAULT_FILTERS, countries: ["DE"] };
  expect(waitsForCountry(chosen, fresh)).toBe(true);
  expect(waitsForCountry(DEFAULT_FILTERS, fresh)).toBe(false);
  expect(waitsForCountry(chosen, notice({ click: {} }))).toBe(false);
  expect(waitsForCountry(chosen, byCoupon)).toBe(false);
});

test("an affiliate and an advertiser hear of their own alone, and have no share of it", () => {
  expect(told({}, {}, AFFILIATE)).toBe("conversion.approved");
  expect(told({ affiliate: 6 }, {}, AFFILIATE)).toBeNull();
  expect(told({}, {}, { type: "advertiser", number: 2 })).toBe("conversion.approved");
  // Its affiliate has the same number as the owner.
  expect(told({ affiliate: 3 }, {}, { type: "advertiser", number: 3 })).toBeNull();
  expect(told({}, { shareBps: 0 }, AFFILIATE)).toBe("conversion.approved");
  expect(told({}, { shareBps: 0 })).toBeNull();
});

test("a share is so many of all conversions, the same ones each time, and others for another destination", () => {
  const ids = Array.from({ length: 4_000 }, (_, index) => `conversion-${index}`);
  const share = (destination: number, bps: number) => ids.filter((id) => isInShare(KEY, destination, id, bps));
  const quarter = share(1, 2_500);
  // Five standard deviations of a binomial of 4,000 at a quarter are 137.
  expect(Math.abs(quarter.length - 1_000)).toBeLessThan(137);
  expect(share(1, 2_500)).toEqual(quarter);
  expect(share(2, 2_500)).not.toEqual(quarter);
  // A larger share holds the smaller one: raising it takes nobody out.
  expect(quarter.every((id) => isInShare(KEY, 1, id, 4_000))).toBe(true);
  expect(share(1, 10_000)).toHaveLength(ids.length);
});

test("an affiliate's notice has nothing of the advertiser's side, and meta where its offer shares it", () => {
  const whole = notice({ ...REVERSED_IN_PART, meta: { customer_id: "c-1" }, reason: "large_amount" });
  const seen = noticeSeenBy(AFFILIATE, whole, false);
  expect(seen.total).toEqual({ amountMicros: 60_000_000, payoutMicros: 7_500_000, revenueMicros: 0 });
  expect(seen.delta.revenueMicros).toBe(0);
  expect(seen).not.toHaveProperty("meta");
  expect(seen).not.toHaveProperty("reason");
  expect(noticeSeenBy(AFFILIATE, whole, true).meta).toEqual({ customer_id: "c-1" });
  expect(noticeSeenBy(PROGRAMME, whole, false)).toEqual(whole);
});

test("an advertiser's notice has nothing of the affiliate's side", () => {
  const seen = noticeSeenBy(
    { type: "advertiser", number: 2 },
    notice({ ...REVERSED_IN_PART, reason: "by_hand" }),
    true,
  );
  expect(seen.total).toEqual({ amountMicros: 60_000_000, payoutMicros: 0, revenueMicros: 12_000_000 });
  expect(seen.delta.payoutMicros).toBe(0);
  expect(seen.firstPayoutMicros).toBe(0);
  expect(seen.click).toEqual({ country: "DE", device: "mobile" });
  expect(seen).not.toHaveProperty("reason");
});
