/** Refunds at Google: retractions and restatements of what was told, through the Google Ads API. */
import { HOUR_MS } from "../time-units.ts";
import type {
  EventLane,
  PlatformRequest,
  PlatformVerdict,
  PreparedEvent,
  RequestParts,
  SaidThere,
  ToldEvent,
} from "./ad-platform.ts";
import { type ExactJson, exactNumber, writeExactJson, writtenJson } from "./exact-json.ts";
import { readGoogleError } from "./google-errors.ts";
import { everyEvent, inDoubt, listAt, numberAt, off, refused, retry, saidAt, textAt } from "./platform-answers.ts";
import { googleAdsTime } from "./platform-times.ts";

export const ADJUSTMENTS_VERSION = "v26";

/** What was told is not found yet; later it is. */
const LATER = ["CONVERSION_NOT_FOUND", "TOO_RECENT_CONVERSION"];
const LATER_MS = 6 * HOUR_MS;
/** It is there as told already, or in a later state. */
const DONE = ["CONVERSION_ALREADY_RETRACTED", "MORE_RECENT_RESTATEMENT_FOUND", "RESTATEMENT_ALREADY_EXISTS"];
const EXPIRED = "CONVERSION_EXPIRED";
/** From memory: what a version that is over is called. */
const VERSION_OVER = "UNSUPPORTED_VERSION";

/** The value of a restatement is what is left, not what was taken away; a conversion that was told with an order's ID is found by it alone. */
export function adjustmentOf(
  { move, name, orderId, changedAtMs, value, facts }: ToldEvent,
  customer: string,
): ExactJson {
  const isRetracted = move === "gone";
  return {
    adjustmentType: isRetracted ? "RETRACTION" : "RESTATEMENT",
    conversionAction: `customers/${customer}/conversionActions/${name}`,
    orderId,
    adjustmentDateTime: googleAdsTime(changedAtMs),
    ...(!isRetracted && {
      restatementValue: { adjustedValue: exactNumber(value ?? "0"), currencyCode: facts.currency },
    }),
  };
}

export function adjustmentsRequest(
  batch: readonly PreparedEvent[],
  { isTest }: EventLane,
  { settings: { fields }, secretOf }: RequestParts,
): PlatformRequest {
  const manager = fields.login_customer;
  return {
    method: "POST",
    url: `https://googleads.googleapis.com/${ADJUSTMENTS_VERSION}/customers/${fields.customer}:uploadConversionAdjustments`,
    headers: [
      ["content-type", "application/json"],
      ["authorization", `Bearer ${secretOf("access_token")}`],
      ["developer-token", secretOf("developer_token")],
      ...(manager ? [["login-customer-id", manager] satisfies [string, string]] : []),
    ],
    body: writeExactJson({
      conversionAdjustments: batch.map(({ json }) => writtenJson(json)),
      partialFailure: true,
      ...(isTest && { validateOnly: true }),
    }),
  };
}

/**
 * A 200 may hold `{"partialFailureError":{"details":[{"errors":[{"errorCode":{"conversionAdjustmentUploadError":"…"},"message","location":{"fieldPathElements":
 * [{"fieldName":"conversion_adjustments","index":0}]}}]}]}}`: an index that is 0 may be left out.
 */
export function readAdjustments(batch: readonly PreparedEvent[], said: SaidThere): PlatformVerdict[] {
  if (said.text.includes(VERSION_OVER)) return everyEvent(batch, off("version_over", said.text));
  const plain = readGoogleError(batch, said);
  if (plain) return plain;
  if (said.json === undefined) return everyEvent(batch, inDoubt("unreadable_answer"));
  if (saidAt(said.json, "partialFailureError") === undefined) return everyEvent(batch, { outcome: "delivered" });
  const errors = (listAt(said.json, "partialFailureError", "details") ?? []).flatMap(
    (detail) => listAt(detail, "errors") ?? [],
  );
  // A failure of which no event is named says nothing of any.
  if (errors.length === 0) return everyEvent(batch, inDoubt("unreadable_answer"));
  return batch.map((_event, index) => {
    const own = errors.find((error) => placeOf(error) === index);
    return own === undefined ? { outcome: "delivered" } : readAdjustmentError(own);
  });
}

function placeOf(error: unknown): number {
  return numberAt(error, "location", "fieldPathElements", 0, "index") ?? 0;
}

function readAdjustmentError(error: unknown): PlatformVerdict {
  const codes = Object.values(saidAt(error, "errorCode") ?? {}).map(String);
  const words = `${codes.join(", ")} ${textAt(error, "message") ?? ""}`.trim();
  if (codes.some((code) => DONE.includes(code))) return { outcome: "delivered" };
  if (codes.some((code) => LATER.includes(code))) return retry("not_landed_there", LATER_MS);
  return codes.includes(EXPIRED) ? refused(words, "deadline_passed") : refused(words);
}
