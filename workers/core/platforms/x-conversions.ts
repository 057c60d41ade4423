/** X: web conversions of the Ads API, by the token of a pixel. */
import { accept } from "../result.ts";
import { DAY_MS } from "../time-units.ts";
import type { AdPlatform, PlatformVerdict, PreparedEvent, SaidThere } from "./ad-platform.ts";
import { writeExactJson, writtenJson } from "./exact-json.ts";
import { everyEvent, inDoubt, numberAt, readStatus, textAt, wordsOf } from "./platform-answers.ts";
import { isoMs } from "./platform-times.ts";

const VERSION = "12";

export const X: AdPlatform = {
  label: "X",
  pages: ["https://docs.x.com/x-ads-api/measurement/web-conversions"],
  pins: [{ api: "Ads API", version: VERSION, verifiedOn: "2026-11-30", sunsetOn: null }],
  clickIds: ["twclid"],
  fields: [
    {
      name: "pixel",
      label: "Pixel ID",
      required: true,
      form: /^[0-9a-z]{3,12}$/,
      help: "From Events Manager, such as o8z6j.",
    },
    {
      name: "token",
      label: "Pixel token",
      secret: true,
      required: true,
      form: /^[!-~]{10,500}$/,
      help: "Events Manager → Install pixel → Web Pixel + Conversion API → Generate access token.",
    },
  ],
  eventName: {
    label: "Event ID",
    form: /^(?:tw-[0-9a-z]{3,12}-)?[0-9a-z]{3,12}$/,
    help: "Of the event in Events Manager, such as tw-o8z6j-o8z21, or its last part.",
  },
  window: { ms: 7 * DAY_MS, from: "event" },
  clickRestMs: 0,
  // How a request is answered of which one event is bad is not documented: what cannot be told apart goes alone.
  batch: { events: 1, refusal: "event" },
  doubt: { next: "hold" },
  refunds: null,
  test: null,
  missing: [
    "Refunds and deletions: there is no way to tell them.",
    "A test: Events Manager only shows what was counted.",
    "Batches: each event is a request of its own.",
  ],
  unsure: [
    "That X-Pixel-Token is taken outside of its tag template, for which it is documented: tell one conversion of a real click, and look whether Events Manager shows it.",
    "That events of up to seven days ago are taken, which a public connector says.",
    "Whether two server events of one conversion_id count once (documented with the pixel): what is in doubt is held.",
  ],
  lane: () => accept({ call: "conversions", target: "" }),
  event: ({ name, atMs, click, orderId, value, facts }, { fields }) => ({
    conversion_time: isoMs(atMs),
    event_id: name.startsWith("tw-") ? name : `tw-${fields.pixel}-${name}`,
    identifiers: [{ twclid: click?.id ?? "" }],
    conversion_id: orderId,
    ...(value !== null && { value: withFraction(value), price_currency: facts.currency }),
  }),
  request: (batch, _lane, { settings: { fields }, secretOf }) => ({
    method: "POST",
    url: `https://ads-api.x.com/${VERSION}/measurement/conversions/${fields.pixel}`,
    headers: [
      ["content-type", "application/json"],
      ["x-pixel-token", secretOf("token")],
    ],
    body: writeExactJson({ conversions: batch.map(({ json }) => writtenJson(json)) }),
  }),
  read: readX,
};

/** It insists on a fraction, also of a currency that has none. */
function withFraction(value: string): string {
  return value.includes(".") ? value : `${value}.00`;
}

/** `{"data":{"conversions_processed":1,"debug_id":"…"}}`, or `{"errors":[{"code","message"}]}`. */
function readX(batch: readonly PreparedEvent[], said: SaidThere): PlatformVerdict[] {
  const plain = readStatus(batch, said, textAt(said.json, "errors", 0, "message") ?? wordsOf(said));
  if (plain) return plain;
  const processed = numberAt(said.json, "data", "conversions_processed");
  if (processed === null) return everyEvent(batch, inDoubt("unreadable_answer"));
  return everyEvent(batch, processed === batch.length ? { outcome: "delivered" } : inDoubt("fewer_taken"));
}
