/** The search: all that is called so, as far as the caller sees it, whole names first. */
import * as v from "valibot";
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";
import { parameters } from "../web/input.ts";
import { findCoupons, findLinks, findNamed } from "./find-names.ts";
import { findConversions, findReceipts, findStatementHits } from "./find-rows.ts";
import { FOUND_KINDS, type SearchHit } from "./found.ts";

/** Of a kind; of what has names, of all kinds together. */
const MOST_OF_KIND = 8;
const MOST_NAMED = 12;
const MOST_TEXT = 256;

export const searchQuery = parameters({
  q: v.pipe(
    v.string(),
    v.trim(),
    v.nonEmpty("Write what to look for."),
    v.maxLength(MOST_TEXT, `At most ${MOST_TEXT} characters.`),
  ),
});

export const searchAnswer = v.object({
  found: v.array(v.object({ kind: v.picklist(FOUND_KINDS), id: v.string(), name: v.string(), path: v.string() })),
});

/** What `text` names: an order, ID, click ID, receipt or number as it is written, a slug or a code by its beginning, a name in any spelling. */
export async function search(env: Env, caller: Caller, text: string): Promise<SearchHit[]> {
  const found = await Promise.all([
    findConversions(env, caller, text, MOST_OF_KIND),
    findReceipts(env, caller, text),
    findStatementHits(env, caller, text),
    findNamed(env, caller, text, MOST_NAMED),
    findLinks(env, caller, text, MOST_OF_KIND),
    findCoupons(env, caller, text, MOST_OF_KIND),
  ]);
  return found.flat();
}
