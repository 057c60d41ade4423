/** Meta: the Conversions API. It drops no repeat of a server's event and deletes none, so what is in doubt is never sent again. */
import { createHmac } from "node:crypto";
import { accept } from "../result.ts";
import { DAY_MS } from "../time-units.ts";
import type { AdPlatform, PlatformVerdict, PreparedEvent, SaidThere } from "./ad-platform.ts";
import { exactNumber, writeExactJson, writtenJson } from "./exact-json.ts";
import {
  everyEvent,
  inDoubt,
  numberAt,
  off,
  readStatus,
  refusedTogether,
  retry,
  saidAt,
  textAt,
  wordsOf,
} from "./platform-answers.ts";
import { unixSeconds } from "./platform-times.ts";

const VERSION = "v25.0";

/** The codes of Graph API's errors: throttled, failed for a moment, the token, rights, the version. */
const BUSY = [4, 17, 32, 341, 368, 613, 80_003];
const FAILED = [1, 2];
const TOKEN = [102, 190];
const RIGHTS = [3, 10];
/** From memory: the error of a version that is over. */
const VERSION_OVER = [2_635];

export const META: AdPlatform = {
  label: "Meta",
  pages: [
    "https://developers.facebook.com/docs/marketing-api/conversions-api/using-the-api",
    "https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/fbp-and-fbc",
    "https://developers.facebook.com/docs/graph-api/guides/error-handling",
    "https://developers.facebook.com/docs/graph-api/changelog",
  ],
  pins: [
    {
      api: "Graph API",
      version: VERSION,
      verifiedOn: "2026-11-30",
      sunsetOn: "2028-07-29",
      note: "The Graph API's own day; the Marketing API ends this version on 2027-02-23, which is not said to hold for conversions.",
    },
  ],
  clickIds: ["fbclid"],
  fields: [
    {
      name: "pixel",
      label: "Dataset (pixel) ID",
      required: true,
      form: /^\d{5,20}$/,
      help: "The number of the dataset in Events Manager.",
    },
    {
      name: "token",
      label: "Access token",
      secret: true,
      required: true,
      form: /^[\w-]{20,500}$/,
      help: "Events Manager → the dataset → Settings → Conversions API → Generate access token.",
    },
    {
      name: "app_secret",
      label: "App secret",
      secret: true,
      required: false,
      form: /^[0-9a-f]{32}$/,
      help: "Only where the token is an app's that requires proof of its secret (appsecret_proof).",
    },
    {
      name: "action_source",
      label: "Action source",
      required: false,
      form: /^(?:system_generated|other)$/,
      options: ["system_generated", "other"],
      help: "Where the conversion is said to have happened. website is not offered: it asks for the visitor's user agent, which is not kept.",
    },
    {
      name: "test_code",
      label: "Test event code",
      required: false,
      form: /^TEST\d{1,10}$/,
      help: "From Events Manager → Test events; test conversions are told with it, others never.",
    },
  ],
  eventName: {
    label: "Event",
    form: /^[\w .-]{1,40}$/,
    help: "A standard event, such as Purchase or Lead, or a custom event's name; case counts.",
  },
  window: { ms: 7 * DAY_MS, from: "event" },
  clickRestMs: 0,
  batch: { events: 1_000, refusal: "batch" },
  doubt: { next: "hold" },
  refunds: null,
  test: {
    how: "test_event_code: the event shows under Test events. It may count in measurement all the same, so use a click of your own.",
    field: "test_code",
  },
  missing: [
    "Refunds and deletions: there is no way to tell them.",
    "action_source website, since neither user agent nor IP address is kept.",
  ],
  unsure: [
    "Whether an event with fbc alone and an action source other than website is attributed to the ad: tell a test conversion of a real click, and look whether Events Manager matches it.",
    "Whether an event with a test code is left out of measurement: from memory Meta does not drop it. Look at the dataset's overview on the next day.",
    "What error a version that is over answers with (2635 is from memory).",
  ],
  lane: () => accept({ call: "events", target: "" }),
  event: (told, { fields }) => {
    const { name, atMs, eventId, click, facts, value, orderNumber } = told;
    return {
      event_name: name,
      event_time: unixSeconds(atMs),
      event_id: eventId,
      action_source: fields.action_source || "system_generated",
      // Made on a server, without a cookie: subdomain index 1, and the time at which the fbclid was first seen.
      user_data: { fbc: `fb.1.${facts.clickedAtMs}.${click?.id ?? ""}` },
      // A Purchase without value and currency is refused.
      custom_data:
        value !== null || name === "Purchase"
          ? {
              value: exactNumber(value ?? "0"),
              currency: facts.currency,
              ...(orderNumber !== null && { order_id: orderNumber }),
            }
          : undefined,
    };
  },
  request: (batch, { isTest }, { settings, secretOf, hasSecret }) => {
    const token = secretOf("token");
    const proof = hasSecret("app_secret") ? { appsecret_proof: proofOf(secretOf("app_secret"), token) } : {};
    return {
      method: "POST",
      url: `https://graph.facebook.com/${VERSION}/${settings.fields.pixel}/events`,
      headers: [["content-type", "application/json"]],
      body: writeExactJson({
        data: batch.map(({ json }) => writtenJson(json)),
        ...(isTest && { test_event_code: settings.fields.test_code }),
        // Not in the query, which others log.
        access_token: token,
        ...proof,
      }),
    };
  },
  read: readMeta,
};

function proofOf(appSecret: string, token: string): string {
  return createHmac("sha256", appSecret).update(token).digest("hex");
}

/** `{"events_received":1,…}`, or `{"error":{"message","code","error_subcode","error_user_msg"}}`. */
function readMeta(batch: readonly PreparedEvent[], said: SaidThere): PlatformVerdict[] {
  const { status, json } = said;
  const code = numberAt(json, "error", "code");
  if (code !== null) return readError(batch, code, said);
  // An error that is not Meta's own comes from something between: who knows what it passed on.
  const plain = readStatus(batch, said, wordsOf(said));
  if (plain) return plain;
  if (status !== 200 || saidAt(json, "events_received") === undefined)
    return everyEvent(batch, inDoubt("unreadable_answer"));
  const isWhole = numberAt(json, "events_received") === batch.length;
  return everyEvent(batch, isWhole ? { outcome: "delivered" } : inDoubt("fewer_taken"));
}

function readError(batch: readonly PreparedEvent[], code: number, said: SaidThere): PlatformVerdict[] {
  const { status, json, afterMs } = said;
  const words = textAt(json, "error", "error_user_msg") ?? textAt(json, "error", "message") ?? wordsOf(said);
  if (TOKEN.includes(code)) return everyEvent(batch, off("token_refused", words));
  if (RIGHTS.includes(code) || (code >= 200 && code < 300)) return everyEvent(batch, off("no_rights_there", words));
  if (VERSION_OVER.includes(code)) return everyEvent(batch, off("version_over", words));
  if (BUSY.includes(code) || status === 429) return everyEvent(batch, retry("platform_busy", afterMs));
  if (FAILED.includes(code) || saidAt(json, "error", "is_transient") === true)
    return everyEvent(batch, retry("platform_failed", afterMs));
  return status >= 500 ? everyEvent(batch, inDoubt("receiver_failed")) : refusedTogether(batch, words);
}
