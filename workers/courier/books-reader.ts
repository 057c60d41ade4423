/** Reads from the books what is told of entries: where a click is waited for, where books and outboxes are compared, and where history is told. */
import type { Notice } from "../../schema/messages.ts";
import { idAt, idBound } from "../core/books/first-entry.ts";
import { type EntryName, NAMED_NOTICES, NOTICES_BY_TIME, type NoticeRow, noticeOf } from "../core/books/notice-rows.ts";
import { jsonChunks } from "../core/json-chunks.ts";

/** A place in the entries by time of receipt: behind this one. */
export interface EntryPlace {
  receivedAtMs: number;
  conversionId: string;
  seq: number;
}

export async function readNamed(db: D1Database, names: readonly EntryName[]): Promise<Notice[]> {
  const pages: Notice[] = [];
  for (const chunk of jsonChunks(names)) {
    const { results } = await db.prepare(NAMED_NOTICES).bind(chunk).all<NoticeRow>();
    pages.push(...results.map(noticeOf));
  }
  return pages;
}

/** At most `limit` entries behind `after` and received before `toMs`, in order. */
export async function readByTime(db: D1Database, after: EntryPlace, toMs: number, limit: number): Promise<Notice[]> {
  const { receivedAtMs, conversionId, seq } = after;
  const { results } = await db
    .prepare(NOTICES_BY_TIME)
    .bind(receivedAtMs, conversionId, seq, toMs, limit, idBound([receivedAtMs, conversionId, seq]), idAt(toMs))
    .all<NoticeRow>();
  return results.map(noticeOf);
}

export function placeOf({ receivedAtMs, conversionId, seq }: Notice): EntryPlace {
  return { receivedAtMs, conversionId, seq };
}
