/** What a table's values, sums and conditions say of one webhook. */
import { isRecord } from "../is-record.ts";
import {
  type Decimal,
  isNegative,
  isZero,
  magnitude,
  moved,
  NOTHING,
  negative,
  parseDecimal,
  plus,
  shareOf,
  times,
} from "./exact-decimal.ts";
import { SOURCE_FUNCTIONS } from "./source-functions.ts";
import type { Basis, SourceCondition, SourceSum, SourceValue } from "./source-table.ts";
import { memberOf, type TreePlace, textAt, textOf, valuesAt } from "./tree-paths.ts";

/** A webhook as it is looked at. */
export interface Looked extends TreePlace {
  headers: Headers;
  /** Names under which a click ID may be carried, in lower case. */
  clickNames: readonly string[];
  basis: Basis;
}

const WHOLE: Decimal = { units: 1n, scale: 0 };
const BETWEEN = ":";
/** Longer ones are no address of a first page. */
const MAX_ADDRESS_LENGTH = 8_192;

/** The text that a value says; null where it says nothing. */
export function readValue(looked: Looked, value: SourceValue): string | null {
  if (typeof value === "string") return textAt(looked, value);
  if ("text" in value) return value.text;
  if ("header" in value) return textOf(looked.headers.get(value.header));
  if ("first" in value) return firstOf(value.first, (one) => readValue(looked, one));
  if ("join" in value) return joined(value.join.map((one) => readValue(looked, one)));
  if ("entry" in value) return entryOf(looked, value);
  if ("member" in value) return memberNamed(looked, value);
  if ("query" in value) return queryOf(looked, value);
  if ("words" in value) return wordOf(readValue(looked, value.words), value.mean);
  if ("lower" in value) return readValue(looked, value.lower)?.toLowerCase() ?? null;
  if ("upper" in value) return readValue(looked, value.upper)?.toUpperCase() ?? null;
  return SOURCE_FUNCTIONS.get(value.by)?.(valuesAt(looked, value.at)[0]) ?? null;
}

/** Everything that a value may say: of a path all that is there. */
export function readAll(looked: Looked, value: SourceValue): string[] {
  const texts = typeof value === "string" ? valuesAt(looked, value).map(textOf) : [readValue(looked, value)];
  return texts.filter((text) => text !== null);
}

/** True where all conditions hold. */
export function holds(looked: Looked, conditions: readonly SourceCondition[]): boolean {
  return conditions.every((condition) => holdsOne(looked, condition));
}

function holdsOne(looked: Looked, { at, is, isNot, exists, zero }: SourceCondition): boolean {
  const text = readValue(looked, at);
  if (exists !== undefined && (text !== null) !== exists) return false;
  if (is !== undefined && !is.includes(text ?? "")) return false;
  if (isNot?.includes(text ?? "")) return false;
  if (zero === undefined) return true;
  const number = text === null ? null : parseDecimal(text);
  return number !== null && isZero(number) === zero;
}

/** What a sum comes to, in the unit that the source writes; null where a part of it is not there, `unreadable` where it is no number. */
export function addUp(looked: Looked, sum: SourceSum): Decimal | null | "unreadable" {
  if (typeof sum === "string") return addAll(valuesAt(looked, sum).map(numberOf));
  if ("number" in sum) return numberOf(sum.number);
  if ("basis" in sum) {
    const part = looked.basis.parts[sum.basis];
    return part === undefined ? null : addUp(looked, part);
  }
  if ("plus" in sum) return addWithout(looked, sum.plus, sum.minus ?? []);
  if ("sumOf" in sum) return addWhere(looked, sum);
  if ("share" in sum) return shared(addUp(looked, sum.share), addUp(looked, sum.part), addUp(looked, sum.whole));
  if ("of" in sum) return withoutShares(looked, sum);
  for (const { sum: one, when = [] } of sum.first) {
    const said = holds(looked, when) ? addUp(looked, one) : null;
    if (said !== null) return said;
  }
  return null;
}

type Added = Decimal | null | "unreadable";

function numberOf(value: unknown): Added {
  const text = textOf(value);
  return text === null ? null : (parseDecimal(text) ?? "unreadable");
}

function addAll(numbers: readonly Added[]): Added {
  let total: Decimal | null = null;
  for (const number of numbers) {
    if (number === "unreadable") return number;
    if (number !== null) total = total === null ? number : plus(total, number);
  }
  return total;
}

/** What is taken away and not there takes nothing away. Both may be written below nothing, as what is given back is: what is left then lies below nothing too. */
function addWithout(looked: Looked, added: readonly SourceSum[], taken: readonly SourceSum[]): Added {
  const total = addAll(added.map((one) => addUp(looked, one)));
  if (total === null || total === "unreadable") return total;
  const less = addAll(taken.map((one) => addUp(looked, one)));
  if (less === "unreadable") return less;
  if (less === null) return total;
  const left = plus(magnitude(total), negative(magnitude(less)));
  if (isNegative(left)) return NOTHING;
  return isNegative(total) ? negative(left) : left;
}

function addWhere(
  looked: Looked,
  { sumOf, each, where }: { sumOf: string; each: string; where: readonly SourceCondition[] },
) {
  const items = valuesAt(looked, `${sumOf}[]`).filter((item) => holds({ ...looked, item }, where));
  return addAll(items.flatMap((item) => valuesAt({ tree: looked.tree, item }, each)).map(numberOf));
}

function shared(sum: Added, part: Added, whole: Added): Added {
  if (sum === "unreadable" || part === "unreadable" || whole === "unreadable") return "unreadable";
  return sum && part && whole ? (shareOf(sum, part, whole) ?? sum) : sum;
}

function withoutShares(looked: Looked, { of, without }: { of: SourceSum; without: readonly string[] }): Added {
  const sum = addUp(looked, of);
  const shares = addAll(without.map((path) => addUp(looked, path)));
  if (sum === null || sum === "unreadable" || shares === null) return sum;
  if (shares === "unreadable") return shares;
  const left = plus(WHOLE, negative(shares));
  return isNegative(left) ? NOTHING : times(sum, left);
}

/** Minor units of a currency with so many digits, as units of it. */
export function inUnits(minor: Decimal, digits: number): Decimal {
  return moved(minor, -digits);
}

function firstOf<One>(list: readonly One[], read: (one: One) => string | null): string | null {
  for (const one of list) {
    const text = read(one);
    if (text !== null) return text;
  }
  return null;
}

/** All of them that say something; null where none does. */
function joined(texts: readonly (string | null)[]): string | null {
  const said = texts.filter((text) => text !== null);
  return said.length === 0 ? null : said.join(BETWEEN);
}

function isNamed(looked: Looked, named: readonly string[] | undefined, name: unknown): boolean {
  return typeof name === "string" && (named ?? looked.clickNames).includes(name.trim().toLowerCase());
}

function entryOf(
  looked: Looked,
  {
    entry,
    named,
    key = "name",
    value = "value",
  }: { entry: string; named?: readonly string[]; key?: string; value?: string },
): string | null {
  return firstOf(valuesAt(looked, `${entry}[]`), (item) =>
    isNamed(looked, named, memberOf(item, key)) ? textOf(memberOf(item, value)) : null,
  );
}

function memberNamed(
  looked: Looked,
  { member, named, value }: { member: string; named?: readonly string[]; value?: string },
): string | null {
  const [object] = member === "" ? [looked.tree] : valuesAt(looked, member);
  if (!isRecord(object)) return null;
  return firstOf(Object.keys(object), (name) => {
    if (!isNamed(looked, named, name)) return null;
    return textOf(value === undefined ? object[name] : memberOf(object[name], value));
  });
}

function queryOf(looked: Looked, { query, named }: { query: SourceValue; named?: readonly string[] }): string | null {
  const address = readValue(looked, query);
  const mark = address?.indexOf("?") ?? -1;
  if (address === null || mark < 0 || address.length > MAX_ADDRESS_LENGTH) return null;
  const [asked = ""] = address.slice(mark + 1).split("#", 1);
  return firstOf([...new URLSearchParams(asked)], ([name, text]) =>
    isNamed(looked, named, name) ? textOf(text) : null,
  );
}

function wordOf(text: string | null, mean: Readonly<Record<string, string>>): string | null {
  return text !== null && Object.hasOwn(mean, text) ? (mean[text] ?? null) : null;
}
