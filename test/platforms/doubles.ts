/**
 * Stand-ins for ad platforms: each takes a request and answers it as its vendor's pages say, with required fields, windows, whole batches refused for one event, repeats
 * dropped or not. Written from those pages and not from our code, of which they use nothing. What is counted there can be looked at.
 */

export interface DoubleRequest {
  method: string;
  url: string;
  headers: readonly (readonly [name: string, value: string])[];
  body: string | null;
}

export interface DoubleAnswer {
  status: number;
  body: string;
}

/** A conversion as the platform has it. */
export interface CountedThere {
  click: string;
  name: string;
  /** By which the platform drops repeats, or finds it again. */
  id: string;
  atMs: number;
  value: number | null;
}

export interface PlatformDouble {
  answer: (request: DoubleRequest) => DoubleAnswer;
  /** What counts. */
  counted: CountedThere[];
  /** What was told as a test. */
  tested: CountedThere[];
}

/** What every double knows as its good token, pixel and account. */
export const GOOD = {
  token: "good-token-0123456789012345",
  developerToken: "developer0123456789",
  pixel: "1234567890",
  customer: "1234567890",
} as const;

type Json = Record<string, unknown>;
type Clock = () => number;
type Wrong = string | null;

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

function answer(status: number, body: unknown): DoubleAnswer {
  return { status, body: body === null ? "" : JSON.stringify(body) };
}

function record(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function bodyOf({ body }: DoubleRequest): Json {
  return record(JSON.parse(body ?? "null"));
}

function header({ headers }: DoubleRequest, name: string): string | undefined {
  return headers.find(([own]) => own.toLowerCase() === name)?.[1];
}

function isBearer(request: DoubleRequest): boolean {
  return header(request, "authorization") === `Bearer ${GOOD.token}`;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** A click ID that the platform does not know as one of its own. */
function isForeign(click: unknown): boolean {
  return String(click).startsWith("bad");
}

function isCurrency(value: unknown): boolean {
  return isText(value) && /^[A-Z]{3}$/.test(value);
}

function amountOf(value: unknown): number | null {
  return value === undefined ? null : Number(value);
}

/** Why the time is none, or outside of the window. */
function wrongTime(ms: unknown, nowMs: number, window: { backMs: number; aheadMs: number }): Wrong {
  if (typeof ms !== "number" || !Number.isInteger(ms)) return "the time is no whole number";
  if (ms < nowMs - window.backMs) return "the time is too old";
  return ms > nowMs + window.aheadMs ? "the time is in the future" : null;
}

/** Of events that are all right, or the first fault of any. */
function firstWrong(events: readonly unknown[], limit: number, check: (event: Json) => Wrong): Wrong {
  if (events.length === 0 || events.length > limit) return `${events.length} events`;
  return events.map((event) => check(record(event))).find((wrong) => wrong !== null) ?? null;
}

/** Counts what is not there under its name yet; where it has none, all of it. */
function countOnce(counted: CountedThere[], one: CountedThere): void {
  if (!counted.some(({ id, name }) => id === one.id && name === one.name)) counted.push(one);
}

type Doubling = (clock: Clock) => PlatformDouble;

const metaDouble: Doubling = (clock) => {
  const double: PlatformDouble = { counted: [], tested: [], answer: take };
  const error = (code: number, message: string) =>
    answer(400, { error: { message, type: "OAuthException", code, fbtrace_id: "A1" } });
  const wrongIn = (event: Json): Wrong => {
    const [user, custom] = [record(event.user_data), record(event.custom_data)];
    if (!isText(event.event_name)) return "event_name is missing";
    const time = wrongTime(event.event_time, Math.floor(clock() / 1_000), { backMs: 7 * 86_400, aheadMs: 60 });
    if (time) return time;
    if (!["system_generated", "other", "website"].includes(String(event.action_source))) return "action_source";
    if (event.action_source === "website" && !isText(user.client_user_agent)) return "client_user_agent is missing";
    if (Object.keys(user).length === 0) return "user_data is empty";
    if (!/^fb\.1\.\d{13}\.[\w.~-]+$/.test(String(user.fbc))) return "fbc";
    if (isForeign(String(user.fbc).split(".")[3])) return "fbclid";
    if (event.event_name !== "Purchase") return null;
    return typeof custom.value === "number" && isCurrency(custom.currency) ? null : "a Purchase has value and currency";
  };
  function take(request: DoubleRequest): DoubleAnswer {
    if (request.url !== `https://graph.facebook.com/v25.0/${GOOD.pixel}/events`) return error(2_635, "another version");
    const body = bodyOf(request);
    if (body.access_token !== GOOD.token) return error(190, "Error validating access token");
    const events = list(body.data);
    const wrong = firstWrong(events, 1_000, wrongIn);
    if (wrong) return error(100, `Invalid parameter: ${wrong}`);
    const into = isText(body.test_event_code) ? double.tested : double.counted;
    // Each counts, whatever its event_id.
    into.push(
      ...events.map(record).map((event) => ({
        click: String(record(event.user_data).fbc).split(".").slice(3).join("."),
        name: String(event.event_name),
        id: String(event.event_id),
        atMs: Number(event.event_time) * 1_000,
        value: amountOf(record(event.custom_data).value),
      })),
    );
    return answer(200, { events_received: events.length, messages: [], fbtrace_id: "A1" });
  }
  return double;
};

const tiktokDouble: Doubling = (clock) => {
  const double: PlatformDouble = { counted: [], tested: [], answer: take };
  const say = (code: number, message: string) => answer(200, { code, message, request_id: "R1" });
  const wrongIn = (event: Json): Wrong => {
    if (!isText(event.event) || !isText(event.event_id)) return "event and event_id are required";
    if (!isText(record(event.user).ttclid)) return "user is empty";
    if (isForeign(record(event.user).ttclid)) return "ttclid";
    const { value, currency } = record(event.properties);
    if (value !== undefined && !(typeof value === "number" && isCurrency(currency))) return "value and currency";
    return wrongTime(event.event_time, Math.floor(clock() / 1_000), { backMs: 7 * 86_400, aheadMs: 60 });
  };
  function take(request: DoubleRequest): DoubleAnswer {
    if (request.url !== "https://business-api.tiktok.com/open_api/v1.3/event/track/") return answer(404, null);
    if (header(request, "access-token") !== GOOD.token)
      return say(40_105, "Access token is incorrect or has been revoked");
    const body = bodyOf(request);
    const events = list(body.data);
    if (body.event_source !== "web" || body.event_source_id !== GOOD.pixel) return say(40_002, "event_source");
    const isTest = isText(body.test_event_code);
    if (isTest && events.length > 1) return say(40_002, "test events go alone");
    const wrong = firstWrong(events, 1_000, wrongIn);
    if (wrong) return say(40_002, wrong);
    for (const event of events.map(record))
      countOnce(isTest ? double.tested : double.counted, {
        click: String(record(event.user).ttclid),
        name: String(event.event),
        id: String(event.event_id),
        atMs: Number(event.event_time) * 1_000,
        value: amountOf(record(event.properties).value),
      });
    return say(0, "OK");
  }
  return double;
};

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/;

/** Data Manager and the Google Ads API over one account. What is ingested counts when it is asked for. */
const googleDouble: Doubling = (clock) => {
  const double: PlatformDouble = { counted: [], tested: [], answer: take };
  const requests = new Map<string, { events: Json[]; action: string; readyMs: number; said?: unknown }>();
  const retracted = new Set<string>();
  const adjustedMs = new Map<string, string>();
  const invalid = (message: string, field: string) =>
    answer(400, {
      error: {
        code: 400,
        message,
        status: "INVALID_ARGUMENT",
        details: [
          { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ field, description: message }] },
        ],
      },
    });
  const wrongIn = (event: Json): Wrong => {
    const ids = record(event.adIdentifiers);
    if (["gclid", "gbraid", "wbraid"].filter((kind) => isText(ids[kind])).length !== 1) return "adIdentifiers";
    if (!RFC3339.test(String(event.eventTimestamp))) return "eventTimestamp";
    if (event.eventSource !== "WEB") return "eventSource";
    if (!isText(event.transactionId)) return "transactionId";
    const { conversionValue, currency } = event;
    if (conversionValue !== undefined && !(typeof conversionValue === "number" && isCurrency(currency)))
      return "conversionValue";
    return null;
  };
  function ingest(request: DoubleRequest): DoubleAnswer {
    const body = bodyOf(request);
    const destination = record(list(body.destinations)[0]);
    const account = record(destination.operatingAccount);
    if (account.accountType !== "GOOGLE_ADS" || account.accountId !== GOOD.customer)
      return answer(403, {
        error: { code: 403, message: "The caller does not have permission", status: "PERMISSION_DENIED" },
      });
    if (!/^\d+$/.test(String(destination.productDestinationId)))
      return invalid("no number", "destinations[0].product_destination_id");
    const events = list(body.events).map(record);
    const wrong = firstWrong(events, 2_000, wrongIn);
    if (wrong) return invalid(`Required field is missing or wrong: ${wrong}`, `events.events[0].${wrong}`);
    if (body.validateOnly === true) {
      double.tested.push(...events.map((event) => conversionOf(event, String(destination.productDestinationId))));
      return answer(200, {});
    }
    const requestId = `request-${requests.size + 1}`;
    requests.set(requestId, {
      events,
      action: String(destination.productDestinationId),
      readyMs: clock() + 30 * MINUTE_MS,
    });
    return answer(200, { requestId });
  }
  const conversionOf = (event: Json, action: string): CountedThere => ({
    click: Object.values(record(event.adIdentifiers)).map(String).join(""),
    name: action,
    id: String(event.transactionId),
    atMs: Date.parse(String(event.eventTimestamp)),
    value: amountOf(event.conversionValue),
  });
  function statusOf(requestId: string): DoubleAnswer {
    const known = requests.get(requestId);
    if (!known) return answer(404, { error: { code: 404, message: "not found", status: "NOT_FOUND" } });
    if (clock() < known.readyMs) return answer(200, { requestStatusPerDestination: [{ requestStatus: "PROCESSING" }] });
    known.said ??= process(known.events, known.action);
    return answer(200, { requestStatusPerDestination: [known.said] });
  }
  function process(events: readonly Json[], action: string): unknown {
    const failed = new Map<string, number>();
    for (const event of events) {
      const one = conversionOf(event, action);
      const reason = reasonOf(one);
      if (reason) failed.set(reason, (failed.get(reason) ?? 0) + 1);
      else double.counted.push(one);
    }
    const errorCounts = [...failed].map(([reason, count]) => ({ reason, recordCount: String(count) }));
    const lost = errorCounts.reduce((sum, { recordCount }) => sum + Number(recordCount), 0);
    const requestStatus = lost === 0 ? "SUCCESS" : lost === events.length ? "FAILED" : "PARTIAL_SUCCESS";
    return { requestStatus, ...(lost > 0 && { errorInfo: { errorCounts } }) };
  }
  function reasonOf({ id, name, click, atMs }: CountedThere): string | null {
    if (double.counted.some((one) => one.id === id && one.name === name) || retracted.has(`${name} ${id}`))
      return "PROCESSING_ERROR_REASON_DUPLICATE_TRANSACTION_ID";
    if (isForeign(click)) return "PROCESSING_ERROR_REASON_INVALID_GCLID";
    return atMs < clock() - 90 * DAY_MS ? "PROCESSING_ERROR_REASON_EVENT_TOO_OLD" : null;
  }
  function adjust(request: DoubleRequest): DoubleAnswer {
    if (header(request, "developer-token") !== GOOD.developerToken)
      return answer(403, { error: { code: 403, message: "developer token", status: "PERMISSION_DENIED" } });
    const body = bodyOf(request);
    if (body.partialFailure !== true) return invalid("partial_failure must be true", "partial_failure");
    const errors = list(body.conversionAdjustments).flatMap((one, index) => {
      const code = adjustOne(record(one), body.validateOnly === true);
      const errorCode = { conversionAdjustmentUploadError: code };
      const location = { fieldPathElements: [{ fieldName: "conversion_adjustments", ...(index > 0 && { index }) }] };
      return code ? [{ errorCode, message: code, location }] : [];
    });
    const partialFailureError = { code: 3, message: "Multiple errors", details: [{ errors }] };
    return answer(200, { results: [{}], ...(errors.length > 0 && { partialFailureError }) });
  }
  function adjustOne(one: Json, isTest: boolean): string | null {
    const action = String(one.conversionAction).split("/").at(-1) ?? "";
    const at = String(one.adjustmentDateTime);
    if (!/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\+00:00$/.test(at)) return "INVALID_DATE_TIME";
    const isRetraction = one.adjustmentType === "RETRACTION";
    const restated = record(one.restatementValue);
    if (isRetraction !== (one.restatementValue === undefined)) return "RESTATEMENT_VALUE";
    const key = `${action} ${String(one.orderId)}`;
    if (retracted.has(key)) return "CONVERSION_ALREADY_RETRACTED";
    const index = double.counted.findIndex(({ id, name }) => `${name} ${id}` === key);
    const conversion = double.counted[index];
    if (!conversion) return "CONVERSION_NOT_FOUND";
    if (Date.parse(at.replace(" ", "T")) <= conversion.atMs) return "ADJUSTMENT_PRECEDES_CONVERSION";
    if (at <= (adjustedMs.get(key) ?? "")) return "MORE_RECENT_RESTATEMENT_FOUND";
    if (isTest) return null;
    adjustedMs.set(key, at);
    if (isRetraction) {
      retracted.add(key);
      double.counted.splice(index, 1);
    } else conversion.value = Number(restated.adjustedValue);
    return null;
  }
  function take(request: DoubleRequest): DoubleAnswer {
    if (request.url === "https://oauth2.googleapis.com/token") return tokens(request);
    if (!isBearer(request))
      return answer(401, { error: { code: 401, message: "invalid credentials", status: "UNAUTHENTICATED" } });
    if (request.url === "https://datamanager.googleapis.com/v1/events:ingest") return ingest(request);
    const asked = /^https:\/\/datamanager\.googleapis\.com\/v1\/requestStatus:retrieve\?requestId=(.+)$/.exec(
      request.url,
    );
    if (asked) return statusOf(decodeURIComponent(asked[1] ?? ""));
    const adjustments = `https://googleads.googleapis.com/v26/customers/${GOOD.customer}:uploadConversionAdjustments`;
    return request.url === adjustments ? adjust(request) : answer(404, null);
  }
  return double;
};

/** RFC 6749: a refresh token, or a service account's assertion, whatever its signature. */
function tokens(request: DoubleRequest): DoubleAnswer {
  const form = new URLSearchParams(request.body ?? "");
  const isGood =
    form.get("grant_type") === "refresh_token"
      ? form.get("refresh_token") === GOOD.token && isText(form.get("client_id"))
      : isText(form.get("assertion"));
  if (!isGood) return answer(400, { error: "invalid_grant", error_description: "Token has been expired or revoked." });
  return answer(200, { access_token: GOOD.token, expires_in: 3_599, token_type: "Bearer" });
}

const microsoftDouble: Doubling = (clock) => {
  const double: PlatformDouble = { counted: [], tested: [], answer: take };
  const retracted = new Set<string>();
  const fault = (status: number, Code: number, ErrorCode: string) =>
    answer(status, { Errors: [{ Code, ErrorCode, Message: ErrorCode }], TrackingId: "T1" });
  const named = (one: Json) =>
    `${String(one.MicrosoftClickId)} ${String(one.ConversionName)} ${String(one.ConversionTime)}`;
  const applyOne = (one: Json): Wrong => {
    const atMs = Date.parse(String(one.ConversionTime));
    if (!isText(one.MicrosoftClickId) || isForeign(one.MicrosoftClickId)) return "InvalidMicrosoftClickId";
    if (atMs > clock()) return "FutureConversionTimeNotAllowed";
    if (atMs < clock() - 90 * DAY_MS) return "ConversionTimeTooOld";
    const id = named(one);
    // The first wins, and the rest is ignored.
    if (retracted.has(id) || double.counted.some((known) => known.id === id)) return null;
    double.counted.push({
      click: String(one.MicrosoftClickId),
      name: String(one.ConversionName),
      id,
      atMs,
      value: amountOf(one.ConversionValue),
    });
    return null;
  };
  const adjustOne = (one: Json): Wrong => {
    const index = double.counted.findIndex(({ id }) => id === named(one));
    const conversion = double.counted[index];
    if (!conversion) return "OfflineConversionNotFound";
    if (Date.parse(String(one.AdjustmentTime)) <= conversion.atMs) return "AdjustmentTimeBeforeConversionTime";
    if (one.AdjustmentType === "Retract") {
      retracted.add(conversion.id);
      double.counted.splice(index, 1);
    } else conversion.value = Number(one.AdjustmentValue);
    return null;
  };
  function take(request: DoubleRequest): DoubleAnswer {
    if (request.url.startsWith("https://login.microsoftonline.com/common/oauth2/v2.0/token")) return tokens(request);
    if (!isBearer(request)) return fault(401, 109, "AuthenticationTokenExpired");
    if (header(request, "developertoken") !== GOOD.developerToken) return fault(400, 105, "InvalidCredentials");
    if (header(request, "customeraccountid") !== GOOD.customer) return fault(400, 106, "UserIsNotAuthorized");
    const calls = /CampaignManagement\/v13\/(OfflineConversions|OfflineConversionAdjustments)\/Apply$/.exec(
      request.url,
    );
    const [, call = ""] = calls ?? [];
    const events = list(bodyOf(request)[call]).map(record);
    if (call === "" || events.length === 0 || events.length > 1_000) return fault(400, 100, "InvalidRequest");
    // A time that cannot be read is no partial error: nothing of the request is.
    if (events.some((one) => !RFC3339.test(String(one.ConversionTime)))) return fault(400, 100, "InvalidDateTime");
    const PartialErrors = events.flatMap((one, Index) => {
      const wrong = call === "OfflineConversions" ? applyOne(one) : adjustOne(one);
      return wrong ? [{ Index, Code: 5_000, ErrorCode: wrong, Message: wrong }] : [];
    });
    return answer(200, { PartialErrors });
  }
  return double;
};

const redditDouble: Doubling = (clock) => {
  const double: PlatformDouble = { counted: [], tested: [], answer: take };
  const wrongIn = (event: Json): Wrong => {
    const { tracking_type, custom_event_name } = record(event.type);
    const { conversion_id, value, currency } = record(event.metadata);
    if (event.action_source !== "WEBSITE") return "action_source";
    if (!isText(tracking_type) || (tracking_type === "CUSTOM") !== isText(custom_event_name)) return "type";
    if (!isText(event.click_id) || isForeign(event.click_id)) return "click_id";
    if (!isText(conversion_id)) return "conversion_id";
    if (value !== undefined && !(typeof value === "number" && isCurrency(currency))) return "metadata";
    return wrongTime(event.event_at, clock(), { backMs: 7 * DAY_MS, aheadMs: 5 * MINUTE_MS });
  };
  function take(request: DoubleRequest): DoubleAnswer {
    if (!isBearer(request)) return answer(401, { error: { code: 401, message: "UNAUTHORIZED" } });
    if (request.url !== `https://ads-api.reddit.com/api/v3/pixels/${GOOD.pixel}/conversion_events`)
      return answer(403, { error: { code: 403, message: "You're not authorized to post conversions to Pixel ID." } });
    const data = record(bodyOf(request).data);
    const events = list(data.events);
    const wrong = firstWrong(events, 1_000, wrongIn);
    const message = "There were 1 invalid conversion events. None were processed.";
    if (wrong) return answer(400, { error: { code: 400, message: `${message} ${wrong}` } });
    for (const event of events.map(record))
      countOnce(isText(data.test_id) ? double.tested : double.counted, {
        click: String(event.click_id),
        name: String(record(event.type).custom_event_name ?? record(event.type).tracking_type),
        id: String(record(event.metadata).conversion_id),
        atMs: Number(event.event_at),
        value: amountOf(record(event.metadata).value),
      });
    return answer(200, { data: { message: `Successfully processed ${events.length} conversion events.` } });
  }
  return double;
};

const linkedinDouble: Doubling = (clock) => {
  const double: PlatformDouble = { counted: [], tested: [], answer: take };
  const wrongIn = (event: Json): Wrong => {
    const user = record(list(record(event.user).userIds)[0]);
    const { amount, currencyCode } = record(event.conversionValue);
    if (!/^urn:lla:llaPartnerConversion:\d+$/.test(String(event.conversion))) return "conversion";
    if (user.idType !== "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID" || !isText(user.idValue)) return "user";
    if (isForeign(user.idValue)) return "idValue";
    if (event.conversionValue !== undefined && !(isText(amount) && isCurrency(currencyCode))) return "conversionValue";
    return wrongTime(event.conversionHappenedAt, clock(), { backMs: 90 * DAY_MS, aheadMs: 0 });
  };
  function take(request: DoubleRequest): DoubleAnswer {
    if (request.url !== "https://api.linkedin.com/rest/conversionEvents") return answer(404, null);
    if (!isBearer(request))
      return answer(401, { status: 401, serviceErrorCode: 65_601, message: "The token has been revoked" });
    const version = header(request, "linkedin-version") ?? "";
    if (version < "202512" || header(request, "x-restli-protocol-version") !== "2.0.0")
      return answer(426, { status: 426, message: `Requested version ${version} is not active` });
    const elements = list(bodyOf(request).elements);
    const wrong = firstWrong(elements, 5_000, wrongIn);
    if (wrong || header(request, "x-restli-method") !== "BATCH_CREATE")
      return answer(422, { status: 422, message: `Unprocessable: ${wrong}` });
    double.counted.push(
      ...elements.map(record).map((event) => ({
        click: String(record(list(record(event.user).userIds)[0]).idValue),
        name: String(event.conversion).split(":").at(-1) ?? "",
        id: String(event.eventId),
        atMs: Number(event.conversionHappenedAt),
        value: amountOf(record(event.conversionValue).amount),
      })),
    );
    return answer(200, { elements: elements.map(() => ({ status: 201 })) });
  }
  return double;
};

const xDouble: Doubling = (clock) => {
  const double: PlatformDouble = { counted: [], tested: [], answer: take };
  const wrongIn = (event: Json): Wrong => {
    const { conversion_time, value, price_currency } = event;
    if (!/^tw-[0-9a-z]+-[0-9a-z]+$/.test(String(event.event_id))) return "event_id";
    const { twclid } = record(list(event.identifiers)[0]);
    if (!isText(twclid) || isForeign(twclid)) return "identifiers";
    if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(String(conversion_time))) return "conversion_time";
    if (value !== undefined && !(/^\d+\.\d+$/.test(String(value)) && isCurrency(price_currency))) return "value";
    return wrongTime(Date.parse(String(conversion_time)), clock(), { backMs: 7 * DAY_MS, aheadMs: MINUTE_MS });
  };
  function take(request: DoubleRequest): DoubleAnswer {
    if (header(request, "x-pixel-token") !== GOOD.token)
      return answer(401, {
        errors: [{ code: "UNAUTHORIZED_ACCESS", message: "This request is not properly authenticated" }],
      });
    if (!/^https:\/\/ads-api\.x\.com\/12\/measurement\/conversions\/[0-9a-z]+$/.test(request.url))
      return answer(404, null);
    const events = list(bodyOf(request).conversions);
    const wrong = firstWrong(events, 500, wrongIn);
    if (wrong) return answer(400, { errors: [{ code: "INVALID_PARAMETER", message: wrong }] });
    double.counted.push(
      ...events.map(record).map((event) => ({
        click: String(record(list(event.identifiers)[0]).twclid),
        name: String(event.event_id),
        id: String(event.conversion_id),
        atMs: Date.parse(String(event.conversion_time)),
        value: amountOf(event.value),
      })),
    );
    return answer(200, { data: { conversions_processed: events.length, debug_id: "D1" } });
  }
  return double;
};

const snapDouble: Doubling = (clock) => {
  const double: PlatformDouble = { counted: [], tested: [], answer: take };
  const wrongIn = (event: Json): Wrong => {
    const { value, currency } = record(event.custom_data);
    if (!isText(event.event_name)) return "event_name";
    if (event.action_source !== "website" || !isText(event.event_source_url)) return "event_source_url";
    const { sc_click_id } = record(event.user_data);
    if (!isText(sc_click_id) || isForeign(sc_click_id)) return "user_data";
    if (value !== undefined && !isCurrency(currency)) return "currency";
    return wrongTime(event.event_time, Math.floor(clock() / 1_000), { backMs: 37 * 86_400, aheadMs: 60 });
  };
  function take(request: DoubleRequest): DoubleAnswer {
    const url = new URL(request.url);
    if (url.searchParams.get("access_token") !== GOOD.token)
      return answer(401, { status: "INVALID", reason: "Unauthorized" });
    const [, version, , events = "", validate] = url.pathname.split("/");
    if (url.host !== "tr.snapchat.com" || version !== "v3" || events !== "events") return answer(404, null);
    const told = list(bodyOf(request).data);
    const wrong = firstWrong(told, 2_000, wrongIn);
    if (wrong) return answer(200, { status: "INVALID", reason: wrong, error_records: [{ reason: wrong }] });
    (validate === "validate" ? double.tested : double.counted).push(
      ...told.map(record).map((event) => ({
        click: String(record(event.user_data).sc_click_id),
        name: String(event.event_name),
        id: String(event.event_id),
        atMs: Number(event.event_time) * 1_000,
        value: amountOf(record(event.custom_data).value),
      })),
    );
    return answer(200, { status: "VALID", reason: "All event(s) are valid", error_records: [] });
  }
  return double;
};

/** Its own pages: em, hashed_maids, or client_ip_address with client_user_agent; else 422. */
const pinterestDouble: Doubling = () => ({
  counted: [],
  tested: [],
  answer: () => answer(422, { num_events_received: 1, num_events_processed: 0, events: [{ status: "failed" }] }),
});

const ga4Double: Doubling = (clock) => {
  const double: PlatformDouble = { counted: [], tested: [], answer: take };
  const wrongIn = (body: Json): Wrong => {
    if (!isText(body.client_id)) return "client_id";
    const micros = Number(body.timestamp_micros);
    const time = wrongTime(Math.floor(micros / 1_000), clock(), { backMs: 3 * DAY_MS, aheadMs: MINUTE_MS });
    return (
      time ??
      firstWrong(list(body.events), 25, (event) => {
        const { value, currency, transaction_id } = record(event.params);
        if (!/^[A-Za-z]\w{0,39}$/.test(String(event.name))) return "name";
        if (value !== undefined && !(typeof value === "number" && isCurrency(currency))) return "currency";
        return isText(transaction_id) ? null : "transaction_id";
      })
    );
  };
  function take(request: DoubleRequest): DoubleAnswer {
    const url = new URL(request.url);
    const body = bodyOf(request);
    const wrong = wrongIn(body);
    const isDebug = url.pathname === "/debug/mp/collect";
    const isKnown = url.searchParams.get("api_secret") === GOOD.token && url.searchParams.has("measurement_id");
    // It takes whatever it is sent, and what is wrong is lost.
    if (!wrong && (isDebug || isKnown))
      for (const event of list(body.events).map(record))
        (isDebug ? double.tested : double.counted).push({
          click: String(body.client_id),
          name: String(event.name),
          id: String(record(event.params).transaction_id),
          atMs: Number(body.timestamp_micros) / 1_000,
          value: amountOf(record(event.params).value),
        });
    if (!isDebug) return answer(204, null);
    return answer(200, {
      validationMessages: wrong ? [{ fieldPath: wrong, description: wrong, validationCode: "VALUE_INVALID" }] : [],
    });
  }
  return double;
};

/** By the platform's name. */
export const DOUBLES: Record<
  "meta" | "tiktok" | "google" | "microsoft" | "reddit" | "linkedin" | "x" | "snap" | "pinterest" | "ga4",
  Doubling
> = {
  meta: metaDouble,
  tiktok: tiktokDouble,
  google: googleDouble,
  microsoft: microsoftDouble,
  reddit: redditDouble,
  linkedin: linkedinDouble,
  x: xDouble,
  snap: snapDouble,
  pinterest: pinterestDouble,
  ga4: ga4Double,
};
