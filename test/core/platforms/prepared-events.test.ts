/** What is not told at all, and why; when what is told may be sent; and how events are packed. */
import { expect, test } from "vitest";

import { deadlineOf, prepareEvent } from "../../../workers/core/platforms/platform-events.ts";
import { factsOfDelivery, type PlatformFacts } from "../../../workers/core/platforms/platform-facts.ts";
import {
  PLATFORM_NAMES,
  type PlatformName,
  type PlatformSettings,
} from "../../../workers/core/platforms/platform-target.ts";
import { PLATFORMS } from "../../../workers/core/platforms/platforms.ts";
import { CLICK_ID, delivery } from "../courier/notices.ts";
import { packEvents, splitBatch } from "./batches.ts";
import {
  CLICKED_MS,
  factsFor,
  hasSecret,
  NOW_MS,
  OCCURRED_MS,
  PARTLY_REFUNDED,
  REFUNDED,
  settingsFor,
} from "./facts.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function prepared(
  name: PlatformName,
  over: Partial<PlatformFacts> = {},
  settings: Partial<PlatformSettings> = {},
  nowMs = NOW_MS,
) {
  return prepareEvent(
    PLATFORMS[name],
    factsFor(name, over),
    { settings: settingsFor(name, settings), hasSecret },
    nowMs,
  );
}

function skip(...args: Parameters<typeof prepared>): string | null {
  const event = prepared(...args);
  return event.ok ? null : event.refusal;
}

test.each(PLATFORM_NAMES)("%s hears of nobody who did not agree", (name) => {
  expect(skip(name, { adConsent: "denied" }, { consent: "granted" })).toBe("no_ad_consent");
});

const SKIPS: [
  reason: string | null,
  name: PlatformName,
  over: Partial<PlatformFacts>,
  settings?: Partial<PlatformSettings>,
][] = [
  ["no_platform_click_id", "meta", { externalKind: "gclid" }],
  ["no_platform_click_id", "meta", { externalKind: null }],
  ["no_platform_click_id", "meta", { externalId: null }],
  [null, "google", { externalKind: "wbraid" }],
  ["odd_click_id", "google", { externalId: "{gclid}" }],
  ["odd_click_id", "tiktok", { externalId: "__CLICKID__ x" }],
  ["event_not_mapped", "meta", { event: "lead" }],
  [null, "meta", { event: "lead" }, { events: { "*": "Lead" } }],
  ["event_not_mapped", "meta", { event: "constructor" }],
  ["awaits_approval", "meta", { fromStatus: null, status: "pending" }],
  [null, "meta", { fromStatus: null, status: "pending" }, { countsFrom: "pending" }],
  ["told_before", "meta", { sale: "told" }],
  ["platform_takes_no_refunds", "meta", REFUNDED],
  [
    "platform_takes_no_changes",
    "tiktok",
    { ...PARTLY_REFUNDED, delta: { amountMicros: 1, payoutMicros: 1, revenueMicros: 1 } },
  ],
  ["platform_takes_no_refunds", "ga4", REFUNDED, { events: { "*": "generate_lead" } }],
  [
    "platform_takes_no_changes",
    "ga4",
    { ...PARTLY_REFUNDED, delta: { amountMicros: 1, payoutMicros: 1, revenueMicros: 1 } },
  ],
  ["nothing_new_there", "google", PARTLY_REFUNDED, { value: "none" }],
  ["no_order_number", "google", { txid: null }],
  [null, "google", { txid: null }, { orderNumber: "kept" }],
  ["no_ga_client_id", "ga4", { gaClientId: null }],
  ["no_ga_client_id", "ga4", { gaClientId: "GA1.1.x" }],
  ["platform_needs_person", "pinterest", {}],
  ["platform_has_no_test", "linkedin", { isTest: true }],
  ["platform_has_no_test", "meta", { isTest: true }, { fields: { pixel: "12345" } }],
  ["deadline_passed", "meta", { occurredAtMs: NOW_MS - 7 * DAY_MS, clickedAtMs: NOW_MS - 8 * DAY_MS }],
];

test.each(SKIPS)("%s: %s %j", (reason, name, over, settings) => {
  expect(skip(name, over, settings)).toBe(reason);
});

test("refunds at Google need a developer token", () => {
  const parts = { settings: settingsFor("google"), hasSecret: () => false };
  expect(prepareEvent(PLATFORMS.google, factsFor("google", REFUNDED), parts, NOW_MS)).toEqual({
    ok: false,
    refusal: "needs_developer_token",
  });
  expect(prepareEvent(PLATFORMS.google, factsFor("google"), parts, NOW_MS).ok).toBe(true);
});

test("an event waits until its click has rested, and never goes out before it happened", () => {
  const notBefore = (name: PlatformName, over = {}) => {
    const event = prepared(name, over);
    return event.ok ? event.value.notBeforeMs : null;
  };
  expect(notBefore("meta")).toBe(OCCURRED_MS);
  expect(notBefore("google")).toBe(CLICKED_MS + 6 * HOUR_MS);
  expect(notBefore("microsoft")).toBe(CLICKED_MS + HOUR_MS);
  expect(notBefore("meta", { occurredAtMs: NOW_MS + HOUR_MS })).toBe(NOW_MS + HOUR_MS);
});

const WINDOWS: [PlatformName, number][] = [
  ["meta", OCCURRED_MS + 7 * DAY_MS],
  ["tiktok", OCCURRED_MS + 7 * DAY_MS],
  ["google", CLICKED_MS + 90 * DAY_MS],
  ["microsoft", CLICKED_MS + 90 * DAY_MS],
  ["reddit", OCCURRED_MS + 7 * DAY_MS],
  ["linkedin", OCCURRED_MS + 90 * DAY_MS],
  ["x", OCCURRED_MS + 7 * DAY_MS],
  ["snap", OCCURRED_MS + 28 * DAY_MS],
  ["ga4", OCCURRED_MS + 3 * DAY_MS],
];

test.each(WINDOWS)("%s: the window closes ten minutes early", (name, endMs) => {
  const deadlineMs = endMs - 600_000;
  expect(deadlineOf(PLATFORMS[name], factsFor(name), false)).toBe(deadlineMs);
  expect(skip(name, {}, {}, deadlineMs)).toBeNull();
  expect(skip(name, {}, {}, deadlineMs + 1)).toBe("deadline_passed");
});

test("a refund at Google Analytics is an event of its own time, which no window closes for", () => {
  const lateMs = OCCURRED_MS + 20 * DAY_MS;
  expect(deadlineOf(PLATFORMS.ga4, factsFor("ga4"), true)).toBe(Number.POSITIVE_INFINITY);
  expect(skip("ga4", REFUNDED, {}, lateMs)).toBeNull();
  expect(skip("ga4", {}, {}, lateMs)).toBe("deadline_passed");
  expect(deadlineOf(PLATFORMS.google, factsFor("google"), true)).toBe(
    deadlineOf(PLATFORMS.google, factsFor("google"), false),
  );
});

test("a change is told as later than the one before, however soon it follows", () => {
  const at = (lastToldAtMs: number) => {
    const event = prepared("google", { ...PARTLY_REFUNDED, lastToldAtMs });
    return event.ok ? JSON.parse(event.value.json).adjustmentDateTime : null;
  };
  expect(at(NOW_MS - 60_000)).toBe("2026-11-20 18:00:00+00:00");
  expect(at(NOW_MS + 300)).toBe("2026-11-20 18:00:01+00:00");
});

test("which value is told is the destination's to say", () => {
  const toldIn = (value: PlatformSettings["value"]) => {
    const event = prepared("reddit", {}, { value });
    return event.ok ? /"value":([\d.]+)/.exec(event.value.json)?.[1] : null;
  };
  expect([toldIn("amount"), toldIn("payout"), toldIn("revenue"), toldIn("none")]).toEqual([
    "25.00",
    "2.50",
    "5.00",
    undefined,
  ]);
});

test("events of one lane go together, tests alone, and no batch is larger than the platform takes", () => {
  const events = (name: PlatformName, count: number, over: Partial<PlatformFacts> = {}, settings = {}) =>
    Array.from({ length: count }, () => {
      const event = prepared(name, over, settings);
      if (!event.ok) throw new Error(event.refusal);
      return event.value;
    });
  const sizes = (name: PlatformName, list: Parameters<typeof packEvents>[1]) =>
    packEvents(PLATFORMS[name], list).map(({ length }) => length);
  expect(sizes("meta", events("meta", 2_001))).toEqual([1_000, 1_000, 1]);
  expect(sizes("meta", [...events("meta", 2), ...events("meta", 2, { isTest: true })])).toEqual([2, 1, 1]);
  expect(sizes("x", events("x", 3))).toEqual([1, 1, 1]);
  const actions = [
    ...events("google", 2),
    ...events("google", 1, {}, { events: { "*": "5" } }),
    ...events("google", 2, REFUNDED),
  ];
  expect(sizes("google", actions)).toEqual([2, 1, 2]);
  expect(splitBatch(events("meta", 5)).map(({ length }) => length)).toEqual([3, 2]);
  expect(packEvents(PLATFORMS.meta, [])).toEqual([]);
});

test("the courier's delivery fills the facts", () => {
  const known = { adConsent: "unsaid", sale: "not_told", lastToldAtMs: null } as const;
  const facts = factsOfDelivery(delivery({ meta: { ga_client_id: "1.2" } }), known);
  expect(facts).toEqual({
    ...known,
    deliveryId: "06dq2m8c9h4kz1r7w3y5t0v6p2",
    conversionId: "01jd8zq4x5abcdefghjkmnpqrs",
    kind: "approval",
    fromStatus: "pending",
    status: "approved",
    isHeld: false,
    isTest: false,
    event: "sale",
    currency: "USD",
    total: { amountMicros: 100_000_000, payoutMicros: 12_500_000, revenueMicros: 20_000_000 },
    delta: { amountMicros: 0, payoutMicros: 0, revenueMicros: 0 },
    txid: "A-1 & co",
    externalId: "IwAR/x+y=",
    externalKind: "fbclid",
    clickedAtMs: Date.UTC(2026, 10, 20, 9, 59, 30),
    occurredAtMs: Date.UTC(2026, 10, 20, 10, 0, 5),
    gaClientId: "1.2",
  });
  expect(JSON.stringify(facts)).not.toContain(CLICK_ID);
});
