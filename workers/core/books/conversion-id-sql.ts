/** What SQL reads of a conversion ID in a column: the time that it begins with. */
import { ALPHABET } from "../base32.ts";

const BITS = 5;
const CHARACTERS = 10;

/** Unix milliseconds. Indexes are made of this very text. */
function timeSql(column: string): string {
  const parts = Array.from(
    { length: CHARACTERS },
    (_, index) =>
      `(instr('${ALPHABET}', substr(${column}, ${index + 1}, 1)) - 1 << ${BITS * (CHARACTERS - 1 - index)})`,
  );
  return `(${parts.join(" + ")})`;
}

/** True of a conversion, `alias`, that was received at another time than its ID says, as the indexes of these have it. */
export function receivedElsewhereSql(alias: string): string {
  return `${alias}.received_at <> ${timeSql(`${alias}.conversion_id`)}`;
}
