/** Google Ads: sales through the Data Manager API, which says later what became of them; refunds through the Google Ads API, where a developer token is given. */
import { accept, refuse } from "../result.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../time-units.ts";
import type { AdPlatform, PlatformVerdict, PreparedEvent, RequestParts, SaidThere, ToldEvent } from "./ad-platform.ts";
import { type ExactJson, exactNumber, writeExactJson, writtenJson } from "./exact-json.ts";
import { googleTokenRequest } from "./google-access.ts";
import { ADJUSTMENTS_VERSION, adjustmentOf, adjustmentsRequest, readAdjustments } from "./google-adjustments.ts";
import { googleWords, readGoogleError } from "./google-errors.ts";
import { readTokenAnswer } from "./oauth-tokens.ts";
import { ASK_AGAIN_MS, everyEvent, inDoubt, listAt, off, refused, retry, textAt } from "./platform-answers.ts";
import { rfc3339Seconds } from "./platform-times.ts";

const HOST = "https://datamanager.googleapis.com/v1";
/** Nothing is known earlier; it may take a day. */
const FIRST_QUESTION_MS = 30 * MINUTE_MS;

/** The conversion is there already: a repeat, or the shop's own tag under the same transaction ID. */
const THERE_ALREADY = "PROCESSING_ERROR_REASON_DUPLICATE_TRANSACTION_ID";
const FAILED = "PROCESSING_ERROR_REASON_INTERNAL_ERROR";
const TOO_OLD = "PROCESSING_ERROR_REASON_EVENT_TOO_OLD";

export const GOOGLE: AdPlatform = {
  label: "Google Ads",
  pages: [
    "https://developers.google.com/data-manager/api/devguides/events/google-ads/online/send-events",
    "https://developers.google.com/data-manager/api/devguides/concepts/understand-errors",
    "https://developers.google.com/data-manager/api/reference/rest/v1/requestStatus/retrieve",
    "https://developers.google.com/google-ads/api/reference/rpc/latest/ConversionAdjustment",
    "https://developers.google.com/google-ads/api/docs/sunset-dates",
  ],
  pins: [
    { api: "Data Manager API", version: "v1", verifiedOn: "2026-11-30", sunsetOn: null },
    {
      api: "Google Ads API",
      version: ADJUSTMENTS_VERSION,
      verifiedOn: "2026-11-30",
      sunsetOn: "2027-10-01",
      note: "Reckoned: a version lives about twelve months, and this one came in October 2026.",
    },
  ],
  clickIds: ["gclid", "gbraid", "wbraid"],
  fields: [
    {
      name: "customer",
      label: "Customer ID",
      required: true,
      form: /^\d{10}$/,
      help: "Ten digits without dashes: the account that owns the conversion action, no parent and no child of it.",
    },
    {
      name: "login_customer",
      label: "Manager's customer ID",
      required: false,
      form: /^\d{10}$/,
      help: "Where access is through a manager account.",
    },
    {
      name: "service_account",
      label: "Service account's key file",
      secret: true,
      required: false,
      form: /^\s*\{[\s\S]{1,8000}\}\s*$/,
      help: "The whole JSON file. Its address must be a user of the account. Or a refresh token instead, with client ID and client secret.",
    },
    {
      name: "client_id",
      label: "OAuth client ID",
      required: false,
      form: /^[\w.-]{10,200}$/,
      help: "Of your project in Google Cloud, with the Data Manager API enabled.",
    },
    {
      name: "client_secret",
      label: "OAuth client secret",
      secret: true,
      required: false,
      form: /^\S{10,200}$/,
      help: "Of the same client.",
    },
    {
      name: "refresh_token",
      label: "Refresh token",
      secret: true,
      required: false,
      form: /^\S{20,600}$/,
      help: "For the scope datamanager, and adwords where refunds are told. Of a consent screen in testing it ends after seven days.",
    },
    {
      name: "developer_token",
      label: "Developer token",
      secret: true,
      required: false,
      form: /^[\w-]{10,60}$/,
      help: "For refunds alone: of the manager account, under API Center.",
    },
  ],
  eventName: {
    label: "Conversion action's ID",
    form: /^\d{1,20}$/,
    help: "The number behind ctId= in the conversion action's address, not its resource name.",
  },
  // From memory: Google keeps a click for 90 days.
  window: { ms: 90 * DAY_MS, from: "click" },
  // The Google Ads API asks for it by TOO_RECENT_EVENT; whether the Data Manager API does is not known, and waiting loses nothing.
  clickRestMs: 6 * HOUR_MS,
  batch: { events: 2_000, refusal: "batch" },
  doubt: { next: "repeat", withinMs: null },
  refunds: "By the Google Ads API, where a developer token is entered: restated, or retracted where nothing is left.",
  test: { how: "validateOnly: the request is checked, and nothing is kept.", field: null },
  missing: [
    "What was retracted cannot be counted again.",
    "Which event of a batch failed: Google counts failures by reason, so a batch of which some failed is sent again one by one, and what it has already it knows by its transaction ID.",
  ],
  unsure: [
    "How old a click may be (90 days, from memory): tell a conversion of an old click, and look what Google says of it an hour later.",
    "Whether the Data Manager API minds clicks of the last six hours: conversions wait until then.",
    "That the Google Ads API adjusts what the Data Manager API took: one project saw it on one account in September 2026. Refund a conversion of your own, and look under Conversions → Uploads.",
  ],
  access: { request: googleTokenRequest, read: readTokenAnswer },
  inquiry: {
    request: (receipt, { secretOf }) => ({
      method: "GET",
      url: `${HOST}/requestStatus:retrieve?requestId=${encodeURIComponent(receipt)}`,
      headers: [["authorization", `Bearer ${secretOf("access_token")}`]],
      body: null,
    }),
    read: readRequestStatus,
  },
  lane: ({ move, name }, { hasSecret }) => {
    if (move === "sale") return accept({ call: "ingest", target: name });
    return hasSecret("developer_token") ? accept({ call: "adjust", target: "" }) : refuse("needs_developer_token");
  },
  event: (told, { fields }) => (told.move === "sale" ? saleOf(told) : adjustmentOf(told, fields.customer ?? "")),
  request: (batch, lane, parts) => {
    if (lane.call === "adjust") return adjustmentsRequest(batch, lane, parts);
    return {
      method: "POST",
      url: `${HOST}/events:ingest`,
      headers: [
        ["content-type", "application/json"],
        ["authorization", `Bearer ${parts.secretOf("access_token")}`],
      ],
      body: writeExactJson({
        destinations: [destinationOf(lane.target, parts)],
        events: batch.map(({ json }) => writtenJson(json)),
        validateOnly: lane.isTest,
      }),
    };
  },
  read: (batch, said) => (batch[0]?.lane.call === "adjust" ? readAdjustments(batch, said) : readIngest(batch, said)),
};

function destinationOf(action: string, { settings: { fields } }: RequestParts): ExactJson {
  const account = (accountId: string) => ({ accountType: "GOOGLE_ADS", accountId });
  const customer = fields.customer ?? "";
  return {
    operatingAccount: account(customer),
    loginAccount: account(fields.login_customer || customer),
    productDestinationId: action,
  };
}

function saleOf({ click, orderId, atMs, value, facts, consent }: ToldEvent): ExactJson {
  return {
    adIdentifiers: { [click?.kind ?? "gclid"]: click?.id ?? "" },
    transactionId: orderId,
    eventTimestamp: rfc3339Seconds(atMs),
    ...(value !== null && { conversionValue: exactNumber(value), currency: facts.currency }),
    eventSource: "WEB",
    // Left out where nobody said it: then what the account is set to holds.
    ...(consent === "granted" && { consent: { adUserData: "CONSENT_GRANTED", adPersonalization: "CONSENT_GRANTED" } }),
  };
}

/** `{"requestId"}`: received, and no more; a request that only validates has none. An error has `{"error":{"code","message","status","details"}}`. */
function readIngest(batch: readonly PreparedEvent[], said: SaidThere): PlatformVerdict[] {
  const plain = readGoogleError(batch, said);
  if (plain) return plain;
  const receipt = textAt(said.json, "requestId");
  if (receipt !== null) return everyEvent(batch, { outcome: "ask_later", receipt, afterMs: FIRST_QUESTION_MS });
  const isValid = batch[0]?.lane.isTest === true && said.json !== undefined;
  return everyEvent(batch, isValid ? { outcome: "delivered" } : inDoubt("unreadable_answer"));
}

/**
 * `{"requestStatusPerDestination":[{"requestStatus","errorInfo":{"errorCounts":[{"reason","recordCount"}]}}]}`, of the one destination that was told. It says how many
 * events failed for which reason, not which events.
 */
function readRequestStatus(batch: readonly unknown[], receipt: string, said: SaidThere): PlatformVerdict[] {
  const again = { outcome: "ask_later", receipt, afterMs: said.afterMs ?? ASK_AGAIN_MS } as const;
  if (said.status === 403) return everyEvent(batch, off("no_rights_there", googleWords(said)));
  const status = said.status === 200 ? textAt(said.json, "requestStatusPerDestination", 0, "requestStatus") : null;
  if (status === "SUCCESS") return everyEvent(batch, { outcome: "delivered" });
  if (status !== "FAILED" && status !== "PARTIAL_SUCCESS") return everyEvent(batch, again);
  const counts = listAt(said.json, "requestStatusPerDestination", 0, "errorInfo", "errorCounts") ?? [];
  const reasons = counts.map((count) => textAt(count, "reason") ?? "");
  // What was taken already, and what is there already, is delivered; and so is all where nothing else is counted.
  if (reasons.length > 0 && reasons.every((reason) => reason === THERE_ALREADY))
    return everyEvent(batch, { outcome: "delivered" });
  const hasOne = new Set(reasons).size === 1;
  if (status === "FAILED" && hasOne) return everyEvent(batch, failedFor(reasons[0] ?? ""));
  if (batch.length > 1) return everyEvent(batch, { outcome: "split" });
  return everyEvent(batch, failedFor(reasons.join(", ")));
}

function failedFor(reason: string): PlatformVerdict {
  if (reason === FAILED) return retry("platform_failed", null);
  return reason === TOO_OLD ? refused(reason, "deadline_passed") : refused(reason || "FAILED");
}
