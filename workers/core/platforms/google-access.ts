/** How access to Google's APIs is fetched: by a service account's key, or by a refresh token. */
import type { PlatformRequest, RequestParts } from "./ad-platform.ts";
import { readServiceAccount, serviceAssertion, tokenRequest } from "./oauth-tokens.ts";

const TOKENS = "https://oauth2.googleapis.com/token";
const SCOPE = "https://www.googleapis.com/auth/datamanager";
const ADS_SCOPE = "https://www.googleapis.com/auth/adwords";
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** The request for an access token at `nowMs`. Throws where a service account's key cannot be read. */
export async function googleTokenRequest(
  { settings, secretOf, hasSecret }: RequestParts,
  nowMs: number,
): Promise<PlatformRequest> {
  if (!hasSecret("service_account")) {
    return tokenRequest(TOKENS, {
      grant_type: "refresh_token",
      client_id: settings.fields.client_id ?? "",
      client_secret: secretOf("client_secret"),
      refresh_token: secretOf("refresh_token"),
    });
  }
  const account = readServiceAccount(secretOf("service_account"));
  // Looked at when it was entered.
  if (account === null) throw new Error("the service account's key file cannot be read");
  const scopes = hasSecret("developer_token") ? [SCOPE, ADS_SCOPE] : [SCOPE];
  const assertion = await serviceAssertion(account, scopes, TOKENS, nowMs);
  return tokenRequest(TOKENS, { grant_type: JWT_BEARER, assertion });
}
