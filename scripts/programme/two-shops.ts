/** The programme in which stories are played: two shops, four affiliates and a link for each pair, and one link for testing. */
import { advertisersOf, type Link, type Offer, type Party, type Programme } from "./programme.ts";

const named = (name: string): Party => ({ slug: `demo-${name}`, name: `Demo: ${name}` });

function offerOf(advertiser: Party, name: string, terms: Pick<Offer, "currency" | "events">): Offer {
  const offer = named(name);
  const destination = `https://${advertiser.slug}.example/${offer.slug}?click_id={click_id}&sub={sub1}`;
  return { ...offer, advertiser, destination, ...terms };
}

const BOOTS = offerOf(named("outdoor"), "boots", {
  currency: "USD",
  events: [
    { name: "lead", payout: { flat: "2.50" }, revenue: { flat: "4.00" } },
    { name: "sale", payout: { percent: "10" }, revenue: { percent: "15" } },
  ],
});
const COURSE = offerOf(named("academy"), "course", {
  currency: "EUR",
  events: [
    { name: "signup", payout: { flat: "1.00" }, revenue: { flat: "1.75" } },
    { name: "sale", payout: { percent: "12.50" }, revenue: { percent: "20" } },
  ],
});

const FIRST = "anna";
/** Whose link is the first of each shop, and who tests. */
export const FIRST_AFFILIATE: Party = named(FIRST);
const linkOf = (offer: Offer, name: string): Link => ({ slug: `${offer.slug}-${name}`, offer, affiliate: named(name) });
const linksOf = (offer: Offer): Programme => [
  linkOf(offer, FIRST),
  ...["ben", "cleo", "dora"].map((name) => linkOf(offer, name)),
];

/** The links that visitors follow. */
export const LINKS: Programme = [...linksOf(BOOTS), ...linksOf(COURSE)];
export const TEST_LINK: Link = { slug: `${BOOTS.slug}-test`, offer: BOOTS, affiliate: FIRST_AFFILIATE, test: true };
export const TWO_SHOPS: Programme = [...LINKS, TEST_LINK];
export const SHOPS: readonly string[] = advertisersOf(TWO_SHOPS).map(({ slug }) => slug);
