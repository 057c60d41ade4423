/** What is found of caps: the advertisers of which an offer's cap is full. */
import type { Cap } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import type { Env } from "../env.ts";
import { type CapNow, capsNow } from "../offers/cap-states.ts";
import type { Finding } from "./findings.ts";

interface CappedRow {
  offer: number;
  slug: string;
  advertiser: number;
  advertiserSlug: string;
  caps: string;
  timeZone: string;
}

/** Of offers that take clicks; what is paused takes none anyway. */
const CAPPED = `
  SELECT o.number AS offer, o.slug, o.advertiser, a.slug AS advertiserSlug, o.caps, o.time_zone AS timeZone
  FROM offers o JOIN advertisers a ON a.number = o.advertiser WHERE o.caps <> '[]' AND o.status = 'active' AND a.status = 'active' ORDER BY o.number`;

/** One for each advertiser that has capped offers. One whose object does not answer is passed over until the next look. */
export async function findOfCaps(env: Pick<Env, "DB" | "CONVERSIONS">, nowMs: number): Promise<Finding[]> {
  const { results } = await env.DB.prepare(CAPPED).all<CappedRow>();
  const found: Finding[] = [];
  for (const [advertiser, own] of Map.groupBy(results, (row) => row.advertiser)) {
    const offers = own.map(({ offer, caps, timeZone }) => ({ offer, caps: readCaps(caps), timeZone }));
    const now = await capsNow(env, advertiser, offers, nowMs).catch((error: unknown) => {
      console.error({ event: "caps_unreadable", advertiser, error: String(error) });
      return null;
    });
    const [first] = own;
    if (now && first)
      found.push(findingOf(first.advertiserSlug, new Map(own.map((row) => [row.offer, row.slug])), now, nowMs));
  }
  return found;
}

function readCaps(caps: string): Cap[] {
  return JSON.parse(caps);
}

/** What is full, in a sentence each. */
export function findingOf(
  advertiser: string,
  slugs: ReadonlyMap<number, string>,
  caps: readonly CapNow[],
  nowMs: number,
): Finding {
  const full = caps.filter(({ taken, limit }) => taken >= limit);
  const [first] = full;
  const slugOf = ({ offer }: CapNow) => slugs.get(offer) ?? String(offer);
  const said = full.map((cap) => {
    const since =
      cap.fullSinceMs === null ? "" : `, since ${formatInstant(cap.fullSinceMs).slice(0, 16).replace("T", " ")} UTC`;
    return `${slugOf(cap)}: ${cap.taken} of ${cap.limit} ${cap.event} a ${cap.per}${since}.`;
  });
  return {
    rule: "cap_full",
    subject: advertiser,
    sinceMs: first?.fullSinceMs ?? nowMs,
    path: first ? `/offers/${encodeURIComponent(slugOf(first))}` : "/offers",
    judgement: first
      ? { state: "wrong", said: `${said.join(" ")} Clicks go to the fallback until it is over.` }
      : { state: "calm" },
  };
}
