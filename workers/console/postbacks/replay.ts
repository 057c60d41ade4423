/** Replay: messages that could not be settled, or that the operator's set-up was not ready for, go to the ledger once more, under their own receipts and times. */
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import type { PostbackMessage } from "../../../schema/messages.ts";
import { packMessages } from "../../core/message-packs.ts";
import { namesNothing } from "../../core/postback/postback-reader.ts";
import { reread } from "../../core/postback/reread.ts";
import { REPLAYABLE_REASONS } from "../../core/reasons.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { adoptedAmong, type ForeignName, foreignKey } from "../trackers/adopted-store.ts";
import { instant, slug } from "../web/field-schemas.ts";
import { fields } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { trySend } from "./queueing.ts";
import { type Dialects, readDialects, speakerOf } from "./speakers.ts";
import {
  type FailedMessage,
  type LoggedMessage,
  readMessage,
  rebuildMessages,
  rebuildRefused,
} from "./stored-message.ts";

/** Messages that one call sends: within a Worker's thousand calls to other services. */
const MESSAGES_AT_ONCE = 300;
/** Refused at the door, where no mapping said yet what its names mean; of a sender that its credentials prove, the log has it whole. */
const NAMES_NOTHING = "names_nothing";
const FAILED_PREFIX = "failed/";
/** Of these, only what names a click that was adopted since goes to the ledger again. */
const FOREIGN_UNKNOWN = "foreign_unknown";

/** Either all that `failed`, or all of one `reason`, received at `since` or later; of clicks that were unknown those of one `tracker`, or of all. */
export const replay = v.pipe(
  fields({
    failed: v.exactOptional(v.literal(true, "Write true, or leave it out.")),
    reason: v.exactOptional(v.picklist([...REPLAYABLE_REASONS, NAMES_NOTHING])),
    since: v.exactOptional(instant),
    tracker: v.exactOptional(slug),
    cursor: v.exactOptional(v.string()),
  }),
  v.check(({ failed, reason }) => (failed === undefined) !== (reason === undefined), "Say either failed or reason."),
  v.check(
    ({ failed, since }) => failed === undefined || since === undefined,
    "since goes with reason, not with failed.",
  ),
  v.check(
    ({ reason, tracker }) => tracker === undefined || reason === FOREIGN_UNKNOWN,
    "tracker goes with the reason foreign_unknown.",
  ),
);
export type Replay = v.InferOutput<typeof replay>;

export const replayAnswer = v.object({
  queued: v.number(),
  /** What could not be sent again from here: nothing that is known, what names nothing still, a click that is unknown still, or a correction, whose row does not say whose it is. */
  skipped: v.number(),
  /** Where the next call goes on; null at the end. */
  next: v.nullable(v.string()),
});
export type ReplayView = v.InferOutput<typeof replayAnswer>;

/** What was found, in its order: the place of each, the R2 key that it came from, where it did, and what to send, which is nothing where it cannot be told. */
interface Found {
  place: string;
  key: string | null;
  messages: FailedMessage[];
}

/** Of a row of the log. */
interface Rebuilt extends Found {
  messages: PostbackMessage[];
}

/** A message to send, and which of what was found it is of. */
interface Letter {
  message: FailedMessage;
  of: number;
}

interface ReplayPage {
  found: Found[];
  next: string | null;
}

/** Queues a page of messages again. A message that is settled already has no second effect. */
export async function replayMessages(
  env: Env,
  input: Replay,
  change: ChangeStamp,
): Promise<Result<ReplayView, Problem>> {
  const { found, next } =
    input.reason === undefined ? await readFailed(env, input) : await readRejected(env, input.reason, input);
  const all = { ...countSent(found), next };
  const subject = input.reason ?? "failed";
  await logChange(drizzle(env.DB), change, { action: "replay", kind: "postbacks", subject, before: null, after: all });
  const letters = found.flatMap(({ messages }, of) => messages.map((message): Letter => ({ message, of })));
  const sent = await sendInOrder(env, found, letters);
  if (sent === letters.length) return accept(all);
  // What was queued is counted now, since it is not found again; the next call goes on behind it.
  const passed = found.slice(0, letters[sent]?.of);
  const last = passed.findLast(({ messages }) => messages.length > 0);
  if (!last) return refuse({ name: "try_again", detail: "No message could be queued: send the same call again." });
  const done = passed.slice(0, passed.indexOf(last) + 1);
  return accept({ ...countSent(done), next: last.place });
}

function countSent(found: readonly Found[]): { queued: number; skipped: number } {
  const queued = found.filter(({ messages }) => messages.length > 0).length;
  return { queued, skipped: found.length - queued };
}

/** Sends until the queue takes no more; says how many it has. */
async function sendInOrder(env: Env, found: readonly Found[], letters: readonly Letter[]): Promise<number> {
  let sent = 0;
  for (const pack of packMessages(letters, (left, right) => left.message.kind !== right.message.kind)) {
    if (!(await isSent(env, pack))) return sent;
    sent += pack.length;
    const keys = pack.flatMap(({ of }) => found[of]?.key ?? []);
    // The queue has it now; should it fail again, it comes back here.
    if (keys.length > 0) await env.ARCHIVE.delete(keys);
  }
  return sent;
}

/** Sends letters of one kind to the queue that such messages came by. */
async function isSent(env: Env, pack: readonly Letter[]): Promise<boolean> {
  const messages = pack.map(({ message }) => message);
  const clicks = messages.filter((message) => message.kind === "clicks");
  if (clicks.length > 0) return trySend(env.CLICK_LOG, clicks);
  const refusals = messages.filter((message) => message.kind === "refusal");
  if (refusals.length > 0) return trySend(env.REFUSALS, refusals);
  return trySend(
    env.POSTBACKS,
    messages.filter((one) => one.kind === "postback" || one.kind === "repair" || one.kind === "adoption"),
  );
}

async function readFailed({ ARCHIVE }: Env, { cursor }: Replay): Promise<ReplayPage> {
  const list = await ARCHIVE.list({
    prefix: FAILED_PREFIX,
    limit: MESSAGES_AT_ONCE,
    ...(cursor === undefined ? {} : { startAfter: cursor }),
  });
  const found = await Promise.all(
    list.objects.map(async ({ key }): Promise<Found> => {
      const object = await ARCHIVE.get(key);
      const message = object && readMessage(await object.text());
      return { place: key, key, messages: message ? [markReplayed(message)] : [] };
    }),
  );
  const last = list.truncated ? list.objects.at(-1)?.key : undefined;
  return { found, next: last ?? null };
}

/** Credentials may have been revoked while it lay here: an operator who sends it again must not vouch for it. */
function markReplayed(message: FailedMessage): FailedMessage {
  return message.kind === "postback" ? { ...message, replay: true } : message;
}

async function readRejected(
  { DB, LOG }: Env,
  reason: string,
  { since = 0, tracker, cursor }: Replay,
): Promise<ReplayPage> {
  const [, receivedAt = "0", receipt = ""] = /^(\d+)-(\w+)$/.exec(cursor ?? "") ?? [];
  const number = tracker === undefined ? null : await trackerNumber(DB, tracker);
  const { results } = await LOG.prepare(
    `SELECT receipt, advertiser, received_at, status, channel, params, credential_version, address_hash, attempts
    FROM postbacks INDEXED BY postbacks_by_time
    WHERE (received_at, receipt) > (?, ?) AND +received_at >= ? AND reason = ?
      AND (status IN ('rejected', 'unattributed') OR status = 'refused' AND credential_version IS NOT NULL)
      AND (? IS NULL OR params ->> '$.tracker.number' = ?)
    ORDER BY received_at, receipt LIMIT ?`,
  )
    .bind(Math.max(Number(receivedAt), since - 1), receipt, since, reason, number, number, MESSAGES_AT_ONCE)
    .all<LoggedMessage>();
  const dialects = await readDialects(DB, results);
  const rebuilt = results.map((row) => ({ place: placeOf(row), key: null, messages: rebuildAnew(row, dialects) }));
  const found = reason === FOREIGN_UNKNOWN ? await onlyAdopted(DB, rebuilt) : rebuilt;
  const last = results.length === MESSAGES_AT_ONCE ? results.at(-1) : undefined;
  return { found, next: last ? placeOf(last) : null };
}

/** The messages of a row, with what their sender's mapping has words for by now; of another tracker's, the words of that one. */
function rebuildAnew(row: LoggedMessage, dialects: Dialects): PostbackMessage[] {
  const dialect = dialects.get(speakerOf(row));
  const isRefused = row.status === "refused";
  return (isRefused ? rebuildRefused(row) : rebuildMessages(row))
    .map((message) => (dialect ? { ...message, content: reread(message.content, dialect) } : message))
    .filter(({ content }) => !isRefused || !namesNothing(content));
}

/** Of what names no click that is adopted by now nothing is sent. */
async function onlyAdopted(db: D1Database, found: readonly Rebuilt[]): Promise<Found[]> {
  const named = found.flatMap(({ messages }) =>
    messages.map(({ tracker }) => foreignNamed(tracker)).filter((name) => name !== null),
  );
  const known = await adoptedAmong(db, named);
  const isKnown = ({ tracker }: PostbackMessage) => {
    const name = foreignNamed(tracker);
    return name === null || known.has(foreignKey(name));
  };
  return found.map((one) => ({ ...one, messages: one.messages.filter(isKnown) }));
}

function foreignNamed(tracker: PostbackMessage["tracker"]): ForeignName | null {
  return tracker?.clickId === undefined ? null : [tracker.number, tracker.clickId];
}

/** The number of a tracker; 0, which none has, where there is none of this slug. */
async function trackerNumber(db: D1Database, slug: string): Promise<number> {
  return (await db.prepare("SELECT number FROM trackers WHERE slug = ?").bind(slug).first<number>("number")) ?? 0;
}

function placeOf({ received_at, receipt }: LoggedMessage): string {
  return `${received_at}-${receipt}`;
}
