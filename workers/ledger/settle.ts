/**
 * Settles a batch of postbacks: read set-up once → make each message a command → one call per advertiser's object → one D1 batch → ack.
 * Wherever this dies, redelivery repeats the work and changes nothing twice.
 */
import type { PostbackMessage } from "../../schema/messages.ts";
import { type Command, makeCommand, type ReadClick } from "../core/books/command.ts";
import type { Rows } from "../core/books/rows.ts";
import type { SetUp } from "../core/books/set-up.ts";
import { readClickId } from "../core/click-id.ts";
import type { KeyRing } from "../core/key-ring.ts";
import { packMessages } from "../core/message-packs.ts";
import { backoffSeconds } from "./backoff.ts";
import { writeStatements } from "./books-writer.ts";
import { type ClickRow, findClicks } from "./click-log.ts";
import type { DecidedShare } from "./decide-share.ts";
import type { DeliveryOf } from "./delivery.ts";
import { waitForClick } from "./fresh-click.ts";
import { readSetUp } from "./set-up-reader.ts";

/** What settling needs of the world; a Worker's Env provides it. */
export interface SettleParts {
  DB: D1Database;
  CLICKS: D1Database;
  POSTBACKS: Pick<Queue<PostbackMessage>, "sendBatch">;
  /** Decides a share in the advertiser's object. */
  decideShare: (advertiser: number, commands: Command[], nowMs: number) => Promise<DecidedShare>;
  /** Has the edge told which of these offers' caps are reached. */
  reviewCaps: (offers: readonly number[]) => Promise<void>;
  ring: KeyRing;
  nowMs: () => number;
  chance: () => number;
}

export type Delivery = DeliveryOf<PostbackMessage>;

interface Read {
  delivery: Delivery;
  click: ReadClick;
}

/** Settles the batch and acknowledges or gives back each of its messages. Never throws for what an outage can cause. */
export async function settleBatch(parts: SettleParts, deliveries: readonly Delivery[]): Promise<void> {
  const failures = await settle(parts, deliveries);
  for (const [delivery, error] of failures) {
    console.error({
      event: "postback_not_settled",
      receipt: delivery.body.receipt,
      attempts: delivery.attempts,
      error,
    });
    delivery.retry({ delaySeconds: backoffSeconds(delivery.attempts, parts.chance()) });
  }
}

/** Settles and acknowledges what can be settled; gives the rest with the reasons. */
export async function settle(parts: SettleParts, deliveries: readonly Delivery[]): Promise<Map<Delivery, string>> {
  const failures = new Map<Delivery, string>();
  try {
    const read = readAll(parts.ring, deliveries, failures);
    const links = read.flatMap(({ click }) => (click === null || click === "unknown" ? [] : click.link));
    const [setUp, clicks] = await Promise.all([
      readSetUp(
        parts.DB,
        links,
        read.map(({ delivery }) => delivery.body.advertiser),
      ),
      clicksOrNone(parts, read),
    ]);
    const present = await sendBackFresh(parts, read, clicks, failures);
    const commands = makeCommands(present, setUp, failures);
    const { rows, crossed } = await decideShares(parts, commands, failures);
    await write(parts, rows, clicks ?? new Map(), failures);
    if (crossed.length > 0) await reviewCaps(parts, crossed);
  } catch (error) {
    for (const delivery of deliveries) if (!failures.has(delivery)) failures.set(delivery, describe(error));
  }
  return failures;
}

/** Reads the messages' click IDs. One that cannot be read, as only a bug can make it, fails alone. */
function readAll(ring: KeyRing, deliveries: readonly Delivery[], failures: Map<Delivery, string>): Read[] {
  return deliveries.flatMap((delivery): Read[] => {
    try {
      const { clickId } = delivery.body.content;
      const said = clickId === undefined ? null : readClickId(ring, clickId);
      return [{ delivery, click: said && (said.ok ? said.value : "unknown") }];
    } catch (error) {
      failures.set(delivery, describe(error));
      return [];
    }
  });
}

/** The messages as commands. One that cannot be made, such as where its offer's set-up is broken, fails alone. */
function makeCommands(read: readonly Read[], setUp: SetUp, failures: Map<Delivery, string>): Map<Delivery, Command> {
  const commands = new Map<Delivery, Command>();
  for (const { delivery, click } of read) {
    try {
      commands.set(delivery, makeCommand(delivery.body, click, setUp));
    } catch (error) {
      failures.set(delivery, describe(error));
    }
  }
  return commands;
}

/** The click log is a statistic: when it is down, conversions are settled without it. Null then. */
async function clicksOrNone(parts: SettleParts, read: readonly Read[]): Promise<Map<string, ClickRow> | null> {
  try {
    return await findClicks(parts, [...new Set(read.flatMap(({ delivery }) => delivery.body.content.clickId ?? []))]);
  } catch (error) {
    console.error({ event: "click_log_unreadable", error: describe(error) });
    return null;
  }
}

/** Sends postbacks of fresh clicks whose row has not landed back to the queue, and gives the others. One that cannot be sent back is delivered again. */
async function sendBackFresh(
  parts: SettleParts,
  read: Read[],
  clicks: Map<string, ClickRow> | null,
  failures: Map<Delivery, string>,
): Promise<Read[]> {
  const waits = clicks ? waitsOf(read, clicks, parts.nowMs()) : new Map<Again, Delivery>();
  for (const pack of packMessages([...waits.keys()])) {
    const waiting = pack.flatMap((again) => waits.get(again) ?? []);
    try {
      await parts.POSTBACKS.sendBatch(pack);
      for (const delivery of waiting) delivery.ack();
    } catch (error) {
      for (const delivery of waiting) failures.set(delivery, describe(error));
    }
  }
  const waiting = new Set(waits.values());
  return read.filter(({ delivery }) => !waiting.has(delivery));
}

/** What goes back to the queue for which delivery: the message with one wait more. */
type Again = MessageSendRequest<PostbackMessage>;

function waitsOf(read: readonly Read[], clicks: ReadonlyMap<string, ClickRow>, nowMs: number): Map<Again, Delivery> {
  const waits = new Map<Again, Delivery>();
  for (const { delivery, click } of read) {
    const { body } = delivery;
    if (click === null || click === "unknown" || clicks.has(body.content.clickId ?? "")) continue;
    const delaySeconds = waitForClick(body, click.issuedAtMs, nowMs);
    if (delaySeconds !== null) waits.set({ body: { ...body, waits: (body.waits ?? 0) + 1 }, delaySeconds }, delivery);
  }
  return waits;
}

/** One call per advertiser's object. An object that fails gives its share back; the others go on. */
async function decideShares(
  parts: SettleParts,
  commands: Map<Delivery, Command>,
  failures: Map<Delivery, string>,
): Promise<{ rows: Map<Delivery, Rows>; crossed: number[] }> {
  const shares = Map.groupBy(commands, ([, command]) => command.advertiser);
  const rows = new Map<Delivery, Rows>();
  const crossed: number[] = [];
  const calls = [...shares].map(async ([advertiser, share]) => {
    try {
      const { decided, crossedOffers } = await parts.decideShare(
        advertiser,
        share.map(([, command]) => command),
        parts.nowMs(),
      );
      for (const [index, [delivery]] of share.entries()) {
        const answer = decided[index];
        if (answer && "rows" in answer) rows.set(delivery, answer.rows);
        else failures.set(delivery, answer?.error ?? "the object gave no answer for this message");
      }
      crossed.push(...crossedOffers);
    } catch (error) {
      for (const [delivery] of share) failures.set(delivery, describe(error));
    }
  });
  await Promise.all(calls);
  return { rows, crossed };
}

/** The edge learns of caps at once; should that fail, the cron tells it within a minute. */
async function reviewCaps(parts: SettleParts, offers: readonly number[]): Promise<void> {
  try {
    await parts.reviewCaps(offers);
  } catch (error) {
    console.error({ event: "caps_not_published", offers, error: describe(error) });
  }
}

/** One D1 batch for all rows; when it fails, each message's rows go alone, so that a poison row cannot take its neighbours along. */
async function write(
  parts: SettleParts,
  rows: Map<Delivery, Rows>,
  clicks: ReadonlyMap<string, ClickRow>,
  failures: Map<Delivery, string>,
): Promise<void> {
  if (rows.size === 0) return;
  try {
    await parts.DB.batch(writeStatements(parts.DB, merge([...rows.values()]), clicks));
    for (const delivery of rows.keys()) delivery.ack();
    return;
  } catch (error) {
    console.error({ event: "books_batch_failed", messages: rows.size, error: describe(error) });
  }
  for (const [delivery, own] of rows) {
    try {
      await parts.DB.batch(writeStatements(parts.DB, own, clicks));
      delivery.ack();
    } catch (error) {
      failures.set(delivery, describe(error));
    }
  }
}

function merge(all: readonly Rows[]): Rows {
  return {
    postbacks: all.flatMap(({ postbacks }) => postbacks),
    conversions: all.flatMap(({ conversions }) => conversions),
    entries: all.flatMap(({ entries }) => entries),
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
