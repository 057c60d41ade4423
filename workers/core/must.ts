/** An assertion: what must be there is, or an error says what is missing. For what only a bug or damage can take away. */

/** Gives `value`, or throws: `conversion 06F3… is missing`. `what` says what kind of thing it is, `name` which one. */
export function must<Value>(value: Value | null | undefined, what: string, name: string | number): Value {
  if (value === null || value === undefined) throw new Error(`${what} ${name} is missing`);
  return value;
}
