/** Lines of a sent list that could not be read, as a file that can be mended and sent again. */
import { failedFile } from "./failed-answer.ts";
import type { SentList } from "./sent-list.ts";

export function unreadFile({ plan, unreadable }: SentList, bytes: Uint8Array): Response {
  const failed = new Map(unreadable.map(({ line, reason, message }) => [line, { reason, message }]));
  return failedFile(bytes, plan, failed, "failed");
}
