/** From parameters as sent to fields of ours: names understood, repeats and rivals settled, the body put before the query. */
import { type Dialect, mayHoldClickId, meaningOf, type Rank } from "./dialect.ts";
import type { Parameter } from "./parameter.ts";
import type { ParameterName } from "./parameter-names.ts";

/** `named` holds each field with the name that the sender used for it; a field whose text is null cannot be read, or was sent twice with different values. */
export interface Fields {
  named: ReadonlyMap<ParameterName, Parameter>;
  /** Values under ambiguous names, which count only if they verify as click IDs of ours. */
  perhapsClickIds: readonly Parameter[];
}

/**
 * The mapping's names stand before ours, ours before aliases, and a value before an empty one. Two different values of the same standing are not
 * chosen between. What the body says replaces what the query says.
 */
export function understand(dialect: Dialect, query: readonly Parameter[], body: readonly Parameter[]): Fields {
  const named = collect(dialect, query);
  for (const [parameter, found] of collect(dialect, body)) named.set(parameter, found);
  return {
    named: new Map([...named].map(([parameter, found]) => [parameter, found.field])),
    perhapsClickIds: [...body, ...query].filter(({ name }) => mayHoldClickId(dialect, name)),
  };
}

/** How forms write an item of a list: `amount[]`, `amount[0]`. Unless the mapping says otherwise, no value is taken out of it. */
const LIST = /^(.+)\[\d*\]$/s;

interface Found {
  rank: Rank;
  field: Parameter;
}

function collect(dialect: Dialect, parameters: readonly Parameter[]): Map<ParameterName, Found> {
  const found = new Map<ParameterName, Found>();
  for (const sent of parameters) {
    const own = meaningOf(dialect, sent.name);
    const list = own ? undefined : LIST.exec(sent.name)?.[1];
    const meaning = own ?? (list === undefined ? undefined : meaningOf(dialect, list));
    if (!meaning) continue;
    const field = own || sent.text === "" ? sent : { name: sent.name, text: null };
    const held = found.get(meaning.parameter);
    found.set(meaning.parameter, held ? settle(held, { rank: meaning.rank, field }) : { rank: meaning.rank, field });
  }
  return found;
}

function settle(held: Found, next: Found): Found {
  if (next.field.text === "" || held.field.text === "") return next.field.text === "" ? held : next;
  if (next.rank !== held.rank) return next.rank < held.rank ? next : held;
  return next.field.text === held.field.text ? held : { rank: held.rank, field: { name: held.field.name, text: null } };
}
