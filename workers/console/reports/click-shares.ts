/** Shares the clicks that a report must read out among readers, and says what is too much for a report. */
import type { CellQuestion, ClickCell } from "../../core/metrics/click-cells.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import { findStretches, readDayPlan, type Stretch, type TimeSpan } from "../click-log/stretches.ts";
import { countCells, MAX_CELLS } from "./click-cells.ts";
import type { ReportEnv, TooMuch } from "./counted-groups.ts";

/** What one reader takes, some seconds of a processor. */
const SHARE_CLICKS = 4_000_000;
/** A month of a hundred clicks a second has 260 million; more are a matter for DuckDB over the archive. */
export const MAX_CLICKS = 300_000_000;
/** An hour whose clicks nobody has counted yet counts as so many, as an hour of a hundred a second has. */
const UNCOUNTED_HOUR_CLICKS = 360_000;
/** Readers that are asked at once. */
const AT_ONCE = 100;

/** The cells of these times. */
export async function cellsOf(
  env: ReportEnv,
  question: CellQuestion,
  spans: readonly TimeSpan[],
  nowMs: number,
): Promise<ClickCell[] | TooMuch> {
  const plan = await readDayPlan(env);
  const found = await Promise.all(spans.map((span) => findStretches(env, plan, span, nowMs)));
  const stretches = found.flat();
  const clicks = stretches.reduce((sum, stretch) => sum + clicksIn(stretch), 0);
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

function clicksIn({ pieces, fromMs, toMs }: Stretch): number {
  if (pieces === null) return ((toMs - fromMs) / HOUR_MS) * UNCOUNTED_HOUR_CLICKS;
  return pieces.reduce((sum, { rowCount }) => sum + rowCount, 0);
}

/** Times of about as many clicks each; what follows one another is one time. */
function sharesOf(stretches: readonly Stretch[]): TimeSpan[][] {
  const shares: { spans: TimeSpan[]; clicks: number }[] = [];
  for (const stretch of stretches) {
    const { fromMs, toMs } = stretch;
    const clicks = clicksIn(stretch);
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
