/** Access tokens of platforms that hand them out for an hour: by a refresh token (RFC 6749, section 6), or by a service account's signature (RFC 7523). */
import { importPKCS8, SignJWT } from "jose";
import type { DeliveryReason } from "../courier/delivery-reasons.ts";
import { type ReceiversAnswer, readRetryAfter } from "../courier/receivers-answer.ts";
import { isRecord } from "../is-record.ts";
import { accept, type Result, refuse } from "../result.ts";
import { HOUR_MS } from "../time-units.ts";
import type { AccessToken, PlatformRequest, PlatformVerdict } from "./ad-platform.ts";
import { MAX_SAID_LENGTH, numberAt, parseAnswer, textAt } from "./platform-answers.ts";
import { unixSeconds } from "./platform-times.ts";

/** A token is not used any more so long before it ends. */
const MARGIN_MS = 5 * 60_000;

/** The request for an access token; `form` is what the platform asks for besides the grant. */
export function tokenRequest(url: string, form: Readonly<Record<string, string>>): PlatformRequest {
  return {
    method: "POST",
    url,
    headers: [["content-type", "application/x-www-form-urlencoded"]],
    body: new URLSearchParams(form).toString(),
  };
}

/** What a service account's key file says, as far as it is used; null where it is none. Its address of the token endpoint is not used: keys go to the platform alone. */
export function readServiceAccount(file: string): { email: string; privateKey: string } | null {
  try {
    const read: unknown = JSON.parse(file);
    const [email, privateKey] = isRecord(read) ? [read.client_email, read.private_key] : [];
    return typeof email === "string" && typeof privateKey === "string" ? { email, privateKey } : null;
  } catch {
    return null;
  }
}

/** The assertion by which a service account asks for a token of these scopes, signed by RS256 for an hour. Throws where the key is none. */
export async function serviceAssertion(
  { email, privateKey }: { email: string; privateKey: string },
  scopes: readonly string[],
  audience: string,
  nowMs: number,
): Promise<string> {
  const key = await importPKCS8(privateKey, "RS256");
  return new SignJWT({ scope: scopes.join(" ") })
    .setProtectedHeader({ alg: "RS256", typ: "JWT" })
    .setIssuer(email)
    .setAudience(audience)
    .setIssuedAt(unixSeconds(nowMs))
    .setExpirationTime(unixSeconds(nowMs + HOUR_MS))
    .sign(key);
}

/** Why there is no token: to be tried again, or not before the operator enters another one. */
export type TokenRefusal = Extract<PlatformVerdict, { reason: DeliveryReason }>;

/** `{"access_token","expires_in","refresh_token"?}`, or `{"error":"invalid_grant","error_description"}` with 400 or 401. */
export function readTokenAnswer(answer: ReceiversAnswer, nowMs: number): Result<AccessToken, TokenRefusal> {
  if (answer.kind === "unsent") return refuse(retryToken(answer.reason, null));
  // Nothing is counted by a token: asking again does no harm.
  if (answer.kind === "silence") return refuse(retryToken(answer.timedOut ? "timed_out" : "no_answer", null));
  const json = parseAnswer(answer.body);
  const token = textAt(json, "access_token");
  if (answer.status === 200 && token !== null) {
    const lastsMs = (numberAt(json, "expires_in") ?? 0) * 1_000;
    return accept({
      token,
      expiresAtMs: nowMs + Math.max(lastsMs - MARGIN_MS, 0),
      refreshToken: textAt(json, "refresh_token"),
    });
  }
  const error = textAt(json, "error");
  if (answer.status >= 400 && answer.status < 500 && error !== null && answer.status !== 429) {
    const said = `${error}: ${textAt(json, "error_description") ?? ""}`.slice(0, MAX_SAID_LENGTH);
    return refuse({ outcome: "off", reason: "token_refused", said });
  }
  return refuse(retryToken("receiver_failed", readRetryAfter(answer.retryAfter, nowMs)));
}

function retryToken(reason: DeliveryReason, afterMs: number | null): TokenRefusal {
  return { outcome: "retry", reason, afterMs, schedule: "full" };
}
