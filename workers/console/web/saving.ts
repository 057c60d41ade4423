/** Saving what is set up: a change leaves what it does not name, moves nothing that is fixed, and takes no slug that is taken. */
import * as v from "valibot";

/** A row with what a change says of it; what it leaves out stays. */
export function merge<Row extends object>(present: Row, change: object): Row {
  return Object.assign(
    { ...present },
    Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)),
  );
}

/** True when SQLite refused a row because another one has its value of `column` (`table.column`), however deep the layers above have wrapped it. */
export function isTaken(error: unknown, column: string): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause.message.includes(`UNIQUE constraint failed: ${column}`)) return true;
  return false;
}

/** A field that never changes, and is shown like this: a change may send it back as it was read. */
export function fixedField(shown: v.GenericSchema) {
  return v.exactOptional(v.pipe(v.unknown(), v.metadata({ readOnly: true, shownAs: shown })));
}

/** Those of the fixed fields that a change gives another value. */
export function movedFields(input: object, present: object, fixed: readonly string[]): string[] {
  return fixed.filter((field) => {
    const given: unknown = Reflect.get(input, field);
    return given !== undefined && JSON.stringify(given) !== JSON.stringify(Reflect.get(present, field));
  });
}
