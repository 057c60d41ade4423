/** The demo programme, the smallest one that shows everything: a shop, a blog that links to it, a lead and a sale. */
import { type ConsoleFetch, callConsole } from "./console-api.ts";

export const DEMO_ADVERTISER = { slug: "acme", name: "Acme" };
export const DEMO_AFFILIATE = { slug: "blog", name: "The Blog" };
export const DEMO_OFFER = {
  slug: "shoes",
  name: "Acme Shoes",
  advertiser: DEMO_ADVERTISER.slug,
  destination: "https://shop.example/shoes?click_id={click_id}&from={affiliate}",
  currency: "USD",
  window_days: 30,
  events: [
    { name: "lead", payout: { flat: "2.50" }, revenue: { flat: "4.00" }, repeat: "per_txid" },
    { name: "sale", payout: { percent: "10" }, revenue: { percent: "15" }, repeat: "per_txid" },
  ],
};
export const DEMO_LINK = { slug: "demo", offer: DEMO_OFFER.slug, affiliate: DEMO_AFFILIATE.slug };

/** Creates the demo programme over the console's API and gives the advertiser's token and signing secret. */
export async function createProgramme(fetchConsole: ConsoleFetch): Promise<{ token: string; signingSecret: string }> {
  const create = (path: string, body: unknown) => callConsole(fetchConsole, { method: "POST", path, body }, [201]);
  const advertiser = await create("/api/advertisers", DEMO_ADVERTISER);
  await create("/api/affiliates", DEMO_AFFILIATE);
  await create("/api/offers", DEMO_OFFER);
  await create("/api/links", DEMO_LINK);
  return { token: String(advertiser.token), signingSecret: String(advertiser.signing_secret) };
}
