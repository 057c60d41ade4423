/** TikTok: the Events API 2.0. It says in a 200, by `code`, whether it took what it was sent. */
import { accept } from "../result.ts";
import { DAY_MS, HOUR_MS } from "../time-units.ts";
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
  textAt,
  wordsOf,
} from "./platform-answers.ts";
import { unixSeconds } from "./platform-times.ts";

const VERSION = "v1.3";

const SUCCESS = 0;
const BUSY = [40_016, 40_100];
const TOKEN = [40_001, 40_104, 40_105];
/** Codes from here on are the platform's own failures. */
const FAILED_FROM = 50_000;

export const TIKTOK: AdPlatform = {
  label: "TikTok",
  pages: [
    "https://business-api.tiktok.com/portal/docs?id=1771101027431425",
    "https://business-api.tiktok.com/portal/docs?id=1737172488964097",
  ],
  pins: [{ api: "Business API", version: VERSION, verifiedOn: "2026-11-30", sunsetOn: null }],
  clickIds: ["ttclid"],
  fields: [
    {
      name: "pixel",
      label: "Pixel code",
      required: true,
      form: /^[A-Z0-9]{10,40}$/,
      help: "The code of the pixel in Events Manager, such as C4A0….",
    },
    {
      name: "token",
      label: "Access token",
      secret: true,
      required: true,
      form: /^[0-9a-zA-Z]{20,200}$/,
      help: "Events Manager → the pixel → Settings → Events API → Generate access token.",
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
    form: /^[\w .-]{1,50}$/,
    help: "A standard event, such as CompletePayment or SubmitForm, or a custom event's name; case counts.",
  },
  window: { ms: 7 * DAY_MS, from: "event" },
  clickRestMs: 0,
  batch: { events: 1_000, refusal: "batch" },
  doubt: { next: "repeat", withinMs: 48 * HOUR_MS },
  refunds: null,
  test: { how: "test_event_code: the event shows under Test events.", field: "test_code" },
  missing: ["Refunds and deletions: there is no way to tell them."],
  unsure: [
    "That two server events of one event_id count once (one source says so, for 48 hours): send one delivery twice under a test code, and look how many Events Manager shows.",
    "That events of up to seven days ago are taken, which a public connector says.",
    "Which events of a batch it took where it says 20001: each is sent again by itself, and counts once by its event_id.",
  ],
  lane: () => accept({ call: "track", target: "" }),
  event: ({ name, atMs, eventId, click, value, facts, orderNumber }) => ({
    event: name,
    event_time: unixSeconds(atMs),
    event_id: eventId,
    user: { ttclid: click?.id ?? "" },
    properties:
      value !== null || orderNumber !== null
        ? {
            ...(value !== null && { value: exactNumber(value), currency: facts.currency }),
            ...(orderNumber !== null && { order_id: orderNumber }),
          }
        : undefined,
  }),
  request: (batch, { isTest }, { settings: { fields }, secretOf }) => ({
    method: "POST",
    url: `https://business-api.tiktok.com/open_api/${VERSION}/event/track/`,
    headers: [
      ["content-type", "application/json"],
      ["access-token", secretOf("token")],
    ],
    body: writeExactJson({
      event_source: "web",
      event_source_id: fields.pixel,
      ...(isTest && { test_event_code: fields.test_code }),
      data: batch.map(({ json }) => writtenJson(json)),
    }),
  }),
  read: readTikTok,
};

/** `{"code":0,"message":"OK","request_id":"…"}`. */
function readTikTok(batch: readonly PreparedEvent[], said: SaidThere): PlatformVerdict[] {
  const code = numberAt(said.json, "code");
  const words = textAt(said.json, "message") ?? wordsOf(said);
  if (code === null) return readStatus(batch, said, words) ?? everyEvent(batch, inDoubt("unreadable_answer"));
  if (code === SUCCESS) {
    return readStatus(batch, said, words) ?? everyEvent(batch, { outcome: "delivered" });
  }
  if (BUSY.includes(code)) return everyEvent(batch, retry("platform_busy", said.afterMs));
  if (TOKEN.includes(code)) return everyEvent(batch, off("token_refused", words));
  if (code >= FAILED_FROM) return everyEvent(batch, retry("platform_failed", said.afterMs));
  return refusedTogether(batch, words);
}
