/** Admissions: affiliates apply for offers, and operators say who may promote them. */
import { and, asc, eq, gt, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { admissions, affiliates, links, offers } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { MOST_OPEN_APPLICATIONS, mayApply, NOT_PROMOTED, type Promoting } from "../../core/promoting.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { findOffer } from "../offers/store.ts";
import type { Caller } from "../web/caller.ts";
import { type ListPage, pageOf, rowsToRead } from "../web/listing.ts";
import { notFound, type Problem } from "../web/problem.ts";
import type { AdmissionList, AdmissionRuling, AdmissionView, Application } from "./fields.ts";

/** So many are counted for the overview. */
export const MOST_APPLICATIONS_COUNTED = 1_000;

interface ReadAdmission {
  row: typeof admissions.$inferSelect;
  offer: string;
  affiliate: string;
}

/** Those that the caller may see: an affiliate its own, an advertiser none. */
export async function listAdmissions(
  env: Pick<Env, "DB">,
  caller: Caller,
  { state, offer, affiliate, ...page }: AdmissionList,
): Promise<ListPage<AdmissionView>> {
  const found = await readAdmissions(
    drizzle(env.DB),
    [
      visibleTo(caller),
      page.cursor === undefined ? undefined : gt(admissions.number, page.cursor),
      // As a text of the statement's own, so that the few that wait are read by their index.
      state === "applied" ? sql`${admissions.state} = 'applied'` : state && eq(admissions.state, state),
      offer === undefined ? undefined : eq(offers.slug, offer),
      affiliate === undefined ? undefined : eq(affiliates.slug, affiliate),
    ],
    rowsToRead(page),
  );
  const numbered = found.map((one) => ({ number: one.row.number, one }));
  return pageOf(numbered, page, ({ one }) => viewFor(caller, one));
}

/** What stands between an affiliate and an offer; null where nothing does. */
export async function admissionOf(
  env: Pick<Env, "DB">,
  caller: Caller,
  offer: string,
  affiliate: number,
): Promise<AdmissionView | null> {
  const one = [eq(offers.slug, offer), eq(admissions.affiliate, affiliate), visibleTo(caller)];
  const [found] = await readAdmissions(drizzle(env.DB), one, 1);
  return found ? viewFor(caller, found) : null;
}

/** How many applications wait for an operator; at most so many as are counted. */
export async function countApplications(env: Pick<Env, "DB">): Promise<number> {
  const counted = `SELECT count(*) AS waiting FROM (SELECT 1 FROM admissions WHERE state = 'applied' LIMIT ${MOST_APPLICATIONS_COUNTED})`;
  return (await env.DB.withSession().prepare(counted).first<number>("waiting")) ?? 0;
}

/** Everything that decides whether an affiliate may promote an offer, by their numbers. */
export async function promotingOf(env: Pick<Env, "DB">, offer: number, affiliate: number): Promise<Promoting> {
  const db = drizzle(env.DB);
  const [[terms], [whose], [between], [counted]] = await db.batch([
    db
      .select({ access: offers.access, linksByAffiliate: offers.linksByAffiliate, offerStatus: offers.status })
      .from(offers)
      .where(eq(offers.number, offer)),
    db.select({ affiliateStatus: affiliates.status }).from(affiliates).where(eq(affiliates.number, affiliate)),
    db
      .select({ state: admissions.state })
      .from(admissions)
      .where(and(eq(admissions.affiliate, affiliate), eq(admissions.offer, offer))),
    db
      .select({ links: sql<number>`count(*)` })
      .from(links)
      .where(and(eq(links.affiliate, affiliate), eq(links.offer, offer))),
  ]);
  if (!terms || !whose) throw new Error(`there is no offer ${offer} or no affiliate ${affiliate}`);
  return { ...terms, ...whose, admission: between?.state ?? null, links: counted?.links ?? 0 };
}

/** Said to admins, who do it for others by other calls. */
export const AFFILIATES_ONLY: Problem = {
  name: "not_allowed",
  detail:
    "Only an affiliate does this for itself: make a link with POST /api/links, admit with PUT /api/offers/{slug}/admissions/{affiliate}.",
};

/** An affiliate's own number; null of everybody else. */
export function affiliateIn({ scope }: Caller): number | null {
  return scope !== "everything" && "affiliate" in scope ? scope.affiliate : null;
}

/** The affiliate asks to promote an offer that it sees. */
export async function applyFor(
  env: Env,
  key: string,
  { note = null }: Application,
  change: ChangeStamp,
): Promise<Result<AdmissionView, Problem>> {
  const affiliate = affiliateIn(change.by);
  const found = await findOffer(env, change.by, key);
  if (!found.ok) return found;
  if (affiliate === null) return refuse(AFFILIATES_ONLY);
  const { number, slug } = found.value.row;
  const may = mayApply(await promotingOf(env, number, affiliate));
  if (!may.ok) return refuse({ name: "not_now", detail: NOT_PROMOTED[may.refusal] });
  // Counted in the statement itself: of several at once no more get in than there is room for.
  const waiting = sql`(SELECT count(*) FROM admissions WHERE affiliate = ${affiliate} AND state = 'applied')`;
  const db = drizzle(env.DB);
  const written = await db.run(
    sql`INSERT INTO admissions (affiliate, offer, state, note, applied_at)
      SELECT ${affiliate}, ${number}, 'applied', ${note}, ${change.atMs} WHERE ${waiting} < ${MOST_OPEN_APPLICATIONS}
      ON CONFLICT (affiliate, offer) DO NOTHING`,
  );
  const made = await admissionOf(env, change.by, slug, affiliate);
  if (made === null) return refuse({ name: "not_now", detail: FULL });
  // Whoever applied at the same moment has written it, and logged it.
  if (written.meta.changes > 0)
    await logChange(db, change, {
      action: "apply",
      kind: "admission",
      subject: `${made.affiliate} ${slug}`,
      before: null,
      after: made,
    });
  return accept(made);
}

const FULL = `${MOST_OPEN_APPLICATIONS} applications of yours wait for the operator: apply again when some of them are decided.`;

/** An operator admits an affiliate to an offer, asked or not, or refuses it. */
export async function ruleOnAdmission(
  env: Env,
  at: { offer: string; affiliate: string },
  { state, reason = null }: AdmissionRuling,
  change: ChangeStamp,
): Promise<Result<AdmissionView, Problem>> {
  const db = drizzle(env.DB);
  const [[offer], [affiliate]] = await db.batch([
    db.select({ number: offers.number }).from(offers).where(eq(offers.slug, at.offer)),
    db.select({ number: affiliates.number }).from(affiliates).where(eq(affiliates.slug, at.affiliate)),
  ]);
  if (!offer) return refuse(notFound("offer", at.offer));
  if (!affiliate) return refuse(notFound("affiliate", at.affiliate));
  const before = await admissionOf(env, change.by, at.offer, affiliate.number);
  const decided = { state, reason, decidedAtMs: change.atMs, decidedBy: change.by.name };
  const after = { ...(before ?? { ...at, note: null, applied_at: null }), state, reason };
  await db.batch([
    db
      .insert(admissions)
      .values({ affiliate: affiliate.number, offer: offer.number, ...decided })
      .onConflictDoUpdate({ target: [admissions.affiliate, admissions.offer], set: decided }),
    logChange(db, change, {
      action: state === "admitted" ? "admit" : "refuse",
      kind: "admission",
      subject: `${at.affiliate} ${at.offer}`,
      before,
      after,
    }),
  ]);
  const ruled = await admissionOf(env, change.by, at.offer, affiliate.number);
  if (ruled === null) throw new Error("an admission that was just written is not there");
  return accept(ruled);
}

async function readAdmissions(
  db: DrizzleD1Database,
  conditions: readonly (SQL | undefined)[],
  limit: number,
): Promise<ReadAdmission[]> {
  return db
    .select({ row: admissions, offer: offers.slug, affiliate: affiliates.slug })
    .from(admissions)
    .innerJoin(offers, eq(offers.number, admissions.offer))
    .innerJoin(affiliates, eq(affiliates.number, admissions.affiliate))
    .where(and(...conditions))
    .orderBy(asc(admissions.number))
    .limit(limit);
}

function visibleTo(caller: Caller): SQL | undefined {
  if (caller.scope === "everything") return undefined;
  return eq(admissions.affiliate, affiliateIn(caller) ?? 0);
}

function viewFor({ scope }: Caller, { row, offer, affiliate }: ReadAdmission): AdmissionView {
  const at = (ms: number | null) => (ms === null ? null : formatInstant(ms));
  return {
    ...{ offer, affiliate, state: row.state, note: row.note, reason: row.reason },
    ...{ applied_at: at(row.appliedAtMs), decided_at: at(row.decidedAtMs) },
    ...(scope === "everything" ? { decided_by: row.decidedBy } : {}),
  };
}
