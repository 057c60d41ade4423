/** Replay: messages that could not be settled, or that the operator's set-up was not ready for, go to the ledger once more, under their own receipts and times. */
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import type { PostbackMessage } from "../../../schema/messages.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { instant } from "../fields.ts";
import type { Env } from "../index.ts";
import { fields } from "../input.ts";
import type { Problem } from "../problem.ts";
import { isQueued, packMessages } from "../queueing.ts";
import { type Change, logChange } from "../setup/change.ts";
import { type LoggedMessage, readMessage, rebuildMessage } from "./stored-message.ts";

/** Messages that one call sends: within a Worker's thousand calls to other services. */
const MESSAGES_AT_ONCE = 300;
const FAILED_PREFIX = "failed/";

/** Reasons of messages that took no key and can be decided anew. A revoked token stays revoked: who vouched for a message is not kept. */
const REASONS = [
  "no_click",
  "unknown_order",
  "unknown_link",
  "foreign_click",
  "click_expired",
  "too_soon",
  "before_click",
  "occurred_in_future",
  "unknown_event",
  "wrong_currency",
  "over_cap",
  "status_not_allowed",
  "no_offer_events",
] as const;

/** Either all that `failed`, or all of one `reason`, received at `since` or later. */
export const replay = v.pipe(
  fields({
    failed: v.exactOptional(v.literal(true, "Write true, or leave it out.")),
    reason: v.exactOptional(v.picklist(REASONS)),
    since: v.exactOptional(instant),
    cursor: v.exactOptional(v.string()),
  }),
  v.check(({ failed, reason }) => (failed === undefined) !== (reason === undefined), "Say either failed or reason."),
  v.check(
    ({ failed, since }) => failed === undefined || since === undefined,
    "since goes with reason, not with failed.",
  ),
);
export type Replay = v.InferOutput<typeof replay>;

export const replayAnswer = v.object({
  queued: v.number(),
  /** What could not be sent again from here: not a postback, or a correction, whose row does not say whose it is. */
  skipped: v.number(),
  /** Where the next call goes on; null at the end. */
  next: v.nullable(v.string()),
});
export type ReplayView = v.InferOutput<typeof replayAnswer>;

/** Messages to send, each with the R2 key it came from, where it did. */
interface Batch {
  messages: { message: PostbackMessage; key: string | null }[];
  skipped: number;
  next: string | null;
}

/** Queues a page of messages again. A message that is settled already has no second effect. */
export async function replayMessages(env: Env, input: Replay, change: Change): Promise<Result<ReplayView, Problem>> {
  const batch =
    input.reason === undefined ? await readFailed(env, input) : await readRejected(env, input.reason, input);
  const { messages, skipped, next } = batch;
  const view = { queued: messages.length, skipped, next };
  const subject = input.reason ?? "failed";
  await logChange(drizzle(env.DB), change, { action: "replay", kind: "postbacks", subject, before: null, after: view });
  for (const pack of packMessages(messages.map(({ message }) => message))) {
    if (!(await isQueued(env, pack)))
      return refuse({ name: "try_again", detail: "Not all messages could be queued: send the same call again." });
    const receipts = new Set(pack.map(({ receipt }) => receipt));
    const keys = messages.flatMap(({ message, key }) => (key !== null && receipts.has(message.receipt) ? [key] : []));
    // The queue has it now; should it fail again, it comes back here.
    if (keys.length > 0) await env.ARCHIVE.delete(keys);
  }
  return accept(view);
}

async function readFailed({ ARCHIVE }: Env, { cursor }: Replay): Promise<Batch> {
  const list = await ARCHIVE.list({
    prefix: FAILED_PREFIX,
    limit: MESSAGES_AT_ONCE,
    ...(cursor === undefined ? {} : { startAfter: cursor }),
  });
  const read = await Promise.all(
    list.objects.map(async ({ key }) => {
      const object = await ARCHIVE.get(key);
      const message = object && readMessage(await object.text());
      return message ? [{ message, key }] : [];
    }),
  );
  const messages = read.flat();
  const last = list.truncated ? list.objects.at(-1)?.key : undefined;
  return { messages, skipped: read.length - messages.length, next: last ?? null };
}

async function readRejected({ DB }: Env, reason: string, { since = 0, cursor }: Replay): Promise<Batch> {
  const [, receivedAt = "0", receipt = ""] = /^(\d+)-(\w+)$/.exec(cursor ?? "") ?? [];
  const { results } = await DB.prepare(
    `SELECT receipt, advertiser, received_at, channel, params FROM postbacks INDEXED BY postbacks_by_time
    WHERE (received_at, receipt) > (?, ?) AND +received_at >= ? AND reason = ? AND status IN ('rejected', 'unattributed')
    ORDER BY received_at, receipt LIMIT ?`,
  )
    .bind(Math.max(Number(receivedAt), since - 1), receipt, since, reason, MESSAGES_AT_ONCE)
    .all<LoggedMessage>();
  const messages = results.flatMap((row) => {
    const message = rebuildMessage(row);
    return message ? [{ message, key: null }] : [];
  });
  const last = results.length === MESSAGES_AT_ONCE ? results.at(-1) : undefined;
  return {
    messages,
    skipped: results.length - messages.length,
    next: last ? `${last.received_at}-${last.receipt}` : null,
  };
}
