/** The ad platforms that conversions are told to, by name, and which of their versions run out. */
import { DAY_MS } from "../time-units.ts";
import type { AdPlatform, VersionPin } from "./ad-platform.ts";
import { GA4 } from "./ga4-measurement.ts";
import { GOOGLE } from "./google-conversions.ts";
import { LINKEDIN } from "./linkedin-conversions.ts";
import { META } from "./meta-conversions.ts";
import { MICROSOFT } from "./microsoft-conversions.ts";
import { PINTEREST } from "./pinterest-conversions.ts";
import { PLATFORM_NAMES, type PlatformName } from "./platform-target.ts";
import { REDDIT } from "./reddit-conversions.ts";
import { SNAP } from "./snap-conversions.ts";
import { TIKTOK } from "./tiktok-events.ts";
import { X } from "./x-conversions.ts";

export const PLATFORMS: Record<PlatformName, AdPlatform> = {
  meta: META,
  tiktok: TIKTOK,
  google: GOOGLE,
  microsoft: MICROSOFT,
  reddit: REDDIT,
  linkedin: LINKEDIN,
  x: X,
  snap: SNAP,
  pinterest: PINTEREST,
  ga4: GA4,
};

/** So long before a version ends it is said. */
export const SUNSET_ALERT_DAYS = 60;

export interface EndingPin extends VersionPin {
  platform: PlatformName;
  /** Whole days until it ends; negative where it has. */
  days: number;
}

/** The versions that end within 60 days of `nowMs`, or have ended, the next one first. */
export function endingPins(nowMs: number): EndingPin[] {
  return PLATFORM_NAMES.flatMap((platform) =>
    PLATFORMS[platform].pins.flatMap((pin) => {
      if (pin.sunsetOn === null) return [];
      const days = Math.floor((Date.parse(pin.sunsetOn) - nowMs) / DAY_MS);
      return days <= SUNSET_ALERT_DAYS ? [{ ...pin, platform, days }] : [];
    }),
  ).toSorted((one, other) => one.days - other.days);
}
