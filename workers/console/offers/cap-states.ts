/** How full the caps of offers are now, as their advertisers' objects count them. */
import * as v from "valibot";
import type { Cap } from "../../../schema/tables.ts";
import { currentPlaces } from "../../core/books/caps.ts";
import { objectName } from "../../core/books/stored.ts";
import { formatInstant } from "../../core/instant.ts";
import { accept, type Result } from "../../core/result.ts";
import { ALL_BUT_AFFILIATES } from "../../core/roles.ts";
import type { Env } from "../env.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import type { Caller } from "../web/caller.ts";
import type { Problem } from "../web/problem.ts";
import { findOffer } from "./store.ts";

/** A cap in its present day or month. */
export interface CapNow extends Cap {
  offer: number;
  taken: number;
  endsAtMs: number;
  /** Null while it is not full, and where it was not filled but lowered. */
  fullSinceMs: number | null;
}

interface CappedOffer {
  offer: number;
  caps: readonly Cap[];
  timeZone: string;
}

/** The caps of an advertiser's offers, in their order. */
export async function capsNow(
  env: Pick<Env, "CONVERSIONS">,
  advertiser: number,
  offers: readonly CappedOffer[],
  nowMs: number,
): Promise<CapNow[]> {
  const places = offers.flatMap((offer) =>
    currentPlaces(offer, nowMs).map(({ cap, place }) => ({ cap, place, offer: offer.offer })),
  );
  if (places.length === 0) return [];
  const object = env.CONVERSIONS.getByName(objectName(advertiser));
  const states = await object.capStates(places.map(({ place }) => place));
  return places.map(({ cap, place, offer }, index) => {
    const { taken = 0, fullSinceMs = null } = states[index] ?? {};
    return { ...cap, offer, taken, fullSinceMs, endsAtMs: place.endsAtMs };
  });
}

export const capAnswer = v.object({
  event: v.string(),
  per: v.picklist(["day", "month"]),
  limit: v.number(),
  taken: v.number(),
  /** When its day or month is over. */
  ends_at: v.string(),
  full_since: v.nullable(v.string()),
});
export type CapView = v.InferOutput<typeof capAnswer>;

/** Those of an offer that the caller may see. */
export async function readCaps(
  env: Env,
  caller: Caller,
  key: string,
  nowMs: number,
): Promise<Result<{ items: CapView[] }, Problem>> {
  const found = await findOffer(env, caller, key);
  if (!found.ok) return found;
  const { number, advertiser, caps, timeZone } = found.value.row;
  const now = await capsNow(env, advertiser, [{ offer: number, caps, timeZone }], nowMs);
  return accept({
    items: now.map(({ event, per, limit, taken, endsAtMs, fullSinceMs }) => ({
      event,
      per,
      limit,
      taken,
      ends_at: formatInstant(endsAtMs),
      full_since: fullSinceMs === null ? null : formatInstant(fullSinceMs),
    })),
  });
}

export const capCalls = [
  call({
    method: "get",
    path: "/api/offers/:slug/caps",
    summary: "Read how full the caps of an offer are in their present day or month, and since when",
    roles: ALL_BUT_AFFILIATES,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: v.object({ items: v.array(capAnswer) }),
    handle: ({ env, caller, nowMs, key }) => readCaps(env, caller, key, nowMs),
  }),
];
