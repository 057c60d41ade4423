/** An affiliate programme as data: its links, each with its offer, advertiser and affiliate. Whatever plays a programme or fills books with one takes it from here. */
import type { EVENT_KINDS } from "../../schema/tables.ts";
import { type ConsoleFetch, callConsole } from "../console-api.ts";

/** A sum in the offer's currency, or a share of the amount in percent, as the API takes them. */
export type Price = { flat: string } | { percent: string };

export interface Party {
  slug: string;
  name: string;
}

export interface OfferEvent {
  name: string;
  payout: Price;
  revenue: Price;
  /** What it is to a customer's life; by its name where nothing is said. */
  kind?: (typeof EVENT_KINDS)[number];
  /** As the offer's where nothing is said. */
  window_days?: number;
}

export interface Offer extends Party {
  advertiser: Party;
  destination: string;
  currency: string;
  /** The first pays a flat sum, the last a share of the amount. */
  events: readonly [OfferEvent, ...OfferEvent[]];
}

export interface Link {
  slug: string;
  offer: Offer;
  affiliate: Party;
  /** Marked for testing: `test=1` makes a test click of it. */
  test?: true;
}

export type Programme = readonly [Link, ...Link[]];

export interface Credentials {
  token: string;
  signingSecret: string;
}

/** Everything of one kind, once each, in the order in which the links name it. */
function allOf<Item extends { slug: string }>(programme: Programme, of: (link: Link) => Item): Item[] {
  return [...new Map(programme.map(of).map((item) => [item.slug, item])).values()];
}

export function advertisersOf(programme: Programme): Party[] {
  return allOf(programme, ({ offer }) => offer.advertiser);
}

/** Creates over the console's API what is not there yet, and gives each advertiser's credentials, by slug. */
export async function ensureProgramme(
  fetchConsole: ConsoleFetch,
  programme: Programme,
): Promise<Map<string, Credentials>> {
  const ensure = async (kind: string, body: Record<string, unknown> & { slug: string }) => {
    const { status } = await fetchConsole(`/api/${kind}/${body.slug}`);
    if (status === 404) await callConsole(fetchConsole, { method: "POST", path: `/api/${kind}`, body }, [201]);
  };
  const credentials = new Map<string, Credentials>();
  for (const affiliate of allOf(programme, ({ affiliate }) => affiliate)) await ensure("affiliates", { ...affiliate });
  for (const advertiser of advertisersOf(programme)) {
    await ensure("advertisers", { ...advertiser });
    const path = `/api/advertisers/${advertiser.slug}/credentials`;
    const { token, signing_secret } = await callConsole(fetchConsole, { path });
    credentials.set(advertiser.slug, { token: String(token), signingSecret: String(signing_secret) });
  }
  for (const offer of allOf(programme, ({ offer }) => offer))
    await ensure("offers", { ...offer, advertiser: offer.advertiser.slug });
  for (const link of programme)
    await ensure("links", { ...link, offer: link.offer.slug, affiliate: link.affiliate.slug });
  return credentials;
}
