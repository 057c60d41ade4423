/** Links: one affiliate's way to one offer. */
import { type AnyColumn, and, eq, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { ownerKey } from "../../../schema/records.ts";
import { advertisers, affiliates, links, offers } from "../../../schema/tables.ts";
import { encodeBase32 } from "../../core/base32.ts";
import type { Disguised } from "../../core/pseudonyms.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { EVERYONE } from "../../core/roles.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { publishKeys } from "../publishing/due-keys.ts";
import { publishLinks } from "../publishing/publish.ts";
import type { Viewer } from "../set-up/field.ts";
import { newColumns, type ValueFields } from "../set-up/field-values.ts";
import { lifeOf } from "../set-up/life.ts";
import type { ListFault, ListKind } from "../set-up/list-kind.ts";
import { stampedNow } from "../set-up/stamps.ts";
import { learnSlugs, noSlugs, numberFor } from "../tables/slugs.ts";
import { type Caller, pseudonymsFor } from "../web/caller.ts";
import type { ListPage } from "../web/listing.ts";
import { invalid, type Problem } from "../web/problem.ts";
import {
  type LinkChange,
  type LinkList,
  type LinkView,
  linkChange,
  linkFields,
  linkView,
  type NewLink,
  newLink,
  type ShownLink,
  type StoredLink,
} from "./fields.ts";

/** 35 random bits: short enough to read out, and free in a first try while there are fewer than millions. */
const SLUG_LENGTH = 7;
const SLUG_TRIES = 5;

const life = lifeOf({
  kind: "link",
  one: "a link",
  table: links,
  fields: linkFields,
  view: (link: ShownLink, viewer: Viewer) => linkView(link, viewer),
  find: (db, caller, conditions, page): Promise<StoredLink[]> =>
    db
      .select({ row: links, offer: offers.slug, affiliate: affiliates.slug, advertiser: advertisers.slug })
      .from(links)
      .innerJoin(offers, eq(offers.number, links.offer))
      .innerJoin(affiliates, eq(affiliates.number, links.affiliate))
      .innerJoin(advertisers, eq(advertisers.number, offers.advertiser))
      .where(and(visibleTo(caller), ...conditions))
      .orderBy(...page.order)
      .limit(page.limit),
  slugBehind: (env, caller, name) => slugBehind(env, caller, "link", name),
  told: toldTo,
  insert: (db, row) => db.insert(links).values(row).returning(),
  update: (db, number, columns) => db.update(links).set(columns).where(eq(links.number, number)),
  beside: whoPaused,
});

/** Whoever sets a link's status has paused it, or nobody has: an affiliate's own pause ends with the operator's word. */
async function whoPaused<Link extends ShownLink>(
  db: DrizzleD1Database,
  link: Link,
  { status }: LinkChange,
  { role }: Caller,
) {
  const pausedBy = status === "paused" && role === "affiliate" ? role : null;
  if (status === undefined || pausedBy === link.row.pausedBy) return accept({ thing: link, statements: [] });
  const statement = db.update(links).set({ pausedBy }).where(eq(links.slug, link.row.slug));
  return accept({ thing: { ...link, row: { ...link.row, pausedBy } }, statements: [statement] });
}

/** The link, when the caller may see it; `key` is its slug, or the pseudonym that the caller knows it by. */
export async function findLink(env: Env, caller: Caller, key: string): Promise<Result<StoredLink, Problem>> {
  return life.find(env, caller, key);
}

export async function readLink(env: Env, caller: Caller, key: string): Promise<Result<LinkView, Problem>> {
  const found = await findLink(env, caller, key);
  return found.ok ? accept(linkView(found.value, { env, role: caller.role })) : found;
}

export async function listLinks(env: Env, caller: Caller, query: LinkList): Promise<ListPage<LinkView>> {
  const { affiliate: named, ...asked } = query;
  if (named === undefined) return life.list(env, caller, asked);
  return life.list(env, caller, { ...asked, affiliate: await slugBehind(env, caller, "affiliate", named) });
}

/** The slug of what the caller calls by this name: mostly the name itself. Empty, which no slug is, where the caller knows nothing by it. */
export async function slugBehind(env: Env, caller: Caller, subject: Disguised, name: string): Promise<string> {
  if (pseudonymsFor(caller) === null) return name;
  const number = await numberFor(env.DB, caller, subject, name);
  const slugs = noSlugs();
  await learnSlugs(slugs, env.DB, [{ kind: subject }], [[number]], null);
  return slugs[subject].get(number ?? 0) ?? "";
}

/** The link under the names that the caller knows. */
function toldTo(caller: Caller, link: StoredLink): StoredLink {
  const pseudonyms = pseudonymsFor(caller);
  if (pseudonyms === null) return link;
  const { row } = link;
  const names = { affiliate: pseudonyms("affiliate", row.affiliate), isDisguised: true } as const;
  return { ...link, ...names, row: { ...row, slug: pseudonyms("link", row.number) } };
}

/** Creates a link, under a slug of its own when none is given, and publishes it. */
export async function createLink(env: Env, input: NewLink, change: ChangeStamp): Promise<Result<LinkView, Problem>> {
  for (let tries = 0; tries < SLUG_TRIES; tries++) {
    const [made] = await makeLinks(env, [input], change.atMs);
    if (!made?.ok) return refuse(invalid(made?.refusal.pointer ?? "#", made?.refusal.detail ?? ""));
    const created = await life.create(env, made.value, input, change);
    if (created.ok) {
      await publishLinks(env, { link: created.value.number });
      await publishKeys(env, [ownerKey(created.value.number)]);
      return accept(created.value.view);
    }
    if (input.slug !== undefined) return created;
  }
  throw new Error(`no free slug in ${SLUG_TRIES} tries`);
}

/** The links that these would make, or why one cannot be: where it hangs must be there. */
async function makeLinks(env: Env, inputs: readonly NewLink[], atMs: number): Promise<Result<ShownLink, ListFault>[]> {
  const db = drizzle(env.DB);
  const among = (column: AnyColumn, slugs: string[]) =>
    sql`${column} IN (SELECT value FROM json_each(${JSON.stringify([...new Set(slugs)])}))`;
  const [offersFound, affiliatesFound] = await db.batch([
    db
      // Columns of one name would be one, in a batch.
      .select({
        slug: offers.slug,
        number: offers.number,
        advertiser: sql<string>`${advertisers.slug}`.as("advertiser"),
      })
      .from(offers)
      .innerJoin(advertisers, eq(advertisers.number, offers.advertiser))
      .where(
        among(
          offers.slug,
          inputs.map(({ offer }) => offer),
        ),
      ),
    db
      .select({ slug: affiliates.slug, number: affiliates.number })
      .from(affiliates)
      .where(
        among(
          affiliates.slug,
          inputs.map(({ affiliate }) => affiliate),
        ),
      ),
  ]);
  const offersBySlug = new Map(offersFound.map((one) => [one.slug, one]));
  const affiliatesBySlug = new Map(affiliatesFound.map((one) => [one.slug, one]));
  return inputs.map((input) => {
    const offer = offersBySlug.get(input.offer);
    const affiliate = affiliatesBySlug.get(input.affiliate);
    if (!offer) return refuse({ pointer: "#/offer", detail: `There is no offer "${input.offer}": create it first.` });
    if (!affiliate)
      return refuse({ pointer: "#/affiliate", detail: `There is no affiliate "${input.affiliate}": create it first.` });
    const row = { ...newColumns(linkFields, input), ...stampedNow(atMs), slug: input.slug ?? newSlug() };
    return accept({
      row: { ...row, offer: offer.number, affiliate: affiliate.number, pausedBy: null },
      offer: input.offer,
      affiliate: input.affiliate,
      advertiser: offer.advertiser,
    });
  });
}

/** Links as whole lists go out and come in. */
export const linkLists: ListKind<ShownLink, StoredLink, NewLink> = {
  kind: "link",
  one: "a link",
  many: "links",
  roles: EVERYONE,
  table: links,
  fields: linkFields as ValueFields,
  besides: ["url"],
  newOne: newLink,
  change: linkChange,
  named: life.named,
  view: life.auditView,
  page: listLinks,
  make: makeLinks,
  // As `whoPaused` has it of one of them.
  also: (columns) => ("status" in columns ? { pausedBy: null } : {}),
};

/** A slug that is free, most likely. */
export function newSlug(): string {
  return randomSlug(crypto.getRandomValues(new Uint8Array(SLUG_LENGTH)));
}

/** A slug out of random bytes, in letters that are not mistaken for each other. */
export function randomSlug(random: Uint8Array): string {
  return encodeBase32(random, SLUG_LENGTH);
}

/** Changes what is given, and publishes the link. */
export async function changeLink(
  env: Env,
  key: string,
  input: LinkChange,
  change: ChangeStamp,
): Promise<Result<LinkView, Problem>> {
  const changed = await life.change(env, key, input, change);
  if (!changed.ok) return changed;
  await publishLinks(env, { link: changed.value.after.row.number });
  return accept(changed.value.view);
}

/** An affiliate sees its own links, an advertiser those to its offers. */
export function visibleTo({ scope }: Caller): SQL | undefined {
  if (scope === "everything") return undefined;
  return "advertiser" in scope ? eq(offers.advertiser, scope.advertiser) : eq(links.affiliate, scope.affiliate);
}
