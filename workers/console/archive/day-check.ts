/** Holds a piece of clicks against the objects of its day: each of its clicks must lie there, fact by fact, and no other. */
import type { Cell } from "../../../schema/columns.ts";
import { dayOf } from "../../core/click-log/click-days.ts";
import { CLICK_FACTS, factPlace } from "../../core/click-log/click-facts.ts";
import { readOwnClickId } from "../../core/click-log/click-pack.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import type { ClickBlock } from "../click-log/click-block.ts";
import { noNumbers } from "../click-log/known-numbers.ts";
import { slotBlocks } from "../click-log/read-packs.ts";
import { pieceBlocks } from "../click-log/read-pieces.ts";
import { type ClickLogEnv, type DayPlan, hasDayChanged, readDayPlan } from "../click-log/stretches.ts";
import type { HeldPiece } from "./pieces.ts";

const FACTS = CLICK_FACTS.map(({ name }) => name);
const ID = factPlace("click_id");

const NEIGHBOURS = `
  SELECT (SELECT last_key FROM archive_pieces WHERE log = 'clicks' AND hour = ?1 AND piece = ?2 - 1) AS before,
    EXISTS (SELECT 1 FROM archive_pieces WHERE log = 'clicks' AND hour = ?1 AND piece = ?2 + 1) AS hasNext`;
const STANDS = `
  SELECT count(*) AS stands FROM archive_pieces WHERE log = 'clicks' AND hour = ?1 AND piece = ?2 AND sha256 = ?3 AND deleted_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM due_hours WHERE log = 'clicks' AND hour = ?1)`;

/** Clicks of an hour behind `after`, to `through`; null is the hour's beginning and end. */
interface IdSpan {
  after: string | null;
  through: string | null;
}

/**
 * True where the objects have the clicks of these bytes, which are the piece, and none besides between the piece before and the one behind. True as well where nobody
 * says that they do: the day has left its objects, or something came to it that the archive has not heard of or not written yet.
 */
export async function agreesWithDay(
  env: ClickLogEnv,
  piece: HeldPiece,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const plan = await readDayPlan(env);
  if (piece.hour * HOUR_MS < plan.hotFromMs) return true;
  return (await holdsSame(env, plan, piece, bytes)) || !(await standsStill(env, plan, piece));
}

async function holdsSame(
  env: ClickLogEnv,
  plan: DayPlan,
  piece: HeldPiece,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const span = await spanOf(env, piece);
  const archived = rowsOf(pieceBlocks(env.DB, bytes, FACTS, noNumbers()));
  for await (const row of rowsOf(slotBlocks(env, plan, timesOf(piece, span)))) {
    if (!isWithin(String(row[ID]), span)) continue;
    const { value, done } = await archived.next();
    if (done || !sameRow(row, value)) return false;
  }
  return (await archived.next()).done === true;
}

async function spanOf({ DB }: ClickLogEnv, { hour, piece, lastKey }: HeldPiece): Promise<IdSpan> {
  const { results } = await DB.prepare(NEIGHBOURS).bind(hour, piece).all<{ before: string | null; hasNext: number }>();
  const { before = null, hasNext = 0 } = results[0] ?? {};
  const after: unknown = before === null ? [] : JSON.parse(before);
  return {
    after: Array.isArray(after) && after.length > 0 ? String(after[0]) : null,
    through: hasNext ? String(lastKey[0]) : null,
  };
}

/** An hour of many pieces is not read as a whole for each of them. */
function timesOf({ hour }: HeldPiece, { after, through }: IdSpan) {
  const [first, last] = [after, through].map((id) => (id === null ? undefined : readOwnClickId(id)?.issuedAtMs));
  return { fromMs: first ?? hour * HOUR_MS, toMs: last === undefined ? (hour + 1) * HOUR_MS : last + 1 };
}

function isWithin(clickId: string, { after, through }: IdSpan): boolean {
  return (after === null || clickId > after) && (through === null || clickId <= through);
}

async function* rowsOf(blocks: AsyncIterable<ClickBlock>): AsyncGenerator<Cell[], undefined> {
  for await (const { count, column } of blocks) {
    const columns = FACTS.map((name) => column(name));
    for (let place = 0; place < count; place++) yield columns.map((cellAt) => cellAt(place));
  }
}

/** Text counts as it can be written in UTF-8. */
function sameRow(logged: readonly Cell[], archived: readonly Cell[]): boolean {
  return logged.every((cell, place) => (typeof cell === "string" ? cell.toWellFormed() : cell) === archived[place]);
}

/** False while the day has something to tell, or the hour is written anew, or was since the manifest was read. Objects first: what they strike from their notes stands in D1 by then. */
async function standsStill(env: ClickLogEnv, plan: DayPlan, { hour, piece, sha256 }: HeldPiece): Promise<boolean> {
  if (await hasDayChanged(env, plan, dayOf(hour * HOUR_MS))) return false;
  return (await env.DB.prepare(STANDS).bind(hour, piece, sha256).first<number>("stands")) === 1;
}
