/** Writes the night's copy of the set-up, so many rows in a run of the cron, and lets those go that are past their time. Wherever a run dies, the next one writes the same part again. */
import { sha256 } from "../../core/sha256.ts";
import { DAY_MS, HOUR_MS } from "../../core/time-units.ts";
import type { Env } from "../env.ts";
import { COPIED_TABLES, type CopiedRow, keyOf, rowsBehind } from "./copied-tables.ts";
import { COPIES_PREFIX, COPY_TYPE, type CopiedLine, copyName, joined, partName, writeLines } from "./copy-file.ts";

/** UTC. */
const FROM_HOUR = 2;
const ROWS_AT_ONCE = 5_000;
export const KEPT_DAYS = 35;

type CopyParts = Pick<Env, "DB" | "ARCHIVE">;

/** How far a night's copy is. */
interface Progress {
  place: number;
  after: string;
  parts: number;
  rowCount: number;
  begunAtMs: number;
  finishedAtMs: number | null;
}

const READ =
  "SELECT place, after, parts, row_count AS rowCount, begun_at AS begunAtMs, finished_at AS finishedAtMs FROM set_up_copies WHERE day = ?";
const NOTE = `
  INSERT OR REPLACE INTO set_up_copies (day, place, after, parts, row_count, begun_at, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?)`;
const FORGET = "DELETE FROM set_up_copies WHERE day < ?";

/** A step of it, where it is time and something is left to do. True when this run finished it. */
export async function copySetUp(env: CopyParts, nowMs: number, rowsAtOnce = ROWS_AT_ONCE): Promise<boolean> {
  const day = Math.floor(nowMs / DAY_MS);
  if (nowMs - day * DAY_MS < FROM_HOUR * HOUR_MS) return false;
  const before = (await env.DB.prepare(READ).bind(day).first<Progress>()) ?? {
    place: 0,
    after: "[]",
    parts: 0,
    rowCount: 0,
    begunAtMs: nowMs,
    finishedAtMs: null,
  };
  if (before.finishedAtMs !== null) return false;
  const { lines, place, after } = await readSome(env.DB, before, rowsAtOnce);
  const part = before.parts + 1;
  await env.ARCHIVE.put(partName(day, part), writeLines(lines));
  const isEnd = place === COPIED_TABLES.length;
  const now = { ...before, place, after, parts: part, rowCount: before.rowCount + lines.length };
  if (isEnd) await finish(env, day, now, nowMs);
  await note(env.DB, day, { ...now, finishedAtMs: isEnd ? nowMs : null });
  return isEnd;
}

function note(db: D1Database, day: number, { place, after, parts, rowCount, begunAtMs, finishedAtMs }: Progress) {
  return db.batch([
    db.prepare(NOTE).bind(day, place, after, parts, rowCount, begunAtMs, finishedAtMs),
    db.prepare(FORGET).bind(day - KEPT_DAYS),
  ]);
}

/** What is read in one transaction is as it was at one moment: of most installs all. */
async function readSome(db: D1Database, { place, after }: Progress, limit: number) {
  const tables = COPIED_TABLES.slice(place);
  const answers = await db.batch<CopiedRow>(
    tables.map((table, index) => db.prepare(rowsBehind(table)).bind(index === 0 ? after : "[]", limit)),
  );
  const lines: CopiedLine[] = [];
  for (const [index, table] of tables.entries()) {
    const found = answers[index]?.results ?? [];
    const rows = found.slice(0, limit - lines.length);
    lines.push(...rows.map((row) => ({ table: table.name, row })));
    const last = rows.at(-1);
    if (lines.length < limit) continue;
    return { lines, place: place + index, after: last ? keyOf(table, last) : "[]" };
  }
  return { lines, place: COPIED_TABLES.length, after: "[]" };
}

/** One file of the parts, which go. */
async function finish(
  { ARCHIVE }: CopyParts,
  day: number,
  { parts, rowCount, begunAtMs }: Progress,
  nowMs: number,
): Promise<void> {
  const names = Array.from({ length: parts }, (_, index) => partName(day, index + 1));
  const pieces: Uint8Array[] = [];
  for (const name of names) {
    const object = await ARCHIVE.get(name);
    // It was finished before, and only not noted.
    if (!object) return;
    pieces.push(new Uint8Array(await object.arrayBuffer()));
  }
  const bytes = joined(pieces);
  const digest = sha256(bytes);
  await ARCHIVE.put(copyName(day), bytes, {
    sha256: digest,
    customMetadata: { rows: String(rowCount), begun_at: String(begunAtMs), finished_at: String(nowMs), sha256: digest },
    httpMetadata: { contentType: COPY_TYPE },
  });
  await ARCHIVE.delete(names);
  await forgetOld(ARCHIVE, day - KEPT_DAYS);
  console.log({ event: "set_up_copied", rows: rowCount, bytes: bytes.length });
}

async function forgetOld(bucket: R2Bucket, beforeDay: number): Promise<void> {
  const { objects } = await bucket.list({ prefix: COPIES_PREFIX });
  const old = objects.map(({ key }) => key).filter((key) => key < copyName(beforeDay));
  if (old.length > 0) await bucket.delete(old);
}
