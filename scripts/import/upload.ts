/** Sends a piece until the door has answered for each of its rows: again what it could not take, after as long as it asks for. */
import type { BatchAnswer, RowAnswer } from "./batch-answer.ts";
import type { Row } from "./rows.ts";

export interface UploadParts {
  send(rows: readonly Row[]): Promise<BatchAnswer>;
  sleep(ms: number): Promise<unknown>;
}

/** Reasons with which the door says "not now". */
const LATER: readonly string[] = ["try_again", "rate_limited"];
/** Tries in a row that bring nothing, before an import gives up: with the waits between them some five minutes. */
const TRIES = 12;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** The final answer for each row. Throws one line when the door refuses the batch as such, or takes nothing for minutes. */
export async function upload(parts: UploadParts, piece: readonly Row[]): Promise<Map<Row, RowAnswer>> {
  const answers = new Map<Row, RowAnswer>();
  let open = [...piece];
  for (let tries = 1; ; tries++) {
    const answer = await parts.send(open);
    const before = answers.size;
    for (const [index, row] of open.entries()) {
      const told = answer.rows.get(index + 1);
      if (told && !LATER.includes(told.reason)) answers.set(row, told);
    }
    open = open.filter((row) => !answers.has(row));
    if (open.length === 0) return answers;
    const refusal = answer.refusal;
    if (refusal && !isForNow(refusal.status))
      throw new Error(`the batch was refused with ${refusal.status}: ${refusal.text}`);
    if (answers.size > before) tries = 1;
    if (tries === TRIES)
      throw new Error(`${TRIES} tries brought nothing (${refusal?.text ?? "the door takes no rows at the moment"})`);
    await parts.sleep(waitMs(refusal?.retryAfterS ?? null, tries));
  }
}

/** No answer, too many requests, or trouble on the door's side. */
function isForNow(status: number | null): boolean {
  return status === null || status === 429 || status >= 500;
}

function waitMs(retryAfterS: number | null, tries: number): number {
  return retryAfterS === null ? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1)) : retryAfterS * 1000;
}
