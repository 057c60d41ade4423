/** Has a person erased: the ledger, which alone writes the books, is asked by a message for each advertiser that may know the person. */
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import type { ErasureMessage } from "../../../schema/messages.ts";
import { packMessages } from "../../core/message-packs.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { trySend } from "../postbacks/queueing.ts";
import type { Problem } from "../web/problem.ts";
import { findPerson, namesAsked, type PersonQuery } from "./personal-data.ts";

export const erasureAnswer = v.object({
  status: v.literal("queued"),
  /** What replaces the name that was asked for. */
  replaced_by: v.string(),
  /** Postbacks and conversions that are the person's so far. */
  postbacks: v.number(),
  conversions: v.number(),
});
export type ErasureView = v.InferOutput<typeof erasureAnswer>;

/** Asks for it, and logs that it was asked: by what replaces the name, never by the name. */
export async function erasePerson(
  env: Env,
  query: PersonQuery,
  change: ChangeStamp,
): Promise<Result<ErasureView, Problem>> {
  const found = await findPerson(env, query);
  if (!found.ok) return found;
  const asked = await namesAsked(env, query);
  if (!asked.ok) return asked;
  const names = asked.value;
  const messages = found.value.map(({ advertiser, owns }): ErasureMessage => {
    const message: ErasureMessage = { kind: "erasure", advertiser, ...names };
    return owns ? { ...message, everywhere: true } : message;
  });
  const books = found.value.map((one) => one.books);
  const conversions = books.flatMap((one) => one.conversions.map(({ conversion }) => conversion.id));
  const answer: ErasureView = {
    status: "queued",
    replaced_by: books[0]?.replaced[0] ?? "",
    postbacks: books.reduce((sum, one) => sum + one.messages.length, 0),
    conversions: conversions.length,
  };
  const after = { postbacks: answer.postbacks, conversions };
  await logChange(drizzle(env.DB), change, {
    action: "erase",
    kind: "person",
    subject: answer.replaced_by,
    before: null,
    after,
  });
  // Each message is idempotent: what was sent of them is done again when the call is made again.
  for (const pack of packMessages(messages))
    if (!(await trySend(env.POSTBACKS, pack)))
      return refuse({ name: "try_again", detail: "The erasure could not be queued: send the same call again." });
  return accept(answer);
}
