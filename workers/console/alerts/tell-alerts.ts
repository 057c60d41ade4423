/** Telling of alerts: that one opened, goes on and is over is handed to the courier, which tells the destinations that hear of it. */
import { TELL_AFTER_MS } from "../../core/courier/circuit-breaker.ts";
import type { CourierCalls, ToldNews } from "../../core/courier/courier-calls.ts";
import { DAY_MS } from "../../core/time-units.ts";
import { askCourier } from "../destinations/ask-courier.ts";
import type { Env } from "../env.ts";
import { type AlertRow, alertView } from "./alert.ts";
import { readConsoleOrigin } from "./alert-destination.ts";
import type { RuleName } from "./rules.ts";

/** What could not be handed over for so long is no news any more. */
const NEWS_MS = DAY_MS;
const UNTOLD = `
  SELECT * FROM alerts WHERE (opening_told_at IS NULL AND opened_at > ?1) OR (closing_told_at IS NULL AND closed_at > ?1) OR (closed_at IS NULL AND rule = ?2)
  ORDER BY number`;

interface News {
  row: AlertRow;
  told: Pick<ToldNews, "news" | "atMs">;
}

/** Hands over what nobody has been told yet; says how much that was. Where nobody hears of alerts, or the courier is away, it is news at the next look, too. */
export async function tellNews(
  env: Pick<Env, "DB"> & { COURIER_CALLS: Pick<CourierCalls, "tellAlerts"> },
  nowMs: number,
): Promise<number> {
  const { results } = await env.DB.prepare(UNTOLD)
    .bind(nowMs - NEWS_MS, "destination_failing" satisfies RuleName)
    .all<AlertRow>();
  const news = results.flatMap((row) => newsOf(row, nowMs) ?? []);
  if (news.length === 0) return 0;
  const origin = (await readConsoleOrigin(env.DB)) ?? "";
  const told = await askCourier(env, (courier) =>
    courier.tellAlerts(news.map(({ row, told }) => ({ ...told, alert: toldAlert(row, origin) }))),
  );
  if (!told.ok || told.value === 0) return 0;
  await env.DB.batch(news.map((one) => noteTold(env.DB, one, nowMs)));
  return news.length;
}

/** What is new of an alert. What came and went before anybody was told is told as over only. */
function newsOf(row: AlertRow, nowMs: number): News | null {
  if (row.closed_at !== null) return { row, told: { news: { type: "alert.cleared" }, atMs: row.closed_at } };
  if (row.opening_told_at === null) return { row, told: { news: { type: "alert.opened" }, atMs: row.opened_at } };
  // A receiver that goes on failing is told of anew, ever more rarely.
  const toldAtMs = row.told_again_at ?? row.opening_told_at;
  const times = TELL_AFTER_MS.flatMap((afterMs, index) => {
    const atMs = row.since + afterMs;
    return atMs > toldAtMs && atMs <= nowMs ? [{ time: index + 1, atMs }] : [];
  });
  const last = times.at(-1);
  return last ? { row, told: { news: { type: "alert.repeated", time: last.time }, atMs: last.atMs } } : null;
}

/** What is over is told of whole: that it opened is no news any more. */
const NOTES = {
  "alert.opened": "opening_told_at = ?1",
  "alert.repeated": "told_again_at = ?1",
  "alert.cleared": "closing_told_at = ?1, opening_told_at = coalesce(opening_told_at, ?1)",
} as const satisfies Record<News["told"]["news"]["type"], string>;

function noteTold(db: D1Database, { row: { number }, told: { news } }: News, nowMs: number): D1PreparedStatement {
  return db.prepare(`UPDATE alerts SET ${NOTES[news.type]} WHERE number = ?2`).bind(nowMs, number);
}

function toldAlert(row: AlertRow, origin: string): ToldNews["alert"] {
  const { number, rule, label, advertiser, destination, said, path } = alertView(row);
  const times = { sinceMs: row.since, openedAtMs: row.opened_at, closedAtMs: row.closed_at };
  return { ...{ number, rule, label, advertiser, destination, said }, url: origin + path, ...times };
}
