/** Whose somebody is whose role sees only what is its own: an advertiser's or an affiliate's, said by its slug and kept as its number. */
import { type AnyColumn, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { advertisers, affiliates } from "../../../schema/tables.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Role } from "../../core/roles.ts";
import type { Env } from "../env.ts";
import { invalid, type Problem } from "../web/problem.ts";

/** The number of the advertiser or affiliate of this slug; null for the roles that see everything. */
export async function findSubject(
  env: Pick<Env, "DB">,
  role: Role,
  slug: string | undefined,
): Promise<Result<number | null, Problem>> {
  const isScoped = role === "advertiser" || role === "affiliate";
  if (!isScoped && slug === undefined) return accept(null);
  if (!isScoped) return refuse(invalid("#/subject", `The role ${role} reads everything: leave subject out.`));
  if (slug === undefined) return refuse(invalid("#/subject", `Say whose it is: the slug of the ${role}.`));
  const table = role === "advertiser" ? advertisers : affiliates;
  const [row] = await drizzle(env.DB).select({ number: table.number }).from(table).where(eq(table.slug, slug));
  return row ? accept(row.number) : refuse(invalid("#/subject", `There is no ${role} "${slug}".`));
}

/** The slug of a row's subject, where advertisers and affiliates are joined to it; null for the roles that see everything. */
export function subjectSlug({ role }: { role: AnyColumn }) {
  return sql<
    string | null
  >`CASE ${role} WHEN 'advertiser' THEN ${advertisers.slug} WHEN 'affiliate' THEN ${affiliates.slug} END`;
}
