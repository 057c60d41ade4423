/** Calls about clicks that a tracker had before the move: adopting those of a file, and telling how many are adopted and what waits for others. */
import * as v from "valibot";
import { REPORT_FAULTS } from "../../core/adoption/report-row.ts";
import { formatInstant } from "../../core/instant.ts";
import { isTimeZone } from "../../core/metrics/time-zone.ts";
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { FILE_TYPES, readSentFile } from "../reconciliation/api.ts";
import { queryFlag } from "../tables/selection.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { parameters } from "../web/input.ts";
import { type AdoptionPlan, planAdoption, sendAdoption, type UnadoptedRow } from "./adopted-import.ts";
import { countAdopted, countWaiting } from "./adopted-store.ts";
import { findTracker } from "./store.ts";

const CLICKS = "/api/trackers/:slug/clicks";
/** So many rows that are not adopted are told. */
const MOST_TOLD = 1_000;

export const adoptionParameters = parameters({
  check: v.exactOptional(queryFlag),
  time_zone: v.exactOptional(
    v.pipe(v.string(), v.check(isTimeZone, "Write a name of the time zone database, such as Europe/Berlin.")),
  ),
});

const told = v.object({
  row: v.number(),
  line: v.number(),
  reason: v.string(),
  message: v.string(),
  text: v.nullable(v.string()),
});

const adoptionAnswer = v.object({
  tracker: v.string(),
  rows: v.number(),
  /** Given to the ledger, or with `check` what would be. */
  new: v.number(),
  /** Adopted already, as the file says them. */
  known: v.number(),
  not_adopted: v.number(),
  reasons: v.array(v.object({ reason: v.string(), rows: v.number(), message: v.string() })),
  /** The first thousand. */
  lines: v.array(told),
  /** Of all that can be adopted. */
  first_at: v.nullable(v.string()),
  last_at: v.nullable(v.string()),
});

const adoptedAnswer = v.object({
  clicks: v.number(),
  first_at: v.nullable(v.string()),
  last_at: v.nullable(v.string()),
  /** Postbacks in the log that named a click that was unknown, of the tracker's advertiser. */
  waiting: v.number(),
});

export const adoptedClickCalls = [
  call({
    method: "post",
    path: CLICKS,
    summary:
      "Adopt clicks of a tracker's from before the move, out of its report of clicks (CSV or NDJSON), sent as the body, up to 20,000 rows at a call; with check it is only told what would be",
    roles: holders("import"),
    query: adoptionParameters,
    body: NO_BODY,
    takes: FILE_TYPES,
    status: 200,
    answer: adoptionAnswer,
    async handle({ env, caller, key, nowMs, query, request }) {
      const sent = await readSentFile(request);
      if (!sent.ok) return sent;
      const { bytes } = sent.value;
      const tracker = await findTracker(env, caller, key);
      if (!tracker.ok) return tracker;
      const plan = await planAdoption(env, tracker.value, bytes, { timeZone: query.time_zone ?? null, nowMs });
      if (!plan.ok) return plan;
      const given = query.check
        ? accept(null)
        : await sendAdoption(env, plan.value, bytes, { by: caller, atMs: nowMs });
      return given.ok ? accept(adoptionView(plan.value)) : given;
    },
  }),
  call({
    method: "get",
    path: CLICKS,
    summary: "Tell how many clicks of a tracker are adopted, of which time, and how many postbacks wait for others",
    roles: OPERATORS,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: adoptedAnswer,
    async handle({ env, caller, key }) {
      const found = await findTracker(env, caller, key);
      if (!found.ok) return found;
      const { row: tracker } = found.value;
      const [{ clicks, firstMs, lastMs }, waiting] = await Promise.all([
        countAdopted(env.DB, tracker.number),
        countWaiting(env.LOG, tracker.advertiser),
      ]);
      return accept({ clicks, first_at: instantOf(firstMs), last_at: instantOf(lastMs), waiting });
    },
  }),
];

export function adoptionView({ tracker, rows, fresh, known, faults, firstMs, lastMs }: AdoptionPlan) {
  return {
    tracker: tracker.row.slug,
    rows,
    new: fresh.length,
    known,
    not_adopted: faults.length,
    reasons: reasonsOf(faults),
    lines: faults.slice(0, MOST_TOLD).map(({ row, line, fault, text }) => ({
      ...{ row, line, reason: fault, message: REPORT_FAULTS[fault], text },
    })),
    first_at: instantOf(firstMs),
    last_at: instantOf(lastMs),
  };
}

/** The most frequent first. */
export function reasonsOf(faults: readonly UnadoptedRow[]) {
  return [...Map.groupBy(faults, ({ fault }) => fault)]
    .map(([fault, rows]) => ({ reason: fault, rows: rows.length, message: REPORT_FAULTS[fault] }))
    .sort((left, right) => right.rows - left.rows);
}

function instantOf(atMs: number | null): string | null {
  return atMs === null ? null : formatInstant(atMs);
}
