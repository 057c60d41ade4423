/** A destination of kind `platform` as it is set up: which ad platform, and what is said of it besides its secrets. */

export const PLATFORM_NAMES = [
  "meta",
  "tiktok",
  "google",
  "microsoft",
  "reddit",
  "linkedin",
  "x",
  "snap",
  "pinterest",
  "ga4",
] as const;
export type PlatformName = (typeof PLATFORM_NAMES)[number];

/** From when on a conversion counts: once it is approved, or pending already. */
export const COUNTS_FROM = ["approved", "pending"] as const;
export type CountsFrom = (typeof COUNTS_FROM)[number];

/** Which value is told: the sale's amount, what the affiliate gets, what the advertiser pays, or none. */
export const TOLD_VALUES = ["amount", "payout", "revenue", "none"] as const;
export type ToldValue = (typeof TOLD_VALUES)[number];

/**
 * `kept`: the order's number is not told, and the conversion's ID stands in its place where one is needed. `told`: it is. `pairs`: it names the event as well, so that
 * the platform drops its own pixel's event of that name.
 */
export const ORDER_NUMBERS = ["kept", "told", "pairs"] as const;

/** Whether the visitor agreed to be told of to ad platforms; `unsaid` where the link says neither. */
export type AdConsent = "granted" | "denied" | "unsaid";
/** What a destination can say for links that say neither. */
export const USUAL_CONSENTS = ["unsaid", "granted"] as const satisfies AdConsent[];

export interface PlatformSettings {
  /** By the names of the platform's fields that are no secrets. */
  fields: Readonly<Record<string, string>>;
  /** What our events are called there, by our name; `*` is for all others. */
  events: Readonly<Record<string, string>>;
  countsFrom: CountsFrom;
  value: ToldValue;
  orderNumber: (typeof ORDER_NUMBERS)[number];
  consent: (typeof USUAL_CONSENTS)[number];
}

export interface PlatformTarget {
  name: PlatformName;
  settings: PlatformSettings;
}

/** As a destination begins. */
export const FIRST_PLATFORM_SETTINGS: PlatformSettings = {
  fields: {},
  events: {},
  countsFrom: "approved",
  value: "amount",
  orderNumber: "kept",
  consent: "unsaid",
};
