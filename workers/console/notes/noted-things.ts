/** What operators write notes on: how each is found and by which name it is kept. What is set up is kept by its slug, a conversion by its ID, a postback and a claim by their receipt; a statement by its ID, since a draft gets its number later. */
import type { Noted } from "../../../schema/tables.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { readClaim } from "../claims/list.ts";
import { readConversion } from "../conversions/account.ts";
import type { Env } from "../env.ts";
import { readPostback } from "../postbacks/log.ts";
import { findStatement } from "../statements/read-statements.ts";
import type { Caller } from "../web/caller.ts";
import { notFound, type Problem } from "../web/problem.ts";

/** The name that it is kept by; refused where it is not there for who asks. */
export async function keptNameOf(
  env: Env,
  caller: Caller,
  kind: Noted,
  subject: string,
): Promise<Result<string, Problem>> {
  switch (kind) {
    case "conversion":
      return named(await readConversion(env, caller, subject), (row) => String(row.conversion_id));
    case "claim":
      return named(await readClaim(env, caller, subject), (row) => String(row.receipt));
    case "postback":
      return named(await readPostback(env, caller, subject), ({ receipt }) => receipt);
    case "statement":
      return named(await findStatement(env, caller, subject), ({ number }) => String(number));
    default: {
      const there = await env.DB.prepare(`SELECT 1 FROM ${kind}s WHERE slug = ?`).bind(subject).first();
      return there === null ? refuse(notFound(kind, subject)) : accept(subject);
    }
  }
}

function named<Found>(found: Result<Found, Problem>, name: (found: Found) => string): Result<string, Problem> {
  return found.ok ? accept(name(found.value)) : found;
}

/** The page of what a note is on. */
export function placeOf(kind: Noted, subject: string): string {
  return `/${kind}s/${encodeURIComponent(subject)}`;
}

/** SQL for what is shown as the subject of a row of `notes`: a statement by the number that it has now. */
export const SHOWN_SUBJECT =
  "iif(kind = 'statement', (SELECT coalesce(s.number, 'draft-' || s.id) FROM statements s WHERE s.id = CAST(notes.subject AS INTEGER)), subject)";
