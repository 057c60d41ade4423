/** The programme that the demo plays: two shops, four affiliates and a link for each pair, made once and used again. */
import { type ConsoleFetch, callConsole } from "../console-api.ts";

/** What an event pays and earns: micros, or hundredths of a percent of the amount. */
export type Price = { flatMicros: number } | { percentHundredths: number };

export interface DemoEvent {
  name: string;
  payout: Price;
  revenue: Price;
}

export interface DemoOffer {
  slug: string;
  advertiser: string;
  currency: string;
  events: readonly [DemoEvent, ...DemoEvent[]];
}

export interface DemoLink {
  slug: string;
  offer: DemoOffer;
  affiliate: string;
}

const BOOTS: DemoOffer = {
  slug: "demo-boots",
  advertiser: "demo-outdoor",
  currency: "USD",
  events: [
    { name: "lead", payout: { flatMicros: 2_500_000 }, revenue: { flatMicros: 4_000_000 } },
    { name: "sale", payout: { percentHundredths: 1_000 }, revenue: { percentHundredths: 1_500 } },
  ],
};
const COURSE: DemoOffer = {
  slug: "demo-course",
  advertiser: "demo-academy",
  currency: "EUR",
  events: [
    { name: "signup", payout: { flatMicros: 1_000_000 }, revenue: { flatMicros: 1_750_000 } },
    { name: "sale", payout: { percentHundredths: 1_250 }, revenue: { percentHundredths: 2_000 } },
  ],
};

export const OFFERS = [BOOTS, COURSE] as const;
const AFFILIATES = ["demo-anna", "demo-ben", "demo-cleo", "demo-dora"] as const;

const linksOf = (offer: DemoOffer): [DemoLink, ...DemoLink[]] => {
  const [first, ...others] = AFFILIATES;
  const link = (affiliate: string): DemoLink => ({ slug: `${offer.slug}-${affiliate.slice(5)}`, offer, affiliate });
  return [link(first), ...others.map(link)];
};
export const LINKS: readonly [DemoLink, ...DemoLink[]] = [...linksOf(BOOTS), ...linksOf(COURSE)];
/** Marked for testing: `test=1` makes a test click of it. */
export const TEST_LINK: DemoLink = { slug: "demo-boots-test", offer: BOOTS, affiliate: AFFILIATES[0] };

/** Creates what is not there yet and gives each advertiser's token, by slug. */
export async function ensureProgramme(fetchConsole: ConsoleFetch): Promise<Map<string, string>> {
  const tokens = new Map<string, string>();
  for (const slug of AFFILIATES) await ensure(fetchConsole, "affiliates", { slug, name: `Demo: ${slug.slice(5)}` });
  for (const offer of OFFERS) {
    await ensure(fetchConsole, "advertisers", { slug: offer.advertiser, name: `Demo: ${offer.advertiser.slice(5)}` });
    const path = `/api/advertisers/${offer.advertiser}/credentials`;
    tokens.set(offer.advertiser, String((await callConsole(fetchConsole, { path })).token));
    await ensure(fetchConsole, "offers", offerBody(offer));
  }
  for (const { slug, offer, affiliate } of LINKS)
    await ensure(fetchConsole, "links", { slug, offer: offer.slug, affiliate });
  const { slug, offer, affiliate } = TEST_LINK;
  await ensure(fetchConsole, "links", { slug, offer: offer.slug, affiliate, test: true });
  return tokens;
}

async function ensure(
  fetchConsole: ConsoleFetch,
  kind: string,
  body: { slug: string } & Record<string, unknown>,
): Promise<void> {
  const { status } = await fetchConsole(`/api/${kind}/${body.slug}`);
  if (status === 404) await callConsole(fetchConsole, { method: "POST", path: `/api/${kind}`, body }, [201]);
}

function offerBody(offer: DemoOffer) {
  return {
    slug: offer.slug,
    name: `Demo: ${offer.slug.slice(5)}`,
    advertiser: offer.advertiser,
    destination: `https://${offer.advertiser}.example/${offer.slug}?click_id={click_id}&sub={sub1}`,
    currency: offer.currency,
    window_days: 30,
    events: offer.events.map(({ name, payout, revenue }) => ({
      name,
      payout: priceBody(payout),
      revenue: priceBody(revenue),
      repeat: "per_txid",
    })),
  };
}

function priceBody(price: Price): { flat: string } | { percent: string } {
  return "flatMicros" in price
    ? { flat: (price.flatMicros / 1_000_000).toFixed(6) }
    : { percent: (price.percentHundredths / 100).toFixed(2) };
}
