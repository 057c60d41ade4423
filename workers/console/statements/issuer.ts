/** Who issues statements: the operator's name, address and VAT number, set once and kept with each statement as they were when it became final. */
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import { accept, type Result } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { fields } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { issuerAccountCalls, maskedAccountAnswer, maskedIssuerAccount } from "./issuer-account.ts";

const NAME = "issuer";
const text = (most: number) => v.pipe(v.string(), v.trim(), v.maxLength(most, `Write at most ${most} characters.`));

export const newIssuer = fields({
  name: v.pipe(text(200), v.nonEmpty("Write the name under which statements are issued.")),
  address: v.exactOptional(v.nullable(text(500)), null),
  vat_number: v.exactOptional(v.nullable(text(50)), null),
});
export const issuerAnswer = v.object({
  name: v.string(),
  address: v.nullable(v.string()),
  vat_number: v.nullable(v.string()),
});
export type Issuer = v.InferOutput<typeof issuerAnswer>;

/** Null where nobody has said it yet. */
export async function readIssuer({ DB }: Pick<Env, "DB">): Promise<Issuer | null> {
  const value = await DB.prepare("SELECT value FROM settings WHERE name = ?").bind(NAME).first<string>("value");
  return value === null ? null : v.parse(issuerAnswer, JSON.parse(value));
}

/** For the statements that become final from now on. */
export async function setIssuer(env: Env, issuer: Issuer, change: ChangeStamp): Promise<Result<Issuer, Problem>> {
  const before = await readIssuer(env);
  await logChange(drizzle(env.DB), change, {
    action: "change",
    kind: "statement",
    subject: NAME,
    before,
    after: issuer,
  });
  await env.DB.prepare("INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2")
    .bind(NAME, JSON.stringify(issuer))
    .run();
  return accept(issuer);
}

export const issuerCalls = [
  ...issuerAccountCalls,
  call({
    method: "get",
    path: "/api/issuer",
    summary:
      "Tell who issues statements, and by its end the account that is paid from; null where nobody has said it yet",
    roles: OPERATORS,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: v.object({ issuer: v.nullable(issuerAnswer), account: v.nullable(maskedAccountAnswer) }),
    handle: async ({ env }) => accept({ issuer: await readIssuer(env), account: await maskedIssuerAccount(env) }),
  }),
  call({
    method: "put",
    path: "/api/issuer",
    summary: "Say who issues the statements that become final from now on",
    roles: holders("statements"),
    query: NO_QUERY,
    body: newIssuer,
    status: 200,
    answer: issuerAnswer,
    handle: ({ env, caller, nowMs, body }) => setIssuer(env, body, { by: caller, atMs: nowMs }),
  }),
];
