/** What is done with a destination besides its set-up: paused, resumed, tested; deliveries sent again and ended; history told. All of it is in the audit log. */
import * as v from "valibot";
import type { DeliverySelection } from "../../core/courier/courier-calls.ts";
import { DELIVERY_STATES } from "../../core/courier/delivery-reasons.ts";
import { formatInstant } from "../../core/instant.ts";
import { accept, type Result } from "../../core/result.ts";
import type { ChangeStamp } from "../audit/change.ts";
import { logDeed } from "../audit/deeds.ts";
import type { Env } from "../env.ts";
import { instant, listAtMost, wholeNumber } from "../web/field-schemas.ts";
import { fields } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { askCourier } from "./ask-courier.ts";
import type { DestinationView, ShownDestination } from "./fields.ts";
import { changeDestination, findDestination } from "./store.ts";

const MOST_IDS = 1_000;
const MOST_A_SECOND = 50;
const USUAL_A_SECOND = 10;

/** Which deliveries: of these IDs, or in these states and made between these times. */
export const selection = v.pipe(
  fields({
    ids: v.exactOptional(listAtMost(v.string(), MOST_IDS)),
    statuses: v.exactOptional(v.array(v.picklist(DELIVERY_STATES))),
    from: v.exactOptional(instant),
    to: v.exactOptional(instant),
  }),
  v.check(
    ({ ids, statuses, from }) => ids !== undefined || statuses !== undefined || from !== undefined,
    "Say which: ids, statuses, or from when.",
  ),
);
export type AskedDeliveries = v.InferOutput<typeof selection>;
export const countedAnswer = v.object({ deliveries: v.number() });

export const backfillOrder = v.pipe(
  fields({
    from: instant,
    to: instant,
    per_second: v.exactOptional(wholeNumber(1, MOST_A_SECOND)),
    dry_run: v.exactOptional(v.boolean()),
  }),
  v.check(({ from, to }) => from < to, "The range ends before it begins: write a later to."),
);
export type BackfillOrder = v.InferOutput<typeof backfillOrder>;

/** What it would tell, or tells now; `partial` where there are more entries than were looked at. */
export const backfillAnswer = v.object({
  started: v.boolean(),
  entries: v.number(),
  to_tell: v.number(),
  told_already: v.number(),
  past_deadline: v.number(),
  sample_url: v.nullable(v.string()),
  partial: v.boolean(),
});
export type BackfillView = v.InferOutput<typeof backfillAnswer>;

/** Nothing goes there until it is resumed; what is to be told waits. */
export function pauseDestination(
  env: Env,
  key: string,
  change: ChangeStamp,
): Promise<Result<DestinationView, Problem>> {
  return changeDestination(env, key, { status: "paused" }, change);
}

/** Turns it on again, whether somebody or the courier had turned it off. */
export async function resumeDestination(
  env: Env,
  key: string,
  change: ChangeStamp,
): Promise<Result<DestinationView, Problem>> {
  const changed = await changeDestination(env, key, { status: "active" }, change);
  if (!changed.ok) return changed;
  const resumed = await withDestination(env, key, change, ({ row }) =>
    askCourier(env, (courier) => courier.resume(row.number)),
  );
  if (!resumed.ok) return resumed;
  await log(env, key, change, "resume", null);
  return changed;
}

/** Sends a made-up conversion, marked as a test. */
export async function testDestination(
  env: Env,
  key: string,
  change: ChangeStamp,
): Promise<Result<{ delivery_id: string }, Problem>> {
  const sent = await withDestination(env, key, change, ({ row }) =>
    askCourier(env, (courier) => courier.sendTest(row.number)),
  );
  if (!sent.ok) return sent;
  const told = { delivery_id: sent.value };
  await log(env, key, change, "test", told);
  return accept(told);
}

/** Sends deliveries again, or ends what was not told yet; says how many. */
export async function moveDeliveries(
  env: Env,
  action: "replay" | "cancel",
  key: string,
  which: AskedDeliveries,
  change: ChangeStamp,
): Promise<Result<{ deliveries: number }, Problem>> {
  const moved = await withDestination(env, key, change, ({ row }) =>
    askCourier(env, (courier) => courier[action](row.number, selectionOf(which))),
  );
  if (!moved.ok) return moved;
  const { from, to, ...rest } = which;
  const times = {
    ...(from !== undefined && { from: formatInstant(from) }),
    ...(to !== undefined && { to: formatInstant(to) }),
  };
  await log(env, key, change, action, { ...rest, ...times, deliveries: moved.value });
  return accept({ deliveries: moved.value });
}

/** Tells history, or says what that would tell. */
export async function backfillDestination(
  env: Env,
  key: string,
  { from, to, per_second = USUAL_A_SECOND, dry_run: isDry = false }: BackfillOrder,
  change: ChangeStamp,
): Promise<Result<BackfillView, Problem>> {
  const range = { fromMs: from, toMs: to };
  const plan = await withDestination(env, key, change, ({ row }) =>
    askCourier(env, async (courier) => {
      const planned = await courier.planBackfill(row.number, range);
      if (!isDry) await courier.startBackfill(row.number, { ...range, ratePerSecond: per_second });
      return planned;
    }),
  );
  if (!plan.ok) return plan;
  const { entries, toTell, toldAlready, pastDeadline, sampleUrl, isPartial } = plan.value;
  const counted = { entries, to_tell: toTell, told_already: toldAlready, past_deadline: pastDeadline };
  if (!isDry) {
    const order = { from: formatInstant(from), to: formatInstant(to), per_second };
    await log(env, key, change, "backfill", { ...order, ...counted });
  }
  return accept({ started: !isDry, ...counted, sample_url: sampleUrl, partial: isPartial });
}

export async function stopBackfill(env: Env, key: string, change: ChangeStamp): Promise<Result<null, Problem>> {
  const stopped = await withDestination(env, key, change, ({ row }) =>
    askCourier(env, (courier) => courier.stopBackfill(row.number)),
  );
  if (!stopped.ok) return stopped;
  await log(env, key, change, "backfill", { stopped: true });
  return accept(null);
}

async function withDestination<Value>(
  env: Env,
  key: string,
  { by }: ChangeStamp,
  ask: (destination: ShownDestination) => Promise<Result<Value, Problem>>,
): Promise<Result<Value, Problem>> {
  const found = await findDestination(env, by, key);
  return found.ok ? ask(found.value) : found;
}

function selectionOf({ ids, statuses, from, to }: AskedDeliveries): DeliverySelection {
  return {
    ...(ids && { ids }),
    ...(statuses && { states: statuses }),
    ...(from !== undefined && { fromMs: from }),
    ...(to !== undefined && { toMs: to }),
  };
}

async function log(
  env: Env,
  subject: string,
  change: ChangeStamp,
  action: "resume" | "test" | "replay" | "cancel" | "backfill",
  after: unknown,
): Promise<void> {
  await logDeed(env, change, { action, kind: "destination", subject, after });
}
