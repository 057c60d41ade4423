/** Rulings: an operator confirms or dismisses claims, one or many. Each goes to the ledger as a message like any other, and leaves an entry that names who said so. */
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import type { PostbackMessage } from "../../../schema/messages.ts";
import { deriveReceiptKeys } from "../../core/credentials.ts";
import { packMessages } from "../../core/message-packs.ts";
import { must } from "../../core/must.ts";
import { RECEIPT_NAME_BYTES, writeReceipt } from "../../core/receipt.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import { amount, note } from "../conversions/corrections.ts";
import type { Env } from "../env.ts";
import { trySend } from "../postbacks/queueing.ts";
import { whereOf } from "../tables/sql-condition.ts";
import { fields } from "../web/input.ts";
import { advertiserKeys } from "../web/keys.ts";
import { invalid, notFound, type Problem } from "../web/problem.ts";
import { claimFilters, conditionsFor } from "./list.ts";

/** One call rules on so many claims at most. */
export const MOST_RULINGS = 1_000;

export const ACTIONS = ["confirm", "dismiss"] as const;
export type Ruling = (typeof ACTIONS)[number];

/** `amount` stands in the place of the claim's. */
export const confirmation = fields({ note, amount: v.exactOptional(amount) });
export const dismissal = fields({ note });
type OneRuling = v.InferOutput<typeof confirmation>;

/** All open claims that fit, without tests; `count` is how many they were when the caller looked. */
export const manyRulings = fields({
  ...claimFilters,
  count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_RULINGS, `At most ${MOST_RULINGS} at once.`)),
  note,
});
type ManyRulings = v.InferOutput<typeof manyRulings>;

export const rulingAnswer = v.object({ status: v.literal("queued"), receipt: v.string() });
export const rulingsAnswer = v.object({ queued: v.number() });
export const countAnswer = v.object({ open: v.number() });
export interface OpenClaim {
  receipt: string;
  advertiser: number;
  click_id: string;
  event: string;
  txid: string | null;
  test: number;
}

export const SELECT_CLAIMS = "SELECT k.receipt, k.advertiser, k.click_id, k.event, k.txid, k.test FROM claims AS k";
const OPEN = { sql: "k.state = 'open'", values: [] };
const NO_TESTS = { sql: "+k.test = 0", values: [] };

/** Rules on one claim; what became of it is told by the receipt. One that is dismissed may be confirmed after all. */
export async function ruleOnClaim(
  env: Env,
  ruling: Ruling,
  key: string,
  input: OneRuling,
  change: ChangeStamp,
): Promise<Result<v.InferOutput<typeof rulingAnswer>, Problem>> {
  const allowed = ruling === "confirm" ? "('open', 'dismissed')" : "('open')";
  const claim = await env.DB.prepare(`${SELECT_CLAIMS} WHERE k.receipt = ? AND k.state IN ${allowed}`)
    .bind(key.toLowerCase())
    .first<OpenClaim>();
  if (!claim) return refuse(notFound("open claim", key));
  const sent = await sendRulings(env, ruling, [{ claim, amount: input.amount }], input.note, change);
  return sent.ok ? accept({ status: "queued", receipt: must(sent.value[0], "the receipt of claim", key) }) : sent;
}

/** How many open claims fit. */
export async function countClaims(
  env: Env,
  filters: Omit<ManyRulings, "count" | "note">,
  change: ChangeStamp,
): Promise<Result<{ open: number }, Problem>> {
  const found = await openClaims(env, filters, change);
  return found.ok ? accept({ open: found.value.length }) : found;
}

/** Rules on all that fit, if they are as many as the caller saw. */
export async function ruleOnClaims(
  env: Env,
  ruling: Ruling,
  { count, note: why, ...filters }: ManyRulings,
  change: ChangeStamp,
): Promise<Result<v.InferOutput<typeof rulingsAnswer>, Problem>> {
  const found = await openClaims(env, filters, change);
  if (!found.ok) return found;
  if (found.value.length !== count)
    return refuse(invalid("#/count", `There are ${found.value.length} such open claims now: look at them again.`));
  const sent = await sendRulings(
    env,
    ruling,
    found.value.map((claim) => ({ claim })),
    why,
    change,
  );
  return sent.ok ? accept({ queued: sent.value.length }) : sent;
}

async function openClaims(
  env: Env,
  filters: Omit<ManyRulings, "count" | "note">,
  { by }: ChangeStamp,
): Promise<Result<OpenClaim[], Problem>> {
  const conditions = await conditionsFor(env, by, filters);
  if (!conditions.ok) return conditions;
  const where = whereOf([OPEN, NO_TESTS, ...conditions.value]);
  const { results } = await env.DB.prepare(`${SELECT_CLAIMS} ${where.sql} ORDER BY k.received_at, k.receipt LIMIT ?`)
    .bind(...where.values, MOST_RULINGS)
    .all<OpenClaim>();
  return accept(results);
}

interface Ruled {
  claim: OpenClaim;
  amount?: number | undefined;
}

/** Sends rulings to the ledger and gives their receipts. They are logged before they are sent, so that none is unlogged; a claim is ruled on once, however often it is asked for. */
export async function sendRulings(
  env: Env,
  ruling: Ruling,
  ruled: readonly Ruled[],
  why: string,
  change: ChangeStamp,
): Promise<Result<string[], Problem>> {
  if (ruled.length === 0) return accept([]);
  const [key] = await deriveReceiptKeys(await advertiserKeys(env));
  if (!key) throw new Error("the key ring has no keys");
  const messages = ruled.map(({ claim, amount: says }): PostbackMessage => {
    const { advertiser, click_id: clickId, event, txid, test } = claim;
    const receipt = writeReceipt(key, advertiser, crypto.getRandomValues(new Uint8Array(RECEIPT_NAME_BYTES)));
    return {
      kind: "postback",
      receipt,
      advertiser,
      receivedAtMs: change.atMs,
      channel: "console",
      content: {
        clickId,
        event,
        ...(txid === null ? {} : { txid }),
        ...(test === 1 ? { test: true } : {}),
        ...(says === undefined ? {} : { amountMicros: says }),
      },
      ruling: {
        by: change.by.name,
        note: why,
        claim: claim.receipt,
        ...(ruling === "dismiss" ? { dismiss: true } : {}),
      },
    };
  });
  const subject = ruled.length === 1 ? (ruled[0]?.claim.receipt ?? "") : `${ruled.length} claims`;
  const after = { note: why, claims: ruled.map(({ claim }) => claim.receipt) };
  await logChange(drizzle(env.DB), change, { action: ruling, kind: "claims", subject, before: null, after });
  for (const pack of packMessages(messages))
    if (!(await trySend(env.POSTBACKS, pack)))
      return refuse({ name: "try_again", detail: "Not all of it could be queued: send it again." });
  return accept(messages.map(({ receipt }) => receipt));
}
