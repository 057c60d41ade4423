/** A day of many clicks in the packs of its object: what look-ups, batches and reports cost over it, and how many bytes a click takes. */
import { dayOf } from "../../workers/core/click-log/click-days.ts";
import { QUARTER_MS } from "../../workers/core/metrics/time-zone.ts";
import { DAY_MS, HOUR_MS } from "../../workers/core/time-units.ts";
import { seedProgramme } from "../programme/in-sql.ts";
import { type ClickPlan, type DrawnBatches, spreadNumbers } from "./drawn-clicks.ts";
import type { LimitRow } from "./limits.ts";
import { type AskLedger, dayNames, dayOfClicks, seedClicks } from "./seed-clicks.ts";
import { type System, seedOnce, startSystem } from "./world.ts";

/** Its visits are known still, and no hour of it is to come. */
const DAYS_AGO = 2;
const SECONDS = DAY_MS / 1_000;
/** A queue gives a batch at least this often in a second, so that a batch is a second's clicks. */
const LEAST_BATCH = 10;
const LOOKED_UP = 100;
const BATCH = 1_000;
/** Of a batch, the most that a queue brings at once. */
const MESSAGES = 100;
/** Batches in a round, of which the mean is taken: one alone is as long as a clock's tick. */
const BATCHES = 20;
const REPORTED = 1_000_000;

/** A system with such a day behind it. */
export interface BusyDay {
  system: System;
  plan: ClickPlan;
}

/** What was measured of it. */
export interface DayFigures {
  rows: LimitRow[];
  bytesPerClick: number;
}

/** Starts it in `directory`, and seeds it unless it was there already: a batch is a second's clicks, and every second click a first visit. */
export async function startBusyDay(directory: string, clicks: number): Promise<BusyDay> {
  const system = await startSystem(directory);
  const plan = dayOfClicks(dayOf(Date.now()) - DAYS_AGO, clicks, true);
  await seedOnce(directory, JSON.stringify(plan), async () => {
    await seedProgramme(system.books);
    await seedClicks(system.ask, plan, Math.max(LEAST_BATCH, Math.round(clicks / SECONDS)));
  });
  return { system, plan };
}

export async function measureDay({ system, plan }: BusyDay, rounds: number): Promise<DayFigures> {
  const { ask } = system;
  const sizes = await Promise.all(dayNames(plan).map((name) => ask<number>("/day-bytes", name)));
  const bytesPerClick = Math.round(sizes.reduce((sum, bytes) => sum + bytes, 0) / plan.total);
  const clicks = plan.total.toLocaleString("en-US");
  const reportMs = await costOfReport(system, spanOf(plan, REPORTED), "sub1");
  const hoursMs = await costOfReport(system, plan, "affiliate,hour");
  const found: number[] = [];
  const [added, judged]: [number[], number[]] = [[], []];
  await lookUp(ask, plan, rounds);
  for (let round = 0; round < rounds; round++) {
    found.push(await lookUp(ask, plan, round));
    added.push(await addBatches(ask, { ...plan, hasVisitors: false }, 2 * round));
    judged.push(await addBatches(ask, plan, 2 * round + 1));
  }
  const reported = Math.min(REPORTED, plan.total).toLocaleString("en-US");
  return {
    bytesPerClick,
    rows: [
      { name: "day-find", what: `look-up of 100 clicks, in a day of ${clicks}`, ms: found, atMostMs: 25 },
      { name: "day-add", what: "a batch of 1,000 clicks into its object", ms: added, atMostMs: 4 },
      { name: "day-add-visits", what: "the same, every second one a first visit", ms: judged },
      {
        name: "day-report-sub1",
        what: `report by sub1 over ${reported} of its clicks, from packs, cold`,
        ms: [reportMs],
        atMostMs: 5_000,
      },
      { name: "day-report", what: "report of the day by affiliate and hour, cold", ms: [hoursMs] },
    ],
  };
}

/** At least so many clicks of the day, from noon on where there are as many, in whole quarters of an hour, as a report takes them. */
function spanOf({ fromMs, toMs, total }: ClickPlan, clicks: number): { fromMs: number; toMs: number } {
  const quarters = Math.ceil(((toMs - fromMs) * clicks) / total / QUARTER_MS);
  const lengthMs = Math.min(toMs - fromMs, quarters * QUARTER_MS);
  const startMs = Math.min(toMs - lengthMs, fromMs + 12 * HOUR_MS);
  return { fromMs: startMs, toMs: startMs + lengthMs };
}

/** Milliseconds. */
async function lookUp(ask: AskLedger, plan: ClickPlan, round: number): Promise<number> {
  const body = JSON.stringify({ plan, numbers: spreadNumbers(plan, LOOKED_UP, round) });
  const startedMs = performance.now();
  const found = await ask<number>("/find-drawn", body);
  const ms = performance.now() - startedMs;
  if (found !== LOOKED_UP) throw new Error(`${found} of ${LOOKED_UP} clicks were found`);
  return ms;
}

/** Milliseconds of a batch of fresh clicks of that day, a thousand a second. What makes shares of them is done before. */
async function addBatches(ask: AskLedger, day: ClickPlan, round: number): Promise<number> {
  const total = BATCH * BATCHES;
  const fromMs = day.fromMs + (round * HOUR_MS) / 4;
  const before = day.total + round * total;
  const plan: ClickPlan = { ...day, fromMs, toMs: fromMs + total, total, before, isolates: MESSAGES };
  const asked: DrawnBatches = { plan, from: 0, to: total, perBatch: BATCH };
  const packed = await ask<number>("/pack-drawn", JSON.stringify(asked));
  const startedMs = performance.now();
  const added = await ask<number>("/add-packed");
  const ms = performance.now() - startedMs;
  if (added !== packed) throw new Error(`${added} of ${packed} batches were added`);
  return ms / BATCHES;
}

/** Milliseconds. */
async function costOfReport(
  { fetchConsole }: System,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  groups: string,
): Promise<number> {
  const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString());
  const query = new URLSearchParams({ group_by: groups, from: from ?? "", to: to ?? "" });
  const startedMs = performance.now();
  const answer = await fetchConsole(`/api/reports?${query}`);
  const text = await answer.text();
  const ms = performance.now() - startedMs;
  const { rows }: { rows?: unknown[] } = JSON.parse(text);
  if (!rows || rows.length === 0) throw new Error(`the report answered ${answer.status}: ${text.slice(0, 500)}`);
  return ms;
}
