/** Shares the clicks that a report must read out among readers, and says what is too much for a report. */

import { dayOf } from "../../core/click-log/click-days.ts";
import type { CellQuestion, ClickCell } from "../../core/metrics/click-cells.ts";
import { CLICK_ROLLUP } from "../../core/metrics/rollups.ts";
import { QUARTER_MS } from "../../core/metrics/time-zone.ts";
import { findStretches, readDayPlan, type Stretch, type TimeSpan } from "../click-log/stretches.ts";
import { countCells, MAX_CELLS } from "./click-cells.ts";
import { askDay, type ReportEnv, type TooMuch } from "./counted-groups.ts";

/** What one reader takes, some seconds of a processor. */
const SHARE_CLICKS = 4_000_000;
/** A month of a hundred clicks a second has 260 million; more are a matter for DuckDB over the archive. */
export const MAX_CLICKS = 300_000_000;
/** Readers that are asked at once. */
const AT_ONCE = 100;
/** What lies in objects, by quarter-hours, as these count it for reports. */
const IN_OBJECTS = `
  SELECT quarter, sum(clicks) + sum(bots) + sum(embedded) AS clicks FROM ${CLICK_ROLLUP.quarters} WHERE quarter >= ? AND quarter < ? GROUP BY quarter`;

/** A time, and how many clicks it has. */
interface CountedStretch extends TimeSpan {
  clicks: number;
}

/** The cells of these times. */
export async function cellsOf(
  env: ReportEnv,
  question: CellQuestion,
  spans: readonly TimeSpan[],
  nowMs: number,
): Promise<ClickCell[] | TooMuch> {
  const plan = await readDayPlan(env);
  const found = await Promise.all(spans.map((span) => findStretches(env, plan, span, nowMs)));
  const stretches = await countClicks(env, found.flat());
  const clicks = stretches.reduce((sum, stretch) => sum + stretch.clicks, 0);
  if (clicks > MAX_CLICKS) return { clicks };
  const shares = sharesOf(stretches);
  const read = (share: TimeSpan[], index: number) =>
    shares.length === 1
      ? countCells(env, question, share, nowMs)
      : env.CLICK_READERS.getByName(`reader:${index % AT_ONCE}`).count(question, share, nowMs);
  const answers = await Promise.all(shares.map(read));
  const cells: ClickCell[] = [];
  for (const answer of answers) {
    if (answer === null || cells.length + answer.length > MAX_CELLS) return "groups";
    cells.push(...answer);
  }
  return cells;
}

/** A file says how many clicks it holds; of what is in none the objects of its day are asked, each day once. */
async function countClicks(env: ReportEnv, stretches: readonly Stretch[]): Promise<CountedStretch[]> {
  const inObjects = stretches.filter(({ pieces }) => pieces === null);
  const byDay = Map.groupBy(inObjects, ({ fromMs }) => dayOf(fromMs));
  const answers = await Promise.all(
    [...byDay].map(([day, own]) => {
      const [from, to] = [Math.min(...own.map(({ fromMs }) => fromMs)), Math.max(...own.map(({ toMs }) => toMs))];
      return askDay(env, day, { sql: IN_OBJECTS, values: [quarterOf(from), Math.ceil(to / QUARTER_MS)] });
    }),
  );
  const quarters = answers.flat().map(({ quarter, clicks }) => ({ quarter: Number(quarter), clicks: Number(clicks) }));
  return stretches.map(({ fromMs, toMs, pieces }) => {
    const isOwn = ({ quarter }: { quarter: number }) => quarter >= quarterOf(fromMs) && quarter * QUARTER_MS < toMs;
    const counted = pieces?.map(({ rowCount }) => rowCount) ?? quarters.filter(isOwn).map(({ clicks }) => clicks);
    return { fromMs, toMs, clicks: counted.reduce((sum, count) => sum + count, 0) };
  });
}

function quarterOf(atMs: number): number {
  return Math.floor(atMs / QUARTER_MS);
}

/** Times of about as many clicks each; what follows one another is one time. */
function sharesOf(stretches: readonly CountedStretch[]): TimeSpan[][] {
  const shares: { spans: TimeSpan[]; clicks: number }[] = [];
  for (const { fromMs, toMs, clicks } of stretches) {
    let share = shares.at(-1);
    if (!share || share.clicks + clicks > SHARE_CLICKS) {
      share = { spans: [], clicks: 0 };
      shares.push(share);
    }
    share.clicks += clicks;
    const last = share.spans.at(-1);
    if (last?.toMs === fromMs) last.toMs = toMs;
    else share.spans.push({ fromMs, toMs });
  }
  return shares.map(({ spans }) => spans);
}
