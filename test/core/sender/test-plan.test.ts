/** The plan of a test: its steps in every mode, and what counts as the expected answer and outcome. */
import { describe, expect, test } from "vitest";
import { issueClickId } from "../../../workers/core/click-id.ts";
import { forgeClickId, readTestClick, testClickUrl } from "../../../workers/core/sender/test-click.ts";
import {
  AGAIN,
  type Expected,
  FIRST,
  isAnsweredAs,
  isSettledAs,
  type SettledMessage,
  testParameters,
  testSteps,
} from "../../../workers/core/sender/test-plan.ts";
import type { SenderAccess } from "../../../workers/core/sender/ways.ts";
import { ringOf } from "../keys.ts";

const ADDRESS = "https://postback.example/p/acme";
const STAMP = { nowS: 1_790_000_000, name: "0123456789abcdef" };
const sender = (auth: string): SenderAccess => ({
  address: ADDRESS,
  auth,
  token: "cbt_secret",
  secret: `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
});
const PARAMETERS = testParameters({ clickId: `${"a".repeat(35)}0`, event: "sale", txid: "t1", amount: "40.00" });

describe("the steps", () => {
  test.each([
    ["open", 3, ["a stranger", "a stale signature"]],
    ["token", 5, ["a stale signature"]],
    ["signed", 3, []],
  ])("in %s mode go by %d ways, and leave out %j", (auth, ways, left) => {
    const steps = testSteps(sender(auth));
    expect(steps).toHaveLength(ways + 5);
    expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length);
    expect(steps.filter((step) => "skipped" in step).map(({ name }) => name)).toEqual(left);
  });

  test("write requests that say what they claim", () => {
    const written = Object.fromEntries(
      testSteps(sender("signed")).flatMap((step) =>
        "skipped" in step ? [] : [[step.name, step.write(PARAMETERS, STAMP)]],
      ),
    );
    const queryOf = (name: string) => new URL(written[name]?.url ?? "").searchParams;
    expect(queryOf("a forged click ID").get("click_id")).toBe(`${"a".repeat(35)}1`);
    expect(queryOf("a stale signature").get("ts")).toBe(String(STAMP.nowS - 400));
    expect(queryOf("the same message again").get("idempotency_key")).toBe(STAMP.name);
    expect(queryOf("a stranger").get("sig")).toBeNull();
    for (const name of ["a signed POST", "a signed batch"]) expect(written[name]?.body).toBeInstanceOf(Uint8Array);
  });

  test("show the token to nobody but the door where a sender takes care", () => {
    const steps = testSteps(sender("token")).flatMap((step) => ("skipped" in step ? [] : [step]));
    const again = steps.find(({ name }) => name === "the same order again")?.write(PARAMETERS, STAMP);
    expect(again?.url).not.toContain("cbt_secret");
    expect(again?.headers).toEqual({ authorization: "Bearer cbt_secret" });
  });

  test.each(["token", "secret"] as const)("cannot be taken where the %s is no longer held", (lacking) => {
    const auth = lacking === "token" ? "token" : "signed";
    expect(() => testSteps({ ...sender(auth), [lacking]: null })).toThrow("no longer held");
  });
});

test.each<[Expected, object, boolean]>([
  [FIRST, { status: "accepted", receipt: "r" }, true],
  [FIRST, { status: "refused", receipt: "r", reason: "bad_token" }, false],
  [FIRST, {}, false],
  [{ refused: "bad_token" }, { status: "refused", reason: "bad_token" }, true],
  [{ refused: "bad_token" }, { status: "refused", reason: "stale" }, false],
  [{ refused: "bad_token" }, { status: "accepted", receipt: "r" }, false],
])("to %j the answer %j is as it must be: %s", (expected, answer, is) => {
  expect(isAnsweredAs(expected, answer)).toBe(is);
});

const settled = (change: Partial<SettledMessage>): SettledMessage => ({
  receipt: "r2",
  status: "attributed",
  duplicateOf: null,
  conversion: "c",
  ...change,
});
test.each<[Expected, SettledMessage, boolean]>([
  [FIRST, settled({}), true],
  [FIRST, settled({ conversion: null }), false],
  [FIRST, settled({ status: "duplicate", duplicateOf: "r1" }), false],
  [AGAIN, settled({ status: "duplicate", duplicateOf: "r1" }), true],
  [AGAIN, settled({ status: "duplicate", duplicateOf: "r0" }), false],
  [AGAIN, settled({ receipt: "r1" }), true],
  [AGAIN, settled({}), false],
  [{ refused: "stale" }, settled({}), false],
])("of %j %j is what must become of it: %s", (expected, message, is) => {
  expect(isSettledAs(expected, message, "r1")).toBe(is);
});

describe("a test click", () => {
  test("is asked for as a test", () => {
    expect(testClickUrl("https://go.example/c/demo", "doctor")).toBe("https://go.example/c/demo?test=1&sub1=doctor");
  });

  test("is found by its mark, and what is none is told apart", async () => {
    const ring = await ringOf({ 1: 7 }, 1);
    const issue = (isTest: boolean) =>
      issueClickId(ring, { issuedAtMs: 1_790_000_000_000, link: 1, counter: 1, test: isTest, provisional: false });
    const [ours, real] = [await issue(true), await issue(false)];
    expect(readTestClick(302, `https://shop.example/?click_id=${ours}`)).toEqual({ found: ours });
    expect(readTestClick(302, `https://shop.example/?other=${real}&click_id=${ours}`)).toEqual({ found: ours });
    expect(readTestClick(302, `https://shop.example/?click_id=${real}`)).toEqual({ wrong: "not a test's" });
    expect(readTestClick(302, "https://shop.example/")).toEqual({ wrong: "no click ID" });
    expect(readTestClick(404, "")).toEqual({ wrong: "unknown link" });
    expect(forgeClickId(ours)).not.toBe(ours);
  });
});
