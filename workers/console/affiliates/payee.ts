/** Who an affiliate is on its statements: its legal name, whom to ask and its VAT number. It says so itself, as it does its bank details, or an operator does; the audit log has who, and when. */
import { and, desc, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type * as v from "valibot";
import { audit } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import type { Result } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { changeOf } from "../set-up/schemas.ts";
import { call, NO_QUERY } from "../web/call.ts";
import { named } from "../web/named-schemas.ts";
import type { Problem } from "../web/problem.ts";
import { type AffiliateView, affiliateAnswer, affiliateFields } from "./fields.ts";
import { changeAffiliate, readAffiliate } from "./store.ts";

const { legal_name, contact, vat_number } = affiliateFields;
/** What it may say itself; the rest of it is the operator's. */
export const payeeFields = { legal_name, contact, vat_number };
export const payeeChange = changeOf(payeeFields);

/** Changes what is given. An affiliate changes its own; what is so already writes nothing. */
export async function changePayee(
  env: Env,
  slug: string,
  input: v.InferOutput<typeof payeeChange>,
  change: ChangeStamp,
): Promise<Result<AffiliateView, Problem>> {
  const found = await readAffiliate(env, change.by, slug);
  if (!found.ok) return found;
  const isSo = Object.entries(input).every(([name, value]) => Reflect.get(found.value, name) === value);
  return isSo ? found : changeAffiliate(env, slug, input, change);
}

/** When it last said so itself, out of the audit log; null where it never did. */
export async function saidItself(env: Env, slug: string): Promise<string | null> {
  const [last] = await drizzle(env.DB)
    .select({ atMs: audit.atMs })
    .from(audit)
    .where(
      and(
        ...[eq(audit.kind, "affiliate"), eq(audit.subject, slug), eq(audit.action, "change")],
        ...[eq(audit.role, "affiliate")],
      ),
    )
    .orderBy(desc(audit.number))
    .limit(1);
  return last === undefined ? null : formatInstant(last.atMs);
}

export const payeeCalls = [
  call({
    method: "patch",
    path: "/api/affiliates/:slug/payee",
    summary: "Say who an affiliate is on its statements: legal name, contact and VAT number; an affiliate says its own",
    roles: holders("payee"),
    query: NO_QUERY,
    body: named("PayeeChange", payeeChange),
    status: 200,
    answer: named("Affiliate", affiliateAnswer),
    handle: ({ env, caller, nowMs, key, body }) => changePayee(env, key, body, { by: caller, atMs: nowMs }),
  }),
];
