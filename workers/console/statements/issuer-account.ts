/** The account that affiliates are paid from: sealed like theirs, shown by its end, and whole only to who asks for it and is logged. */
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import { formatInstant } from "../../core/instant.ts";
import { accountEnd, type IbanAccount } from "../../core/payments/bank-account.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import {
  type AccountAnswer,
  accountAnswer,
  accountWritten,
  IBAN_FIELDS,
  sealedIban,
  shownAccount,
} from "../affiliates/bank-account-input.ts";
import { MASK } from "../affiliates/fields.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { fields } from "../web/input.ts";
import { advertiserKeys } from "../web/keys.ts";
import { invalid, type Problem } from "../web/problem.ts";
import { seal, unseal } from "../web/sealing.ts";

const NAME = "issuer-account";
const HINT_CHARACTERS = 4;
const SEALED = { purpose: "issuer-account", claims: v.object({ account: sealedIban }) };

/** What is kept of it. */
const keptAccount = v.object({
  sealed: v.string(),
  hint: v.string(),
  changedAtMs: v.number(),
  changedBy: v.string(),
});
type KeptAccount = v.InferOutput<typeof keptAccount>;

export const newIssuerAccount = fields(IBAN_FIELDS);

/** By its end, since when it is so and by whom. */
export const maskedAccountAnswer = v.object({ account: v.string(), since: v.string(), set_by: v.string() });
export type MaskedAccount = v.InferOutput<typeof maskedAccountAnswer>;

/** Null where nobody has said it yet. */
export async function maskedIssuerAccount(env: Pick<Env, "DB">): Promise<MaskedAccount | null> {
  const kept = await readKept(env);
  if (kept === null) return null;
  return { account: masked(kept), since: formatInstant(kept.changedAtMs), set_by: kept.changedBy };
}

/** Seals it in the place of the one that was there. What is so already writes nothing. */
export async function setIssuerAccount(
  env: Env,
  input: v.InferOutput<typeof newIssuerAccount>,
  change: ChangeStamp,
): Promise<Result<null, Problem>> {
  const read = accountWritten(input);
  if (!read.ok) return read;
  const account = read.value;
  if (account.by !== "iban") return refuse(invalid("#/iban", "Write the IBAN of the account."));
  const present = await unsealIssuerAccount(env, change.atMs);
  if (present.ok && JSON.stringify(shownAccount(present.value)) === JSON.stringify(shownAccount(account)))
    return accept(null);
  await write(
    env,
    {
      sealed: await seal(await advertiserKeys(env), SEALED, { account }),
      hint: accountEnd(account, HINT_CHARACTERS),
      ...{ changedAtMs: change.atMs, changedBy: change.by.name },
    },
    change,
  );
  return accept(null);
}

/** Whole; the look is logged. */
export async function readIssuerAccount(env: Env, change: ChangeStamp): Promise<Result<AccountAnswer, Problem>> {
  const opened = await unsealIssuerAccount(env, change.atMs);
  if (!opened.ok) return opened;
  await logIssuerLook(env, change);
  return accept(shownAccount(opened.value));
}

export async function logIssuerLook(env: Env, change: ChangeStamp): Promise<void> {
  await logChange(drizzle(env.DB), change, {
    ...{ action: "view bank details", kind: "statement", subject: "issuer", before: null, after: null },
  });
}

/** For what pays from it. Refused where there is none, or its key is gone. */
export async function unsealIssuerAccount(env: Env, atMs: number): Promise<Result<IbanAccount, Problem>> {
  const kept = await readKept(env);
  if (kept === null)
    return refuse({
      name: "not_found",
      detail:
        "Nobody has said yet which account is paid from: set it on the page Issuer, or by PUT /api/issuer/account.",
    });
  const claims = await unseal(await advertiserKeys(env), SEALED, kept.sealed, atMs);
  return claims
    ? accept(claims.account)
    : refuse({
        name: "no_longer_kept",
        detail: "The account that is paid from cannot be opened, since its key is gone: write it anew.",
      });
}

/** Takes it away. */
export async function forgetIssuerAccount(env: Env, change: ChangeStamp): Promise<Result<null, Problem>> {
  if ((await readKept(env)) !== null) await write(env, null, change);
  return accept(null);
}

function masked({ hint }: KeptAccount): string {
  return `${MASK}${hint}`;
}

async function readKept({ DB }: Pick<Env, "DB">): Promise<KeptAccount | null> {
  const value = await DB.prepare("SELECT value FROM settings WHERE name = ?").bind(NAME).first<string>("value");
  return value === null ? null : v.parse(keptAccount, JSON.parse(value));
}

/** What it was and is the log tells by its end. */
async function write(env: Env, kept: KeptAccount | null, change: ChangeStamp): Promise<void> {
  const before = await readKept(env);
  const words = (one: KeptAccount | null) => (one === null ? null : { account: masked(one) });
  const log = { before: words(before), after: words(kept) };
  await logChange(drizzle(env.DB), change, { action: "change", kind: "statement", subject: "issuer", ...log });
  const statement =
    kept === null
      ? env.DB.prepare("DELETE FROM settings WHERE name = ?1").bind(NAME)
      : env.DB.prepare(
          "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
        ).bind(NAME, JSON.stringify(kept));
  await statement.run();
}

const PATH = "/api/issuer/account";

export const issuerAccountCalls = [
  call({
    method: "put",
    path: PATH,
    summary: "Set the account that affiliates are paid from, which is sealed",
    roles: holders("pay"),
    query: NO_QUERY,
    body: newIssuerAccount,
    status: 204,
    handle: ({ env, caller, nowMs, body }) => setIssuerAccount(env, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "get",
    path: PATH,
    summary: "Show the account that affiliates are paid from whole; every look is logged",
    roles: holders("pay"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: accountAnswer,
    alsoRefused: [404, 410],
    handle: ({ env, caller, nowMs }) => readIssuerAccount(env, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "delete",
    path: PATH,
    summary: "Forget the account that affiliates are paid from",
    roles: holders("pay"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 204,
    handle: ({ env, caller, nowMs }) => forgetIssuerAccount(env, { by: caller, atMs: nowMs }),
  }),
];
