/** What a tracker's names and words mean, as the reader of postbacks takes them: those of its table, set-up's own before them, and no other names. */
import type { Mapping } from "../../../schema/records.ts";
import { type Dialect, type Meaning, UNREAD } from "../postback/dialect.ts";
import { isParameterName } from "../postback/parameter-names.ts";
import { secretParameter } from "./tracker-secret.ts";
import type { TrackerTable } from "./tracker-table.ts";

/** `mapping` is the tracker's own; a preset in it is not looked at, since the table is one. */
export function makeTrackerDialect(table: TrackerTable, mapping: Mapping | undefined): Dialect {
  const { words } = table;
  const names = new Map<string, Meaning>();
  const unread = new Set([...words.ignored, ...words.forgotten, ...Object.keys(words.statusLists ?? {})]);
  for (const flag of Object.keys(words.flags ?? {})) unread.add(flag);
  const token = secretParameter(table);
  if (token !== null) names.set(token, { parameter: "token", rank: 0 });
  for (const [name, target] of [...Object.entries(words.names), ...lowerCased(mapping?.names)]) {
    names.delete(name);
    unread.delete(name);
    if (isParameterName(target)) names.set(name, { parameter: target, rank: 0 });
    else if (target === UNREAD) unread.add(name);
  }
  return {
    names,
    folded: new Map(),
    unread,
    events: new Map([...Object.entries(words.events ?? {}), ...Object.entries(mapping?.events ?? {})]),
    statuses: new Map(Object.entries(words.statuses).filter(([, status]) => status !== UNREAD)),
  };
}

/** How an advertiser is spoken of on a tracker's host: its own words for events and statuses stand before the tracker's, since each network has its own, and set-up's for the tracker before both. */
export function spokenDialect(tracker: Dialect, sender: Dialect, mapping: Mapping | undefined): Dialect {
  const events = new Map([...tracker.events, ...sender.events, ...Object.entries(mapping?.events ?? {})]);
  return withStatuses({ ...tracker, events }, sender.statuses, lowerCased(mapping?.statuses));
}

/** Names and events as they are; the words of statuses in the order in which they count: the table's, the advertiser's own, set-up's for the tracker, what the request itself lists. */
export function withStatuses(dialect: Dialect, ...words: readonly Iterable<readonly [string, string]>[]): Dialect {
  return { ...dialect, statuses: new Map([dialect.statuses, ...words].flatMap((some) => [...some])) };
}

export function lowerCased(words: Readonly<Record<string, string>> | undefined): [string, string][] {
  return Object.entries(words ?? {}).map(([word, meaning]) => [word.toLowerCase(), meaning]);
}
