/** The body of a webhook, as a schema: what is validated against it in tests is what its JSON Schema documents. */
import { toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { CONVERSION_TYPES } from "./delivery-types.ts";

const time = v.pipe(v.string(), v.isoTimestamp(), v.description("RFC 3339, UTC."));
const amount = v.pipe(v.string(), v.regex(/^\d+(?:\.\d+)?$/), v.description("Decimal, after refunds."));
const change = v.pipe(
  v.string(),
  v.regex(/^-?\d+(?:\.\d+)?$/),
  v.description("Decimal: what this adds, negative where it takes back."),
);
const status = v.picklist(["pending", "approved", "rejected", "reversed"]);
const known = v.nullable(v.string());

/** What the receiver's owner does not see is left out; what is not known is null. */
const data = v.object({
  delivery_id: v.pipe(v.string(), v.description("The same however often it is sent, as in webhook-id.")),
  conversion_id: v.string(),
  sequence: v.pipe(
    v.number(),
    v.integer(),
    v.minValue(1),
    v.description(
      "Which word on the conversion this is. Each has the whole state: pass over one that is lower than you have seen.",
    ),
  ),
  event: v.string(),
  status,
  from_status: v.nullable(status),
  original_status: known,
  held: v.boolean(),
  reason: v.exactOptional(known),
  test: v.boolean(),
  currency: v.string(),
  amount,
  amount_delta: change,
  original_amount: v.pipe(
    v.nullable(v.string()),
    v.description("In the currency in which it was told, after refunds; null where that is `currency`."),
  ),
  original_currency: known,
  rate: v.pipe(known, v.description("What one unit of it was booked as.")),
  payout: v.exactOptional(amount),
  payout_delta: v.exactOptional(change),
  revenue: v.exactOptional(amount),
  revenue_delta: v.exactOptional(change),
  txid: known,
  refund_id: known,
  offer: v.string(),
  link: v.exactOptional(v.string()),
  affiliate: v.exactOptional(v.string()),
  advertiser: v.exactOptional(v.string()),
  click_id: known,
  external_id: v.exactOptional(known),
  external_kind: v.exactOptional(known),
  subs: v.exactOptional(v.record(v.string(), v.string())),
  country: known,
  device: known,
  os: known,
  browser: known,
  coupon: known,
  customer: known,
  meta: v.record(v.string(), v.string()),
  clicked_at: time,
  occurred_at: time,
  received_at: time,
});

export const webhookPayload = v.object({
  type: v.picklist(CONVERSION_TYPES),
  timestamp: v.pipe(v.string(), v.isoTimestamp(), v.description("When we heard of it, RFC 3339, UTC.")),
  data,
});

export type WebhookPayload = v.InferOutput<typeof webhookPayload>;

/** The JSON Schema (2020-12) of the body. Fields are added to it, never renamed. */
export function webhookJsonSchema(): object {
  return toJsonSchema(webhookPayload, { target: "draft-2020-12" });
}
