/** The last step of settling: the courier hears of what was booked. It comes again with a redelivery, and is lost at most with its message: the courier compares. */
import type { Notice, NoticesMessage, PostbackMessage } from "../../schema/messages.ts";
import { BOOKED_NOTICES, entryNames, type NoticeRow, noticeOf } from "../core/books/notice-rows.ts";
import type { EntryRow } from "../core/books/rows.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { packMessages } from "../core/message-packs.ts";
import { sendPatiently } from "../core/queue-send.ts";

/** A message holds 128 KB; UTF-8 takes at most three bytes for a unit of a JavaScript string. One message of several operations costs what several would, so it is as long as it may. */
const MAX_UNITS = 40_000;
const PATIENCE = { tries: 2, limitMs: 3_000, clock: globalThis } as const;

export type NoticeQueue = Pick<Queue<NoticesMessage>, "sendBatch">;

/** The statements that read, behind the writes in the same transaction, what is told of these entries. */
export function noticeStatements(db: D1Database, entries: readonly EntryRow[]): D1PreparedStatement[] {
  return jsonChunks(entryNames(entries)).map((chunk) => db.prepare(BOOKED_NOTICES).bind(chunk));
}

/** The notices in the answers to them. What the message says that caused an entry, and the books' rows do not, is told as well. */
export function readNotices(rows: readonly NoticeRow[], messages: readonly PostbackMessage[]): Notice[] {
  const refunds = new Map(messages.map(({ receipt, content }) => [receipt, content.refundId]));
  // What another tracker booked, it told.
  return rows
    .filter((row) => row.imported === 0)
    .map((row) => {
      const refundId = refunds.get(row.entry_receipt);
      return { ...noticeOf(row), ...(refundId !== undefined && { refundId }) };
    });
}

/** Sends them, packed. Throws where the queue does not take them. */
export async function sendNotices(queue: NoticeQueue, notices: readonly Notice[]): Promise<void> {
  const messages = messagesOf(notices);
  for (const pack of packMessages(messages))
    await sendPatiently(() => queue.sendBatch(pack.map((body) => ({ body }))), PATIENCE);
}

function messagesOf(notices: readonly Notice[]): NoticesMessage[] {
  const messages: NoticesMessage[] = [];
  let units = 0;
  for (const notice of notices) {
    const size = JSON.stringify(notice).length;
    const last = messages.at(-1);
    if (last && units + size <= MAX_UNITS) {
      last.notices.push(notice);
      units += size;
    } else {
      messages.push({ kind: "notices", notices: [notice] });
      units = size;
    }
  }
  return messages;
}
