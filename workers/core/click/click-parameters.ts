/** What a click's query says: sub-ids, the source's own click ID, a deep link, consent, test. */
import { EXTERNAL_NAMES, type ExternalKind, externalKindOf, readExternalClick } from "./external-kind.ts";
import { withoutControls } from "./plain-value.ts";
import { SUB_ID_COUNT, subIdNames } from "./sub-ids.ts";

const MAX_SUB_LENGTH = 256;
const MAX_PASSED_PARAMETERS = 64;
const MAX_PASSED_LENGTH = 4_096;

export interface ClickParameters {
  /** sub1 … sub10, each cut to 256 characters; undefined where absent or empty, and no longer than it must be. */
  subs: readonly (string | undefined)[];
  /** The source's own click ID, whole. */
  externalId: string | undefined;
  /** The parameter that a platform brought it by. */
  externalKind: ExternalKind | undefined;
  /** `url`, unchecked: see `deep-link.ts`. */
  deepLink: string | undefined;
  /** What `ad_consent` says of telling ad platforms: any `0` denies. */
  adConsent: "0" | "1" | undefined;
  /** False after `consent=0`: then there are no sub-ids and no external ID. */
  consent: boolean;
  test: boolean;
  /** Everything that is not ours, in order, for offers that pass it on. */
  unknown: readonly (readonly [name: string, value: string])[];
}

export const NO_PARAMETERS: ClickParameters = {
  subs: [],
  externalId: undefined,
  externalKind: undefined,
  adConsent: undefined,
  deepLink: undefined,
  consent: true,
  test: false,
  unknown: [],
};

/** Which sub-id a value is, from 0; the lowest rank wins, then the first. */
interface RankedSlot {
  slot: number;
  rank: number;
}

const UNSEEN = 2;
/** Of several that bring an external ID, which it is stands in `external-kind.ts`. */
const EXTERNAL: RankedSlot = { slot: SUB_ID_COUNT, rank: 0 };
const SLOTS = new Map<string, RankedSlot>();
for (let number = 1; number <= SUB_ID_COUNT; number++)
  for (const [index, name] of subIdNames(number).entries())
    SLOTS.set(name, { slot: number - 1, rank: index === 0 ? 0 : 1 });
// On a link a bare sub-id can only be the affiliate's first one (our click ID does not exist yet); Awin counts clickref, clickref2, ….
for (const name of ["subid", "sub_id", "clickref"]) SLOTS.set(name, { slot: 0, rank: 1 });
for (let number = 2; number <= 6; number++) SLOTS.set(`clickref${number}`, { slot: number - 1, rank: 1 });
for (const name of EXTERNAL_NAMES) SLOTS.set(name, EXTERNAL);

/** Parameters that are no place of a value's. */
const SWITCHES: ReadonlySet<string> = new Set(["url", "consent", "ad_consent", "test"]);

/** True for the name of a parameter of ours, or an alias. */
export function isClickParameter(name: string): boolean {
  return SLOTS.has(name) || SWITCHES.has(name);
}

/** `&` as HTML writes it, where a page escaped a link once more (or twice) than it should. */
const ESCAPED_AMPERSAND = /^(?:amp;)+/;

/** Reads decoded query parameters. Our own names win over aliases, the first value over later ones; any `consent=0` denies. */
export function readClickParameters(query: Iterable<readonly [string, string]>): ClickParameters {
  const subs: (string | undefined)[] = [];
  const taken: (RankedSlot | undefined)[] = [];
  const unknown: (readonly [string, string])[] = [];
  const externals: (readonly [string, string])[] = [];
  let deepLink: string | undefined;
  let consent = true;
  let adConsent: ClickParameters["adConsent"];
  let test = false;
  for (const [sent, value] of query) {
    const name = sent.startsWith("amp;") ? sent.replace(ESCAPED_AMPERSAND, "") : sent;
    const ranked = SLOTS.get(name);
    if (ranked === EXTERNAL) externals.push([name, value]);
    else if (ranked) {
      if (value === "" || ranked.rank >= (taken[ranked.slot]?.rank ?? UNSEEN)) continue;
      subs[ranked.slot] = cut(value);
      taken[ranked.slot] = ranked;
    } else if (name === "url") deepLink ??= value;
    else if (name === "consent") consent &&= value !== "0";
    else if (name === "ad_consent") adConsent = adConsentOf(value, adConsent);
    else if (name === "test") test ||= value === "1";
    else unknown.push([name, value]);
  }
  if (!consent) return { ...NO_PARAMETERS, adConsent, deepLink, consent, test, unknown: limit(unknown) };
  if (externals.length === 0) return { ...NO_PARAMETERS, subs, adConsent, deepLink, test, unknown: limit(unknown) };
  const external = readExternalClick(externals);
  return {
    subs,
    externalId: external?.id,
    externalKind: external?.kind ?? undefined,
    adConsent,
    deepLink,
    consent,
    test,
    unknown: limit([...unknown, ...externals.filter(isTag)]),
  };
}

/** A denial stands; what is neither word says nothing. */
function adConsentOf(value: string, said: ClickParameters["adConsent"]): ClickParameters["adConsent"] {
  if (value === "0" || said === "0") return "0";
  return value === "1" ? "1" : said;
}

/** What ad systems hang on every link by themselves, the shop's analytics wants too: it is also passed on. */
function isTag([name]: readonly [string, string]): boolean {
  return externalKindOf(name) !== null;
}

/** The first 256 characters (code points, so that none is split), less those that nobody can see. */
function cut(text: string): string {
  const value = withoutControls(text);
  if (value.length <= MAX_SUB_LENGTH) return value;
  return Array.from(value.slice(0, 2 * MAX_SUB_LENGTH))
    .slice(0, MAX_SUB_LENGTH)
    .join("");
}

/** As many as an address has room for; one that is too long is left out whole, for a cut value is a wrong value. */
function limit(parameters: (readonly [string, string])[]): (readonly [string, string])[] {
  let room = MAX_PASSED_LENGTH;
  const kept: (readonly [string, string])[] = [];
  for (const [name, value] of parameters) {
    if (kept.length === MAX_PASSED_PARAMETERS) break;
    if (name === "" || name.length + value.length > room) continue;
    room -= name.length + value.length;
    kept.push([name, value]);
  }
  return kept;
}
