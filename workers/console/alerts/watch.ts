/** The watch: opens an alert when a rule finds something, once; closes it when the rule has been calm for a while, once; and has both told. */
import { DAY_MS, MINUTE_MS } from "../../core/time-units.ts";
import type { AlertRow } from "./alert.ts";
import type { Finding } from "./findings.ts";
import type { ObservedEnv } from "./observations.ts";

/** What comes and goes within this time is one alert, not many. */
const CALM_MS = 45 * MINUTE_MS;
/** An alert that nothing has been found or heard of for so long is over. */
const FORGOTTEN_MS = DAY_MS;

const READ_OPEN = "SELECT * FROM alerts WHERE closed_at IS NULL";
/** The index of open alerts refuses a second one, should two watches run at once. */
const OPEN = `INSERT INTO alerts (rule, subject, since, opened_at, seen_at, said, path) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
const SEEN = "UPDATE alerts SET seen_at = ?, calm_since = NULL, said = ? WHERE number = ? AND closed_at IS NULL";
const CALMED = "UPDATE alerts SET calm_since = coalesce(calm_since, ?) WHERE number = ? AND closed_at IS NULL";
const CLOSE = "UPDATE alerts SET closed_at = ? WHERE number = ? AND closed_at IS NULL";

/** Looks once, as of `nowMs`, at what `find` finds. Gives how many alerts were opened and closed. */
export async function watch<Found extends Pick<ObservedEnv, "DB">>(
  env: Found,
  nowMs: number,
  find: (env: Found, nowMs: number) => Promise<Finding[]>,
): Promise<{ opened: number; closed: number }> {
  const [findings, open] = await Promise.all([find(env, nowMs), env.DB.prepare(READ_OPEN).all<AlertRow>()]);
  const byPlace = new Map(findings.map((finding) => [placeOf(finding), finding]));
  const openPlaces = new Set(open.results.map(placeOf));
  const opening = findings.flatMap((finding) => {
    const { judgement, rule, subject, sinceMs, path } = finding;
    if (judgement.state !== "wrong" || openPlaces.has(placeOf(finding))) return [];
    return [env.DB.prepare(OPEN).bind(rule, subject, sinceMs, nowMs, nowMs, judgement.said, path)];
  });
  const changes = open.results.map((alert) => ({ alert, change: changeOf(alert, byPlace.get(placeOf(alert)), nowMs) }));
  const changing = changes.flatMap(({ alert, change }) => {
    if (change.kind === "seen") return [env.DB.prepare(SEEN).bind(nowMs, change.said, alert.number)];
    if (change.kind === "calmed") return [env.DB.prepare(CALMED).bind(nowMs, alert.number)];
    return change.kind === "close" ? [env.DB.prepare(CLOSE).bind(nowMs, alert.number)] : [];
  });
  const statements = [...opening, ...changing];
  if (statements.length > 0) await env.DB.batch(statements);
  return { opened: opening.length, closed: changes.filter(({ change }) => change.kind === "close").length };
}

type AlertChange = { kind: "seen"; said: string } | { kind: "calmed" } | { kind: "close" } | { kind: "none" };

/** What becomes of an open alert. */
export function changeOf(
  alert: Pick<AlertRow, "seen_at" | "calm_since">,
  finding: Pick<Finding, "judgement"> | undefined,
  nowMs: number,
): AlertChange {
  const judgement = finding?.judgement ?? { state: "unknown" };
  if (judgement.state === "wrong") return { kind: "seen", said: judgement.said };
  if (nowMs - alert.seen_at >= FORGOTTEN_MS) return { kind: "close" };
  if (judgement.state === "unknown") return { kind: "none" };
  if (alert.calm_since !== null && nowMs - alert.calm_since >= CALM_MS) return { kind: "close" };
  return { kind: "calmed" };
}

function placeOf({ rule, subject }: { rule: string; subject: string }): string {
  return `${rule}/${subject}`;
}
