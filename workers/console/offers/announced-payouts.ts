/** What an affiliate will be paid from a moment on, of what is announced: its own price and everybody's, as far as they change what it gets. Of others' prices, and of what advertisers pay, it tells nothing. */
import * as v from "valibot";
import type { StoredPricing } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";
import { notFound, type Problem } from "../web/problem.ts";
import { priceView, shownPrice } from "./price-fields.ts";
import { findOffer } from "./store.ts";

export const announcedPayout = v.object({
  event: v.string(),
  from: v.string(),
  /** What it is paid from then on. */
  payout: shownPrice,
});
export type AnnouncedPayout = v.InferOutput<typeof announcedPayout>;

/** Payouts as they stand: everybody's, and the affiliate's own, null where it has none. */
interface PresentRow {
  event: string;
  everybodys: string;
  own: string | null;
}

interface ChangeRow {
  event: string;
  affiliate: number;
  from_at: number;
  payout: string | null;
}

const PRESENT = `SELECT e.name AS event, e.payout AS everybodys, o.payout AS own FROM offer_events AS e
  LEFT JOIN offer_event_overrides AS o ON o.offer = e.offer AND o.event = e.name AND o.affiliate = ?2 WHERE e.offer = ?1`;
/** What counts already and was not brought into the set-up yet comes first. */
const TO_COME = `SELECT event, affiliate, from_at, payout FROM price_changes
  WHERE offer = ?1 AND affiliate IN (0, ?2) AND counts = 0 AND sets <> 'revenue' ORDER BY from_at, affiliate`;

/** The soonest first. Only an affiliate has what concerns it. */
export async function announcedPayouts(
  env: Env,
  caller: Caller,
  key: string,
  nowMs: number,
): Promise<Result<{ items: AnnouncedPayout[] }, Problem>> {
  const { scope } = caller;
  const offer = await findOffer(env, caller, key);
  if (!offer.ok) return offer;
  if (scope === "everything" || !("affiliate" in scope)) return refuse(notFound("offer", key));
  const asked = [offer.value.row.number, scope.affiliate] as const;
  const [present, toCome] = await env.DB.withSession("first-primary").batch<PresentRow & ChangeRow>([
    env.DB.prepare(PRESENT).bind(...asked),
    env.DB.prepare(TO_COME).bind(...asked),
  ]);
  return accept({ items: payoutsToCome(present?.results ?? [], toCome?.results ?? [], nowMs) });
}

/** Changes one after another, and those that change what the affiliate is paid. What counts from one moment on counts at once. */
function payoutsToCome(
  present: readonly PresentRow[],
  changes: readonly ChangeRow[],
  nowMs: number,
): AnnouncedPayout[] {
  const prices = new Map(present.map(({ event, ...of }) => [event, of]));
  const announced: AnnouncedPayout[] = [];
  const moments = Map.groupBy(changes, ({ event, from_at }) => JSON.stringify([from_at, event]));
  for (const together of moments.values()) {
    const [first] = together;
    const price = first && prices.get(first.event);
    if (!first || !price) continue;
    const was = price.own ?? price.everybodys;
    for (const { affiliate, payout } of together) {
      if (affiliate !== 0) price.own = payout;
      else if (payout !== null) price.everybodys = payout;
    }
    const becomes = price.own ?? price.everybodys;
    if (becomes === was || first.from_at <= nowMs) continue;
    const rule: StoredPricing = JSON.parse(becomes);
    announced.push({ event: first.event, from: formatInstant(first.from_at), payout: priceView(rule) });
  }
  return announced;
}
