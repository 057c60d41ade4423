/** Coupons: codes of affiliates, each with a link of its own, made one by one or as a whole list. */
import { and, eq, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { ownerKey } from "../../../schema/records.ts";
import { advertisers, affiliates, coupons, links, offers } from "../../../schema/tables.ts";
import { foldCoupon } from "../../core/books/coupons.ts";
import { must } from "../../core/must.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { newSlug, slugBehind } from "../links/store.ts";
import { publishKeys } from "../publishing/due-keys.ts";
import { publishLinks } from "../publishing/publish.ts";
import type { Viewer } from "../set-up/field.ts";
import { newColumns } from "../set-up/field-values.ts";
import { lifeOf } from "../set-up/life.ts";
import { stampedNow } from "../set-up/stamps.ts";
import { type Caller, pseudonymsFor } from "../web/caller.ts";
import type { ListPage } from "../web/listing.ts";
import type { Problem } from "../web/problem.ts";
import { isTaken } from "../web/saving.ts";
import {
  type CouponChange,
  type CouponList,
  type CouponView,
  couponFields,
  couponView,
  type NewCoupon,
  type ShownCoupon,
  type StoredCoupon,
} from "./fields.ts";
import { areAtOnce, codesHeld, isHeldElsewhere, type TakenCode } from "./overlaps.ts";

const SLUG_TRIES = 5;

const life = lifeOf({
  kind: "coupon",
  one: "a coupon",
  table: coupons,
  fields: couponFields,
  view: (coupon: ShownCoupon, viewer: Viewer) => couponView(coupon, viewer),
  find: (db, caller, conditions, page): Promise<StoredCoupon[]> =>
    db
      .select({
        row: coupons,
        affiliateNumber: links.affiliate,
        offer: offers.slug,
        affiliate: affiliates.slug,
        advertiser: advertisers.slug,
      })
      .from(coupons)
      .innerJoin(links, eq(links.number, coupons.link))
      .innerJoin(offers, eq(offers.number, links.offer))
      .innerJoin(affiliates, eq(affiliates.number, links.affiliate))
      .innerJoin(advertisers, eq(advertisers.number, coupons.advertiser))
      .where(and(visibleTo(caller), ...conditions))
      .orderBy(...page.order)
      .limit(page.limit),
  slugBehind: (env, caller, name) => slugBehind(env, caller, "link", name),
  told: toldTo,
  insert: (db, row) => db.insert(coupons).values(row).returning(),
  update: (db, number, columns) => db.update(coupons).set(columns).where(eq(coupons.number, number)),
});

/** The coupon, when the caller may see it; `key` is its link's slug, or the pseudonym that the caller knows that by. */
export async function findCoupon(env: Env, caller: Caller, key: string): Promise<Result<StoredCoupon, Problem>> {
  return life.find(env, caller, key);
}

export async function readCoupon(env: Env, caller: Caller, key: string): Promise<Result<CouponView, Problem>> {
  const found = await findCoupon(env, caller, key);
  return found.ok ? accept(couponView(found.value, { env, role: caller.role })) : found;
}

export async function listCoupons(env: Env, caller: Caller, query: CouponList): Promise<ListPage<CouponView>> {
  const { affiliate: named, ...asked } = query;
  if (named === undefined) return life.list(env, caller, asked);
  return life.list(env, caller, { ...asked, affiliate: await slugBehind(env, caller, "affiliate", named) });
}

/** The coupon under the names that the caller knows. */
function toldTo(caller: Caller, coupon: StoredCoupon): StoredCoupon {
  const pseudonyms = pseudonymsFor(caller);
  if (pseudonyms === null) return coupon;
  const { row } = coupon;
  return {
    ...coupon,
    affiliate: pseudonyms("affiliate", coupon.affiliateNumber),
    row: { ...row, slug: pseudonyms("link", row.link) },
  };
}

/** Why one of a list of coupons cannot be made; `at` is its place in the list. */
export interface CouponFault {
  at: number;
  field: "code" | "offer" | "affiliate" | "until";
  detail: string;
}

export async function createCoupon(
  env: Env,
  input: NewCoupon,
  change: ChangeStamp,
): Promise<Result<CouponView, Problem>> {
  const made = await createCoupons(env, [input], change);
  if (!made.ok) return refuse(problemOf(made.refusal, ({ field }) => `#/${field}`));
  return accept(must(made.value[0], "the coupon", input.code));
}

/** A problem that names every fault. */
export function problemOf(faults: readonly CouponFault[], pointerOf: (fault: CouponFault) => string): Problem {
  const errors = faults.map((fault) => ({ pointer: pointerOf(fault), detail: fault.detail }));
  const isTakenOnly = faults.every(({ field }) => field === "code");
  return {
    name: isTakenOnly ? "taken" : "invalid_input",
    detail: errors.map(({ pointer, detail }) => `${pointer}: ${detail}`).join(" "),
    errors,
  };
}

/** Makes all of these coupons with their links, or none of them. */
export async function createCoupons(
  env: Env,
  inputs: readonly NewCoupon[],
  change: ChangeStamp,
): Promise<Result<CouponView[], CouponFault[]>> {
  const placed = await findEnds(env, inputs);
  if (!placed.ok) return placed;
  const codes = placed.value.map(({ advertiser, code, fromAtMs, untilAtMs }) => ({
    advertiser,
    code,
    fromAtMs,
    untilAtMs,
  }));
  const faults = await faultsOf(env, codes);
  if (faults.length > 0) return refuse(faults);
  for (let tries = 0; tries < SLUG_TRIES; tries++) {
    const rows = placed.value.map((row) => ({ ...row, slug: newSlug() }));
    try {
      const views = await insert(env, rows, change);
      // The links of a list are published by the sweep, within a minute.
      if (rows.length === 1) await publishAll(env, rows);
      return accept(views);
    } catch (error) {
      if (isHeldElsewhere(error)) return refuse(await faultsOf(env, codes));
      if (!isTaken(error, "links.slug")) throw error;
    }
  }
  throw new Error(`no free slugs in ${SLUG_TRIES} tries`);
}

type Columns = Omit<ReturnType<typeof newColumns<typeof couponFields>>, never>;

/** A coupon to be made: its columns, and what it hangs on by number and name. */
interface PlacedCoupon extends Columns {
  advertiser: number;
  offer: number;
  affiliate: number;
  names: { offer: string; affiliate: string; advertiser: string };
}

async function insert(
  env: Env,
  rows: readonly (PlacedCoupon & { slug: string })[],
  change: ChangeStamp,
): Promise<CouponView[]> {
  const db = drizzle(env.DB);
  const stamps = stampedNow(change.atMs);
  const views = rows.map(({ names, offer: _, affiliate: __, ...row }) =>
    couponView({ row: { ...row, ...stamps, folded: foldCoupon(row.code), link: 0 }, ...names }, { env, role: "admin" }),
  );
  const statements = rows.flatMap(({ slug, offer, affiliate, names: _, ...row }, place) => [
    db
      .insert(links)
      .values({ slug, offer, affiliate, destination: null, status: "active", test: false, pausedBy: null, ...stamps }),
    db.insert(coupons).values({
      ...row,
      ...stamps,
      slug,
      folded: foldCoupon(row.code),
      link: sql`(SELECT number FROM links WHERE slug = ${slug})`,
    }),
    logChange(db, change, { action: "create", kind: "coupon", subject: slug, before: null, after: views[place] }),
  ]);
  const [first, ...rest] = statements;
  if (first) await db.batch([first, ...rest]);
  return views;
}

async function publishAll(env: Env, rows: readonly { slug: string }[]): Promise<void> {
  for (const { slug } of rows) {
    const [link] = await drizzle(env.DB).select({ number: links.number }).from(links).where(eq(links.slug, slug));
    if (!link) continue;
    await publishLinks(env, { link: link.number });
    await publishKeys(env, [ownerKey(link.number)]);
  }
}

interface End {
  slug: string;
  number: number;
}

/** What the coupons hang on. */
async function findEnds(env: Env, inputs: readonly NewCoupon[]): Promise<Result<PlacedCoupon[], CouponFault[]>> {
  const db = drizzle(env.DB);
  const slugsOf = (column: "offer" | "affiliate") => JSON.stringify([...new Set(inputs.map((input) => input[column]))]);
  const [foundOffers, foundAffiliates] = await db.batch([
    db
      .select({
        slug: offers.slug,
        number: offers.number,
        advertiser: offers.advertiser,
        // A batch gives rows as objects: no two columns may have one name.
        advertiserSlug: sql<string>`${advertisers.slug}`.as("advertiser_slug"),
      })
      .from(offers)
      .innerJoin(advertisers, eq(advertisers.number, offers.advertiser))
      .where(sql`${offers.slug} IN (SELECT value FROM json_each(${slugsOf("offer")}))`),
    db
      .select({ slug: affiliates.slug, number: affiliates.number })
      .from(affiliates)
      .where(sql`${affiliates.slug} IN (SELECT value FROM json_each(${slugsOf("affiliate")}))`),
  ]);
  const bySlug = <One extends End>(ends: readonly One[]) => new Map(ends.map((end) => [end.slug, end]));
  const [offersBySlug, affiliatesBySlug] = [bySlug(foundOffers), bySlug(foundAffiliates)];
  const faults: CouponFault[] = [];
  const placed = inputs.flatMap((input, at): PlacedCoupon[] => {
    const offer = offersBySlug.get(input.offer);
    const affiliate = affiliatesBySlug.get(input.affiliate);
    if (!offer) faults.push({ at, field: "offer", detail: `There is no offer "${input.offer}": create it first.` });
    if (!affiliate)
      faults.push({ at, field: "affiliate", detail: `There is no affiliate "${input.affiliate}": create it first.` });
    if (!offer || !affiliate) return [];
    const names = { offer: offer.slug, affiliate: affiliate.slug, advertiser: offer.advertiserSlug };
    const ends = { advertiser: offer.advertiser, offer: offer.number, affiliate: affiliate.number, names };
    return [{ ...newColumns(couponFields, input), ...ends }];
  });
  return faults.length > 0 ? refuse(faults) : accept(placed);
}

/** What keeps these from being made: a time without length, or a code that another one has then, here or in the set-up. */
async function faultsOf(env: Env, codes: readonly TakenCode[]): Promise<CouponFault[]> {
  const held = await codesHeld(env, codes);
  return codes.flatMap((code, at): CouponFault[] => {
    if (isEmptyTime(code)) return [{ at, field: "until", detail: UNTIL_ADVICE }];
    const others = [...held, ...codes.slice(0, at)];
    return others.some((other) => areAtOnce(code, other)) ? [{ at, field: "code", detail: TAKEN_ADVICE }] : [];
  });
}

const UNTIL_ADVICE = "Write a time after its beginning.";
const TAKEN_ADVICE =
  "Another coupon of this advertiser’s has this code at this time: end that one, or let this one begin when that is over.";

function isEmptyTime({ fromAtMs, untilAtMs }: TakenCode): boolean {
  return fromAtMs !== null && untilAtMs !== null && untilAtMs <= fromAtMs;
}

/** Changes what is given. */
export async function changeCoupon(
  env: Env,
  key: string,
  input: CouponChange,
  change: ChangeStamp,
): Promise<Result<CouponView, Problem>> {
  const found = await findCoupon(env, change.by, key);
  if (!found.ok) return found;
  const { row } = found.value;
  const { from = row.fromAtMs, until = row.untilAtMs, status = row.status } = input;
  const next = { ...row, fromAtMs: from, untilAtMs: until };
  if (isEmptyTime(next)) return refuse(problemOf([{ at: 0, field: "until", detail: UNTIL_ADVICE }], () => "#/until"));
  const others = status === "ended" ? [] : await codesHeld(env, [next]);
  const inTheWay = others.some((other) => other.number !== row.number && areAtOnce(next, other));
  if (inTheWay) return refuse(takenCode());
  try {
    const changed = await life.change(env, key, input, change);
    return changed.ok ? accept(changed.value.view) : changed;
  } catch (error) {
    if (isHeldElsewhere(error)) return refuse(takenCode());
    throw error;
  }
}

function takenCode(): Problem {
  return problemOf([{ at: 0, field: "code", detail: TAKEN_ADVICE }], () => "#/code");
}

/** An affiliate sees its own coupons, an advertiser those of its offers. */
export function visibleTo({ scope }: Caller): SQL | undefined {
  if (scope === "everything") return undefined;
  return "advertiser" in scope ? eq(coupons.advertiser, scope.advertiser) : eq(links.affiliate, scope.affiliate);
}
