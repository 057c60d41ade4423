/** Why clicks on links do not pass now: by the same function that the edge asks, on the record that it is given. */
import { eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { type CapRecord, capKey } from "../../../schema/records.ts";
import { advertisers, affiliates, links, offers } from "../../../schema/tables.ts";
import { type Closed, closedReason } from "../../core/click/link-state.ts";
import type { Env } from "../env.ts";
import { type LinkParts, linkRecord } from "../publishing/edge-records.ts";
import type { Caller } from "../web/caller.ts";

export const WHY_CLOSED: Record<Closed, string> = {
  link_paused: "The link is paused.",
  link_ended: "The link has ended.",
  offer_paused: "The offer is paused.",
  offer_ended: "The offer has ended.",
  affiliate_blocked: "The affiliate is paused, or has ended.",
  advertiser_closed: "The advertiser is paused, or has ended.",
  not_started: "The offer has not begun.",
  over: "The offer’s time is over.",
  over_cap: "A cap of the offer is full.",
};

/** Of these links, by slug, those that take no clicks, and why. Nobody is told of what is not theirs to see: affiliates not of the advertiser, advertisers not of the affiliate. */
export async function closedLinks(
  env: Pick<Env, "DB" | "EDGE">,
  caller: Pick<Caller, "role">,
  slugs: readonly string[],
  nowMs: number,
): Promise<Map<string, Closed>> {
  if (slugs.length === 0) return new Map();
  const found: LinkParts[] = await drizzle(env.DB)
    .select({ link: links, offer: offers, affiliate: affiliates, advertiser: advertisers })
    .from(links)
    .innerJoin(offers, eq(offers.number, links.offer))
    .innerJoin(affiliates, eq(affiliates.number, links.affiliate))
    .innerJoin(advertisers, eq(advertisers.number, offers.advertiser))
    .where(sql`${links.slug} IN (SELECT value FROM json_each(${JSON.stringify(slugs)}))`);
  const records = found.map((parts) => ({ slug: parts.link.slug, record: linkRecord(asSeen(parts, caller)) }));
  const capped = [...new Set(records.flatMap(({ record }) => (record.capped ? [record.offer] : [])))];
  const caps = new Map(
    await Promise.all(
      capped.map(async (offer) => [offer, await env.EDGE.get<CapRecord>(capKey(offer), "json")] as const),
    ),
  );
  return new Map(
    records.flatMap(({ slug, record }) => {
      const why = closedReason(record, caps.get(record.offer) ?? null, nowMs);
      return why === null ? [] : [[slug, why] as const];
    }),
  );
}

function asSeen(parts: LinkParts, { role }: Pick<Caller, "role">): LinkParts {
  if (role === "affiliate") return { ...parts, advertiser: { ...parts.advertiser, status: "active" } };
  if (role === "advertiser") return { ...parts, affiliate: { ...parts.affiliate, status: "active" } };
  return parts;
}
