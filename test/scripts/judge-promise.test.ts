/** What a promise comes to, by when its message stood under a checkpoint. */
import { expect, test } from "vitest";
import { judgePromise } from "../../scripts/prove/judge-promise.ts";
import { promiseOf } from "../../workers/core/signed-log/promise.ts";

const AT_MS = Date.UTC(2026, 11, 1);
const DAY_MS = 86_400_000;
const promise = promiseOf({ receipt: "1".repeat(26), advertiser: "acme", hash: "h", atMs: AT_MS });
const now = { receipt: promise.receipt, hash: null, loggedAtMs: null, nowMs: AT_MS + 1 };

test.each([
  ["kept", { loggedAtMs: AT_MS + 60_000 }],
  ["kept", { loggedAtMs: AT_MS + DAY_MS, hash: "h" }],
  ["late", { loggedAtMs: AT_MS + DAY_MS + 1 }],
  ["open", { nowMs: AT_MS + DAY_MS }],
  ["broken", { nowMs: AT_MS + DAY_MS + 1 }],
  ["foreign", { receipt: "2".repeat(26), loggedAtMs: AT_MS }],
  ["foreign", { hash: "other", loggedAtMs: AT_MS }],
])("it is %s: %j", (verdict, given) => {
  expect(judgePromise(promise, { ...now, ...given })).toMatchObject({ verdict });
});
