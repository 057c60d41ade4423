/** The delivery log: what was told to whom, each try of it, and how a destination fares, as the courier says. */
import * as v from "valibot";
import type { DeliveryDetail, DeliveryView, DestinationStatus } from "../../core/courier/courier-calls.ts";
import { DELIVERY_REASONS, DELIVERY_STATES, type DeliveryReason } from "../../core/courier/delivery-reasons.ts";
import { LOGGED_TYPES } from "../../core/courier/delivery-types.ts";
import { formatInstant } from "../../core/instant.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";
import { instant } from "../web/field-schemas.ts";
import { parameters } from "../web/input.ts";
import { cursorText, cutPage, type ListPage, PAGE_PARAMETERS, rowsToRead } from "../web/listing.ts";
import { notFound, type Problem } from "../web/problem.ts";
import { askCourier } from "./ask-courier.ts";
import { isRelayName, namedRelays } from "./relays.ts";
import { findDestination, type NamedDestination, namedDestinations } from "./store.ts";

const ID = /^[0-9a-hjkmnp-tv-z]{26}$/;

export const deliveryList = parameters({
  limit: PAGE_PARAMETERS.limit,
  cursor: v.exactOptional(cursorText(ID)),
  destination: v.exactOptional(v.pipe(v.string(), v.description("Slug"))),
  status: v.exactOptional(v.picklist(DELIVERY_STATES)),
  type: v.exactOptional(v.picklist(LOGGED_TYPES)),
  conversion_id: v.exactOptional(v.pipe(v.string(), v.toLowerCase(), v.regex(ID, "Write the ID of a conversion."))),
  from: v.exactOptional(instant),
  to: v.exactOptional(instant),
});
export type DeliveryList = v.InferOutput<typeof deliveryList>;

const time = v.nullable(v.string());
const entries = {
  delivery_id: v.string(),
  destination: v.string(),
  kind: v.string(),
  conversion_id: v.string(),
  entry_id: v.string(),
  type: v.string(),
  status: v.picklist(DELIVERY_STATES),
  reason: v.nullable(v.string()),
  attempts: v.number(),
  created_at: v.string(),
  last_at: time,
  http: v.nullable(v.number()),
  deadline_at: time,
  test: v.boolean(),
  /** When it is tried next. */
  next_at: time,
  /** Why it is told: a notice, one that was found missing, a backfill, a replay or a test. */
  origin: v.string(),
  message: v.nullable(v.string()),
};
export const deliveryAnswer = v.object(entries);
export type ShownDelivery = v.InferOutput<typeof deliveryAnswer>;

const tryAnswer = v.object({
  number: v.number(),
  at: v.string(),
  ms: v.number(),
  outcome: v.string(),
  reason: v.nullable(v.string()),
  http: v.nullable(v.number()),
  request: v.nullable(
    v.object({
      method: v.string(),
      url: v.string(),
      headers: v.array(v.object({ name: v.string(), value: v.string() })),
      body: v.nullable(v.string()),
    }),
  ),
  answer: v.nullable(v.string()),
  version: v.number(),
});
export type ShownTry = v.InferOutput<typeof tryAnswer>;

export const deliveryDetailAnswer = v.object({ ...entries, tries: v.array(tryAnswer) });
export type ShownDeliveryDetail = v.InferOutput<typeof deliveryDetailAnswer>;

export const statusAnswer = v.object({
  gate: v.picklist(["open", "failing", "off", "paused", "ended"]),
  reason: v.nullable(v.string()),
  message: v.nullable(v.string()),
  since: time,
  failures: v.number(),
  waiting: v.number(),
  oldest_at: time,
  next_at: time,
  /** Of the last thousand deliveries: how many succeeded and failed, and how long a try took. */
  sent: v.number(),
  failed: v.number(),
  median_ms: v.nullable(v.number()),
  slow_ms: v.nullable(v.number()),
  backfill: v.nullable(
    v.object({ from: v.string(), to: v.string(), per_second: v.number(), seen: v.number(), taken: v.number() }),
  ),
});
export type ShownStatus = v.InferOutput<typeof statusAnswer>;

/** A page of the deliveries of the destinations that the caller may see, newest first. */
export async function listDeliveries(
  env: Env,
  caller: Caller,
  query: DeliveryList,
): Promise<Result<ListPage<ShownDelivery>, Problem>> {
  const named = await namedFor(env, caller, query.destination);
  if (!named.ok) return named;
  const { status, type, conversion_id: conversionId, from, to, cursor } = query;
  const found =
    named.value.length === 0
      ? accept([])
      : await askCourier(env, (courier) =>
          courier.deliveries({
            destinations: named.value.map(({ number }) => number),
            limit: rowsToRead(query),
            ...(status && { states: [status] }),
            ...(type && { types: [type] }),
            ...(conversionId !== undefined && { conversionId }),
            ...(from !== undefined && { fromMs: from }),
            ...(to !== undefined && { toMs: to }),
            ...(cursor !== undefined && { before: cursor }),
          }),
        );
  if (!found.ok) return found;
  const { page, last } = cutPage(found.value, query);
  const byNumber = new Map(named.value.map((one) => [one.number, one]));
  const items = page.flatMap((delivery) => {
    const destination = byNumber.get(delivery.destination);
    return destination ? [shownDelivery(delivery, destination)] : [];
  });
  return accept({ items, next: last?.deliveryId ?? null });
}

/** One delivery of a destination, with each of its tries. */
export async function readDelivery(
  env: Env,
  caller: Caller,
  slug: string,
  id: string,
): Promise<Result<ShownDeliveryDetail, Problem>> {
  const destination = await oneNamed(env, caller, slug);
  if (!destination.ok) return destination;
  const row = destination.value;
  const key = id.toLowerCase();
  const found = ID.test(key) ? await askCourier(env, (courier) => courier.delivery(row.number, key)) : accept(null);
  if (!found.ok) return found;
  if (!found.value) return refuse(notFound("delivery", id));
  return accept({ ...shownDelivery(found.value, row), tries: found.value.tries.map(shownTry) });
}

/** How a destination fares now. */
export async function readStatus(env: Env, caller: Caller, slug: string): Promise<Result<ShownStatus, Problem>> {
  const destination = await findDestination(env, caller, slug);
  if (!destination.ok) return destination;
  const { number, status } = destination.value.row;
  const told = await askCourier(env, (courier) => Promise.all([courier.statuses([number]), courier.figures(number)]));
  if (!told.ok) return told;
  const [[fares], { sent, failed, medianMs, slowMs }] = told.value;
  return accept({
    ...statusOf(fares, status === "active" ? "open" : status),
    ...{ sent, failed, median_ms: medianMs, slow_ms: slowMs },
  });
}

/** One that was never told anything has no object yet, and fares as it is set up. */
function statusOf(fares: DestinationStatus | undefined, setUp: ShownStatus["gate"]) {
  if (!fares)
    return {
      ...{ gate: setUp, reason: null, message: null, since: null, failures: 0 },
      ...{ waiting: 0, oldest_at: null, next_at: null, backfill: null },
    };
  const { gate, reason, failures, waiting, backfill } = fares;
  return {
    ...{ gate, reason, failures, waiting, message: messageOf(reason) },
    since: at(fares.sinceMs),
    oldest_at: at(fares.oldestAtMs),
    // Nothing goes where nothing may.
    next_at: gate === "open" || gate === "failing" ? at(fares.nextAtMs) : null,
    backfill: backfill && {
      from: formatInstant(backfill.fromMs),
      to: formatInstant(backfill.toMs),
      per_second: backfill.ratePerSecond,
      seen: backfill.seen,
      taken: backfill.taken,
    },
  };
}

async function namedFor(
  env: Env,
  caller: Caller,
  slug: string | undefined,
): Promise<Result<NamedDestination[], Problem>> {
  if (slug !== undefined) {
    const found = await oneNamed(env, caller, slug);
    return found.ok ? accept([found.value]) : found;
  }
  return accept([...(await namedDestinations(env, caller)), ...(await namedRelays(env, caller))]);
}

/** A destination, or an old tracker, by its name. */
async function oneNamed(env: Env, caller: Caller, slug: string): Promise<Result<NamedDestination, Problem>> {
  if (isRelayName(slug)) {
    const relay = (await namedRelays(env, caller)).find((one) => one.slug === slug);
    return relay ? accept(relay) : refuse(notFound("destination", slug));
  }
  const found = await findDestination(env, caller, slug);
  return found.ok ? accept(found.value.row) : found;
}

function shownDelivery(
  delivery: DeliveryView | DeliveryDetail,
  { slug, kind }: Pick<NamedDestination, "slug" | "kind">,
): ShownDelivery {
  const { conversionId, seq, reason } = delivery;
  return {
    delivery_id: delivery.deliveryId,
    destination: slug,
    kind,
    conversion_id: conversionId,
    entry_id: `${conversionId}-${seq}`,
    type: delivery.type,
    status: delivery.state,
    reason,
    attempts: delivery.attempts,
    created_at: formatInstant(delivery.createdAtMs),
    last_at: at(delivery.lastAtMs),
    http: delivery.http,
    deadline_at: at(delivery.deadlineAtMs),
    test: delivery.test,
    next_at: at(delivery.nextAtMs),
    origin: delivery.origin,
    message: messageOf(reason),
  };
}

function shownTry({
  number,
  atMs,
  ms,
  outcome,
  reason,
  http,
  request,
  answer,
  version,
}: DeliveryDetail["tries"][number]) {
  return { number, at: formatInstant(atMs), ms, outcome, reason, http, request, answer, version };
}

function messageOf(reason: DeliveryReason | null): string | null {
  return reason === null ? null : DELIVERY_REASONS[reason].message;
}

function at(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms);
}
