/** The names of what stands on a page by its slug: of each kind in one statement, and only what the caller may see. */
import { and, eq, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { advertisers, affiliates, links, offers } from "../../../schema/tables.ts";
import { visibleTo as visibleAdvertisers } from "../advertisers/store.ts";
import { visibleTo as visibleAffiliates } from "../affiliates/store.ts";
import type { Env } from "../env.ts";
import { visibleTo as visibleLinks } from "../links/store.ts";
import { visibleTo as visibleOffers } from "../offers/store.ts";
import type { NamesOnPage, SlugsOnPage } from "../shell/parts/named.tsx";
import { type Caller, pseudonymsFor } from "../web/caller.ts";

/** Who knows links by pseudonyms is told nothing more of them; no statement is made for kinds that the page does not name. */
export async function readNames(env: Pick<Env, "DB">, caller: Caller, slugs: SlugsOnPage): Promise<NamesOnPage> {
  const db = drizzle(env.DB);
  const [advertiser, offer, affiliate, link] = await Promise.all([
    namesOf(slugs.advertiser, (asked) =>
      db
        .select({ slug: advertisers.slug, name: advertisers.name })
        .from(advertisers)
        .where(and(isIn(advertisers.slug, asked), visibleAdvertisers(caller))),
    ),
    namesOf(slugs.offer, (asked) =>
      db
        .select({ slug: offers.slug, name: offers.name })
        .from(offers)
        .where(and(isIn(offers.slug, asked), visibleOffers(db, caller))),
    ),
    namesOf(slugs.affiliate, (asked) =>
      db
        .select({ slug: affiliates.slug, name: affiliates.name })
        .from(affiliates)
        .where(and(isIn(affiliates.slug, asked), visibleAffiliates(caller))),
    ),
    namesOf(pseudonymsFor(caller) === null ? slugs.link : [], (asked) =>
      db
        .select({ slug: links.slug, name: offers.name })
        .from(links)
        .innerJoin(offers, eq(offers.number, links.offer))
        .where(and(isIn(links.slug, asked), visibleLinks(caller))),
    ),
  ]);
  return { advertiser, offer, affiliate, link };
}

type NamedRow = { slug: string; name: string };

async function namesOf(asked: readonly string[], read: (asked: string) => PromiseLike<NamedRow[]>) {
  const rows = asked.length === 0 ? [] : await read(JSON.stringify(asked));
  return new Map(rows.map(({ slug, name }) => [slug, name]));
}

/** As one parameter, however many there are. */
function isIn(column: SQLiteColumn, asked: string): SQL {
  return sql`${column} IN (SELECT value FROM json_each(${asked}))`;
}
