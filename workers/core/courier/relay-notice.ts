/**
 * Postbacks of clicks that are unknown here, as the old tracker is told of them: each like the one entry of a conversion that is called as its receipt, so that outbox, tries,
 * breaker and log are those of destinations. A tracker's outbox is the destination of its number below nothing, since set-up's destinations begin with 1.
 */
import type { Notice, RelayedPostback } from "../../../schema/messages.ts";
import { accept, type Result, refuse } from "../result.ts";
import { RELAYED_HEADER } from "../trackers/relay-target.ts";
import type { Outgoing } from "./template.ts";

export const RELAY_TYPE = "postback.relayed";

/** Nobody's conversion. */
const NOBODY = 0;
const NO_MONEY = { amountMicros: 0, payoutMicros: 0, revenueMicros: 0 };

/** The number of a tracker's outbox among destinations. */
export function relayOf(tracker: number): number {
  return -tracker;
}

/** The tracker whose outbox has this number; null for a destination of set-up's. */
export function trackerOf(destination: number): number | null {
  return destination < 0 ? -destination : null;
}

/** The same receipt gives the same notice, however often and whenever it comes. */
export function relayNotice({ receipt, advertiser, receivedAtMs, target }: RelayedPostback): Notice {
  return {
    conversionId: receipt,
    seq: 1,
    ...{ kind: "relay", fromStatus: null, status: "approved", event: "", currency: "" },
    ...{ link: NOBODY, offer: NOBODY, affiliate: NOBODY, advertiser },
    ...{ total: NO_MONEY, delta: NO_MONEY, firstPayoutMicros: 0 },
    ...{ clickedAtMs: receivedAtMs, occurredAtMs: receivedAtMs, receivedAtMs, bookedAtMs: receivedAtMs },
    relay: { target },
  };
}

/** The request, as it came, at the old tracker's origin; what stands in its path and query is shown nowhere. Refuses a target that would lead elsewhere. */
export function relayRequest(oldOrigin: string, target: string): Result<Outgoing, "private_address"> {
  const url = URL.parse(oldOrigin + target);
  if (!target.startsWith("/") || url?.origin !== new URL(oldOrigin).origin || url.username !== "")
    return refuse("private_address");
  const shown = { url: `${url.origin}/…`, headers: [], body: null };
  return accept({ method: "GET", url: url.href, headers: [[RELAYED_HEADER, "1"]], body: null, shown });
}
