/** Makes the request that tells an ad platform of a delivery, or asks it what became of what it took. One event goes in each request. */
import type { Verdict } from "../core/courier/receivers-answer.ts";
import type { AdPlatform } from "../core/platforms/ad-platform.ts";
import { inquiryOf, prepareEvent, requestOf } from "../core/platforms/platform-events.ts";
import { factsOfDelivery, type KnownOfDelivery } from "../core/platforms/platform-facts.ts";
import type { AdConsent, PlatformSettings } from "../core/platforms/platform-target.ts";
import { readEventAnswer, readEventInquiry } from "../core/platforms/platform-verdicts.ts";
import { PLATFORMS } from "../core/platforms/platforms.ts";
import { answerTimes } from "./after-verdict.ts";
import type { Composed } from "./composed.ts";
import { type ComposingParts, deliveryFor } from "./composing.ts";
import type { StoredDelivery } from "./outbox.ts";
import { type AccessMemory, type AccessParts, accessToken, type OpenedSecrets, withNewest } from "./platform-access.ts";
import type { DestinationSetUp } from "./set-up-of-destinations.ts";

export interface PlatformParts extends AccessParts, Pick<ComposingParts, "names" | "random" | "secrets"> {
  access: AccessMemory;
  /** What the platform was told of the delivery's conversion besides it. */
  toldBefore: (one: StoredDelivery) => Pick<KnownOfDelivery, "sale" | "lastToldAtMs">;
  /** By what it is asked what became of a delivery. */
  receiptOf: (one: StoredDelivery) => string | null;
}

export async function composeForPlatform(
  parts: PlatformParts,
  setUp: DestinationSetUp,
  one: StoredDelivery,
  nowMs: number,
): Promise<Composed> {
  const { platform: target } = setUp.settings;
  if (!target) throw new Error(`destination ${setUp.settings.number} is of no platform`);
  const platform = PLATFORMS[target.name];
  const receipt = one.state === "taken" ? parts.receiptOf(one) : null;
  if (receipt !== null)
    return withAccess(parts, platform, setUp, (secrets) => ({
      request: inquiryOf(platform, receipt, target.settings, secrets),
      read: (answer, atMs) => readEventInquiry(platform, receipt, answer, answerTimes(one, atMs)),
    }));
  // Whether its visitor agreed stands in its click's row.
  if (one.notice.clickId !== undefined && one.notice.click === undefined) return { waits: "click_never_landed" };
  const delivery = await deliveryFor(parts, setUp, one, nowMs);
  const known = { ...parts.toldBefore(one), adConsent: consentOf(one) };
  const event = prepareEvent(platform, factsOfDelivery(delivery, known), preparing(setUp, target.settings), nowMs);
  if (!event.ok) return { skipped: event.refusal };
  if (nowMs < event.value.notBeforeMs) return { notBeforeMs: event.value.notBeforeMs };
  return withAccess(parts, platform, setUp, (secrets) => ({
    request: requestOf(platform, [event.value], target.settings, secrets),
    read: (answer, atMs) => readEventAnswer(platform, event.value, answer, answerTimes(one, atMs)),
  }));
}

function preparing({ settings: { secrets } }: DestinationSetUp, settings: PlatformSettings) {
  return { settings, hasSecret: (name: string) => Object.hasOwn(secrets, name) };
}

function consentOf({ notice: { click } }: StoredDelivery): AdConsent {
  const said = click?.adConsent;
  return said === undefined ? "unsaid" : said === "1" ? "granted" : "denied";
}

/** The request with the secrets opened, and with access where the platform hands it out. */
async function withAccess(
  parts: PlatformParts,
  platform: AdPlatform,
  setUp: DestinationSetUp,
  write: (secrets: OpenedSecrets) => Extract<Composed, { request: unknown }>,
): Promise<Composed> {
  const secrets = await withNewest(parts, platform, setUp, await parts.secrets(setUp));
  const { access } = platform;
  if (!access) return { ...write(secrets), secrets: Object.values(secrets) };
  const token = await accessToken(parts, parts.access, setUp, access, secrets);
  const { held } = parts.access;
  if (!token.ok) return { verdict: asOfDelivery(token.refusal) };
  return {
    ...write({ ...secrets, access_token: token.value }),
    secrets: [...Object.values(secrets), token.value],
    renew: () => {
      // Another delivery may have fetched the next one already: a refresh token may serve but once.
      if (parts.access.held === held) parts.access.held = null;
      return withAccess(parts, platform, setUp, write);
    },
  };
}

/** A request for a token that nobody answered was none for the event: nothing is in doubt. */
function asOfDelivery(verdict: Verdict): Verdict {
  return verdict.outcome === "in_doubt" ? { ...verdict, outcome: "retry", afterMs: null, schedule: "full" } : verdict;
}
