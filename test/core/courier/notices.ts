/** Notices and deliveries for tests: a sale of 100 dollars that pays 12.50, as told when it was approved. */
import type { Notice } from "../../../schema/messages.ts";
import type { OutgoingDelivery } from "../../../workers/core/courier/template-macros.ts";

export const CLICK_ID = "0r8nfb1tt80g00000105m3xk9v2c7q5d4wz1";

export function notice(over: Partial<Notice> = {}): Notice {
  return {
    conversionId: "01jd8zq4x5abcdefghjkmnpqrs",
    seq: 2,
    kind: "approval",
    fromStatus: "pending",
    status: "approved",
    event: "sale",
    link: 7,
    offer: 3,
    affiliate: 5,
    advertiser: 2,
    currency: "USD",
    total: { amountMicros: 100_000_000, payoutMicros: 12_500_000, revenueMicros: 20_000_000 },
    delta: { amountMicros: 0, payoutMicros: 0, revenueMicros: 0 },
    firstPayoutMicros: 12_500_000,
    txid: "A-1 & co",
    clickId: CLICK_ID,
    clickedAtMs: Date.UTC(2026, 10, 20, 9, 59, 30),
    occurredAtMs: Date.UTC(2026, 10, 20, 10, 0, 5),
    receivedAtMs: Date.UTC(2026, 10, 20, 10, 0, 7),
    bookedAtMs: Date.UTC(2026, 10, 20, 10, 0, 8),
    click: { externalId: "IwAR/x+y=", externalKind: "fbclid", subs: ["blog", "grün"], country: "DE", device: "mobile" },
    ...over,
  };
}

export function delivery(over: Partial<Notice> = {}): OutgoingDelivery {
  return {
    id: "06dq2m8c9h4kz1r7w3y5t0v6p2",
    type: "conversion.approved",
    notice: notice(over),
    names: { offer: "shoes", link: "blog-shoes", affiliate: "ada", advertiser: "acme" },
    nowMs: Date.UTC(2026, 10, 20, 10, 1, 0),
    random: 4711,
  };
}

/** A reversal of 40 dollars of it. */
export const REVERSED_IN_PART: Partial<Notice> = {
  seq: 3,
  kind: "reversal",
  fromStatus: "approved",
  total: { amountMicros: 60_000_000, payoutMicros: 7_500_000, revenueMicros: 12_000_000 },
  delta: { amountMicros: -40_000_000, payoutMicros: -5_000_000, revenueMicros: -8_000_000 },
  refundId: "R-1",
};
