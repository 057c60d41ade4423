/** From parameters as sent to fields of ours: names understood, repeats and rivals settled, the body put before the query. */
import { type Dialect, mayHoldClickId, meaningOf, type Rank } from "./dialect.ts";
import type { Parameter } from "./parameter.ts";
import type { ParameterName } from "./parameter-names.ts";

/** `named` holds each field with the name that the sender used for it; a field whose text is null cannot be read, or was sent twice with different values. */
export interface UnderstoodParameters {
  named: ReadonlyMap<ParameterName, Parameter>;
  /** Values under ambiguous names, where no click ID was named; they count only if they verify as click IDs of ours. */
  perhapsClickIds: readonly Parameter[];
}

/**
 * The mapping's names stand before ours, ours before aliases, and a value before an empty one. Two different values of the same standing are not
 * chosen between. What the body says replaces what the query says.
 */
export function understand(
  dialect: Dialect,
  query: readonly Parameter[],
  body: readonly Parameter[],
): UnderstoodParameters {
  const named = collect(dialect, query);
  if (body.length > 0) for (const [parameter, field] of collect(dialect, body)) named.set(parameter, field);
  const perhaps = named.has("click_id") ? [] : [...body, ...query];
  return { named, perhapsClickIds: perhaps.filter(({ name }) => mayHoldClickId(dialect, name)) };
}

/** How forms write an item of a list: `amount[]`, `amount[0]`. Unless the mapping says otherwise, no value is taken out of it. */
const LIST = /^(.+)\[\d*\]$/s;

interface RankedParameter extends Parameter {
  rank: Rank;
}

function collect(dialect: Dialect, parameters: readonly Parameter[]): Map<ParameterName, RankedParameter> {
  const named = new Map<ParameterName, RankedParameter>();
  for (const { name, text } of parameters) {
    const own = meaningOf(dialect, name);
    const list = own ? undefined : LIST.exec(name)?.[1];
    const meaning = own ?? (list === undefined ? undefined : meaningOf(dialect, list));
    if (!meaning) continue;
    const field = { name, text: own || text === "" ? text : null, rank: meaning.rank };
    const held = named.get(meaning.parameter);
    named.set(meaning.parameter, held ? stronger(held, field) : field);
  }
  return named;
}

function stronger(held: RankedParameter, next: RankedParameter): RankedParameter {
  if (next.text === "" || held.text === "") return next.text === "" ? held : next;
  if (next.rank !== held.rank) return next.rank < held.rank ? next : held;
  return next.text === held.text ? held : { name: held.name, text: null, rank: held.rank };
}
