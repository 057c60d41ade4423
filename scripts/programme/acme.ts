/** The smallest programme that shows everything: a shop, a blog that links to it, a lead and a sale. `npm start` begins with it. */
import type { ConsoleFetch } from "../console-api.ts";
import { type Credentials, ensureProgramme, type Link, type Offer } from "./programme.ts";

export const ACME = { slug: "acme", name: "Acme" };
export const SHOES: Offer = {
  slug: "shoes",
  name: "Acme Shoes",
  advertiser: ACME,
  destination: "https://shop.example/shoes?click_id={click_id}&from={affiliate}",
  currency: "USD",
  events: [
    { name: "lead", payout: { flat: "2.50" }, revenue: { flat: "4.00" } },
    { name: "sale", payout: { percent: "10" }, revenue: { percent: "15" } },
  ],
};
export const DEMO_LINK: Link = { slug: "demo", offer: SHOES, affiliate: { slug: "blog", name: "The Blog" } };

/** Creates it over the console's API, leading there, and gives Acme's credentials. */
export async function createAcme(fetchConsole: ConsoleFetch, destination = SHOES.destination): Promise<Credentials> {
  const link = { ...DEMO_LINK, offer: { ...SHOES, destination } };
  const credentials = (await ensureProgramme(fetchConsole, [link])).get(ACME.slug);
  if (!credentials) throw new Error(`the console gave no credentials of ${ACME.slug}`);
  return credentials;
}
