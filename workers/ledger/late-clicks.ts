/** Fills in what conversions take over from their clicks where the click's log row landed after the conversion was settled. */
import { jsonChunks } from "../core/json-chunks.ts";
import { DAY_MS } from "../core/time-units.ts";
import { CLICK_COLUMNS, type ClickLogParts, findClicks } from "./click-log.ts";
import { cell, WITH_ROWS } from "./json-rows.ts";

/** A row that has not landed by then was lost: the conversion counts as one whose click's row is missing. */
const LOOKED_FOR_MS = 3 * DAY_MS;
/** Drawn by chance, so that clicks that never come do not stand in the way of those that do. */
const PAGE = 500;

const FIND =
  "SELECT conversion_id, click_id FROM conversions WHERE click_joined = 0 AND received_at > ? ORDER BY random() LIMIT ?";

const FILL = `
  ${WITH_ROWS} UPDATE conversions SET click_joined = 1, ${CLICK_COLUMNS.map((column, index) => `${column} = ${cell(index + 2)}`).join(", ")}
  FROM given
  WHERE conversions.conversion_id = ${cell(0)} AND conversions.click_id = ${cell(1)} AND conversions.click_joined = 0`;

/** Says how many conversions were filled in. Three queries, whatever their number. */
export async function joinLateClicks(env: ClickLogParts, nowMs: number): Promise<number> {
  const { results } = await env.DB.prepare(FIND)
    .bind(nowMs - LOOKED_FOR_MS, PAGE)
    .all<{ conversion_id: string; click_id: string }>();
  if (results.length === 0) return 0;
  const clicks = await findClicks(env, [...new Set(results.map(({ click_id }) => click_id))]);
  const rows = results.flatMap(({ conversion_id, click_id }) => {
    const click = clicks.get(click_id);
    return click ? [[conversion_id, click_id, ...CLICK_COLUMNS.map((column) => click[column])]] : [];
  });
  const statements = jsonChunks(rows).map((chunk) => env.DB.prepare(FILL).bind(chunk));
  if (statements.length > 0) await env.DB.batch(statements);
  return rows.length;
}
