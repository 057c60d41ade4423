/** Links that an affiliate makes itself, where the offer lets it: each under a slug of ours, to the offer's destination. It pauses them and resumes them. */
import { mayMakeLink, NOT_PROMOTED } from "../../core/promoting.ts";
import { type Result, refuse } from "../../core/result.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import type { LinkView } from "../links/fields.ts";
import { changeLink, createLink, findLink, readLink } from "../links/store.ts";
import { findOffer } from "../offers/store.ts";
import type { Problem } from "../web/problem.ts";
import { AFFILIATES_ONLY, affiliateIn, promotingOf } from "./store.ts";

/** A new link of the affiliate's to an offer that it may promote. Several at once may go a little beyond the most that it has: it asks four at once at most. */
export async function makeOwnLink(env: Env, offer: string, change: ChangeStamp): Promise<Result<LinkView, Problem>> {
  const affiliate = affiliateIn(change.by);
  const found = await findOffer(env, change.by, offer);
  if (!found.ok) return found;
  if (affiliate === null) return refuse(AFFILIATES_ONLY);
  const { number, slug } = found.value.row;
  const may = mayMakeLink(await promotingOf(env, number, affiliate));
  if (!may.ok) return refuse({ name: "not_now", detail: NOT_PROMOTED[may.refusal] });
  const created = await createLink(env, { offer: slug, affiliate: await slugOf(env, affiliate) }, change);
  return created.ok ? readLink(env, change.by, created.value.slug) : created;
}

/** Its links take no clicks until it resumes them. */
export function pauseOwnLink(env: Env, key: string, change: ChangeStamp): Promise<Result<LinkView, Problem>> {
  return turn(env, key, "paused", change);
}

/** Turns on again what it paused itself, and nothing that the operator paused or ended. */
export function resumeOwnLink(env: Env, key: string, change: ChangeStamp): Promise<Result<LinkView, Problem>> {
  return turn(env, key, "active", change);
}

async function turn(
  env: Env,
  key: string,
  status: "active" | "paused",
  change: ChangeStamp,
): Promise<Result<LinkView, Problem>> {
  const found = await findLink(env, change.by, key);
  if (!found.ok) return found;
  const { row } = found.value;
  // What is so already writes nothing, however often it is asked for.
  if (row.status === status) return readLink(env, change.by, key);
  const isOperators = row.status !== "active" && row.pausedBy !== "affiliate";
  if (isOperators && affiliateIn(change.by) !== null) return refuse({ name: "not_now", detail: NOT_YOURS });
  const changed = await changeLink(env, key, { status }, change);
  return changed.ok ? readLink(env, change.by, key) : changed;
}

const NOT_YOURS = "The operator paused or ended this link: ask for another one, or for this one to be resumed.";

async function slugOf(env: Env, affiliate: number): Promise<string> {
  const row = await env.DB.prepare("SELECT slug FROM affiliates WHERE number = ?")
    .bind(affiliate)
    .first<string>("slug");
  if (row === null) throw new Error(`there is no affiliate ${affiliate}`);
  return row;
}
