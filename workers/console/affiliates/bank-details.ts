/** An affiliate's bank details: sealed where they are kept, shown by their end, and whole only to who asks for them and is logged. */
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import { accept, type Result, refuse } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import { logDeed } from "../audit/deeds.ts";
import type { Env } from "../env.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { fields } from "../web/input.ts";
import { advertiserKeys } from "../web/keys.ts";
import { notFound, type Problem } from "../web/problem.ts";
import { seal, unseal } from "../web/sealing.ts";

const MOST_CHARACTERS = 500;
/** So many of their end say which account is meant. */
const HINT_CHARACTERS = 4;

/** `affiliate` is its number: moved to another one's row they do not open. */
const SEALED = {
  purpose: "bank-details",
  claims: v.object({ affiliate: v.number(), details: v.string() }),
};

export const newBankDetails = fields({
  details: v.pipe(
    v.string(),
    v.trim(),
    v.minLength(8, "Write at least 8 characters, such as an IBAN."),
    v.maxLength(MOST_CHARACTERS, `Write at most ${MOST_CHARACTERS} characters.`),
  ),
});
export const bankDetailsAnswer = v.object({ details: v.string() });

interface BankRow {
  number: number;
  bank_details: string | null;
}

export async function setBankDetails(
  env: Env,
  slug: string,
  { details }: v.InferOutput<typeof newBankDetails>,
  change: ChangeStamp,
): Promise<Result<null, Problem>> {
  const found = await find(env.DB, slug);
  if (!found) return refuse(notFound("affiliate", slug));
  const sealed = await seal(await advertiserKeys(env), SEALED, { affiliate: found.number, details });
  const log = {
    action: "change",
    kind: "affiliate",
    subject: slug,
    before: null,
    after: { bank_details: "set" },
  } as const;
  await logChange(drizzle(env.DB), change, log);
  await write(env.DB, found.number, sealed, details.slice(-HINT_CHARACTERS));
  return accept(null);
}

export async function readBankDetails(
  env: Env,
  slug: string,
  change: ChangeStamp,
): Promise<Result<v.InferOutput<typeof bankDetailsAnswer>, Problem>> {
  const found = await find(env.DB, slug);
  if (!found) return refuse(notFound("affiliate", slug));
  if (found.bank_details === null)
    return refuse({ name: "not_found", detail: `There are no bank details of ${slug}.` });
  await logDeed(env, change, { action: "view bank details", kind: "affiliate", subject: slug, after: null });
  const opened = await unseal(await advertiserKeys(env), SEALED, found.bank_details, change.atMs);
  if (opened?.affiliate !== found.number)
    return refuse({
      name: "no_longer_kept",
      detail: "They cannot be opened, since their key is gone: write them anew.",
    });
  return accept({ details: opened.details });
}

export async function forgetBankDetails(env: Env, slug: string, change: ChangeStamp): Promise<Result<null, Problem>> {
  const found = await find(env.DB, slug);
  if (!found) return refuse(notFound("affiliate", slug));
  const log = {
    action: "change",
    kind: "affiliate",
    subject: slug,
    before: null,
    after: { bank_details: null },
  } as const;
  await logChange(drizzle(env.DB), change, log);
  await write(env.DB, found.number, null, null);
  return accept(null);
}

function find(db: D1Database, slug: string): Promise<BankRow | null> {
  return db.prepare("SELECT number, bank_details FROM affiliates WHERE slug = ?").bind(slug).first<BankRow>();
}

async function write(db: D1Database, number: number, sealed: string | null, hint: string | null): Promise<void> {
  await db
    .prepare("UPDATE affiliates SET bank_details = ?, bank_hint = ? WHERE number = ?")
    .bind(sealed, hint, number)
    .run();
}

const PATH = "/api/affiliates/:slug/bank-details";

export const bankDetailsCalls = [
  call({
    method: "put",
    path: PATH,
    summary: "Set an affiliate's bank details, which are sealed",
    roles: holders("payment_details"),
    query: NO_QUERY,
    body: newBankDetails,
    status: 204,
    handle: ({ env, caller, nowMs, key, body }) => setBankDetails(env, key, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "get",
    path: PATH,
    summary: "Show an affiliate's bank details whole; every look is logged",
    roles: holders("payment_details"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: bankDetailsAnswer,
    answersGone: true,
    handle: ({ env, caller, nowMs, key }) => readBankDetails(env, key, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "delete",
    path: PATH,
    summary: "Forget an affiliate's bank details",
    roles: holders("payment_details"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 204,
    handle: ({ env, caller, nowMs, key }) => forgetBankDetails(env, key, { by: caller, atMs: nowMs }),
  }),
];
