/**
 * Settles a batch of postbacks: find other trackers' clicks → read set-up once → make each message a command → one call per advertiser's object decides → one batch of `DB` → one of `LOG` → notices → ack.
 * Wherever this dies, redelivery repeats the work and changes nothing twice.
 */
import type { Notice, PostbackMessage } from "../../schema/messages.ts";
import { type Command, makeCommand, readAmendment } from "../core/books/command.ts";
import { couponNamed } from "../core/books/coupons.ts";
import type { NoticeRow } from "../core/books/notice-rows.ts";
import type { LogRow, Rows } from "../core/books/rows.ts";
import { claimedKey, ratesKey } from "../core/books/set-up.ts";
import { readClickId } from "../core/click-id.ts";
import { readErasedClickId } from "../core/erasure/erased-names.ts";
import type { KeyRing } from "../core/key-ring.ts";
import { utcDay } from "../core/rates/rate.ts";
import { backoffSeconds } from "./backoff.ts";
import { writeStatements } from "./books-writer.ts";
import { type ClickLogParts, type ClickRow, findClicks } from "./click-log.ts";
import type { DecidedShare } from "./decide-share.ts";
import { findForeign } from "./foreign-clicks.ts";
import { sendBackFresh } from "./fresh-click.ts";
import { type LogParts, logOrMark } from "./log-or-mark.ts";
import { type FoundPlace, placed, placeStatements } from "./log-writer.ts";
import { type NoticeQueue, noticeStatements, readNotices, sendNotices } from "./notices.ts";
import { type BatchSetUp, readSetUp } from "./set-up-reader.ts";
import {
  type Delivery,
  describe,
  type Failure,
  failAll,
  oneByOne,
  type ReadDelivery,
  type Step,
} from "./settle-step.ts";
import { noteUnknown, type UnknownParts } from "./unknown-foreign.ts";

/** What settling needs of the world; a Worker's Env provides it. */
export interface SettleParts extends LogParts, ClickLogParts, UnknownParts {
  POSTBACKS: Pick<Queue<PostbackMessage>, "sendBatch">;
  NOTICES: NoticeQueue;
  /** Decides a share in the advertiser's object. */
  decideShare: (advertiser: number, commands: Command[], nowMs: number) => Promise<DecidedShare>;
  /** Has the edge told which of these offers' caps are reached. */
  reviewCaps: (offers: readonly number[]) => Promise<void>;
  ring: KeyRing;
  nowMs: () => number;
  chance: () => number;
}

interface Asked {
  delivery: Delivery;
  command: Command;
}

interface Booked {
  delivery: Delivery;
  rows: Rows;
}

/** A message whose books are written, with its rows of the log. */
interface Logged {
  delivery: Delivery;
  rows: LogRow[];
}

/** What was written, and what is told of it. */
interface Written extends Step<Logged> {
  notices: Notice[];
}

/** The click log's rows that are known, by click ID. */
type Clicks = ReadonlyMap<string, ClickRow>;

/** Settles the batch and gives back what could not be settled. Never throws for what an outage can cause. */
export async function settleOrRetry(parts: SettleParts, deliveries: readonly Delivery[]): Promise<void> {
  for (const { delivery, error } of await settle(parts, deliveries)) {
    console.error({
      event: "postback_not_settled",
      receipt: delivery.body.receipt,
      attempts: delivery.attempts,
      error,
    });
    delivery.retry({ delaySeconds: backoffSeconds(delivery.attempts, parts.chance()) });
  }
}

/** Settles and acknowledges what can be settled, and gives the rest. Other trackers' clicks come first: one that is unknown is nobody's, and its message asks no object. */
export async function settle(parts: SettleParts, deliveries: readonly Delivery[]): Promise<Failure[]> {
  let found: Awaited<ReturnType<typeof findForeign>>;
  try {
    found = await findForeign(parts.DB, deliveries);
  } catch (error) {
    return failAll(deliveries, error);
  }
  const unnoted = await noteUnknown(parts, found.unknown);
  return found.known.length === 0 ? unnoted : [...unnoted, ...(await settleKnown(parts, found.known))];
}

/** Without its set-up the whole batch fails. */
async function settleKnown(parts: SettleParts, deliveries: readonly Delivery[]): Promise<Failure[]> {
  try {
    const read = readClicks(parts.ring, deliveries);
    const [setUp, clicks] = await Promise.all([setUpOf(parts, read.on), clicksOrNone(parts, read.on)]);
    const present = await sendBackFresh(parts.POSTBACKS, read.on, clicks, parts.nowMs());
    const commands = makeCommands(present.on, setUp);
    const decided = await decideShares(parts, commands.on);
    const written = await write(parts, decided.on, {
      clicks: clicks ?? new Map(),
      hasDestinations: setUp.hasDestinations,
    });
    const logged = await logTellAndAck(parts, written);
    tellUntaken(written.on);
    await reviewCaps(parts, decided.crossedOffers);
    return [read, present, commands, decided, written, logged].flatMap(({ failed }) => failed);
  } catch (error) {
    return failAll(deliveries, error);
  }
}

/** Settles a postback without its batch, and without waiting for its click. Null when that went well, else why not. */
export async function settleAlone(parts: SettleParts, body: PostbackMessage): Promise<string | null> {
  const delivery: Delivery = {
    body: { ...body, waits: Number.MAX_SAFE_INTEGER },
    attempts: 1,
    ack: () => {},
    retry: () => {},
  };
  const [failure] = await settle(parts, [delivery]);
  return failure?.error ?? null;
}

/** Reads the messages' click IDs. */
function readClicks(ring: KeyRing, deliveries: readonly Delivery[]): Step<ReadDelivery> {
  return oneByOne(
    deliveries.map((delivery) => ({ delivery })),
    ({ delivery }) => {
      const { clickId, history } = delivery.body.content;
      if (delivery.body.amendment)
        return { delivery, click: namesOthersClicks(ring, delivery.body) ? "unknown" : null };
      // The click ID of a row of history is another tracker's.
      if (clickId === undefined || history) return { delivery, click: null };
      const said = readClickId(ring, clickId);
      // No door takes an erased one: it comes from what was kept of a message, and says what the click said.
      return { delivery, click: said.ok ? said.value : (readErasedClickId(clickId) ?? "unknown") };
    },
  );
}

/** True where an amendment has messages read so that they name a click that is none of ours. */
function namesOthersClicks(ring: KeyRing, message: PostbackMessage): boolean {
  const read = readAmendment(message)?.patches.flatMap(({ fields }) => fields.content?.clickId ?? []) ?? [];
  return read.some((clickId) => !readClickId(ring, clickId).ok && !readErasedClickId(clickId));
}

function setUpOf(parts: SettleParts, read: readonly ReadDelivery[]): Promise<BatchSetUp> {
  const links = read.flatMap(({ delivery, click }) => {
    const { history } = delivery.body.content;
    return history?.link ?? (click === null || click === "unknown" ? [] : click.link);
  });
  const advertisers = read.map(({ delivery }) => delivery.body.advertiser);
  const coupons = read.flatMap(({ delivery }) => couponNamed(delivery.body) ?? []);
  const orders = read.flatMap(({ delivery, click }) => (click === null ? ordersNamed(delivery.body) : []));
  const earliestMs = read.reduce(
    (least, { delivery }) => Math.min(least, delivery.body.receivedAtMs),
    Number.MAX_SAFE_INTEGER,
  );
  const currencies = read.flatMap(currencySaid);
  return readSetUp(parts.DB, links, advertisers, coupons, orders, read.flatMap(adoptedOf), currencies, earliestMs);
}

/** The currency that a message names, with whose it is and when it was received. Another tracker's history is booked in its own. */
function currencySaid({ delivery }: ReadDelivery): string[] {
  const { advertiser, receivedAtMs, content } = delivery.body;
  const { currency, history } = content;
  return currency === undefined || history ? [] : [ratesKey(advertiser, currency, utcDay(receivedAtMs))];
}

/** The adopted click that a message names by our ID alone: what its tracker booked on it is known by that one's. */
function adoptedOf({ delivery, click }: ReadDelivery): string[] {
  const { tracker, channel, content } = delivery.body;
  if (click === null || click === "unknown" || !click.adopted) return [];
  return channel === "pixel" || tracker?.clickId !== undefined ? [] : [content.clickId ?? ""];
}

/** The orders of a sender's message without a click, which claims of the pixel may give one. */
function ordersNamed({ advertiser, channel, content }: PostbackMessage): string[] {
  if (channel === "pixel" || channel === "console" || content.history) return [];
  return [content.txid, content.alsoTxid].flatMap((txid) => (txid === undefined ? [] : claimedKey(advertiser, txid)));
}

/** The click log is a statistic: when it is down, conversions are settled without it. Null then. */
async function clicksOrNone(parts: SettleParts, read: readonly ReadDelivery[]): Promise<Clicks | null> {
  try {
    const asked = read.filter(({ click }) => click !== null);
    return await findClicks(parts, [...new Set(asked.flatMap(({ delivery }) => delivery.body.content.clickId ?? []))]);
  } catch (error) {
    console.error({ event: "click_log_unreadable", error: describe(error) });
    return null;
  }
}

/** The messages as commands. One that cannot be made, such as where its offer's set-up is broken, fails alone. */
function makeCommands(read: readonly ReadDelivery[], setUp: BatchSetUp): Step<Asked> {
  return oneByOne(read, ({ delivery, click }) => ({ delivery, command: makeCommand(delivery.body, click, setUp) }));
}

/** One call per advertiser's object. */
async function decideShares(
  parts: SettleParts,
  asked: readonly Asked[],
): Promise<Step<Booked> & { crossedOffers: number[] }> {
  const shares = Map.groupBy(asked, ({ command }) => command.advertiser);
  const steps = await Promise.all([...shares].map(([advertiser, share]) => decideShare(parts, advertiser, share)));
  return {
    on: steps.flatMap(({ on }) => on),
    failed: steps.flatMap(({ failed }) => failed),
    crossedOffers: steps.flatMap(({ crossedOffers }) => crossedOffers),
  };
}

/** An object that fails gives its share back; the others go on. */
async function decideShare(
  parts: SettleParts,
  advertiser: number,
  share: readonly Asked[],
): Promise<Step<Booked> & { crossedOffers: number[] }> {
  try {
    const commands = share.map(({ command }) => command);
    const { decided, crossedOffers } = await parts.decideShare(advertiser, commands, parts.nowMs());
    const step: Step<Booked> = { on: [], failed: [] };
    for (const [place, { delivery }] of share.entries()) {
      const answer = decided[place];
      if (answer && "rows" in answer) step.on.push({ delivery, rows: answer.rows });
      else step.failed.push({ delivery, error: answer?.error ?? "the object gave no answer for this message" });
    }
    return { ...step, crossedOffers };
  } catch (error) {
    return {
      on: [],
      failed: failAll(
        share.map(({ delivery }) => delivery),
        error,
      ),
      crossedOffers: [],
    };
  }
}

/** What is known beside the rows: the clicks', and whether anybody is told of them. */
interface Beside {
  clicks: Clicks;
  hasDestinations: boolean;
}

/** One batch of `DB` for all rows; when it fails, each message's rows go alone, so that a poison row cannot take its neighbours along. */
async function write(parts: SettleParts, booked: readonly Booked[], beside: Beside): Promise<Written> {
  if (booked.length === 0) return { on: [], failed: [], notices: [] };
  try {
    const { rows, notices } = await writeBooks(parts, booked, beside);
    const byReceipt = new Map(rows.map((row) => [row.receipt, row]));
    const own = (one: Booked) => one.rows.postbacks.flatMap(({ receipt }) => byReceipt.get(receipt) ?? []);
    return { on: booked.map((one) => ({ delivery: one.delivery, rows: own(one) })), failed: [], notices };
  } catch (error) {
    console.error({ event: "books_batch_failed", messages: booked.length, error: describe(error) });
  }
  const step: Written = { on: [], failed: [], notices: [] };
  for (const one of booked) {
    try {
      const { rows, notices } = await writeBooks(parts, [one], beside);
      step.on.push({ delivery: one.delivery, rows });
      step.notices.push(...notices);
    } catch (error) {
      step.failed.push({ delivery: one.delivery, error: describe(error) });
    }
  }
  return step;
}

/** Writes to the books, and gives the rows of the log with what object and books say of them, and the notices, in the same transaction. */
async function writeBooks(
  { DB }: SettleParts,
  booked: readonly Booked[],
  { clicks, hasDestinations }: Beside,
): Promise<{ rows: LogRow[]; notices: Notice[] }> {
  const rows = merge(booked.map((one) => one.rows));
  const writes = writeStatements(DB, rows, clicks);
  const places = placeStatements(DB, rows.postbacks);
  const told = hasDestinations ? noticeStatements(DB, rows.entries) : [];
  const statements = [...writes, ...places, ...told];
  // A repeat of an order changes nothing in the books.
  const answers = statements.length > 0 ? await DB.batch<FoundPlace | NoticeRow>(statements) : [];
  const found = answers.slice(writes.length).flatMap(({ results }) => results);
  return {
    rows: placed(
      rows.postbacks,
      found.flatMap((row) => (isNotice(row) ? [] : [row])),
    ),
    notices: readNotices(
      found.filter(isNotice),
      booked.map(({ delivery }) => delivery.body),
    ),
  };
}

function isNotice(row: FoundPlace | NoticeRow): row is NoticeRow {
  return "entry_seq" in row;
}

/** A message is acknowledged once its rows of the log are written, or marked as due where the log does not take them, and the courier's queue has what is told of it. */
async function logTellAndAck(parts: SettleParts, { on, notices }: Written): Promise<{ failed: Failure[] }> {
  const faults = await logOrMark(
    parts,
    on.flatMap(({ rows }) => rows),
  );
  const untold = await tell(parts, notices);
  const failed: Failure[] = [];
  for (const { delivery, rows } of on) {
    const error = rows.map(({ receipt }) => faults.get(receipt)).find((fault) => fault !== undefined) ?? untold;
    if (error === undefined) delivery.ack();
    else failed.push({ delivery, error });
  }
  return { failed };
}

/** Why the courier could not be told; undefined where it was, or there is nothing to tell. */
async function tell(parts: SettleParts, notices: readonly Notice[]): Promise<string | undefined> {
  if (notices.length === 0) return undefined;
  try {
    await sendNotices(parts.NOTICES, notices);
    return undefined;
  } catch (error) {
    return describe(error);
  }
}

/** Says of which advertisers the pixel had said so much that more was not taken. */
function tellUntaken(written: readonly Logged[]): void {
  const full = written.flatMap(({ rows }) => rows).filter(({ reason }) => reason === "pixel_day_full");
  for (const [advertiser, rows] of Map.groupBy(full, (row) => row.advertiser))
    console.warn({ event: "pixel_day_full", advertiser, messages: rows.length });
}

/** The edge learns of caps at once; should that fail, the cron tells it within a minute. */
async function reviewCaps(parts: SettleParts, offers: readonly number[]): Promise<void> {
  if (offers.length === 0) return;
  try {
    await parts.reviewCaps(offers);
  } catch (error) {
    console.error({ event: "caps_not_published", offers, error: describe(error) });
  }
}

function merge(all: readonly Rows[]): Rows {
  return {
    postbacks: all.flatMap(({ postbacks }) => postbacks),
    conversions: all.flatMap(({ conversions }) => conversions),
    entries: all.flatMap(({ entries }) => entries),
    claims: all.flatMap(({ claims }) => claims),
  };
}
