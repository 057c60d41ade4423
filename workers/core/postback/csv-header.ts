/** Whether a file's first line names its columns: a file between semicolons or without a header would be read as rows that say nothing. */
import { type Dialect, mayHoldClickId, meaningOf } from "./dialect.ts";
import { CREDENTIAL_NAMES } from "./parameter-names.ts";

/** Names that are ours, but say nothing of a conversion: a row of these alone is empty. */
const NO_CONTENT: ReadonlySet<string> = new Set([...CREDENTIAL_NAMES, "return", "idempotency_key"]);

/** True when at least one of the columns' names, as sent without blanks around it, means something of a conversion in the sender's dialect. */
export function isHeader(dialect: Dialect, names: readonly string[]): boolean {
  return names.some((name) => {
    const meaning = meaningOf(dialect, name);
    return meaning ? !NO_CONTENT.has(meaning.parameter) : mayHoldClickId(dialect, name);
  });
}
