/** Facts, settings and secrets for tests: a sale of 25 dollars that a click of the platform's brought ten minutes before, told when it was approved. */

import type { PlatformFacts } from "../../../workers/core/platforms/platform-facts.ts";
import type { PlatformName, PlatformSettings } from "../../../workers/core/platforms/platform-target.ts";
import { PLATFORMS } from "../../../workers/core/platforms/platforms.ts";
import { GOOD } from "../../platforms/doubles.ts";

export const OCCURRED_MS = Date.UTC(2026, 10, 20, 10);
export const CLICKED_MS = OCCURRED_MS - 600_000;
/** Late enough for platforms that want a click to rest. */
export const NOW_MS = OCCURRED_MS + 8 * 3_600_000;

export const MONEY = { amountMicros: 25_000_000, payoutMicros: 2_500_000, revenueMicros: 5_000_000 };
const NONE = { amountMicros: 0, payoutMicros: 0, revenueMicros: 0 };

export function factsFor(platform: PlatformName, over: Partial<PlatformFacts> = {}): PlatformFacts {
  return {
    deliveryId: "06dq2m8c9h4kz1r7w3y5t0v6p2",
    conversionId: "01jd8zq4x5abcdefghjkmnpqrs",
    kind: "approval",
    fromStatus: "pending",
    status: "approved",
    isHeld: false,
    isTest: false,
    event: "sale",
    currency: "USD",
    total: MONEY,
    delta: NONE,
    txid: "A-1",
    externalId: "IwAR0x_y-Z1",
    externalKind: PLATFORMS[platform].clickIds[0] ?? null,
    clickedAtMs: CLICKED_MS,
    occurredAtMs: OCCURRED_MS,
    gaClientId: "1234567890.1762890000",
    adConsent: "unsaid",
    sale: "not_told",
    lastToldAtMs: null,
    ...over,
  };
}

/** Ten of the 25 dollars were given back, of a sale that was told. */
export const PARTLY_REFUNDED: Partial<PlatformFacts> = {
  deliveryId: "06dq2m8c9h4kz1r7w3y5t0v6p3",
  kind: "reversal",
  fromStatus: "approved",
  status: "approved",
  total: { amountMicros: 15_000_000, payoutMicros: 1_500_000, revenueMicros: 3_000_000 },
  delta: { amountMicros: -10_000_000, payoutMicros: -1_000_000, revenueMicros: -2_000_000 },
  sale: "told",
};

export const REFUNDED: Partial<PlatformFacts> = {
  deliveryId: "06dq2m8c9h4kz1r7w3y5t0v6p4",
  kind: "reversal",
  fromStatus: "approved",
  status: "reversed",
  total: NONE,
  delta: { amountMicros: -25_000_000, payoutMicros: -2_500_000, revenueMicros: -5_000_000 },
  sale: "told",
};

const EVENTS: Record<PlatformName, string> = {
  meta: "Purchase",
  tiktok: "CompletePayment",
  google: "987654321",
  microsoft: "Offline sale",
  reddit: "PURCHASE",
  linkedin: "104012",
  x: "o8z21",
  snap: "PURCHASE",
  pinterest: "checkout",
  ga4: "purchase",
};

const FIELDS: Record<PlatformName, Record<string, string>> = {
  meta: { pixel: GOOD.pixel, test_code: "TEST123" },
  tiktok: { pixel: GOOD.pixel, test_code: "TEST123" },
  google: { customer: GOOD.customer, client_id: "client-1234567890" },
  microsoft: {
    customer: GOOD.customer,
    account: GOOD.customer,
    client_id: "00000000-0000-4000-8000-000000000000",
  },
  reddit: { pixel: GOOD.pixel, test_code: "t2_test" },
  linkedin: {},
  x: { pixel: "o8z6j" },
  snap: { pixel: "00000000-0000-4000-8000-000000000000", page: "https://shop.example/" },
  pinterest: {},
  ga4: { measurement: "G-ABC1234567" },
};

export function settingsFor(platform: PlatformName, over: Partial<PlatformSettings> = {}): PlatformSettings {
  return {
    fields: FIELDS[platform],
    events: { sale: EVENTS[platform] },
    countsFrom: "approved",
    value: "amount",
    orderNumber: "told",
    consent: "unsaid",
    ...over,
  };
}

/** All that any platform asks for. */
export const SECRETS: Record<string, string> = {
  token: GOOD.token,
  access_token: GOOD.token,
  developer_token: GOOD.developerToken,
  client_secret: "client-secret",
  refresh_token: GOOD.token,
  secret: GOOD.token,
};

export const hasSecret = (name: string) => Object.hasOwn(SECRETS, name);
