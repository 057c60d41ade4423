/** A made-up conversion, marked as a test, by which an operator sees what a receiver gets and answers. */
import type { Notice } from "../../schema/messages.ts";
import { timePrefix } from "../core/books/conversion-id.ts";
import { alertNotice } from "../core/courier/alert-notice.ts";
import type { DestinationSettings } from "../core/courier/destination-settings.ts";
import { ALL_OTHERS } from "../core/platforms/platform-events.ts";
import type { PlatformTarget } from "../core/platforms/platform-target.ts";
import { PLATFORMS } from "../core/platforms/platforms.ts";
import { DAY_MS } from "../core/time-units.ts";
import { NO_LINK } from "./composing.ts";

const TEST_PATH = "TESTTESTTESTTEST".toLowerCase();
const CLICK_ID = "test".repeat(9);

/** An alert that is none, for a destination that hears of alerts alone. */
export function testAlert(nowMs: number): Notice {
  const alert = {
    ...{
      number: 0,
      rule: "dead_letters",
      label: "This is a test",
      advertiser: null,
      destination: null,
      url: "/alerts",
    },
    said: "Alerts come here.",
    ...{ sinceMs: nowMs, openedAtMs: nowMs, closedAtMs: null },
  };
  return { ...alertNotice({ ...alert, test: true }, { type: "alert.opened" }, nowMs), test: true };
}

/** Each has a name of its own, by the time when it was asked for. */
export function testNotice(
  { owner, platform }: Pick<DestinationSettings, "owner" | "platform">,
  nowMs: number,
): Notice {
  const money = { amountMicros: 40_000_000, payoutMicros: 4_000_000, revenueMicros: 6_000_000 };
  return {
    conversionId: timePrefix(nowMs) + TEST_PATH,
    seq: 1,
    kind: "accrual",
    fromStatus: null,
    status: "approved",
    event: platform ? firstNamed(platform) : "sale",
    link: NO_LINK,
    offer: 0,
    affiliate: owner.type === "affiliate" ? owner.number : 0,
    advertiser: owner.type === "advertiser" ? owner.number : 0,
    currency: "USD",
    total: money,
    delta: money,
    firstPayoutMicros: money.payoutMicros,
    txid: "test-order",
    clickId: CLICK_ID,
    // A platform knows a click only some hours after it.
    clickedAtMs: platform ? nowMs - DAY_MS : nowMs,
    occurredAtMs: nowMs,
    receivedAtMs: nowMs,
    bookedAtMs: nowMs,
    test: true,
    ...(platform?.name === "ga4" && { meta: { ga_client_id: "1000000000.1000000000" } }),
    click: {
      externalId: "test-external-id",
      externalKind: (platform && PLATFORMS[platform.name].clickIds[0]) ?? "gclid",
      subs: Array.from({ length: 10 }, (_, index) => `test-sub${index + 1}`),
      country: "US",
      device: "desktop",
      os: "Windows",
      browser: "Chrome",
    },
  };
}

/** An event of which the destination says what it is called there. */
function firstNamed({ settings: { events } }: PlatformTarget): string {
  return Object.keys(events).find((name) => name !== ALL_OTHERS) ?? "sale";
}
