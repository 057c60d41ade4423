/** Google Analytics 4: the Measurement Protocol. It answers 2xx whatever it is sent, and only its debug endpoint checks. */
import { accept, refuse } from "../result.ts";
import { DAY_MS } from "../time-units.ts";
import type { AdPlatform, PlatformVerdict, PreparedEvent, SaidThere, ToldEvent } from "./ad-platform.ts";
import { type ExactJson, exactNumber } from "./exact-json.ts";
import { everyEvent, inDoubt, listAt, readStatus, refused, textAt, wordsOf } from "./platform-answers.ts";
import { unixMicros } from "./platform-times.ts";

/** The one event that can be refunded. */
const PURCHASE = "purchase";
const HOST = "www.google-analytics.com";
const HOST_IN_EU = "region1.google-analytics.com";
/** As its tag writes it: two numbers. */
const CLIENT_ID = /^\d{1,20}\.\d{1,20}$/;

export const GA4: AdPlatform = {
  label: "Google Analytics 4",
  pages: [
    "https://developers.google.com/analytics/devguides/collection/protocol/ga4/sending-events",
    "https://developers.google.com/analytics/devguides/collection/protocol/ga4/validating-events",
    "https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference/events",
  ],
  pins: [{ api: "Measurement Protocol", version: "mp", verifiedOn: "2026-11-30", sunsetOn: null }],
  clickIds: [],
  fields: [
    {
      name: "measurement",
      label: "Measurement ID",
      required: true,
      form: /^G-[A-Z0-9]{4,20}$/,
      help: "Of the web data stream.",
    },
    {
      name: "secret",
      label: "API secret",
      secret: true,
      required: true,
      form: /^[\w-]{10,60}$/,
      help: "Admin → Data streams → the stream → Measurement Protocol API secrets.",
    },
    {
      name: "host",
      label: "Region",
      required: false,
      form: /^(?:www|region1)\.google-analytics\.com$/,
      options: [HOST, HOST_IN_EU],
      help: "region1 keeps the data within the European Union.",
    },
  ],
  eventName: {
    label: "Event",
    form: /^[A-Za-z][A-Za-z0-9_]{0,39}$/,
    help: "purchase, generate_lead, or a name of your own. Only a purchase can be refunded.",
  },
  window: { ms: 3 * DAY_MS, from: "event" },
  refundsAnyTime: true,
  clickRestMs: 0,
  // 25 events fit, of one visitor; each of ours is another's.
  batch: { events: 1, refusal: "event" },
  doubt: { next: "hold" },
  refunds: "By the event refund, in part or whole, of what was told as a purchase.",
  test: { how: "/debug/mp/collect: the event is checked, and counts nowhere.", field: null },
  missing: [
    "The session: events stand beside it, so channels of a session do not get them.",
    "What was refunded cannot be counted again.",
    "Whether an event was taken: Google Analytics never says.",
  ],
  unsure: [
    "Whether two purchases of one transaction_id count once, as one source says: what is in doubt is held.",
    "The host of the European Union, which is from memory: tell a test conversion, and look at DebugView.",
  ],
  lane: ({ facts, move, name }) => {
    if (facts.gaClientId === null || !CLIENT_ID.test(facts.gaClientId)) return refuse("no_ga_client_id");
    if (move === "more") return refuse("platform_takes_no_changes");
    if (move !== "sale" && name !== PURCHASE) return refuse("platform_takes_no_refunds");
    return accept({ call: "collect", target: "" });
  },
  event: writeHit,
  request: (batch, { isTest }, { settings: { fields }, secretOf }) => ({
    method: "POST",
    url: `https://${fields.host || HOST}${isTest ? "/debug" : ""}/mp/collect?measurement_id=${fields.measurement}&api_secret=${secretOf("secret")}`,
    headers: [["content-type", "application/json"]],
    body: batch[0]?.json ?? "",
  }),
  read: readGa4,
};

/** The whole body: what it says of the visitor and of the time holds for all its events. */
function writeHit({ facts, move, name, atMs, changedAtMs, orderId, value, change, consent }: ToldEvent): ExactJson {
  const isSale = move === "sale";
  const told = isSale ? value : change;
  return {
    client_id: facts.gaClientId,
    // A refund happens when it is told: the purchase may lie far behind.
    timestamp_micros: exactNumber(unixMicros(isSale ? atMs : changedAtMs)),
    ...(consent === "granted" && { consent: { ad_user_data: "GRANTED", ad_personalization: "GRANTED" } }),
    events: [
      {
        name: isSale ? name : "refund",
        params: {
          transaction_id: orderId,
          ...(told !== null && { value: exactNumber(told), currency: facts.currency }),
        },
      },
    ],
  };
}

/** 2xx without a body; of the debug endpoint `{"validationMessages":[{"fieldPath","description","validationCode"}]}`. */
function readGa4(batch: readonly PreparedEvent[], said: SaidThere): PlatformVerdict[] {
  const plain = readStatus(batch, said, wordsOf(said));
  if (plain) return plain;
  if (batch[0]?.lane.isTest !== true) return everyEvent(batch, { outcome: "delivered" });
  const messages = listAt(said.json, "validationMessages");
  if (messages === null) return everyEvent(batch, inDoubt("unreadable_answer"));
  const words = messages.map((message) => textAt(message, "description") ?? "").join(" ");
  return everyEvent(batch, messages.length === 0 ? { outcome: "delivered" } : refused(words));
}
