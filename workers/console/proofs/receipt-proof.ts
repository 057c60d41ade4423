/** The proof of one message: its leaf, and the way from it to the newest checkpoint. */
import { objectName } from "../../core/books/stored.ts";
import { deriveReceiptKeys } from "../../core/credentials.ts";
import { openMessage } from "../../core/journal/opening.ts";
import { isReceiptOf } from "../../core/receipt.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";
import { advertiserKeys } from "../web/keys.ts";
import { notFound, type Problem } from "../web/problem.ts";
import { PROOF_FORMAT, proofEnd, provedStretches } from "./proof-parts.ts";

/** What is not under a checkpoint yet stands in `unproved`. Whose receipt it is not learns that there is none. */
export async function proveReceipt(env: Env, caller: Caller, text: string): Promise<Result<object, Problem>> {
  const receipt = text.toLowerCase();
  const advertiser = await ownerOf(env, caller, receipt);
  if (advertiser === null) return refuse(notFound("receipt", text));
  const object = env.CONVERSIONS.getByName(objectName(advertiser));
  const [message] = (await object.find([receipt], [])).messages;
  const row = message?.salting?.at ?? 0;
  const rows = row === 0 ? [] : await object.journalRows([row]);
  const leaf = message && openMessage(message, new Map(rows.map((one) => [one.seq, one])), 1);
  const end = await proofEnd(env);
  const stretches = leaf && end ? await provedStretches(env, end, { advertiser, journal: 1, rows: [row] }) : [];
  const isProved = stretches.length > 0;
  return accept({
    format: PROOF_FORMAT,
    receipt,
    leaves: leaf && isProved ? [leaf] : [],
    unproved: isProved ? [] : [receipt],
    stretches,
    checkpoint: end?.checkpoint ?? null,
    keys: end?.keys ?? [],
  });
}

async function ownerOf(env: Env, { scope }: Caller, receipt: string): Promise<number | null> {
  if (receipt.length !== 26 || (scope !== "everything" && !("advertiser" in scope))) return null;
  const keys = await deriveReceiptKeys(await advertiserKeys(env));
  if (scope !== "everything") return isReceiptOf(keys, scope.advertiser, receipt) ? scope.advertiser : null;
  const { results } = await env.DB.prepare("SELECT number FROM advertisers").all<{ number: number }>();
  return results.find(({ number }) => isReceiptOf(keys, number, receipt))?.number ?? null;
}
