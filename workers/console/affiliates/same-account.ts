/** Affiliates that are paid to the same account: found by the marks of their bank details, which the cron adds where they are missing. */
import { deriveAccountMarks } from "../../core/payments/account-mark.ts";
import type { Env } from "../env.ts";
import { advertiserKeys } from "../web/keys.ts";
import { type BankRow, paidToOf, unsealBankDetails } from "./bank-details.ts";

/** The cron marks so many in one run. */
const MARKED_AT_ONCE = 100;
/** Others that a warning names. */
const MOST_NAMED = 3;
/** The mark of what cannot be opened, which is nobody else's. */
const UNKNOWN = "";

/** Slugs of the others that are paid to the account of one of these affiliates, by its slug; of those that share theirs with nobody there is no entry. */
export async function othersPaidTo(
  { DB }: Pick<Env, "DB">,
  affiliates: readonly string[],
): Promise<Map<string, string[]>> {
  const asked = new Set(affiliates);
  if (asked.size === 0) return new Map();
  const { results } = await DB.prepare(
    `SELECT slug, bank_mark AS mark FROM affiliates
     WHERE bank_mark > '' AND bank_mark IN (SELECT bank_mark FROM affiliates WHERE slug IN (SELECT value FROM json_each(?))) ORDER BY slug`,
  )
    .bind(JSON.stringify([...asked]))
    .all<{ slug: string; mark: string }>();
  return new Map(
    [...Map.groupBy(results, ({ mark }) => mark).values()]
      .map((group) => group.map(({ slug }) => slug))
      .filter((slugs) => slugs.length > 1)
      .flatMap((slugs) => slugs.map((slug) => [slug, slugs.filter((one) => one !== slug)] as const))
      .filter(([slug]) => asked.has(slug)),
  );
}

/** A warning in words; null where there is nobody else. */
export function sameAccountWords(others: readonly string[] | undefined): string | null {
  if (others === undefined || others.length === 0) return null;
  const named = others.slice(0, MOST_NAMED).join(", ");
  const more = others.length - MOST_NAMED;
  return `same account as ${named}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Marks accounts that were set before there were marks, or under a key that is gone: says how many. */
export async function markAccounts(env: Env, nowMs: number): Promise<number> {
  const { keyed, mark } = await deriveAccountMarks(await advertiserKeys(env));
  const { results } = await env.DB.prepare(
    `SELECT number, slug, bank_details FROM affiliates
     WHERE bank_details IS NOT NULL AND (bank_mark IS NULL OR (bank_mark > '' AND bank_mark NOT BETWEEN ?1 AND ?1 || '~')) LIMIT ${MARKED_AT_ONCE}`,
  )
    .bind(keyed)
    .all<BankRow>();
  if (results.length === 0) return 0;
  const opened = await unsealBankDetails(env, results, nowMs);
  // What was set anew meanwhile has the mark that it was set with.
  const write = env.DB.prepare("UPDATE affiliates SET bank_mark = ? WHERE number = ? AND bank_details = ?");
  await env.DB.batch(
    results.map(({ number, bank_details }) => {
      const found = opened.get(number);
      return write.bind(found ? mark(paidToOf(found)) : UNKNOWN, number, bank_details);
    }),
  );
  return results.length;
}
