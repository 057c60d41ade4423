/** Access tokens: what is asked of Google and Microsoft, and what their answers mean; and the settings that a destination is held to. */
import { decodeJwt, decodeProtectedHeader, exportPKCS8, generateKeyPair, jwtVerify } from "jose";
import { expect, test } from "vitest";
import type { ReceiversAnswer } from "../../../workers/core/courier/receivers-answer.ts";

import { readTokenAnswer } from "../../../workers/core/platforms/oauth-tokens.ts";
import { settingsFaults } from "../../../workers/core/platforms/platform-settings.ts";
import type { PlatformName } from "../../../workers/core/platforms/platform-target.ts";
import { endingPins, PLATFORMS } from "../../../workers/core/platforms/platforms.ts";
import { DOUBLES, GOOD } from "../../platforms/doubles.ts";
import { NOW_MS, SECRETS, settingsFor } from "./facts.ts";

async function asked(name: "google" | "microsoft", secrets: Record<string, string>) {
  const { access } = PLATFORMS[name];
  if (!access) throw new Error("no access");
  return access.request(
    {
      settings: settingsFor(name),
      secretOf: (secret) => secrets[secret] ?? "",
      hasSecret: (secret) => Object.hasOwn(secrets, secret),
    },
    NOW_MS,
  );
}

const answered = (status: number, body: unknown): ReceiversAnswer => ({
  kind: "answered",
  status,
  retryAfter: null,
  body: typeof body === "string" ? body : JSON.stringify(body),
});

test("by a refresh token", async () => {
  const google = await asked("google", SECRETS);
  expect(google).toEqual({
    method: "POST",
    url: "https://oauth2.googleapis.com/token",
    headers: [["content-type", "application/x-www-form-urlencoded"]],
    body: `grant_type=refresh_token&client_id=client-1234567890&client_secret=client-secret&refresh_token=${GOOD.token}`,
  });
  const microsoft = await asked("microsoft", { refresh_token: GOOD.token });
  expect(microsoft.url).toBe("https://login.microsoftonline.com/common/oauth2/v2.0/token");
  expect(microsoft.body).toBe(
    `grant_type=refresh_token&client_id=00000000-0000-4000-8000-000000000000&refresh_token=${GOOD.token}&scope=https%3A%2F%2Fads.microsoft.com%2Fmsads.manage+offline_access`,
  );
  expect(DOUBLES.google(() => NOW_MS).answer(google).status).toBe(200);
  expect(DOUBLES.microsoft(() => NOW_MS).answer(microsoft).status).toBe(200);
});

test("by a service account: a signed assertion for an hour, to Google alone", async () => {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  const file = JSON.stringify({
    type: "service_account",
    client_email: "courier@project.iam.gserviceaccount.com",
    private_key: await exportPKCS8(privateKey),
    token_uri: "https://evil.example/token",
  });
  const { url, body } = await asked("google", { service_account: file });
  expect(url).toBe("https://oauth2.googleapis.com/token");
  const form = new URLSearchParams(body ?? "");
  expect(form.get("grant_type")).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
  const assertion = form.get("assertion") ?? "";
  await jwtVerify(assertion, publicKey, { currentDate: new Date(NOW_MS) });
  expect(decodeProtectedHeader(assertion)).toEqual({ alg: "RS256", typ: "JWT" });
  expect(decodeJwt(assertion)).toEqual({
    iss: "courier@project.iam.gserviceaccount.com",
    aud: "https://oauth2.googleapis.com/token",
    scope: "https://www.googleapis.com/auth/datamanager",
    iat: NOW_MS / 1_000,
    exp: NOW_MS / 1_000 + 3_600,
  });
  const adjusting = await asked("google", { service_account: file, developer_token: GOOD.developerToken });
  const { scope } = decodeJwt(new URLSearchParams(adjusting.body ?? "").get("assertion") ?? "");
  expect(scope).toBe("https://www.googleapis.com/auth/datamanager https://www.googleapis.com/auth/adwords");
});

test("a token is used until five minutes before its end", () => {
  const body = { access_token: "a", expires_in: 3_600, refresh_token: "next" };
  expect(readTokenAnswer(answered(200, body), NOW_MS)).toEqual({
    ok: true,
    value: { token: "a", expiresAtMs: NOW_MS + 55 * 60_000, refreshToken: "next" },
  });
});

const REFUSALS: [ReceiversAnswer, string][] = [
  [answered(400, { error: "invalid_grant", error_description: "expired" }), "off token_refused"],
  [answered(401, { error: "invalid_client" }), "off token_refused"],
  [answered(429, { error: "slow_down" }), "retry receiver_failed"],
  [answered(503, "<html>"), "retry receiver_failed"],
  [answered(200, "<html>"), "retry receiver_failed"],
  [{ kind: "silence", timedOut: true }, "retry timed_out"],
  [{ kind: "unsent", reason: "unreachable" }, "retry unreachable"],
];

test.each(REFUSALS)("no token: %j", (answer, expected) => {
  const read = readTokenAnswer(answer, NOW_MS);
  expect(read.ok ? null : `${read.refusal.outcome} ${read.refusal.reason}`).toBe(expected);
});

const faultsOf = (name: PlatformName, over: object, secrets: Record<string, string>, kept: string[] = []) =>
  settingsFaults(PLATFORMS[name], settingsFor(name, over), secrets, kept).map(({ field }) => field);

test("settings are held to what the platform asks for", () => {
  expect(faultsOf("meta", {}, { token: GOOD.token })).toEqual([]);
  expect(faultsOf("meta", {}, {})).toEqual(["token"]);
  expect(faultsOf("meta", {}, {}, ["token"])).toEqual([]);
  expect(faultsOf("meta", { fields: { pixel: "a2_x" } }, { token: "two words" })).toEqual(["pixel", "token"]);
  expect(faultsOf("google", { events: { sale: "customers/1/conversionActions/2" } }, SECRETS)).toEqual(["events.sale"]);
  expect(faultsOf("meta", { events: {} }, { token: GOOD.token })).toEqual(["events"]);
});

test("Google needs a service account, or a refresh token with its client", () => {
  expect(faultsOf("google", {}, {})).toEqual(["client_secret", "refresh_token"]);
  expect(faultsOf("google", {}, { service_account: '{"client_email":"a@b.example"}' })).toEqual(["service_account"]);
  expect(faultsOf("google", {}, { service_account: '{"client_email":"a@b.example","private_key":"k"}' })).toEqual([]);
  expect(faultsOf("google", {}, {}, ["service_account"])).toEqual([]);
});

test("a version that ends is told sixty days before", () => {
  expect(endingPins(Date.UTC(2026, 10, 30))).toEqual([]);
  const of = (nowMs: number) => endingPins(nowMs).map(({ platform, api, days }) => [platform, api, days]);
  expect(of(Date.UTC(2027, 4, 15))).toEqual([]);
  expect(of(Date.UTC(2027, 4, 16))).toEqual([["linkedin", "Marketing API", 60]]);
  expect(of(Date.UTC(2027, 9, 2))).toEqual([
    ["linkedin", "Marketing API", -79],
    ["google", "Google Ads API", -1],
  ]);
});
