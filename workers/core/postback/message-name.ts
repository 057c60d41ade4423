/**
 * The sender's own name for a message, as the parts that its receipt is made of, so that the same message has the same receipt however often it
 * is sent, and other content another one. In this order: the idempotency key, the `webhook-id`, the signed string.
 */
import type { PostbackContent } from "../../../schema/messages.ts";

/** What names a message, as far as it came. */
export interface Names {
  idempotencyKey?: string | undefined;
  webhookId?: string | undefined;
  signedAs?: string | undefined;
}

/** The parts for `nameOfMessage`; null when the sender did not name the message. The content stands for the parameters and the body: what is not read makes no other message. */
export function namePostback(names: Names, content: PostbackContent): string[] | null {
  if (names.idempotencyKey !== undefined) return ["key", names.idempotencyKey, writeContent(content)];
  if (names.webhookId !== undefined) return ["webhook", names.webhookId, writeContent(content)];
  return names.signedAs === undefined ? null : ["signed", names.signedAs];
}

/** The same for row `row` (from 1) of a batch. */
export function nameRow(
  names: Names,
  row: number,
  batchName: string | undefined,
  content: PostbackContent,
): string[] | null {
  if (names.idempotencyKey !== undefined) return namePostback(names, content);
  return batchName === undefined ? null : ["batch", batchName, String(row), writeContent(content)];
}

/** One text for one content: fields in the order of their names, absent ones not at all, nor what was not read. */
export function writeContent({ meta, unread, notes, ...content }: PostbackContent): string {
  return JSON.stringify([sorted(content), sorted(meta ?? {})]);
}

function sorted(record: object): [string, unknown][] {
  return Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1));
}
