/**
 * A what-if applied: each of its families is looked at once more, and, where it is as it was, an operator's word on it goes to the ledger, by a receipt that the what-if and the
 * family name. So what broke off is gone on with, and nothing is said twice. What changed meanwhile is left out, and named.
 */
import { drizzle } from "drizzle-orm/d1";
import type * as v from "valibot";
import type { PostbackMessage } from "../../../schema/messages.ts";
import type { WhatIfFamily } from "../../../schema/tables.ts";
import { objectName } from "../../core/books/stored.ts";
import { deriveReceiptKeys } from "../../core/credentials.ts";
import { packMessages } from "../../core/message-packs.ts";
import { nameOfMessage, writeReceipt } from "../../core/receipt.ts";
import { type Result, refuse } from "../../core/result.ts";
import { MINUTE_MS } from "../../core/time-units.ts";
import type { RulesHere } from "../../core/what-if/amended-command.ts";
import { amendmentOf, type ChangedFamily, lookAgain } from "../../core/what-if/look-under-rules.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import { note } from "../conversions/corrections.ts";
import type { Env } from "../env.ts";
import { trySend } from "../postbacks/queueing.ts";
import { fields } from "../web/input.ts";
import { advertiserKeys } from "../web/keys.ts";
import { invalid, type Problem } from "../web/problem.ts";
import { type LookedBooks, meantIn, readFamilies, rulesOn } from "./looked-messages.ts";
import {
  causeOf,
  familyOf,
  findWhatIf,
  labelOf,
  periodOf,
  readWhatIf,
  rulesOfRow,
  type WhatIfRow,
  type WhatIfView,
} from "./store.ts";

export const applyWhatIf = fields({ note });
export type ApplyWhatIf = v.InferOutput<typeof applyWhatIf>;

/** What applying one takes. */
export type ApplyEnv = Pick<Env, "DB" | "LOG" | "CONVERSIONS" | "POSTBACKS" | "ADVERTISER_KEYS">;

/** A queue takes 128 KB as one message, and a unit of text is three bytes at most. */
const MOST_UNITS = 40_000;

/** Applies it, or goes on with that. It is logged once, before its first word is sent. */
export async function apply(
  env: Env,
  key: string,
  said: ApplyWhatIf,
  change: ChangeStamp,
): Promise<Result<WhatIfView, Problem>> {
  const found = await findWhatIf(env, key);
  if (!found.ok) return found;
  const row = found.value;
  if (row.dropped_at !== null) return refuse(invalid("#", "It was dropped: look again."));
  if (row.applied_at === null) {
    const after = { note: said.note };
    await logChange(drizzle(env.DB), change, { action: "apply", kind: "what_if", subject: key, before: null, after });
    await env.DB.prepare(
      "UPDATE what_ifs SET applied_at = ?, applied_by = ?, note = ? WHERE number = ? AND applied_at IS NULL AND dropped_at IS NULL",
    )
      .bind(change.atMs, change.by.name, said.note, row.number)
      .run();
  }
  const now = await findWhatIf(env, key);
  if (!now.ok) return now;
  return (await sendParts(env, now.value, change.atMs)) ? readWhatIf(env, key) : refuse(BROKEN_OFF);
}

const BROKEN_OFF: Problem = {
  name: "try_again",
  detail: "Not all of it could be queued: send it again, and it goes on where it broke off.",
};

/** Its parts that are not sent yet; false where the queue does not take one. */
async function sendParts(env: ApplyEnv, row: WhatIfRow, nowMs: number): Promise<boolean> {
  if (row.applied_at === null) return true;
  const word = await wordOf(env, row, row.applied_at);
  for (;;) {
    const part = await env.DB.withSession("first-primary")
      .prepare("SELECT part, families FROM what_if_parts WHERE what_if = ? AND sent_at IS NULL ORDER BY part LIMIT 1")
      .bind(row.number)
      .first<{ part: number; families: string }>();
    if (!part) return true;
    const families: WhatIfFamily[] = JSON.parse(part.families);
    const { messages, leftOut } = await messagesOf(env, row, families, word);
    for (const pack of packMessages(messages, () => false)) if (!(await trySend(env.POSTBACKS, pack))) return false;
    await env.DB.prepare("UPDATE what_if_parts SET sent_at = ?, left_out = ? WHERE what_if = ? AND part = ?")
      .bind(nowMs, leftOut.length === 0 ? null : JSON.stringify(leftOut), row.number, part.part)
      .run();
  }
}

type Word = (family: WhatIfFamily) => (changed: ChangedFamily | null) => PostbackMessage;

/** The words on those families that are as they were, and the places of the others. One whose word has been taken already is as it is to be. */
async function messagesOf(env: ApplyEnv, row: WhatIfRow, families: readonly WhatIfFamily[], word: Word) {
  const receipts = families.flatMap((family) => family.receipts);
  const read = await readAgain(env, row, receipts);
  const taken = await takenAlready(
    env,
    row,
    families.map((family) => word(family)(null).receipt),
  );
  const messages: PostbackMessage[] = [];
  const leftOut: number[] = [];
  for (const [place, family] of families.entries()) {
    const { receipt } = word(family)(null);
    if (taken.has(receipt)) continue;
    const changed = read && again(row, family, read);
    const message = changed && word(family)(changed);
    if (message && JSON.stringify(message).length <= MOST_UNITS) messages.push(message);
    else leftOut.push(place);
  }
  return { messages, leftOut };
}

interface ReadAgain {
  books: LookedBooks;
  here: RulesHere;
}

async function readAgain(env: ApplyEnv, row: WhatIfRow, receipts: readonly string[]): Promise<ReadAgain | null> {
  const rules = await rulesOfRow(env, row);
  if (!rules.ok) return null;
  return readFamilies(env, periodOf(row), receipts, (messages) => rulesOn(env, rules.value, labelOf(row), messages));
}

/** The family as it is to be, if it comes to the same from the same. */
function again(row: WhatIfRow, family: WhatIfFamily, { books, here }: ReadAgain): ChangedFamily | null {
  const subject = {
    messages: books.messages,
    conversions: books.conversions.map(({ conversion }) => conversion),
    isMeant: meantIn(periodOf(row), here.rules),
  };
  const changed = lookAgain(subject, here, family, () => causeOf(row.advertiser, row.looked_at));
  if (!changed || changed.seen !== family.seen) return null;
  return JSON.stringify(familyOf(changed).conversions) === JSON.stringify(family.conversions) ? changed : null;
}

async function takenAlready(env: ApplyEnv, { advertiser }: WhatIfRow, receipts: string[]): Promise<Set<string>> {
  const { messages } = await env.CONVERSIONS.getByName(objectName(advertiser)).find(receipts, []);
  return new Set(messages.filter(({ outcome }) => outcome.status === "updated").map(({ command }) => command.receipt));
}

/** The operator's word on a family, by a receipt that the what-if and the family name. */
async function wordOf(env: ApplyEnv, row: WhatIfRow, appliedAtMs: number): Promise<Word> {
  const [key] = await deriveReceiptKeys(await advertiserKeys(env));
  if (!key) throw new Error("the key ring has no keys");
  const { advertiser, number } = row;
  return (family) => (changed) => {
    const said = { by: row.applied_by ?? row.actor, note: `${labelOf(row)}: ${row.note ?? row.name}`, whatIf: number };
    const name = nameOfMessage(key, advertiser, ["what-if", String(number), ...family.receipts, family.seen]);
    const amendment = changed ? amendmentOf(changed, said) : { ...said, seen: family.seen, patches: [] };
    return {
      kind: "postback",
      receipt: writeReceipt(key, advertiser, name),
      named: true,
      advertiser,
      receivedAtMs: appliedAtMs,
      channel: "console",
      content: {},
      amendment: { ...amendment, patches: JSON.stringify(amendment.patches) },
    };
  };
}

/** Whoever applies one has this long before it counts as broken off. */
const UNDER_WAY_MS = 2 * MINUTE_MS;
const RESUMED_AT_ONCE = 3;

/** Goes on with what-ifs of which the applying broke off: says how many. */
export async function resumeWhatIfs(env: ApplyEnv, nowMs: number): Promise<number> {
  const { results } = await env.DB.prepare(
    `SELECT w.number FROM what_ifs w WHERE w.applied_at < ? AND EXISTS (SELECT 1 FROM what_if_parts p WHERE p.what_if = w.number AND p.sent_at IS NULL)
     ORDER BY w.number DESC LIMIT ${RESUMED_AT_ONCE}`,
  )
    .bind(nowMs - UNDER_WAY_MS)
    .all<{ number: number }>();
  for (const { number } of results) {
    const found = await findWhatIf(env, String(number));
    if (found.ok && !(await sendParts(env, found.value, nowMs)))
      console.error({ event: "what_if_not_resumed", number });
  }
  return results.length;
}
