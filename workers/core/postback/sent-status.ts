/** The words of ours for a status, as a sender or its mapping says them. */
import type { SentStatus } from "../../../schema/messages.ts";

export const SENT_STATUSES = [
  "pending",
  "approved",
  "rejected",
  "reversed",
  "reinstated",
] as const satisfies readonly SentStatus[];

/** The status that `word`, in lower case, is; undefined where it is none. */
export function readSentStatus(word: string): SentStatus | undefined {
  return SENT_STATUSES.find((status) => status === word);
}
