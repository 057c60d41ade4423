/** What platforms' answers mean for each event, and that no answer, however odd, is taken for more than it says. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ReceiversAnswer } from "../../../workers/core/courier/receivers-answer.ts";
import type { PreparedEvent } from "../../../workers/core/platforms/ad-platform.ts";
import { readInquiryAnswer, readPlatformAnswer } from "../../../workers/core/platforms/platform-answers.ts";
import { PLATFORM_NAMES, type PlatformName } from "../../../workers/core/platforms/platform-target.ts";
import { PLATFORMS } from "../../../workers/core/platforms/platforms.ts";

const NOW_MS = Date.UTC(2026, 10, 20, 18);
const HOUR_MS = 3_600_000;
const TIMES = { nowMs: NOW_MS, firstTriedAtMs: NOW_MS };

function batchOf(count: number, call = "events", isTest = false): PreparedEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    deliveryId: `delivery-${index}`,
    lane: { call, target: "", isTest },
    move: "sale",
    json: "{}",
    notBeforeMs: 0,
    deadlineMs: NOW_MS,
  }));
}

function answered(status: number, body: unknown, retryAfter: string | null = null): ReceiversAnswer {
  return { kind: "answered", status, retryAfter, body: typeof body === "string" ? body : JSON.stringify(body) };
}

/** Outcome and reason of each event. */
function read(name: PlatformName, batch: readonly PreparedEvent[], answer: ReceiversAnswer, times = TIMES): string[] {
  return readPlatformAnswer(PLATFORMS[name], batch, answer, times).map((verdict) =>
    "reason" in verdict ? `${verdict.outcome} ${verdict.reason}` : verdict.outcome,
  );
}

const error = (code: number, more: object = {}) => ({ error: { message: "said", code, ...more } });
const partial = (code: string, index: number) => ({
  partialFailureError: {
    details: [
      {
        errors: [
          {
            errorCode: { conversionAdjustmentUploadError: code },
            location: { fieldPathElements: [{ fieldName: "conversion_adjustments", index }] },
          },
        ],
      },
    ],
  },
});

type Row = [name: PlatformName, status: number, body: unknown, expected: string[], call?: string];

const ROWS: Row[] = [
  ["meta", 200, { events_received: 2 }, ["delivered", "delivered"]],
  ["meta", 200, { events_received: 1 }, ["in_doubt fewer_taken", "in_doubt fewer_taken"]],
  ["meta", 200, "<html>", ["in_doubt unreadable_answer"]],
  ["meta", 400, error(190), ["off token_refused"]],
  ["meta", 403, error(200), ["off no_rights_there"]],
  ["meta", 400, error(2_635), ["off version_over"]],
  ["meta", 400, error(4), ["retry platform_busy"]],
  ["meta", 500, error(2), ["retry platform_failed"]],
  ["meta", 400, error(100), ["refused refused_there"]],
  ["meta", 400, error(100), ["split", "split"]],
  // What stands between may have passed it on.
  ["meta", 502, "Bad Gateway", ["in_doubt receiver_failed"]],
  ["meta", 500, error(9_999), ["in_doubt receiver_failed"]],
  ["tiktok", 200, { code: 0, message: "OK" }, ["delivered"]],
  ["tiktok", 200, { code: 40_105, message: "said" }, ["off token_refused"]],
  ["tiktok", 200, { code: 40_100, message: "said" }, ["retry platform_busy"]],
  ["tiktok", 200, { code: 40_002, message: "said" }, ["split", "split"]],
  ["tiktok", 200, { code: 20_001, message: "partial" }, ["split", "split"]],
  ["tiktok", 200, { code: 20_001, message: "partial" }, ["refused refused_there"]],
  ["tiktok", 200, { code: 50_000, message: "said" }, ["retry platform_failed"]],
  ["tiktok", 200, "", ["retry unreadable_answer"]],
  ["google", 200, { requestId: "r" }, ["ask_later", "ask_later"], "ingest"],
  ["google", 200, {}, ["retry unreadable_answer"], "ingest"],
  ["google", 400, { error: { code: 400, status: "INVALID_ARGUMENT", message: "said" } }, ["split", "split"], "ingest"],
  ["google", 401, { error: { code: 401, status: "UNAUTHENTICATED" } }, ["retry access_expired"], "ingest"],
  ["google", 403, { error: { code: 403, status: "PERMISSION_DENIED" } }, ["off no_rights_there"], "ingest"],
  ["google", 429, { error: { code: 429, status: "RESOURCE_EXHAUSTED" } }, ["retry platform_busy"], "ingest"],
  ["google", 503, { error: { code: 503, status: "UNAVAILABLE" } }, ["retry receiver_failed"], "ingest"],
  ["google", 200, { results: [{}] }, ["delivered", "delivered"], "adjust"],
  ["google", 200, partial("CONVERSION_NOT_FOUND", 1), ["delivered", "retry not_landed_there"], "adjust"],
  ["google", 200, partial("CONVERSION_ALREADY_RETRACTED", 0), ["delivered"], "adjust"],
  ["google", 200, partial("CONVERSION_EXPIRED", 0), ["refused deadline_passed"], "adjust"],
  ["google", 200, partial("INVALID_CONVERSION_ACTION", 0), ["refused refused_there"], "adjust"],
  [
    "google",
    400,
    { error: { details: [{ errors: [{ errorCode: { requestError: "UNSUPPORTED_VERSION" } }] }] } },
    ["off version_over"],
    "adjust",
  ],
  ["microsoft", 200, { PartialErrors: [] }, ["delivered", "delivered"]],
  ["microsoft", 200, { PartialErrors: null }, ["delivered"]],
  [
    "microsoft",
    200,
    { PartialErrors: [{ Index: 1, Code: 5_000, ErrorCode: "Wrong" }] },
    ["delivered", "refused refused_there"],
  ],
  ["microsoft", 200, { PartialErrors: [{ Index: null, Code: 5_000 }] }, ["split", "split"]],
  [
    "microsoft",
    200,
    { PartialErrors: [{ Index: 0, ErrorCode: "ConversionNotFound" }] },
    ["retry not_landed_there"],
    "adjust",
  ],
  ["microsoft", 200, { PartialErrors: [{ Index: 0, ErrorCode: "GoalNotFound" }] }, ["refused refused_there"], "apply"],
  ["microsoft", 400, { Errors: [{ Code: 109, ErrorCode: "AuthenticationTokenExpired" }] }, ["retry access_expired"]],
  ["microsoft", 400, { Errors: [{ Code: 105, ErrorCode: "InvalidCredentials" }] }, ["off token_refused"]],
  ["microsoft", 400, { OperationErrors: [{ Code: 117, ErrorCode: "CallRateExceeded" }] }, ["retry platform_busy"]],
  ["microsoft", 200, "{", ["retry unreadable_answer"]],
  ["reddit", 200, { data: { message: "Successfully processed 1 conversion events." } }, ["delivered"]],
  ["reddit", 400, { error: { message: "None were processed." } }, ["split", "split"]],
  ["reddit", 401, { error: { message: "UNAUTHORIZED" } }, ["off token_refused"]],
  ["reddit", 403, {}, ["off no_rights_there"]],
  [
    "reddit",
    500,
    "The service is currently unavailable. No conversion events were processed.",
    ["retry platform_failed"],
  ],
  ["linkedin", 201, "", ["delivered"]],
  ["linkedin", 200, { elements: [{ status: 201 }, { status: 400 }] }, ["delivered", "refused refused_there"]],
  ["linkedin", 200, { elements: [{ status: 201 }] }, ["delivered", "in_doubt unreadable_answer"]],
  ["linkedin", 422, { message: "said" }, ["split", "split"]],
  ["linkedin", 426, { message: "said" }, ["off version_over"]],
  ["x", 200, { data: { conversions_processed: 1 } }, ["delivered"]],
  ["x", 200, { data: { conversions_processed: 0 } }, ["in_doubt fewer_taken"]],
  ["x", 400, { errors: [{ message: "said" }] }, ["refused refused_there"]],
  ["snap", 200, { status: "VALID", error_records: [] }, ["delivered"]],
  ["snap", 200, { status: "OK" }, ["delivered"]],
  ["snap", 200, { status: "INVALID", reason: "said" }, ["refused refused_there"]],
  ["snap", 200, { status: "VALID", error_records: [{ reason: "said" }] }, ["refused refused_there"]],
  ["ga4", 204, "", ["delivered"]],
  ["ga4", 500, "", ["in_doubt receiver_failed"]],
];

test.each(ROWS)("%s: %i %j", (name, status, body, expected, call) => {
  expect(read(name, batchOf(expected.length, call), answered(status, body))).toEqual(expected);
});

test("what was said is kept with a refusal, and how long to wait with a retry", () => {
  const meta = PLATFORMS.meta;
  const refused = readPlatformAnswer(meta, batchOf(1), answered(400, error(100, { error_user_msg: "Too old" })), TIMES);
  expect(refused).toEqual([{ outcome: "refused", reason: "refused_there", said: "Too old" }]);
  const busy = readPlatformAnswer(meta, batchOf(1), answered(429, "", "30"), TIMES);
  expect(busy).toEqual([{ outcome: "retry", reason: "platform_busy", afterMs: 30_000, schedule: "full" }]);
});

test("silence is tried again where repeats are dropped, as long as they are, and held elsewhere", () => {
  const silence = { kind: "silence", timedOut: true } as const;
  const late = { nowMs: NOW_MS, firstTriedAtMs: NOW_MS - 49 * HOUR_MS };
  const said = (name: PlatformName, times = TIMES) => read(name, batchOf(1), silence, times)[0];
  expect(PLATFORM_NAMES.filter((name) => said(name) === "retry timed_out")).toEqual([
    "tiktok",
    "google",
    "microsoft",
    "reddit",
  ]);
  expect(PLATFORM_NAMES.filter((name) => said(name, late) === "retry timed_out")).toEqual(["google", "microsoft"]);
  expect(said("meta")).toBe("in_doubt timed_out");
  expect(read("meta", batchOf(1), { kind: "unsent", reason: "unreachable" })).toEqual(["retry unreachable"]);
});

const status = (requestStatus: string, ...reasons: string[]) => ({
  requestStatusPerDestination: [
    {
      requestStatus,
      errorInfo: {
        errorCounts: reasons.map((reason) => ({ reason: `PROCESSING_ERROR_REASON_${reason}`, recordCount: "1" })),
      },
    },
  ],
});

const INQUIRIES: [body: unknown, count: number, expected: string][] = [
  [status("SUCCESS"), 2, "delivered"],
  [status("PROCESSING"), 1, "ask_later"],
  [status("REQUEST_STATUS_UNKNOWN"), 1, "ask_later"],
  ["<html>", 1, "ask_later"],
  [status("FAILED", "INVALID_GCLID"), 2, "refused refused_there"],
  [status("FAILED", "EVENT_TOO_OLD"), 1, "refused deadline_passed"],
  [status("FAILED", "INTERNAL_ERROR"), 1, "retry platform_failed"],
  [status("FAILED", "DUPLICATE_TRANSACTION_ID"), 1, "delivered"],
  [status("PARTIAL_SUCCESS", "DUPLICATE_TRANSACTION_ID"), 3, "delivered"],
  // Whose click ID it was is not said: each is told again, and what is there is known there.
  [status("PARTIAL_SUCCESS", "INVALID_GCLID"), 2, "split"],
  [status("FAILED", "INVALID_GCLID", "DUPLICATE_GCLID"), 2, "split"],
];

test.each(INQUIRIES)("google, asked later: %j of %i", (body, count, expected) => {
  const verdicts = readInquiryAnswer(PLATFORMS.google, batchOf(count, "ingest"), "r", answered(200, body), TIMES);
  const said = verdicts.map((verdict) =>
    "reason" in verdict ? `${verdict.outcome} ${verdict.reason}` : verdict.outcome,
  );
  expect(said).toEqual(Array(count).fill(expected));
});

test("google is not asked for ever", () => {
  const times = { nowMs: NOW_MS, firstTriedAtMs: NOW_MS - 49 * HOUR_MS };
  const batch = batchOf(1, "ingest");
  expect(readInquiryAnswer(PLATFORMS.google, batch, "r", answered(200, status("PROCESSING")), times)).toEqual([
    { outcome: "in_doubt", reason: "never_said" },
  ]);
});

/** Words that platforms use, in places where they do, and in others. */
const words = fc.constantFrom(
  ...["error", "code", "message", "events_received", "requestId", "PartialErrors", "Index", "Errors", "elements"],
  ...["status", "data", "conversions_processed", "partialFailureError", "details", "errors", "errorCode", "location"],
  ...[
    "fieldPathElements",
    "index",
    "requestStatusPerDestination",
    "requestStatus",
    "errorInfo",
    "errorCounts",
    "reason",
  ],
  ...["validationMessages", "error_records", "__proto__", "constructor"],
);
const { value: odd } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.oneof(fc.string(), fc.integer(), fc.constantFrom(null, true, 0, 1, 190, "SUCCESS", "FAILED", "VALID")),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.array(fc.tuple(words, tie("value")), { maxLength: 4 }).map((members) => Object.fromEntries(members)),
  ),
}));

/** Verdicts that the answer does not bear out. */
function unfounded(name: PlatformName, count: number, call: string, code: number, body: string): string[] {
  const batch = batchOf(count, call);
  const answer = answered(code, body, body.slice(0, 8));
  const verdicts = readPlatformAnswer(PLATFORMS[name], batch, answer, TIMES).map(({ outcome }) => outcome);
  const asked = name === "google" ? readInquiryAnswer(PLATFORMS[name], batch, "r", answer, TIMES) : [];
  const isTaken = (outcome: string) => outcome === "delivered" || outcome === "ask_later";
  return [
    ...(verdicts.length === count ? [] : [`${verdicts.length} verdicts`]),
    ...verdicts.filter((outcome) => isTaken(outcome) && code >= 300),
    ...verdicts.filter((outcome) => outcome === "split" && count === 1),
    ...asked.map(({ outcome }) => outcome).filter((outcome) => outcome === "delivered" && code !== 200),
  ];
}

test("whatever is answered, each event has a verdict that the answer bears out", () => {
  const text = fc.oneof(
    fc.string(),
    odd.map((value) => JSON.stringify(value)),
  );
  const told = fc.constantFrom(...PLATFORM_NAMES.filter((name) => name !== "pinterest"));
  const call = fc.constantFrom("events", "ingest", "adjust", "apply");
  const count = fc.integer({ min: 1, max: 4 });
  fc.assert(
    fc.property(told, count, call, fc.integer({ min: 100, max: 599 }), text, (...args) => {
      expect(unfounded(...args)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
