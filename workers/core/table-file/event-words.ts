/** What a table's word for an event means: of the events of the advertiser's offers, in the words of its mapping and preset. */
import type { Dialect } from "../postback/dialect.ts";
import { plainName } from "./plain-name.ts";
import type { TableLayout } from "./table-layout.ts";

/** Whose words they are: the advertiser's dialect, the names of its offers' events, and the layout, if the table has one. */
export interface EventWords {
  dialect: Dialect;
  events: readonly string[];
  layout: TableLayout | null;
}

/** Reads words for events: the mapping's as at the door, then the events' own names, then either in whatever case and punctuation, where that is one event's only. Null for a word that names none. */
export function eventReader({ dialect, events, layout }: EventWords): (word: string) => string | null {
  const known = new Map<string, string | null>();
  const learn = (word: string, event: string): void => {
    const plain = plainName(word);
    const held = known.get(plain);
    known.set(plain, held === undefined || held === event ? event : null);
  };
  for (const name of events) learn(name, name);
  for (const [word, event] of dialect.events) learn(word, event);
  return (word) => {
    if (layout?.ours) return word;
    return dialect.events.get(word) ?? (events.includes(word) ? word : (known.get(plainName(word)) ?? null));
  };
}
