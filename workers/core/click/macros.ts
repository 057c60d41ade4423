/** Macros of a destination: their names, the names that other trackers have for them, and what each stands for in one click. */
import { hexClickId } from "../click-id-hex.ts";
import { SUB_ID_COUNT, subIdNames } from "./sub-ids.ts";

/** What macros can say of a click. Texts are as received; an absent one is undefined or empty. */
export interface ClickFacts {
  /** Empty without consent: then the visitor carries no identifier on. */
  clickId: string;
  /** sub1 … sub10. */
  subs: readonly (string | undefined)[];
  externalId: string | undefined;
  externalKind: string | undefined;
  /** Slugs. */
  affiliate: string;
  offer: string;
  link: string;
  advertiser: string;
  /** ISO 3166 alpha-2. */
  country: string | undefined;
  device: string;
  os: string;
  clickedAtMs: number;
  /** A whole number, to keep caches from answering. */
  random: number;
}

type MacroReader = (click: ClickFacts) => string | undefined;

/** A `timestamp` is in Unix seconds, as everywhere in this field; a `date` is of UTC, YYYY-MM-DD. Said here, since within the braces it would stand in the bundle. */
const READERS: Record<string, MacroReader> = {
  click_id: (click) => click.clickId,
  click_id_hex: (click) => hexClickId(click.clickId),
  external_id: (click) => click.externalId,
  external_kind: (click) => click.externalKind,
  affiliate: (click) => click.affiliate,
  offer: (click) => click.offer,
  link: (click) => click.link,
  advertiser: (click) => click.advertiser,
  country: (click) => click.country,
  device: (click) => click.device,
  os: (click) => click.os,
  timestamp: (click) => String(Math.floor(click.clickedAtMs / 1000)),
  date: (click) => new Date(click.clickedAtMs).toISOString().slice(0, 10),
  random: (click) => String(click.random),
};

/** Only names that mean one thing in a destination. `{transaction_id}` is the click there (TUNE, Everflow): no order exists yet. */
const ALIASES: Record<string, string> = {
  clickid: "click_id",
  clickId: "click_id",
  transaction_id: "click_id",
  externalid: "external_id",
  externalId: "external_id",
  aff_click_id: "external_id",
  affiliate_id: "affiliate",
  aff_id: "affiliate",
  offer_id: "offer",
  advertiser_id: "advertiser",
  country_code: "country",
  device_type: "device",
  rand: "random",
};

const NAMES = new Map<string, string>(Object.keys(READERS).map((name) => [name, name]));
for (const [alias, name] of Object.entries(ALIASES)) NAMES.set(alias, name);
for (let number = 1; number <= SUB_ID_COUNT; number++) {
  const own = `sub${number}`;
  READERS[own] = (click) => click.subs[number - 1];
  for (const name of subIdNames(number)) NAMES.set(name, own);
}

/** A macro as it stands in a template: `{name}`. */
export const MACRO = /\{([A-Za-z0-9_]{1,32})\}/g;

/** Our own name of a macro, or null when there is none of this name. */
export function macroOf(name: string): string | null {
  return NAMES.get(name) ?? null;
}

/** What macro `name` (our own name) stands for in `click`; empty when it has no value, or there is no such macro. Not encoded. */
export function macroValue(name: string, click: ClickFacts): string {
  return READERS[name]?.(click) ?? "";
}
