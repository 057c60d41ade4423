/** What a postback said, in the words that senders use. */
import type { PostbackContent } from "../../../schema/messages.ts";
import { formatInstant } from "../../core/instant.ts";
import { formatMicros } from "../../core/money.ts";
import { readContent } from "./stored-message.ts";

/** The parameters as the log shows them: those of a refused request as they were sent, those of a message as they were understood. Null where nothing is kept. */
export function receivedParameters(status: string, params: string | null): Record<string, string> | null {
  if (params === null) return null;
  const content = status === "refused" ? null : readContent(params);
  return content ? parametersOf(content) : textsOf(JSON.parse(params));
}

function parametersOf(content: PostbackContent): Record<string, string> {
  const { amountMicros, revenueMicros, occurredAtMs, meta = {} } = content;
  const given: Record<string, string | undefined> = {
    click_id: content.clickId,
    event: content.event,
    txid: content.txid,
    status: content.status,
    original_status: content.originalStatus,
    refund_id: content.refundId,
    amount: amountMicros === undefined ? undefined : formatMicros(amountMicros),
    revenue: revenueMicros === undefined ? undefined : formatMicros(revenueMicros),
    currency: content.currency,
    occurred_at: content.occurredAtSent ?? (occurredAtMs === undefined ? undefined : formatInstant(occurredAtMs)),
    coupon: content.coupon,
    customer: content.customer,
    ...Object.fromEntries(Object.entries(meta).map(([name, value]) => [`meta.${name}`, value])),
    test: content.test ? "1" : undefined,
  };
  return textsOf(given);
}

function textsOf(value: unknown): Record<string, string> {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.flatMap(([name, text]) =>
      text === undefined ? [] : [[name, typeof text === "string" ? text : JSON.stringify(text)]],
    ),
  );
}
