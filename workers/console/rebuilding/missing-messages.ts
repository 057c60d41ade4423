/** What an advertiser's object took behind the archive of its commands: the postback log has it, and the ledger decides it once more, under its own receipts and times. */
import * as v from "valibot";
import { objectName } from "../../core/books/stored.ts";
import { packMessages } from "../../core/message-packs.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Env } from "../env.ts";
import { trySend } from "../postbacks/queueing.ts";
import { type LoggedMessage, rebuildMessages } from "../postbacks/stored-message.ts";
import type { Problem } from "../web/problem.ts";

const PAGE = 300;

export const sentAnswer = v.object({
  sent: v.number(),
  /** Receipts of operators' words, whose rows do not say whose they are: they are to be said anew. */
  untold: v.array(v.string()),
  /** Where the next call goes on; null at the end. */
  next: v.nullable(v.string()),
});

const READ = `
  SELECT receipt, advertiser, received_at, status, channel, params, credential_version, address_hash, attempts
  FROM postbacks WHERE advertiser = ? AND receipt > ? AND stage > 0 AND settled_at >= ? AND status NOT IN ('refused', 'failed') ORDER BY receipt LIMIT ?`;

export async function sendMissing(
  { LOG, CONVERSIONS, POSTBACKS }: Pick<Env, "LOG" | "CONVERSIONS" | "POSTBACKS">,
  advertiser: number,
  sinceMs: number,
  after: string,
): Promise<Result<v.InferOutput<typeof sentAnswer>, Problem>> {
  const { results } = await LOG.prepare(READ).bind(advertiser, after, sinceMs, PAGE).all<LoggedMessage>();
  const { messages } = await CONVERSIONS.getByName(objectName(advertiser)).find(
    results.map(({ receipt }) => receipt),
    [],
  );
  const held = new Set(messages.map(({ command }) => command.receipt));
  const missing = results.filter(({ receipt }) => !held.has(receipt));
  const rebuilt = missing.map((row) => ({ receipt: row.receipt, messages: rebuildMessages(row) }));
  for (const pack of packMessages(
    rebuilt.flatMap((one) => one.messages),
    () => false,
  ))
    if (!(await trySend(POSTBACKS, pack)))
      return refuse({ name: "try_again", detail: "Not all messages could be queued: send the same call again." });
  return accept({
    sent: rebuilt.filter((one) => one.messages.length > 0).length,
    untold: rebuilt.filter((one) => one.messages.length === 0).map(({ receipt }) => receipt),
    next: results.length < PAGE ? null : (results.at(-1)?.receipt ?? null),
  });
}
