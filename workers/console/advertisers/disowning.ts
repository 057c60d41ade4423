/**
 * Disowning: everything is taken back that a version of an advertiser's credentials vouched for since a time. What it made or approved is rejected where it is
 * pending and reversed where it is approved, by corrections like any other; what it only changed is named, for a person to look at.
 *
 * It is found in the advertiser's object, which knows the version of each message for ever; the log knows it as long as it is kept.
 */
import { and, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import type { ConversionStatus, PostbackMessage } from "../../../schema/messages.ts";
import { advertisers } from "../../../schema/tables.ts";
import { bookedTotals, type Conversion } from "../../core/books/conversion.ts";
import { objectName, type StoredConversion, type StoredMessage } from "../../core/books/stored.ts";
import { isUntold, receiptsOf, type Voucher, vouchedFor } from "../../core/books/vouching.ts";
import { deriveReceiptKeys } from "../../core/credentials.ts";
import { formatInstant } from "../../core/instant.ts";
import { packMessages } from "../../core/message-packs.ts";
import { formatMicros } from "../../core/money.ts";
import { nameOfMessage, writeReceipt } from "../../core/receipt.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { trySend } from "../postbacks/queueing.ts";
import { publishAdvertiser } from "../publishing/publish.ts";
import { instant, wholeNumber } from "../web/field-schemas.ts";
import { fields } from "../web/input.ts";
import { advertiserKeys } from "../web/keys.ts";
import { invalid, type Problem } from "../web/problem.ts";
import { endCredential, validCredentials } from "./credentials.ts";
import type { AdvertiserRow } from "./fields.ts";
import { findAdvertiser } from "./store.ts";

/** Conversions that one call looks at. */
const PAGE = 500;
const MAX_VERSION = 1_000_000;
const CONVERSION_ID = /^[0-9a-hjkmnp-tv-z]{26}$/;

/** `dry_run` counts and changes nothing. `cursor` is the `next` of the answer before. */
export const disowning = fields({
  version: wholeNumber(1, MAX_VERSION),
  since: instant,
  dry_run: v.exactOptional(v.boolean()),
  cursor: v.exactOptional(v.pipe(v.string(), v.regex(CONVERSION_ID, "Write the next of the answer before."))),
});
export type Disowning = v.InferOutput<typeof disowning>;

export const disowningAnswer = v.object({
  /** Conversions that were looked at; tests are none. */
  checked: v.number(),
  /** What the version made, approved or reinstated, and is pending or approved. */
  disowned: v.array(v.string()),
  /** What those are booked with. */
  sums: v.array(v.object({ currency: v.string(), amount: v.string(), revenue: v.string(), payout: v.string() })),
  /** What the version only changed: restated, refunded, rejected. Nothing is done to them. */
  changed: v.array(v.string()),
  /** What a sender made since then, of which nothing tells the version. */
  untold: v.number(),
  /** Corrections that the queue has. */
  queued: v.number(),
  /** Where the next call goes on; null at the end. */
  next: v.nullable(v.string()),
});
export type DisowningView = v.InferOutput<typeof disowningAnswer>;

/** One page. The first call that is no dry run ends the version at `since`, so that what it vouched for later is not booked when it is settled late, or replayed. */
export async function disown(
  env: Env,
  slug: string,
  input: Disowning,
  change: ChangeStamp,
): Promise<Result<DisowningView, Problem>> {
  const found = await findAdvertiser(env, change.by, slug);
  if (!found.ok) return found;
  const { row } = found.value;
  const page = await readPage(env, row.number, input);
  if (input.dry_run) return accept(page.view);
  if (input.cursor === undefined) {
    const ended = await endVersion(env, row, input, change);
    if (!ended.ok) return ended;
  }
  const messages = await corrections(env, row.number, page.conversions, input, change);
  const { checked, sums, next } = page.view;
  const told = {
    version: input.version,
    since: formatInstant(input.since),
    checked,
    disowned: messages.length,
    sums,
    next,
  };
  if (messages.length > 0 || input.cursor === undefined)
    await logChange(drizzle(env.DB), change, {
      action: "disown",
      kind: "advertiser",
      subject: slug,
      before: null,
      after: told,
    });
  for (const pack of packMessages(messages)) {
    if (!(await trySend(env.POSTBACKS, pack)))
      return refuse({ name: "try_again", detail: "Not all corrections could be queued: send the same call again." });
  }
  return accept({ ...page.view, queued: messages.length });
}

interface DisownedPage {
  conversions: Conversion[];
  view: DisowningView;
}

async function readPage(env: Env, advertiser: number, { version, since, cursor }: Disowning): Promise<DisownedPage> {
  const object = env.CONVERSIONS.getByName(objectName(advertiser));
  const stored: StoredConversion[] = await object.conversions(cursor ?? "", PAGE);
  // Whatever moved since then was settled since then.
  const moved = stored
    .filter(({ conversion, settledAtMs }) => settledAtMs >= since && !conversion.test)
    .map(({ conversion }) => conversion);
  const receipts = [...new Set(moved.flatMap(receiptsOf))];
  const held: StoredMessage[] = receipts.length === 0 ? [] : (await object.find(receipts, [])).messages;
  const messages = new Map(held.map((message) => [message.command.receipt, message]));
  const voucher: Voucher = { version, sinceMs: since };
  const by = Map.groupBy(moved, (conversion) => vouchedFor(conversion, messages, voucher));
  const conversions = (by.get("made") ?? []).filter(({ status }) => TAKEN_BACK[status] !== null);
  return {
    conversions,
    view: {
      checked: stored.length,
      disowned: conversions.map(({ id }) => id),
      sums: sumsOf(conversions),
      changed: (by.get("changed") ?? []).map(({ id }) => id),
      untold: moved.filter((conversion) => isUntold(conversion, messages, since)).length,
      queued: 0,
      next: stored.length < PAGE ? null : (stored.at(-1)?.conversion.id ?? null),
    },
  };
}

/** By which status a conversion is taken back; null where it is worth nothing already. */
const TAKEN_BACK: Record<ConversionStatus, ConversionStatus | null> = {
  pending: "rejected",
  approved: "reversed",
  rejected: null,
  reversed: null,
};

function sumsOf(conversions: readonly Conversion[]): DisowningView["sums"] {
  const sums = [...Map.groupBy(conversions, ({ click }) => click.currency)].map(([currency, of]) => {
    const sum = { amount: 0n, revenue: 0n, payout: 0n };
    for (const booked of of.map(bookedTotals)) {
      sum.amount += BigInt(booked.amount);
      sum.revenue += BigInt(booked.revenue);
      sum.payout += BigInt(booked.payout);
    }
    const [amount, revenue, payout] = [sum.amount, sum.revenue, sum.payout].map((micros) => formatMicros(micros));
    return { currency, amount: amount ?? "", revenue: revenue ?? "", payout: payout ?? "" };
  });
  return sums.sort((left, right) => (left.currency < right.currency ? -1 : 1));
}

/** A correction's receipt names conversion, version and status, so that each is taken back once, however often this is done. */
async function corrections(
  env: Env,
  advertiser: number,
  conversions: readonly Conversion[],
  { version, since }: Disowning,
  change: ChangeStamp,
): Promise<PostbackMessage[]> {
  const [key] = await deriveReceiptKeys(await advertiserKeys(env));
  const note = `what version ${version} of the credentials vouched for since ${formatInstant(since)} is disowned`;
  return conversions.flatMap(({ id, status }): PostbackMessage[] => {
    const taken = TAKEN_BACK[status];
    if (taken === null) return [];
    const name = nameOfMessage(key, advertiser, ["disowning", id, String(version), taken]);
    return [
      {
        kind: "postback",
        receipt: writeReceipt(key, advertiser, name),
        named: true,
        advertiser,
        receivedAtMs: change.atMs,
        channel: "console",
        content: { status: taken },
        correction: { by: change.by.name, note, conversion: id },
      },
    ];
  });
}

/** Ends the version at `since`, as if it had been revoked then. */
async function endVersion(
  env: Env,
  { number, slug, credentials: before }: AdvertiserRow,
  { version, since }: Disowning,
  { atMs }: ChangeStamp,
): Promise<Result<null, Problem>> {
  const credential = before.find((one) => one.version === version);
  if (!credential) return refuse(invalid("#/version", `Advertiser ${slug} never had a version ${version}.`));
  if (validCredentials([credential], atMs).length > 0)
    return refuse(
      invalid(
        "#/version",
        `Version ${version} is still valid: rotate the credentials first, with an until that is over.`,
      ),
    );
  const after = before.map((one) => (one === credential ? endCredential(one, since, atMs) : one));
  if (JSON.stringify(after) === JSON.stringify(before)) return accept(null);
  const unchanged = sql`${advertisers.credentials} = ${JSON.stringify(before)}`;
  const [changed] = await drizzle(env.DB)
    .update(advertisers)
    .set({ credentials: after, updatedAtMs: atMs })
    .where(and(eq(advertisers.number, number), unchanged))
    .returning();
  if (!changed)
    return refuse({ name: "try_again", detail: "Somebody changed these credentials at this moment: try again." });
  await publishAdvertiser(env, changed);
  return accept(null);
}
