/** A link marked for testing, found among the advertiser's or made: its clicks are test clicks, which no figure counts and nobody is paid for. */
import { isRecord } from "../../workers/core/is-record.ts";
import { type ConsoleFetch, callConsole, itemsOf } from "../console-api.ts";

/** Whose link it is where none was found. */
const AFFILIATE = { slug: "clickback-doctor", name: "Clickback doctor (test)", test: true };

export interface TestLink {
  slug: string;
  url: string;
  /** The offer's first event. */
  event: string;
  minSeconds: number;
  made: boolean;
}

interface Offer {
  slug: string;
  event: string;
  minSeconds: number;
}

/** Throws one line when the advertiser has no offer that a click could lead to. */
export async function ensureTestLink(fetchConsole: ConsoleFetch, advertiser: string): Promise<TestLink> {
  const offers = await activeOffers(fetchConsole, advertiser);
  for await (const link of itemsOf(
    fetchConsole,
    `/api/links?${new URLSearchParams({ advertiser, status: "active" })}`,
  )) {
    const offer = offers.find(({ slug }) => slug === link.offer);
    if (link.test === true && offer) return { ...offer, slug: String(link.slug), url: String(link.url), made: false };
  }
  const [offer] = offers;
  if (!offer) throw new Error(`${advertiser} has no active offer with an event: make one first`);
  await ensureAffiliate(fetchConsole);
  const body = { offer: offer.slug, affiliate: AFFILIATE.slug, test: true };
  const link = await callConsole(fetchConsole, { method: "POST", path: "/api/links", body }, [201]);
  return { ...offer, slug: String(link.slug), url: String(link.url), made: true };
}

async function activeOffers(fetchConsole: ConsoleFetch, advertiser: string): Promise<Offer[]> {
  const offers: Offer[] = [];
  for await (const offer of itemsOf(
    fetchConsole,
    `/api/offers?${new URLSearchParams({ advertiser, status: "active" })}`,
  )) {
    const [first]: unknown[] = Array.isArray(offer.events) ? offer.events : [];
    if (isRecord(first))
      offers.push({ slug: String(offer.slug), event: String(first.name), minSeconds: Number(offer.min_seconds) });
  }
  return offers;
}

async function ensureAffiliate(fetchConsole: ConsoleFetch): Promise<void> {
  const found = await callConsole(fetchConsole, { path: `/api/affiliates/${AFFILIATE.slug}` }, [200, 404]);
  if (found.slug === AFFILIATE.slug) return;
  await callConsole(fetchConsole, { method: "POST", path: "/api/affiliates", body: AFFILIATE }, [201]);
}
