/** What a click's query says: sub-ids, the source's own click ID, a deep link, consent, test. */
import { SUB_ID_COUNT, subIdNames } from "./sub-ids.ts";

const MAX_VALUE_LENGTH = 256;
const MAX_PASSED_PARAMETERS = 64;
const MAX_PASSED_LENGTH = 4_096;

export interface ClickParameters {
  /** sub1 … sub10, each cut to 256 characters; undefined where absent or empty, and no longer than it must be. */
  subs: readonly (string | undefined)[];
  externalId: string | undefined;
  /** `url`, unchecked: see `deep-link.ts`. */
  deepLink: string | undefined;
  /** False after `consent=0`: then there are no sub-ids and no external ID. */
  consent: boolean;
  test: boolean;
  /** Everything that is not ours, in order, for offers that pass it on. */
  unknown: readonly (readonly [name: string, value: string])[];
}

export const NO_PARAMETERS: ClickParameters = {
  subs: [],
  externalId: undefined,
  deepLink: undefined,
  consent: true,
  test: false,
  unknown: [],
};

/** Where a value goes: slot 0 is the external ID, 1–10 are sub-ids; the lowest rank wins, then the first. */
interface RankedSlot {
  slot: number;
  rank: number;
}

const EXTERNAL_SLOT = 0;
const UNSEEN = 3;
const SLOTS = new Map<string, RankedSlot>();
for (let number = 1; number <= SUB_ID_COUNT; number++)
  for (const [index, name] of subIdNames(number).entries())
    SLOTS.set(name, { slot: number, rank: index === 0 ? 0 : 1 });
// On a link a bare sub-id can only be the affiliate's first one (our click ID does not exist yet); Awin counts clickref, clickref2, ….
for (const name of ["subid", "sub_id", "clickref"]) SLOTS.set(name, { slot: 1, rank: 1 });
for (let number = 2; number <= 6; number++) SLOTS.set(`clickref${number}`, { slot: number, rank: 1 });
SLOTS.set("external_id", { slot: EXTERNAL_SLOT, rank: 0 });
for (const name of ["externalid", "externalId", "aff_click_id"]) SLOTS.set(name, { slot: EXTERNAL_SLOT, rank: 1 });

/** Click IDs that ad systems hang on every link by themselves: the source's own ID where none is named. The shop's analytics wants them too, so they are also passed on. */
const AUTO_TAG: RankedSlot = { slot: EXTERNAL_SLOT, rank: 2 };
for (const name of ["gclid", "gbraid", "wbraid", "fbclid", "ttclid", "msclkid"]) SLOTS.set(name, AUTO_TAG);

/** Parameters that are no place of a value's. */
const SWITCHES: ReadonlySet<string> = new Set(["url", "consent", "test"]);

/** True for the name of a parameter of ours, or an alias. */
export function isClickParameter(name: string): boolean {
  return SLOTS.has(name) || SWITCHES.has(name);
}

/** `&` as HTML writes it, where a page escaped a link once more (or twice) than it should. */
const ESCAPED_AMPERSAND = /^(?:amp;)+/;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const CONTROLS = new RegExp(CONTROL, "g");

/** Reads decoded query parameters. Our own names win over aliases, the first value over later ones; any `consent=0` denies. */
export function readClickParameters(query: Iterable<readonly [string, string]>): ClickParameters {
  const values: (string | undefined)[] = [];
  const taken: (RankedSlot | undefined)[] = [];
  const unknown: (readonly [string, string])[] = [];
  const tags: (readonly [string, string])[] = [];
  let deepLink: string | undefined;
  let consent = true;
  let test = false;
  for (const [sent, value] of query) {
    const name = sent.startsWith("amp;") ? sent.replace(ESCAPED_AMPERSAND, "") : sent;
    const ranked = SLOTS.get(name);
    if (ranked && value !== "" && ranked.rank < (taken[ranked.slot]?.rank ?? UNSEEN)) {
      values[ranked.slot] = cut(value);
      taken[ranked.slot] = ranked;
    }
    if (ranked === AUTO_TAG) tags.push([name, value]);
    else if (name === "url") deepLink ??= value;
    else if (name === "consent") consent &&= value !== "0";
    else if (name === "test") test ||= value === "1";
    else if (!ranked) unknown.push([name, value]);
  }
  if (!consent) return { ...NO_PARAMETERS, deepLink, consent, test, unknown: limit(unknown) };
  const externalId = values[EXTERNAL_SLOT];
  return {
    subs: values.slice(1),
    externalId,
    deepLink,
    consent,
    test,
    unknown: limit(tags.length > 0 ? [...unknown, ...tags] : unknown),
  };
}

/** The first 256 characters (code points, so that none is split), less those that nobody can see and some systems end at. */
function cut(text: string): string {
  // Hardly any has one, and looking costs a third of replacing nothing.
  const value = CONTROL.test(text) ? text.replace(CONTROLS, "") : text;
  if (value.length <= MAX_VALUE_LENGTH) return value;
  return Array.from(value.slice(0, 2 * MAX_VALUE_LENGTH))
    .slice(0, MAX_VALUE_LENGTH)
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
