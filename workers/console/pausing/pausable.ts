/** The kinds of things of which many are paused, resumed or ended at once: where they lie, how they are listed, which links open and close with them, and who is told. */
import type { Pausable } from "../../../schema/tables.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { advertiserList } from "../advertisers/fields.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import { affiliateList } from "../affiliates/fields.ts";
import { listAffiliates } from "../affiliates/store.ts";
import { destinationList } from "../destinations/fields.ts";
import { listDestinations } from "../destinations/store.ts";
import type { Env } from "../env.ts";
import { linkList } from "../links/fields.ts";
import { listLinks } from "../links/store.ts";
import { offerList } from "../offers/fields.ts";
import { listOffers } from "../offers/store.ts";
import { unknownSlug } from "../tables/slugs.ts";
import type { Caller } from "../web/caller.ts";
import { readQuery, type Schema } from "../web/input.ts";
import type { ListPage } from "../web/listing.ts";
import { invalid, type Problem } from "../web/problem.ts";

/** So many are changed at once, as many as a page of a list may have. */
export const MOST_THINGS = 1_000;

interface PausableKind {
  /** `links` */
  many: string;
  table: string;
  /** SQL of the link `l` and its offer `o`: the number of the thing that it hangs on; null where no link does. */
  ofLink: string | null;
  /** The slugs of those that a filter of their list names. */
  fitting(env: Env, caller: Caller, filter: Readonly<Record<string, string>>): Promise<Result<string[], Problem>>;
}

export const PAUSABLE_KINDS: Readonly<Record<Pausable, PausableKind>> = {
  link: { many: "links", table: "links", ofLink: "l.number", fitting: fitting(linkList, listLinks) },
  offer: { many: "offers", table: "offers", ofLink: "l.offer", fitting: fitting(offerList, listOffers) },
  affiliate: {
    many: "affiliates",
    table: "affiliates",
    ofLink: "l.affiliate",
    fitting: fitting(affiliateList, listAffiliates),
  },
  advertiser: {
    many: "advertisers",
    table: "advertisers",
    ofLink: "o.advertiser",
    fitting: fitting(advertiserList, listAdvertisers),
  },
  destination: {
    many: "destinations",
    table: "destinations",
    ofLink: null,
    fitting: fitting(destinationList, listDestinations),
  },
};

/** All that fit, on one page of the list. */
function fitting<Query>(
  query: Schema<Query>,
  list: (env: Env, caller: Caller, query: Query) => Promise<ListPage<{ slug: string }>>,
): PausableKind["fitting"] {
  return async (env, caller, filter) => {
    const asked = readQuery(query, new URLSearchParams({ ...filter, limit: String(MOST_THINGS) }));
    if (!asked.ok) return asked;
    const unknown = await unknownSlug(env.DB, caller, asked.value);
    if (unknown !== null) return refuse(unknown);
    const { items, next } = await list(env, caller, asked.value);
    return next === null ? accept(items.map(({ slug }) => slug)) : refuse(TOO_MANY);
  };
}

const TOO_MANY = invalid("#", `More than ${MOST_THINGS} fit: narrow the filter, or change them in several parts.`);
