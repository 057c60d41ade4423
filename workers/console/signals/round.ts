/**
 * The round of signals, which the cron works on every minute, piece by piece: it reads the days of which something changed and adds them up, judges offer by offer, and looks what
 * was decided of the rows that were named. Where it stands is written with what each piece wrote, so that it goes on wherever it broke off, and a piece that is done
 * again changes nothing.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../core/time-units.ts";
import { judgeNext } from "./judging.ts";
import { measureNext } from "./measuring.ts";
import { readOfferFacts } from "./offer-facts.ts";
import { markChangedDays, readNext } from "./reading.ts";
import type { RoundEnv, RoundWork } from "./round-work.ts";
import { readSetSignals } from "./signal-settings.ts";

/** A round begins so long after the one before began. */
export const ROUND_EVERY_MS = 6 * HOUR_MS;
/** Whoever works on it and dies is waited for so long. */
const TAKEN_MS = 5 * MINUTE_MS;
/** Rows that are read in a run: some seconds of a processor. */
const MOST_ROWS = 100_000;
/** Pieces of a run, each of which asks the database a dozen times at most. */
const MOST_PIECES = 50;

const STAGES = ["reading", "judging", "measuring", "done"] as const;
type Stage = (typeof STAGES)[number];

interface Round {
  began_at: number;
  stage: Stage;
  place: string;
}

const LOOK = "SELECT began_at, stage, taken_until FROM signal_round";
const TAKE = "UPDATE signal_round SET taken_until = ?1 WHERE taken_until <= ?2 RETURNING began_at, stage, place";
const LEAVE = "UPDATE signal_round SET taken_until = 0";
const MOVE = "UPDATE signal_round SET stage = ?, place = ?";

/** A piece of a stage: gives how many rows it read, and where it is to go on; null where the stage is over. It writes its place with what it wrote. */
type StagePiece = (work: RoundWork, place: string) => Promise<{ rows: number; place: string | null }>;

const PIECES: Record<Exclude<Stage, "done">, StagePiece> = {
  reading: readNext,
  judging: judgeNext,
  measuring: measureNext,
};

/** Works on the round as of `nowMs`; says at which stage it is left, null where there was nothing to do. */
export async function signalRound(env: RoundEnv, nowMs: number): Promise<Stage | null> {
  const { DB } = env;
  const seen = await DB.prepare(LOOK).first<Round & { taken_until: number }>();
  if (!seen || seen.taken_until > nowMs || (seen.stage === "done" && nowMs < seen.began_at + ROUND_EVERY_MS))
    return null;
  const round = await DB.prepare(TAKE)
    .bind(nowMs + TAKEN_MS, nowMs)
    .first<Round>();
  if (!round) return null;
  try {
    return await workOn(env, round, nowMs);
  } finally {
    await DB.prepare(LEAVE).run();
  }
}

async function workOn(env: RoundEnv, round: Round, nowMs: number): Promise<Stage> {
  const { DB } = env;
  let { stage, place } = round;
  if (stage === "done") {
    await DB.batch([
      ...markChangedDays(DB, round.began_at, nowMs),
      DB.prepare("UPDATE signal_round SET began_at = ?, stage = 'reading', place = ''").bind(nowMs),
    ]);
    [stage, place] = ["reading", ""];
  }
  const [set, offers] = await Promise.all([readSetSignals(DB), readOfferFacts(DB)]);
  const work = { env, nowMs, today: Math.floor(nowMs / DAY_MS), set, offers };
  let rows = 0;
  for (let pieces = 0; stage !== "done" && pieces < MOST_PIECES && rows < MOST_ROWS; pieces++) {
    const done = await PIECES[stage](work, place);
    rows += done.rows;
    if (done.place === null) [stage, place] = [STAGES[STAGES.indexOf(stage) + 1] ?? "done", ""];
    else place = done.place;
    await DB.prepare(MOVE).bind(stage, place).run();
  }
  console.log({ event: "signals", stage, rows });
  return stage;
}
