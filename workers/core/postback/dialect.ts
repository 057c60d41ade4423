/** A sender's dialect: what its parameter names, event names and status words mean, from its mapping and the preset that the mapping names. */
import type { Mapping } from "../../../schema/records.ts";
import { PRESETS } from "./mapping-presets.ts";
import { foldName, isParameterName, type ParameterName, PERHAPS_CLICK_ID, PLAIN_NAMES } from "./parameter-names.ts";

/** A mapping's word for a parameter that is not to be read. */
export const UNREAD = "-";

/** How sure a name is: the mapping's word first, then our own name, then an alias. */
export type Rank = 0 | 1 | 2;

export interface Meaning {
  parameter: ParameterName;
  rank: Rank;
}

/**
 * Names and statuses in lower case; events as the sender writes them. `folded` are our names and aliases by how they read without case and punctuation, less
 * those that the mapping speaks of. `unread` are the names that it speaks of and that are not to be read.
 */
export interface Dialect {
  names: ReadonlyMap<string, Meaning>;
  folded: ReadonlyMap<string, Meaning>;
  unread: ReadonlySet<string>;
  events: ReadonlyMap<string, string>;
  statuses: ReadonlyMap<string, string>;
}

/** The dialect of a mapping; its own words stand before those of its preset. A preset or target that we do not know is passed over. */
export function makeDialect(mapping: Mapping | undefined): Dialect {
  const preset = mapping?.preset === undefined ? undefined : PRESETS.get(mapping.preset);
  const words = new Map([...lowerCased(preset?.names), ...lowerCased(mapping?.names)]);
  const names = new Map(PLAIN_MEANINGS);
  const folded = new Map(FOLDED_MEANINGS);
  const unread = new Set<string>();
  for (const [name, target] of words) {
    names.delete(name);
    folded.delete(foldName(name));
    if (isParameterName(target)) names.set(name, { parameter: target, rank: 0 });
    else unread.add(name);
  }
  return {
    names,
    folded,
    unread,
    events: new Map([...Object.entries(preset?.events ?? {}), ...Object.entries(mapping?.events ?? {})]),
    statuses: new Map([...lowerCased(preset?.statuses), ...lowerCased(mapping?.statuses)]),
  };
}

/** What `name`, as sent, means: case is not looked at, except in what follows `meta.`. */
export function meaningOf(dialect: Dialect, name: string): Meaning | undefined {
  const lower = name.toLowerCase();
  const known = dialect.names.get(name) ?? dialect.names.get(lower);
  if (known) return known;
  const spelled = dialect.unread.has(lower) ? undefined : dialect.folded.get(foldName(name));
  if (spelled) return spelled;
  const meta = name.slice(0, 5).toLowerCase() === "meta." ? name.slice(5) : "";
  return meta === "" ? undefined : { parameter: `meta.${meta}`, rank: 1 };
}

/** A name by which a sender's dialect reads `parameter`, our own if it does; null where its mapping leaves none. */
export function nameFor(dialect: Dialect, parameter: ParameterName): string | null {
  if (meaningOf(dialect, parameter)?.parameter === parameter) return parameter;
  for (const [name, meaning] of dialect.names) if (meaning.parameter === parameter) return name;
  return null;
}

/** True for a name that may hold our click ID although the mapping does not say so. */
export function mayHoldClickId(dialect: Dialect, name: string): boolean {
  const lower = name.toLowerCase();
  return PERHAPS_FOLDED.has(foldName(name)) && !dialect.names.has(lower) && !dialect.unread.has(lower);
}

const PERHAPS_FOLDED: ReadonlySet<string> = new Set([...PERHAPS_CLICK_ID].map(foldName));

const PLAIN_MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  [...PLAIN_NAMES].map(([name, parameter]) => [name, { parameter, rank: name === parameter ? 1 : 2 }]),
);

/** Longer ones only: short ones are other words without their punctuation. */
const FOLDED_MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  [...PLAIN_NAMES]
    .map(([name, parameter]): [string, Meaning] => [foldName(name), { parameter, rank: 2 }])
    .filter(([folded]) => folded.length >= 5),
);

function lowerCased(words: Readonly<Record<string, string>> | undefined): [string, string][] {
  return Object.entries(words ?? {}).map(([word, meaning]) => [word.toLowerCase(), meaning]);
}
