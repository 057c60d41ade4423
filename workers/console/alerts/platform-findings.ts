/** What is found of ad platforms that are told: those whose version of the API ends within sixty days, or has ended. */
import { PLATFORM_NAMES, type PlatformName } from "../../core/platforms/platform-target.ts";
import { type EndingPin, endingPins, PLATFORMS, SUNSET_ALERT_DAYS } from "../../core/platforms/platforms.ts";
import { DAY_MS } from "../../core/time-units.ts";
import type { Env } from "../env.ts";
import type { Finding } from "./findings.ts";

/** Those that a destination tells that has not ended. */
const TOLD =
  "SELECT DISTINCT config ->> '$.platform.name' AS name FROM destinations WHERE kind = 'platform' AND status <> 'ended'";

export async function findOfPlatforms({ DB }: Pick<Env, "DB">, nowMs: number): Promise<Finding[]> {
  const { results } = await DB.prepare(TOLD).all<{ name: string | null }>();
  const told = new Set(results.map(({ name }) => name));
  return sunsetFindings(endingPins(nowMs), (name) => told.has(name), nowMs);
}

/** One for each platform, of the version of it that ends first. */
export function sunsetFindings(
  ending: readonly EndingPin[],
  isTold: (name: PlatformName) => boolean,
  nowMs: number,
): Finding[] {
  return PLATFORM_NAMES.map((name) => {
    const pin = ending.find(({ platform }) => platform === name);
    return {
      rule: "platform_version_ends",
      subject: name,
      sinceMs: pin ? Date.parse(pin.sunsetOn ?? "") - SUNSET_ALERT_DAYS * DAY_MS : nowMs,
      path: "/destinations?kind=platform",
      judgement: pin && isTold(name) ? { state: "wrong", said: saidOf(pin) } : { state: "calm" },
    };
  });
}

/** Of one that ends, for an alert and for a terminal. */
export function saidOf({ platform, api, version, sunsetOn, days }: EndingPin): string {
  const when = days < 0 ? `ended on ${sunsetOn}` : `ends on ${sunsetOn}, in ${days} ${days === 1 ? "day" : "days"}`;
  return `${PLATFORMS[platform].label}: the ${api} ${version}, which is spoken, ${when}. Update Clickback before.`;
}
