/** Slugs to choose from where a form or a filter asks for one: the first thousand; others can be written. */

import { listAdvertisers } from "../advertisers/store.ts";
import { listAffiliates } from "../affiliates/store.ts";
import type { Env } from "../env.ts";
import { listOffers } from "../offers/store.ts";
import type { Visitor } from "../web/visitor.ts";

const LISTS = { advertiser: listAdvertisers, affiliate: listAffiliates, offer: listOffers } as const;
const MOST = 1_000;

/** What the visitor may see of them. */
export async function suggest(env: Env, { caller }: Visitor, kind: keyof typeof LISTS): Promise<string[]> {
  const { items } = await LISTS[kind](env, caller, { limit: MOST });
  return items.map(({ slug }) => slug);
}
