/** The cap records of the edge, `cap:{offer}`: the ledger alone writes them. */
import { type CapRecord, capKey } from "../../schema/records.ts";
import { currentPlaces } from "../core/books/caps.ts";
import { objectName } from "../core/books/stored.ts";
import { must } from "../core/must.ts";
import { HOUR_MS } from "../core/time-units.ts";
import type { Env } from "./env.ts";

/** KV takes no shorter time to live. */
const MIN_TTL_S = 60;

interface CappedOffer {
  offer: number;
  advertiser: number;
  caps: string;
  timeZone: string;
}

const ALL =
  "SELECT number AS offer, advertiser, caps, time_zone AS timeZone FROM offers WHERE caps <> '[]' AND status <> 'ended'";
const SOME = `${ALL} AND number IN (SELECT value FROM json_each(?))`;
/** An offer whose caps were all taken away may have a record still. */
const UNCAPPED = "SELECT number AS offer FROM offers WHERE caps = '[]' AND status <> 'ended' AND updated_at > ?";
const REMEMBERED_MS = HOUR_MS;

/**
 * Compares the records of these offers (default: of all that are capped) with what their advertisers' objects count, and writes what differs.
 * So a write that failed, a cap that was raised and a day that is over are all mended within a minute.
 */
export async function reviewCaps(
  env: Pick<Env, "DB" | "EDGE" | "CONVERSIONS">,
  nowMs: number,
  offers?: readonly number[],
): Promise<void> {
  const query = offers ? env.DB.prepare(SOME).bind(JSON.stringify(offers)) : env.DB.prepare(ALL);
  const [capped, uncapped] = await env.DB.batch<CappedOffer>([
    query,
    env.DB.prepare(UNCAPPED).bind(nowMs - REMEMBERED_MS),
  ]);
  const { results } = must(capped, "D1's answer on", "capped offers");
  for (const [advertiser, own] of Map.groupBy(results, (offer) => offer.advertiser)) {
    await reviewAdvertiser(env, advertiser, own, nowMs).catch((error: unknown) =>
      console.error({ event: "caps_not_reviewed", advertiser, error: String(error) }),
    );
  }
  for (const { offer } of must(uncapped, "D1's answer on", "uncapped offers").results)
    await writeRecord(env.EDGE, offer, null, nowMs);
}

async function reviewAdvertiser(
  env: Pick<Env, "EDGE" | "CONVERSIONS">,
  advertiser: number,
  own: readonly CappedOffer[],
  nowMs: number,
): Promise<void> {
  const places = own.flatMap(({ caps, ...offer }) =>
    currentPlaces({ ...offer, caps: JSON.parse(caps) }, nowMs).map(({ place }) => place),
  );
  const reached = await env.CONVERSIONS.getByName(objectName(advertiser)).reachedCaps(places);
  for (const { offer } of own) {
    const ends = reached.filter((place) => place.offer === offer).map(({ endsAtMs }) => endsAtMs);
    await writeRecord(env.EDGE, offer, ends.length > 0 ? Math.max(...ends) : null, nowMs);
  }
}

/** Writes only what differs: a write costs ten reads. */
async function writeRecord(edge: KVNamespace, offer: number, untilMs: number | null, nowMs: number): Promise<void> {
  const known = await edge.get<CapRecord>(capKey(offer), "json");
  if ((known?.untilMs ?? null) === untilMs) return;
  if (untilMs === null) return edge.delete(capKey(offer));
  const record: CapRecord = { untilMs };
  const expirationTtl = Math.max(MIN_TTL_S, Math.ceil((untilMs - nowMs) / 1_000));
  await edge.put(capKey(offer), JSON.stringify(record), { expirationTtl });
}
