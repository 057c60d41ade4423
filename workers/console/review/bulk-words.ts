/** The words of a bulk: of each conversion the decision, and what takes it back, by receipts that bulk and conversion name, so that said again they are the same. */
import type { PostbackMessage } from "../../../schema/messages.ts";
import type { BulkConversion, BulkDecision } from "../../../schema/tables.ts";
import { deriveReceiptKeys } from "../../core/credentials.ts";
import { nameOfMessage, writeReceipt } from "../../core/receipt.ts";
import { DECISIONS } from "../conversions/decisions.ts";
import type { Env } from "../env.ts";
import { advertiserKeys } from "../web/keys.ts";

interface Ordered {
  number: number;
  decision: BulkDecision;
  reason: string | null;
  note: string;
  actor: string;
}

export async function wordsOf(
  env: Pick<Env, "ADVERTISER_KEYS">,
  { number, decision, reason, note, actor }: Ordered,
): Promise<{
  decide(one: BulkConversion, atMs: number): PostbackMessage;
  takeBack(one: BulkConversion, atMs: number, by: string): PostbackMessage;
}> {
  const [key] = await deriveReceiptKeys(await advertiserKeys(env));
  if (!key) throw new Error("the key ring has no keys");
  const receiptOf = ([advertiser, id]: BulkConversion, word: string) =>
    writeReceipt(key, advertiser, nameOfMessage(key, advertiser, ["bulk", String(number), word, id]));
  const message = (one: BulkConversion, word: string, receivedAtMs: number) => ({
    kind: "postback" as const,
    receipt: receiptOf(one, word),
    named: true as const,
    advertiser: one[0],
    receivedAtMs,
    channel: "console" as const,
  });
  const says = DECISIONS[decision].says;
  return {
    decide: (one, atMs) => ({
      ...message(one, "decide", atMs),
      content: "status" in says ? { status: says.status } : {},
      correction: {
        by: actor,
        note: `${note} (bulk ${number})`,
        conversion: one[1],
        ...("act" in says ? { act: says.act } : {}),
        ...(reason === null ? {} : { reason }),
      },
    }),
    takeBack: (one, atMs, by) => ({
      ...message(one, "undo", atMs),
      content: {},
      correction: {
        by,
        note: `undone (bulk ${number})`,
        conversion: one[1],
        act: "undo",
        undoes: receiptOf(one, "decide"),
      },
    }),
  };
}
