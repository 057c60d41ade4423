/** What each platform is sent for a sale, letter for letter: typed from the pages that its entry names, and with it the refunds of those that hear of them. */
import { expect, test } from "vitest";

import { prepareEvent, requestOf } from "../../../workers/core/platforms/platform-events.ts";
import type { PlatformFacts } from "../../../workers/core/platforms/platform-facts.ts";
import {
  PLATFORM_NAMES,
  type PlatformName,
  type PlatformSettings,
} from "../../../workers/core/platforms/platform-target.ts";
import { PLATFORMS } from "../../../workers/core/platforms/platforms.ts";
import { GOOD } from "../../platforms/doubles.ts";
import { factsFor, hasSecret, NOW_MS, PARTLY_REFUNDED, REFUNDED, SECRETS, settingsFor } from "./facts.ts";

interface Golden {
  url: string;
  headers: string[][];
  body: string;
}

function sent(
  name: PlatformName,
  over: Partial<PlatformFacts> = {},
  settings: PlatformSettings = settingsFor(name),
  secrets: Record<string, string> = SECRETS,
) {
  const event = prepareEvent(PLATFORMS[name], factsFor(name, over), { settings, hasSecret }, NOW_MS);
  if (!event.ok) throw new Error(event.refusal);
  return requestOf(PLATFORMS[name], [event.value], settings, secrets);
}

const JSON_TYPE = ["content-type", "application/json"];
const BEARER = ["authorization", `Bearer ${GOOD.token}`];
const CLICK = "IwAR0x_y-Z1";
const EVENT = "06dq2m8c9h4kz1r7w3y5t0v6p2";

const SALES: Record<Exclude<PlatformName, "pinterest">, Golden> = {
  meta: {
    url: `https://graph.facebook.com/v25.0/${GOOD.pixel}/events`,
    headers: [JSON_TYPE],
    body: `{"data":[{"event_name":"Purchase","event_time":1795168800,"event_id":"${EVENT}","action_source":"system_generated","user_data":{"fbc":"fb.1.1795168200000.${CLICK}"},"custom_data":{"value":25.00,"currency":"USD","order_id":"A-1"}}],"access_token":"${GOOD.token}"}`,
  },
  tiktok: {
    url: "https://business-api.tiktok.com/open_api/v1.3/event/track/",
    headers: [JSON_TYPE, ["access-token", GOOD.token]],
    body: `{"event_source":"web","event_source_id":"${GOOD.pixel}","data":[{"event":"CompletePayment","event_time":1795168800,"event_id":"${EVENT}","user":{"ttclid":"${CLICK}"},"properties":{"value":25.00,"currency":"USD","order_id":"A-1"}}]}`,
  },
  google: {
    url: "https://datamanager.googleapis.com/v1/events:ingest",
    headers: [JSON_TYPE, BEARER],
    body: `{"destinations":[{"operatingAccount":{"accountType":"GOOGLE_ADS","accountId":"1234567890"},"loginAccount":{"accountType":"GOOGLE_ADS","accountId":"1234567890"},"productDestinationId":"987654321"}],"events":[{"adIdentifiers":{"gclid":"${CLICK}"},"transactionId":"A-1","eventTimestamp":"2026-11-20T10:00:00Z","conversionValue":25.00,"currency":"USD","eventSource":"WEB"}],"validateOnly":false}`,
  },
  microsoft: {
    url: "https://campaign.api.bingads.microsoft.com/CampaignManagement/v13/OfflineConversions/Apply",
    headers: [
      JSON_TYPE,
      BEARER,
      ["developertoken", GOOD.developerToken],
      ["customerid", GOOD.customer],
      ["customeraccountid", GOOD.customer],
    ],
    body: `{"OfflineConversions":[{"MicrosoftClickId":"${CLICK}","ConversionName":"Offline sale","ConversionTime":"2026-11-20T10:00:00Z","ConversionValue":25.00,"ConversionCurrencyCode":"USD"}]}`,
  },
  reddit: {
    url: `https://ads-api.reddit.com/api/v3/pixels/${GOOD.pixel}/conversion_events`,
    headers: [JSON_TYPE, BEARER],
    body: `{"data":{"events":[{"event_at":1795168800000,"action_source":"WEBSITE","type":{"tracking_type":"PURCHASE"},"click_id":"${CLICK}","metadata":{"conversion_id":"A-1","currency":"USD","value":25.00}}]}}`,
  },
  linkedin: {
    url: "https://api.linkedin.com/rest/conversionEvents",
    headers: [
      JSON_TYPE,
      BEARER,
      ["linkedin-version", "202607"],
      ["x-restli-protocol-version", "2.0.0"],
      ["x-restli-method", "BATCH_CREATE"],
    ],
    body: `{"elements":[{"conversion":"urn:lla:llaPartnerConversion:104012","conversionHappenedAt":1795168800000,"conversionValue":{"currencyCode":"USD","amount":"25.00"},"eventId":"${EVENT}","user":{"userIds":[{"idType":"LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID","idValue":"${CLICK}"}]}}]}`,
  },
  x: {
    url: "https://ads-api.x.com/12/measurement/conversions/o8z6j",
    headers: [JSON_TYPE, ["x-pixel-token", GOOD.token]],
    body: `{"conversions":[{"conversion_time":"2026-11-20T10:00:00.000Z","event_id":"tw-o8z6j-o8z21","identifiers":[{"twclid":"${CLICK}"}],"conversion_id":"A-1","value":"25.00","price_currency":"USD"}]}`,
  },
  snap: {
    url: `https://tr.snapchat.com/v3/00000000-0000-4000-8000-000000000000/events?access_token=${GOOD.token}`,
    headers: [JSON_TYPE],
    body: `{"data":[{"event_name":"PURCHASE","event_time":1795168800,"event_id":"${EVENT}","action_source":"website","event_source_url":"https://shop.example/","user_data":{"sc_click_id":"${CLICK}"},"custom_data":{"value":"25.00","currency":"USD","order_id":"A-1"}}]}`,
  },
  ga4: {
    url: `https://www.google-analytics.com/mp/collect?measurement_id=G-ABC1234567&api_secret=${GOOD.token}`,
    headers: [JSON_TYPE],
    body: '{"client_id":"1234567890.1762890000","timestamp_micros":1795168800000000,"events":[{"name":"purchase","params":{"transaction_id":"A-1","value":25.00,"currency":"USD"}}]}',
  },
};

/** Pinterest is told nothing. */
const TOLD = PLATFORM_NAMES.filter((name) => name !== "pinterest");

test.each(TOLD)("%s: a sale", (name) => {
  const { method, url, headers, body } = sent(name);
  expect({ method, url, headers, body }).toEqual({ method: "POST", ...SALES[name] });
});

const REFUNDS: [name: PlatformName, over: Partial<PlatformFacts>, url: RegExp, body: string][] = [
  [
    "google",
    PARTLY_REFUNDED,
    /^https:\/\/googleads\.googleapis\.com\/v26\/customers\/1234567890:uploadConversionAdjustments$/,
    '{"conversionAdjustments":[{"adjustmentType":"RESTATEMENT","conversionAction":"customers/1234567890/conversionActions/987654321","orderId":"A-1","adjustmentDateTime":"2026-11-20 18:00:00+00:00","restatementValue":{"adjustedValue":15.00,"currencyCode":"USD"}}],"partialFailure":true}',
  ],
  [
    "google",
    REFUNDED,
    /:uploadConversionAdjustments$/,
    '{"conversionAdjustments":[{"adjustmentType":"RETRACTION","conversionAction":"customers/1234567890/conversionActions/987654321","orderId":"A-1","adjustmentDateTime":"2026-11-20 18:00:00+00:00"}],"partialFailure":true}',
  ],
  [
    "microsoft",
    PARTLY_REFUNDED,
    /\/v13\/OfflineConversionAdjustments\/Apply$/,
    `{"OfflineConversionAdjustments":[{"AdjustmentType":"Restate","MicrosoftClickId":"${CLICK}","ConversionName":"Offline sale","ConversionTime":"2026-11-20T10:00:00Z","AdjustmentTime":"2026-11-20T18:00:00Z","AdjustmentValue":15.00,"AdjustmentCurrencyCode":"USD"}]}`,
  ],
  [
    "microsoft",
    REFUNDED,
    /\/v13\/OfflineConversionAdjustments\/Apply$/,
    `{"OfflineConversionAdjustments":[{"AdjustmentType":"Retract","MicrosoftClickId":"${CLICK}","ConversionName":"Offline sale","ConversionTime":"2026-11-20T10:00:00Z","AdjustmentTime":"2026-11-20T18:00:00Z"}]}`,
  ],
  [
    "ga4",
    PARTLY_REFUNDED,
    /\/mp\/collect\?/,
    '{"client_id":"1234567890.1762890000","timestamp_micros":1795197600000000,"events":[{"name":"refund","params":{"transaction_id":"A-1","value":10.00,"currency":"USD"}}]}',
  ],
  [
    "ga4",
    REFUNDED,
    /\/mp\/collect\?/,
    '{"client_id":"1234567890.1762890000","timestamp_micros":1795197600000000,"events":[{"name":"refund","params":{"transaction_id":"A-1","value":25.00,"currency":"USD"}}]}',
  ],
];

test.each(REFUNDS)("%s: a refund %#", (name, over, url, body) => {
  const request = sent(name, over);
  expect(request.url).toMatch(url);
  expect(request.body).toBe(body);
});

test("adjustments at Google bear the developer token, and the manager where there is one", () => {
  const settings = settingsFor("google", { fields: { customer: "1234567890", login_customer: "9876543210" } });
  const { headers } = sent("google", REFUNDED, settings);
  expect(headers).toEqual([
    JSON_TYPE,
    BEARER,
    ["developer-token", GOOD.developerToken],
    ["login-customer-id", "9876543210"],
  ]);
  expect(sent("google", {}, settings).body).toContain(
    '"loginAccount":{"accountType":"GOOGLE_ADS","accountId":"9876543210"}',
  );
});

const TESTS: [PlatformName, (request: ReturnType<typeof sent>) => unknown, unknown][] = [
  ["meta", ({ body }) => JSON.parse(body ?? "").test_event_code, "TEST123"],
  ["tiktok", ({ body }) => JSON.parse(body ?? "").test_event_code, "TEST123"],
  ["google", ({ body }) => JSON.parse(body ?? "").validateOnly, true],
  ["reddit", ({ body }) => JSON.parse(body ?? "").data.test_id, "t2_test"],
  ["snap", ({ url }) => url.includes("/events/validate?"), true],
  ["ga4", ({ url }) => url.startsWith("https://www.google-analytics.com/debug/mp/collect?"), true],
];

test.each(TESTS)("%s: a test conversion is told as a test", (name, read, expected) => {
  expect(read(sent(name, { isTest: true }))).toBe(expected);
  expect(read(sent(name))).not.toBe(expected);
});

test("an order's number is kept unless it may be told, and names the event where it pairs with the pixel's", () => {
  const kept = settingsFor("meta", { orderNumber: "kept" });
  expect(sent("meta", {}, kept).body).not.toContain("A-1");
  expect(sent("reddit", {}, settingsFor("reddit", { orderNumber: "kept" })).body).toContain(
    '"conversion_id":"01jd8zq4x5abcdefghjkmnpqrs"',
  );
  expect(sent("meta", {}, settingsFor("meta", { orderNumber: "pairs" })).body).toContain('"event_id":"A-1"');
});

test("consent is told where the API has it and somebody gave it, and never made up", () => {
  const google = '"consent":{"adUserData":"CONSENT_GRANTED","adPersonalization":"CONSENT_GRANTED"}';
  const ga4 = '"consent":{"ad_user_data":"GRANTED","ad_personalization":"GRANTED"}';
  for (const [name, words] of [
    ["google", google],
    ["ga4", ga4],
  ] as const) {
    expect(sent(name).body).not.toContain("consent");
    expect(sent(name, { adConsent: "granted" }).body).toContain(words);
    expect(sent(name, {}, settingsFor(name, { consent: "granted" })).body).toContain(words);
  }
});

test("an app's secret proves Meta's token, as RFC 2104 has it", () => {
  const { body } = sent("meta", {}, settingsFor("meta"), {
    ...SECRETS,
    app_secret: "0123456789abcdef0123456789abcdef",
  });
  // echo -n good-token-0123456789012345 | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
  expect(JSON.parse(body ?? "").appsecret_proof).toBe(
    "595f1a25d1719594b20710913dacc39600190617a6503b07a08573cfbb63657b",
  );
});

test.each(TOLD)("%s: what may be shown holds no secret", (name) => {
  const { shown } = sent(name);
  expect(JSON.stringify(shown)).not.toContain(GOOD.token);
  expect(JSON.stringify(shown)).toContain("{secret.");
});
