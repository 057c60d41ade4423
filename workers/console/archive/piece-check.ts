/** Reads pieces of the archive back and holds them against the manifest, and against D1, or the objects of the day, where their rows still are. */
import * as v from "valibot";
import { checkPiece, type Key, LOG_KEYS, type Log, pieceName } from "../../core/archive-piece.ts";
import { entryKey, idBound } from "../../core/books/first-entry.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import type { ClickLogEnv } from "../click-log/stretches.ts";
import type { Databases } from "../env.ts";
import { agreesWithDay } from "./day-check.ts";
import { cursorOf, databaseOf, type HeldPiece, readPieces } from "./pieces.ts";

type PieceCheckParts = Databases & ClickLogEnv;

export const verificationAnswer = v.object({
  checked: v.number(),
  rows: v.number(),
  faults: v.array(
    v.object({
      name: v.string(),
      hour: v.string(),
      what: v.picklist([
        "missing",
        "other_bytes",
        "unreadable",
        "other_rows",
        "other_rows_than_d1",
        "other_rows_than_objects",
      ]),
    }),
  ),
  next: v.nullable(v.string()),
});
type Verification = v.InferOutput<typeof verificationAnswer>;

/** A page ends after so many pieces, or when their rows reach this number: reading them takes time. */
const PAGE_PIECES = 50;
const PAGE_ROWS = 200_000;

/** The logs that lie in D1; clicks lie in objects. */
type LogInD1 = Exclude<Log, "clicks">;

/** The pieces behind `cursor`, one after the other, since each is held in memory as a whole. */
export async function verifyPieces(env: PieceCheckParts, log: Log, cursor: number | undefined): Promise<Verification> {
  const pieces = await readPieces(env, log, cursor === undefined ? {} : { cursor }, PAGE_PIECES);
  const page: Verification = { checked: 0, rows: 0, faults: [], next: null };
  for (const piece of pieces) {
    const what = await faultOf(env, piece);
    page.checked++;
    page.rows += piece.rowCount;
    if (what) page.faults.push({ name: pieceName(piece), hour: new Date(piece.hour * HOUR_MS).toISOString(), what });
    if (page.checked === PAGE_PIECES || page.rows >= PAGE_ROWS) return { ...page, next: String(cursorOf(piece)) };
  }
  return page;
}

async function faultOf(env: PieceCheckParts, piece: HeldPiece): Promise<Verification["faults"][number]["what"] | null> {
  const object = await env.ARCHIVE.get(pieceName(piece));
  const bytes = object ? new Uint8Array(await object.arrayBuffer()) : null;
  const fault = await checkPiece(piece, bytes);
  if (fault || bytes === null || piece.deletedAtMs !== null) return fault;
  const { log } = piece;
  if (log === "clicks") return (await agreesWithDay(env, piece, bytes)) ? null : "other_rows_than_objects";
  return (await agreesWithD1(env, log, piece)) ? null : "other_rows_than_d1";
}

/** True where D1 has as many rows from the first to the last key; and where the hour waits to be archived again, since then nobody says that they agree. */
async function agreesWithD1(
  env: Databases,
  log: LogInD1,
  { hour, firstKey, lastKey, rowCount }: HeldPiece,
): Promise<boolean> {
  const key = `(${LOG_KEYS[log].join(", ")})`;
  const marks = `(${LOG_KEYS[log].map(() => "?").join(", ")})`;
  const count = `
    SELECT (SELECT count(*) FROM due_hours WHERE log = ? AND hour = ?) AS due,
      (SELECT count(*) FROM ${log} WHERE ${key} >= ${marks} AND ${key} <= ${marks} AND +received_at >= ? AND +received_at < ?)
        + (${log === "entries" ? "SELECT count(*) FROM first_entries WHERE conversion_id >= ? AND conversion_id < ?" : "0"}) AS found`;
  const firsts = log === "entries" ? [idBefore(firstKey), idBound(entryKey(lastKey))] : [];
  const row = await databaseOf(env, log)
    .prepare(count)
    .bind(log, hour, ...firstKey, ...lastKey, hour * HOUR_MS, (hour + 1) * HOUR_MS, ...firsts)
    .first<{ due: number; found: number }>();
  return row !== null && (row.due > 0 || row.found === rowCount);
}

/** The bound of IDs of first entries that do not come before this key. */
function idBefore(key: Key): string {
  const [receivedAtMs, conversionId, seq] = entryKey(key);
  return idBound([receivedAtMs, conversionId, seq - 1]);
}

const MAKE_DUE = `
  INSERT INTO due_hours (log, hour) SELECT ?, value FROM json_each(?) WHERE true ON CONFLICT DO UPDATE SET changed = 1 WHERE changed = 0`;

/** Has hours archived again, as D1, or of clicks the objects of their day, hold them; what was deleted there stays as it is. */
export async function archiveAgain(env: Databases, log: Log, atMs: readonly number[]): Promise<number> {
  const hours = [...new Set(atMs.map((ms) => Math.floor(ms / HOUR_MS)))];
  await databaseOf(env, log).prepare(MAKE_DUE).bind(log, JSON.stringify(hours)).run();
  return hours.length;
}
