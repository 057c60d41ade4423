/** Messages read back from where they were kept: R2 holds the whole of one, the postback log its content. */
import * as v from "valibot";
import type { PostbackContent, PostbackMessage } from "../../../schema/messages.ts";

const text = v.exactOptional(v.string());
const whole = v.exactOptional(v.pipe(v.number(), v.safeInteger()));
const yes = v.exactOptional(v.literal(true));

const content = v.object({
  clickId: text,
  event: text,
  txid: text,
  status: v.exactOptional(v.picklist(["pending", "approved", "rejected", "reversed"])),
  originalStatus: text,
  refundId: text,
  amountMicros: whole,
  revenueMicros: whole,
  currency: text,
  occurredAtMs: whole,
  occurredAtSent: text,
  coupon: text,
  customer: v.exactOptional(v.picklist(["new", "returning"])),
  meta: v.exactOptional(v.record(v.string(), v.string())),
  test: yes,
});

const channel = v.picklist(["get", "form", "json", "batch", "pixel", "console"]);

const message = v.object({
  kind: v.literal("postback"),
  receipt: v.string(),
  named: yes,
  advertiser: v.number(),
  receivedAtMs: v.number(),
  channel,
  credentialVersion: whole,
  content,
  correction: v.exactOptional(v.object({ by: v.string(), note: v.string(), conversion: v.string(), restate: yes })),
});

/** A message as R2 holds it; its waiting begins anew. Null when it is none. */
export function readMessage(json: string): PostbackMessage | null {
  const read = v.safeParse(message, parse(json));
  return read.success ? read.output : null;
}

/** A row of the postback log that took no key. */
export interface LoggedMessage {
  receipt: string;
  advertiser: number;
  received_at: number;
  channel: string;
  params: string | null;
}

/** The message that a row of the log was made from; null where it cannot be told: a correction's row does not say whose correction it is. */
export function rebuildMessage(row: LoggedMessage): PostbackMessage | null {
  const read = v.safeParse(v.object({ content, channel }), { content: parse(row.params ?? ""), channel: row.channel });
  if (!read.success || read.output.channel === "console") return null;
  return {
    kind: "postback",
    receipt: row.receipt,
    advertiser: row.advertiser,
    receivedAtMs: row.received_at,
    replay: true,
    ...read.output,
  };
}

/** The content of a message as the log keeps it; null when it is none. */
export function readContent(json: string): PostbackContent | null {
  const read = v.safeParse(content, parse(json));
  return read.success ? read.output : null;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
