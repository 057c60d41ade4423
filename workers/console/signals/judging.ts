/** Judges one offer after the other: opens what speaks now, closes what has been silent for a while, writes down which rows each names, and has them held where that is set. */

import { timeInId } from "../../core/books/conversion-id.ts";
import {
  type Activity,
  type ActivityDay,
  gatherActivities,
  MOST_NAMED,
  RECENT_DAYS,
} from "../../core/signals/activity.ts";
import { judgeOffer, type Suspicion } from "../../core/signals/judge-offer.ts";
import { type OfferSettings, settingsOf } from "../../core/signals/offer-settings.ts";
import { signalOf } from "../../core/signals/signals.ts";
import { DAY_MS } from "../../core/time-units.ts";
import { holdNamed } from "./holding.ts";
import { windowOf } from "./reading.ts";
import type { RoundWork } from "./round-work.ts";
import { readOwnRows } from "./signal-rows.ts";

/** One that has been silent for so long is over. */
const SILENT_MS = 2 * DAY_MS;
/** Days that are read at once: a busy offer's are much. */
const DAYS_AT_ONCE = 7;

const NEXT_OFFER = `
  SELECT min(offer) AS offer FROM (
    SELECT (SELECT min(offer) FROM signal_days WHERE day = d.value AND offer > ?2) AS offer FROM json_each(?1) AS d)`;
const DAYS = `
  SELECT s.day, s.affiliate, s.event, s.sums FROM json_each(?1) AS d CROSS JOIN signal_days AS s ON s.day = d.value AND s.offer = ?2`;

/** Judges the next offer that has anything in the window; those that have not any more are closed by time, with all that is silent. */
export async function judgeNext(work: RoundWork, place: string): Promise<{ rows: number; place: string | null }> {
  const { env, today, nowMs, set } = work;
  const offer = await env.DB.prepare(NEXT_OFFER)
    .bind(JSON.stringify(windowOf(today)), Number(place))
    .first<number | null>("offer");
  if (offer === null) {
    await env.DB.prepare("UPDATE signals SET closed_at = ?1 WHERE closed_at IS NULL AND seen_at < ?2")
      .bind(nowMs, nowMs - SILENT_MS)
      .run();
    return { rows: 0, place: null };
  }
  const settings = settingsOf(set, offer);
  const { activities, rows } = await readActivities(work, offer);
  const said = judgeOffer(activities, settings);
  await writeSignals(work, offer, said, settings);
  for (const one of await openOn(env.DB, offer)) {
    const suspicion = said.find((each) => nameOf(each) === nameOf(one));
    if (!suspicion) continue;
    await nameRows(work, offer, one.number, suspicion);
    const state = settings.get(suspicion.signal)?.state ?? "show";
    if (state === "hold") await holdNamed(work, { offer, number: one.number, signal: suspicion.signal });
  }
  return { rows, place: String(offer) };
}

interface DayRow {
  day: number;
  affiliate: number;
  event: string;
  sums: string;
}

async function readActivities(
  { env, today }: RoundWork,
  offer: number,
): Promise<{ activities: Activity[]; rows: number }> {
  const gathered = gatherActivities(today);
  const days = windowOf(today);
  let rows = 0;
  for (let first = 0; first < days.length; first += DAYS_AT_ONCE) {
    const { results } = await env.DB.prepare(DAYS)
      .bind(JSON.stringify(days.slice(first, first + DAYS_AT_ONCE)), offer)
      .all<DayRow>();
    for (const row of results) gathered.add(dayOf(row));
    rows += results.length;
  }
  return { activities: gathered.activities(), rows };
}

function dayOf({ sums, ...row }: DayRow): ActivityDay {
  return row.event === ""
    ? { ...row, sums: null, clicks: JSON.parse(sums) }
    : { ...row, sums: JSON.parse(sums), clicks: null };
}

interface OpenSignal {
  number: number;
  signal: string;
  affiliate: number;
  event: string;
}

async function openOn(db: D1Database, offer: number): Promise<OpenSignal[]> {
  const { results } = await db
    .withSession("first-primary")
    .prepare(
      "SELECT number, signal, affiliate, event FROM signals INDEXED BY signals_open WHERE offer = ? AND closed_at IS NULL",
    )
    .bind(offer)
    .all<OpenSignal>();
  return results;
}

function nameOf({ signal, affiliate, event }: Pick<OpenSignal, "signal" | "affiliate" | "event">): string {
  return `${signal} ${affiliate} ${event}`;
}

const OPEN = `
  INSERT INTO signals (signal, affiliate, offer, event, figures, opened_at, seen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
  ON CONFLICT (offer, signal, affiliate, event) WHERE closed_at IS NULL DO UPDATE SET figures = excluded.figures, seen_at = excluded.seen_at`;

/** Opens what speaks, or says anew what it says; what is off now is over at once. */
async function writeSignals(
  { env, nowMs }: RoundWork,
  offer: number,
  said: readonly Suspicion[],
  settings: OfferSettings,
): Promise<void> {
  const off = [...settings].flatMap(([name, { state }]) => (state === "off" ? [name] : []));
  await env.DB.batch([
    ...said.map(({ signal, affiliate, event, found: { rows: _, ...figures } }) =>
      env.DB.prepare(OPEN).bind(signal, affiliate, offer, event, JSON.stringify(figures), nowMs),
    ),
    env.DB.prepare(
      `UPDATE signals SET closed_at = ?1 WHERE offer = ?2 AND closed_at IS NULL AND (seen_at < ?3 OR signal IN (SELECT value FROM json_each(?4)))`,
    ).bind(nowMs, offer, nowMs - SILENT_MS, JSON.stringify(off)),
  ]);
}

const NAME_CONVERSIONS = `
  INSERT INTO signal_rows (signal, row_id, number, offer, advertiser, status, seq, named_at, verdict)
  SELECT ?1, c.conversion_id, ?2, ?3, c.advertiser, c.status, c.seq, ?4, ?5 FROM json_each(?6) AS i CROSS JOIN conversions AS c ON c.conversion_id = i.value WHERE true
  ON CONFLICT DO UPDATE SET number = excluded.number WHERE number <> excluded.number`;
const NAME_CLAIMS = `
  INSERT INTO signal_rows (signal, row_id, number, offer, advertiser, status, seq, named_at, verdict)
  SELECT ?1, q.receipt, ?2, ?3, q.advertiser, q.state, 0, ?4, ?5 FROM json_each(?6) AS i CROSS JOIN claims AS q ON q.receipt = i.value WHERE true
  ON CONFLICT DO UPDATE SET number = excluded.number WHERE number <> excluded.number`;

const COUNT_ROWS = `
  UPDATE signals SET row_count = (SELECT count(*) FROM signal_rows AS r INDEXED BY signal_rows_of WHERE r.number = ?1) WHERE number = ?1`;

async function nameRows(work: RoundWork, offer: number, number: number, suspicion: Suspicion): Promise<void> {
  const { signal: name, found } = suspicion;
  const { rows, confirmedBy } = signalOf(name);
  const ids = found.rows ?? (await pickRows(work, offer, suspicion));
  const verdict = confirmedBy === null ? "unmeasured" : null;
  const { DB } = work.env;
  await DB.batch([
    DB.prepare(rows === "claims" ? NAME_CLAIMS : NAME_CONVERSIONS).bind(
      ...[name, number, offer, work.nowMs, verdict, JSON.stringify(ids)],
    ),
    DB.prepare(COUNT_ROWS).bind(number),
  ]);
}

/** Of the affiliate's newest rows those that the signal means. */
async function pickRows(
  work: RoundWork,
  offer: number,
  { signal, affiliate, event, found }: Suspicion,
): Promise<string[]> {
  const { names } = signalOf(signal);
  if (!names) return [];
  const recentMs = (work.today - RECENT_DAYS + 1) * DAY_MS;
  const rows = await readOwnRows(work.env.DB, { affiliate, offer, event }, work.today, work.offers);
  return rows
    .filter((row) => names(row, found, timeInId(row.id) >= recentMs))
    .slice(0, MOST_NAMED)
    .map(({ id }) => id);
}
