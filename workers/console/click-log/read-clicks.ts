/** Reads the click log: the clicks of a time in the order of their IDs, wherever they lie, each once, though hours go to the archive meanwhile. */

import { HOUR_MS } from "../../core/time-units.ts";
import { type ClickBlock, pick } from "./click-block.ts";
import { type KnownNumbers, noNumbers } from "./known-numbers.ts";
import { slotBlocks } from "./read-packs.ts";
import { fetchPiece, pieceBlocks } from "./read-pieces.ts";
import {
  type ClickLogEnv,
  type DayPlan,
  findStretches,
  readDayPlan,
  type Stretch,
  spanOfLog,
  type TimeSpan,
} from "./stretches.ts";

/** Times that are looked up at once: what lies further ahead may be elsewhere by then. */
const LOOKED_UP_MS = 24 * HOUR_MS;
/** A file that has changed since the manifest was read is looked up again, so often. */
const MAX_TRIES = 5;

export interface ClickQuestion extends TimeSpan {
  /** Facts by their names. */
  facts: readonly string[];
  /** Only what is behind this click; null: all. */
  after: string | null;
}

interface LogReading {
  env: ClickLogEnv;
  plan: DayPlan;
  facts: readonly string[];
  known: KnownNumbers;
  nowMs: number;
}

/** In blocks of at most some ten thousand. */
export async function* readClicks(
  env: ClickLogEnv,
  question: ClickQuestion,
  nowMs: number,
): AsyncGenerator<ClickBlock> {
  let { after } = question;
  const facts = [...new Set(["click_id", "clicked_at", ...question.facts])];
  const log = await spanOfLog(env, nowMs);
  const endMs = Math.min(question.toMs, log.toMs);
  for (let fromMs = Math.max(question.fromMs, log.fromMs); fromMs < endMs; ) {
    const toMs = Math.min(endMs, (Math.floor(fromMs / LOOKED_UP_MS) + 1) * LOOKED_UP_MS);
    const reading = { env, plan: await readDayPlan(env), facts, known: noNumbers(), nowMs };
    for (const stretch of asked(await findStretches(env, reading.plan, { fromMs, toMs }, nowMs)))
      for await (const block of readStretch(reading, stretch, after, MAX_TRIES)) {
        after = String(block.column("click_id")(block.count - 1));
        yield block;
      }
    fromMs = toMs;
  }
}

/** The stretches as they are asked for: hours of a day that follow one another in its objects are one question, whatever lies empty between them. */
function asked(stretches: readonly Stretch[]): Stretch[] {
  const questions: Stretch[] = [];
  for (const stretch of stretches) {
    const last = questions.at(-1);
    if (last?.pieces === null && stretch.pieces === null)
      questions[questions.length - 1] = { ...last, toMs: stretch.toMs };
    else questions.push(stretch);
  }
  return questions;
}

/** The clicks of a stretch behind `after`. Throws where the archive changes under it again and again. */
export async function* readStretch(
  reading: LogReading,
  stretch: Stretch,
  after: string | null,
  tries: number,
): AsyncGenerator<ClickBlock> {
  const { env, plan, facts, known, nowMs } = reading;
  let behind = after;
  if (stretch.pieces === null) {
    for await (const block of slotBlocks(env, plan, stretch)) yield* within(block, stretch, behind);
    return;
  }
  for (const piece of stretch.pieces) {
    const last = String(piece.lastKey[0]);
    if (behind !== null && last <= behind) continue;
    const bytes = await fetchPiece(env, piece);
    if (!bytes) {
      if (tries === 0) throw new Error(`the archive's clicks of hour ${piece.hour} change again and again`);
      for (const again of await findStretches(env, plan, stretch, nowMs))
        yield* readStretch(reading, again, behind, tries - 1);
      return;
    }
    for await (const block of pieceBlocks(env.DB, bytes, facts, known)) yield* within(block, stretch, behind);
    behind = last;
  }
}

/** What of a block lies in the time and behind the click; nothing where that is none of it. */
function* within(block: ClickBlock, { fromMs, toMs }: TimeSpan, behind: string | null): Generator<ClickBlock> {
  const [clickId, clickedAt] = [block.column("click_id"), block.column("clicked_at")];
  const places: number[] = [];
  for (let place = 0; place < block.count; place++) {
    const atMs = Number(clickedAt(place));
    if (atMs < fromMs || atMs >= toMs) continue;
    if (behind === null || String(clickId(place)) > behind) places.push(place);
  }
  if (places.length === block.count) yield block;
  else if (places.length > 0) yield pick(block, places);
}
