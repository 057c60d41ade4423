/** From parameters as sent to fields of ours: names understood, repeats and rivals settled, the body put before the query. */
import { type Dialect, type Meaning, mayHoldClickId, meaningOf, type Rank } from "./dialect.ts";
import type { Parameter } from "./parameter.ts";
import { type ParameterName, WRAPPERS } from "./parameter-names.ts";

/** `named` holds each field with the name that the sender used for it; a field whose text is null cannot be read, or was sent twice with different values. */
export interface UnderstoodParameters {
  named: ReadonlyMap<ParameterName, Parameter>;
  /** Values under ambiguous names, where no click ID was named; they count only if they verify as click IDs of ours. */
  perhapsClickIds: readonly Parameter[];
  /** What nobody reads, but for names that the mapping says are not to be read. */
  unread: readonly Parameter[];
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
  const all = [...body, ...query];
  const perhaps = named.has("click_id") ? [] : all;
  return {
    named,
    perhapsClickIds: perhaps.filter(({ name }) => mayHoldClickId(dialect, name)),
    unread: all.filter(({ name }) => isUnread(dialect, name)),
  };
}

function isUnread(dialect: Dialect, name: string): boolean {
  return !dialect.unread.has(name.toLowerCase()) && !meaningOf(dialect, name) && !memberOf(dialect, name);
}

/** How forms write an item of a list: `amount[]`, `amount[0]`. Unless the mapping says otherwise, no value is taken out of it. */
const LIST = /^(.+)\[\d*\]$/s;
/** How forms write a member of an object: `data[click_id]`, `meta[size]`. */
const MEMBER = /^(\w+)\[([A-Za-z][\w.-]*)\]$/;

/** What a member of an object means: a name of ours in whatever wraps it, or one of meta's own. */
function memberOf(dialect: Dialect, name: string): Meaning | undefined {
  const [, wrapper = "", member = ""] = MEMBER.exec(name) ?? [];
  const lower = wrapper.toLowerCase();
  if (lower !== "meta" && !WRAPPERS.has(lower)) return undefined;
  const meaning = meaningOf(dialect, lower === "meta" ? `meta.${member}` : member);
  return meaning && { parameter: meaning.parameter, rank: 2 };
}

interface RankedParameter extends Parameter {
  rank: Rank;
}

function collect(dialect: Dialect, parameters: readonly Parameter[]): Map<ParameterName, RankedParameter> {
  const named = new Map<ParameterName, RankedParameter>();
  for (const { name, text, isNumber } of parameters) {
    const own = meaningOf(dialect, name) ?? memberOf(dialect, name);
    const list = own ? undefined : LIST.exec(name)?.[1];
    const meaning = own ?? (list === undefined ? undefined : meaningOf(dialect, list));
    if (!meaning) continue;
    const field: RankedParameter = { name, text: own || text === "" ? text : null, rank: meaning.rank };
    if (isNumber) field.isNumber = isNumber;
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
