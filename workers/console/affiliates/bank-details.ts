/** An affiliate's bank details, an account or free text: sealed where they are kept, shown by their end and since when they are so, and whole only to who asks for them and is logged. */
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import { deriveAccountMarks } from "../../core/payments/account-mark.ts";
import { accountEnd, accountWords, type BankAccount } from "../../core/payments/bank-account.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { type ChangeStamp, logChange, logChanges } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import type { Caller } from "../web/caller.ts";
import { fields } from "../web/input.ts";
import { advertiserKeys } from "../web/keys.ts";
import { invalid, notFound, type Problem } from "../web/problem.ts";
import { seal, unseal } from "../web/sealing.ts";
import {
  ACCOUNT_FIELDS,
  type AccountAnswer,
  accountAnswer,
  accountWritten,
  isAccountWritten,
  sealedAccount,
  shownAccount,
  shownText,
} from "./bank-account-input.ts";
import { MASK } from "./fields.ts";

const MOST_CHARACTERS = 500;
/** So many of their end say which account is meant. */
const HINT_CHARACTERS = 4;

/** `affiliate` is its number: moved to another one's row they do not open. */
const SEALED = {
  purpose: "bank-details",
  claims: v.object({
    affiliate: v.number(),
    details: v.exactOptional(v.string()),
    account: v.exactOptional(sealedAccount),
  }),
};

/** An account in fields; or `details`, free text, for who is paid in another way. */
export const newBankDetails = fields({
  details: v.exactOptional(
    v.nullable(
      v.pipe(
        v.string(),
        v.trim(),
        v.minLength(8, "Write at least 8 characters."),
        v.maxLength(MOST_CHARACTERS, `Write at most ${MOST_CHARACTERS} characters.`),
      ),
    ),
  ),
  ...ACCOUNT_FIELDS,
});

/** Opened: an account, or free text, which no credit transfer can be made of. */
export type BankDetails = { account: BankAccount } | { details: string };

/** All of them in one line. */
export function wordsOf(opened: BankDetails): string {
  return "account" in opened ? accountWords(opened.account) : opened.details;
}

/** An affiliate with what is sealed of it. */
export interface BankRow {
  number: number;
  slug: string;
  bank_details: string | null;
}

interface KeptRow extends BankRow {
  bank_hint: string | null;
}

/** Where the money goes by them. */
export function paidToOf(opened: BankDetails): BankAccount | string {
  return "account" in opened ? opened.account : opened.details;
}

/** Seals them in the place of those that were there. An affiliate sets its own; those that are there already write nothing. */
export async function setBankDetails(
  env: Env,
  slug: string,
  input: v.InferOutput<typeof newBankDetails>,
  change: ChangeStamp,
): Promise<Result<null, Problem>> {
  const found = await find(env.DB, slug, change.by);
  if (!found) return refuse(notFound("affiliate", slug));
  const read = readInput(input);
  if (!read.ok) return read;
  const present = (await unsealBankDetails(env, [found], change.atMs)).get(found.number);
  if (present && "account" in present === "account" in read.value && wordsOf(present) === wordsOf(read.value))
    return accept(null);
  const ring = await advertiserKeys(env);
  const sealed = await seal(ring, SEALED, { affiliate: found.number, ...read.value });
  const { mark } = await deriveAccountMarks(ring);
  await write(env.DB, found, { sealed, hint: endOf(read.value), mark: mark(paidToOf(read.value)) }, change);
  return accept(null);
}

function readInput(input: v.InferOutput<typeof newBankDetails>): Result<BankDetails, Problem> {
  const { details = null, ...written } = input;
  if (details === null) {
    const account = accountWritten(written);
    return account.ok ? accept({ account: account.value }) : account;
  }
  return isAccountWritten(written)
    ? refuse(invalid("#/details", "Write an account in its fields, or details as free text: not both."))
    : accept({ details });
}

function endOf(opened: BankDetails): string {
  return "account" in opened ? accountEnd(opened.account, HINT_CHARACTERS) : opened.details.slice(-HINT_CHARACTERS);
}

/** Whole; the look is logged. */
export async function readBankDetails(
  env: Env,
  slug: string,
  change: ChangeStamp,
): Promise<Result<AccountAnswer, Problem>> {
  const found = await find(env.DB, slug, change.by);
  if (!found) return refuse(notFound("affiliate", slug));
  if (found.bank_details === null)
    return refuse({ name: "not_found", detail: `There are no bank details of ${slug}.` });
  const opened = (await openBankDetails(env, [found], change)).get(found.number);
  if (opened === undefined)
    return refuse({
      name: "no_longer_kept",
      detail: "They cannot be opened, since their key is gone: write them anew.",
    });
  return accept("account" in opened ? shownAccount(opened.account) : shownText(opened.details));
}

/** True of free text, which no credit transfer can be made of: so much may be told to who may write them, and is no look. */
export async function isFreeText(env: Env, row: BankRow, atMs: number): Promise<boolean> {
  const opened = (await unsealBankDetails(env, [row], atMs)).get(row.number);
  return opened !== undefined && "details" in opened;
}

/** Those of several, by the number of the affiliate: without those that cannot be opened, since their key is gone. Each look is logged before. */
export async function openBankDetails(
  env: Env,
  rows: readonly BankRow[],
  change: ChangeStamp,
): Promise<Map<number, BankDetails>> {
  const kept = rows.filter((row) => row.bank_details !== null);
  const looks = kept.map(({ slug: subject }) => {
    return { action: "view bank details", kind: "affiliate", subject, before: null, after: null } as const;
  });
  if (looks.length > 0) await logChanges(env.DB, change, looks).run();
  return unsealBankDetails(env, kept, change.atMs);
}

/** The same for what shows nothing of them to anybody: what can be made of them. */
export async function unsealBankDetails(
  env: Env,
  rows: readonly BankRow[],
  atMs: number,
): Promise<Map<number, BankDetails>> {
  const ring = await advertiserKeys(env);
  const opened = await Promise.all(
    rows.map(async ({ number, bank_details }): Promise<[number, BankDetails] | null> => {
      const claims = bank_details === null ? null : await unseal(ring, SEALED, bank_details, atMs);
      if (claims?.affiliate !== number) return null;
      const { account, details } = claims;
      if (account !== undefined) return [number, { account }];
      return details === undefined ? null : [number, { details }];
    }),
  );
  return new Map(opened.filter((one) => one !== null));
}

/** Takes them away. */
export async function forgetBankDetails(env: Env, slug: string, change: ChangeStamp): Promise<Result<null, Problem>> {
  const found = await find(env.DB, slug, change.by);
  if (!found) return refuse(notFound("affiliate", slug));
  if (found.bank_details !== null) await write(env.DB, found, { sealed: null, hint: null, mark: null }, change);
  return accept(null);
}

/** An affiliate finds itself alone. */
function find(db: D1Database, slug: string, { scope }: Caller): Promise<KeptRow | null> {
  const own = typeof scope === "object" && "affiliate" in scope ? scope.affiliate : null;
  return db
    .prepare("SELECT number, slug, bank_details, bank_hint FROM affiliates WHERE slug = ?1 AND (?2 = 1 OR number = ?3)")
    .bind(slug, scope === "everything" ? 1 : 0, own)
    .first<KeptRow>();
}

/** What they were and are the log tells by their ends. */
async function write(
  db: D1Database,
  { number, slug, bank_hint }: KeptRow,
  { sealed, hint, mark }: { sealed: string | null; hint: string | null; mark: string | null },
  change: ChangeStamp,
): Promise<void> {
  const words = (end: string | null) => ({ bank_details: end === null ? null : `${MASK}${end}` });
  const log = { before: words(bank_hint), after: words(hint) };
  await logChange(drizzle(db), change, { action: "change", kind: "affiliate", subject: slug, ...log });
  await db
    .prepare(
      "UPDATE affiliates SET bank_details = ?, bank_hint = ?, bank_mark = ?, bank_changed_at = ?, bank_changed_by = ? WHERE number = ?",
    )
    .bind(sealed, hint, mark, change.atMs, change.by.name, number)
    .run();
}

const PATH = "/api/affiliates/:slug/bank-details";

export const bankDetailsCalls = [
  call({
    method: "put",
    path: PATH,
    summary:
      "Set an affiliate's bank details, an account by IBAN or number, or free text, which are sealed; an affiliate sets its own",
    roles: holders("payee"),
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
    answer: accountAnswer,
    alsoRefused: [410],
    handle: ({ env, caller, nowMs, key }) => readBankDetails(env, key, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "delete",
    path: PATH,
    summary: "Forget an affiliate's bank details",
    roles: holders("payee"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 204,
    handle: ({ env, caller, nowMs, key }) => forgetBankDetails(env, key, { by: caller, atMs: nowMs }),
  }),
];
