/** What became of a message, by its receipt: told to who sent it, to admins and to analysts. */
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import { advertisers, postbacks } from "../../../schema/tables.ts";
import { deriveReceiptKeys, deriveToken } from "../../core/credentials.ts";
import { equalText } from "../../core/equal.ts";
import { formatInstant } from "../../core/instant.ts";
import type { KeyRing } from "../../core/key-ring.ts";
import { isReceiptOf, RECEIPT_LENGTH } from "../../core/receipt.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { POSTBACKS_KEPT_MS } from "../../core/retention.ts";
import { DAY_MS } from "../../core/time-units.ts";
import { validCredentials } from "../advertisers/credentials.ts";
import type { Env } from "../env.ts";
import { findBearer } from "../web/bearer.ts";
import { bearerToken, type Caller } from "../web/caller.ts";
import { advertiserKeys } from "../web/keys.ts";
import type { Problem } from "../web/problem.ts";
import { attemptAnswer, attemptViews } from "./logged-attempts.ts";
import { adviceOn } from "./reasons.ts";

const POSTBACK_TOKEN = /^cbt_[0-9a-hjkmnp-tv-z]{32}$/;

export const receiptAnswer = v.object({
  receipt: v.string(),
  status: v.picklist(["queued", ...postbacks.status.enumValues]),
  reason: v.nullable(v.string()),
  /** What the sender should change. */
  message: v.nullable(v.string()),
  duplicate_of: v.nullable(v.string()),
  conversion: v.nullable(v.string()),
  received_at: v.nullable(v.string()),
  settled_at: v.nullable(v.string()),
  /** Each time that it came and was decided; none before it was. */
  attempts: v.array(attemptAnswer),
});
type ReceiptView = v.InferOutput<typeof receiptAnswer>;

type ReceiptRow = typeof postbacks.$inferSelect;
type Holder = Pick<typeof advertisers.$inferSelect, "number" | "credentials">;

/**
 * Looks a receipt up for who asks. An advertiser's token says nothing of whose it is, and trying every advertiser's would cost a
 * derivation each; so the receipt says whose it is, by its row or by its tag, and only that advertiser's tokens are derived.
 * Whoever's token that is not learns what a stranger learns: there is no such receipt.
 */
export async function readReceipt(
  env: Env,
  request: Request,
  text: string,
  nowMs: number,
): Promise<Result<ReceiptView, Problem>> {
  const token = bearerToken(request);
  if (token === null)
    return refuse({ name: "not_signed_in", detail: "Send your postback token as Authorization: Bearer." });
  const receipt = text.toLowerCase();
  // A postback token has 160 bits, and many an advertiser's sender may share an address: theirs are not counted.
  const found = POSTBACK_TOKEN.test(token) ? accept(null) : await findBearer(env, request, token, nowMs);
  if (!found.ok) return found;
  const caller = found.value;
  const db = drizzle(env.DB);
  const [row] = await db.select().from(postbacks).where(eq(postbacks.receipt, receipt));
  const ring = await advertiserKeys(env);
  const candidates = await db
    .select({ number: advertisers.number, credentials: advertisers.credentials })
    .from(advertisers)
    .where(row && eq(advertisers.number, row.advertiser));
  const owner = row ? candidates[0] : await ownerOf(ring, candidates, receipt);
  if (!owner || !(await mayRead(ring, caller, token, owner, nowMs))) return refuse(unknownReceipt(text));
  if (!row) return accept(receiptView(receipt, null));
  // A receipt carries no time, so one without a row is `queued`, however old it is; one with a row beyond this is gone.
  if (row.receivedAtMs < nowMs - POSTBACKS_KEPT_MS)
    return refuse({ name: "no_longer_kept", detail: `Receipts are kept for ${POSTBACKS_KEPT_MS / DAY_MS} days.` });
  return accept(receiptView(receipt, row));
}

/** Whose receipt this is, by its tag. */
async function ownerOf(ring: KeyRing, candidates: readonly Holder[], receipt: string): Promise<Holder | undefined> {
  if (receipt.length !== RECEIPT_LENGTH) return undefined;
  const keys = await deriveReceiptKeys(ring);
  return candidates.find(({ number }) => isReceiptOf(keys, number, receipt));
}

/** `caller` is null for whoever brings a postback token. */
async function mayRead(
  ring: KeyRing,
  caller: Caller | null,
  token: string,
  owner: Holder,
  nowMs: number,
): Promise<boolean> {
  if (caller !== null) {
    if (caller.scope === "everything") return true;
    return "advertiser" in caller.scope && caller.scope.advertiser === owner.number;
  }
  for (const { version, key } of validCredentials(owner.credentials, nowMs)) {
    const own = await deriveToken(ring, owner.number, version, key);
    if (own !== null && equalText(own, token)) return true;
  }
  return false;
}

function unknownReceipt(text: string): Problem {
  return { name: "not_found", detail: `"${text}" is no receipt of yours: check it, and the token that you send.` };
}

function receiptView(receipt: string, row: ReceiptRow | null): ReceiptView {
  return {
    receipt,
    status: row?.status ?? "queued",
    reason: row?.reason ?? null,
    message: adviceOn(row?.reason ?? null),
    duplicate_of: row?.duplicateOf ?? null,
    conversion: row?.conversionId ?? null,
    received_at: row ? formatInstant(row.receivedAtMs) : null,
    settled_at: row ? formatInstant(row.settledAtMs) : null,
    attempts: row ? attemptViews(row.attempts, row) : [],
  };
}
