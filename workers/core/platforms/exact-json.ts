/** JSON in which amounts stand digit by digit as they are told: no float comes between an amount and its text. */

const WRITTEN: unique symbol = Symbol("written");

/** A piece of JSON that is text already. */
export interface WrittenJson {
  readonly [WRITTEN]: string;
}

/** What `writeExactJson` writes. A member that is undefined is left out. */
export type ExactJson =
  | string
  | number
  | boolean
  | null
  | WrittenJson
  | readonly ExactJson[]
  | { readonly [name: string]: ExactJson | undefined };

/** A number as RFC 8259, section 6 has it, without an exponent. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/** A number by its digits, such as `33.333333`. Throws where JSON would not take it for one. */
export function exactNumber(digits: string): WrittenJson {
  if (!NUMBER.test(digits)) throw new RangeError(`${digits} is no number of JSON`);
  return { [WRITTEN]: digits };
}

/** JSON that `writeExactJson` wrote before. */
export function writtenJson(text: string): WrittenJson {
  return { [WRITTEN]: text };
}

export function writeExactJson(value: ExactJson): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isWritten(value)) return value[WRITTEN];
  if (isList(value)) return `[${value.map(writeExactJson).join(",")}]`;
  const members = Object.entries(value).flatMap(([name, member]) =>
    member === undefined ? [] : [`${JSON.stringify(name)}:${writeExactJson(member)}`],
  );
  return `{${members.join(",")}}`;
}

function isWritten(value: object): value is WrittenJson {
  return WRITTEN in value;
}

function isList(value: ExactJson): value is readonly ExactJson[] {
  return Array.isArray(value);
}
