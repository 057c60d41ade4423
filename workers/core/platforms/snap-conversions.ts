/** Snap: the Conversions API v3, as far as it takes a click ID alone. */
import { accept } from "../result.ts";
import { DAY_MS } from "../time-units.ts";
import type { AdPlatform, PlatformVerdict, PreparedEvent, SaidThere } from "./ad-platform.ts";
import { writeExactJson, writtenJson } from "./exact-json.ts";
import { everyEvent, inDoubt, listAt, readStatus, refused, textAt, wordsOf } from "./platform-answers.ts";
import { unixSeconds } from "./platform-times.ts";

const VERSION = "v3";
/** Its answer says so in `status`; the words are as public connectors have them. */
const TAKEN = ["OK", "VALID", "SUCCESS"];

export const SNAP: AdPlatform = {
  label: "Snap",
  pages: [
    "https://developers.snap.com/api/marketing-api/Conversions-API/Introduction",
    "https://developers.snap.com/api/marketing-api/Conversions-API/Parameters",
  ],
  pins: [{ api: "Conversions API", version: VERSION, verifiedOn: "2026-11-30", sunsetOn: null }],
  clickIds: ["ScCid"],
  fields: [
    {
      name: "pixel",
      label: "Pixel ID",
      required: true,
      form: /^[0-9a-f-]{36}$/i,
      help: "From Events Manager.",
    },
    {
      name: "token",
      label: "Conversions API token",
      secret: true,
      required: true,
      form: /^[\w.~-]{20,3000}$/,
      help: "Business Details → Conversions API Tokens; it lasts long.",
    },
    {
      name: "page",
      label: "Shop's address",
      required: true,
      form: /^https:\/\/[^\s"<>\\]{3,200}$/,
      help: "What stands as the page of a web event, such as https://shop.example/: the visitor's own page is not known.",
    },
  ],
  eventName: {
    label: "Event",
    form: /^[A-Z_0-9]{1,50}$/,
    help: "A standard event, such as PURCHASE or SIGN_UP, or CUSTOM_EVENT_1 to CUSTOM_EVENT_5.",
  },
  // It says 37 days; public clients keep to 28 or 7.
  window: { ms: 28 * DAY_MS, from: "event" },
  clickRestMs: 0,
  // What error_records says of a batch is not known well enough to tell events apart.
  batch: { events: 1, refusal: "event" },
  doubt: { next: "hold" },
  refunds: null,
  test: { how: "/events/validate: the event is checked, and counts nowhere.", field: null },
  missing: [
    "Hashed email or phone, a mobile ID, or IP address with user agent, of which one connector says that one is needed; none is kept.",
    "Refunds and deletions: there is no way to tell them.",
    "Batches: each event is a request of its own.",
  ],
  unsure: [
    "Whether an event with sc_click_id alone is taken and attributed: one connector asks for more, another does not. Tell a test conversion, which is validated, then a real one, and look at Events Manager.",
    "That event_time is in seconds, as the vendor's example has it; one client sends milliseconds.",
    "Whether two server events of one event_id count once: what is in doubt is held.",
  ],
  lane: () => accept({ call: "events", target: "" }),
  event: ({ name, atMs, eventId, click, value, facts, orderNumber }, { fields }) => ({
    event_name: name,
    event_time: unixSeconds(atMs),
    event_id: eventId,
    action_source: "website",
    event_source_url: fields.page,
    user_data: { sc_click_id: click?.id ?? "" },
    custom_data:
      value !== null || orderNumber !== null
        ? {
            ...(value !== null && { value, currency: facts.currency }),
            ...(orderNumber !== null && { order_id: orderNumber }),
          }
        : undefined,
  }),
  request: (batch, { isTest }, { settings: { fields }, secretOf }) => ({
    method: "POST",
    url: `https://tr.snapchat.com/${VERSION}/${fields.pixel}/events${isTest ? "/validate" : ""}?access_token=${secretOf("token")}`,
    headers: [["content-type", "application/json"]],
    body: writeExactJson({ data: batch.map(({ json }) => writtenJson(json)) }),
  }),
  read: readSnap,
};

/** `{"status":"VALID","reason":"…","error_records":[…]}`. */
function readSnap(batch: readonly PreparedEvent[], said: SaidThere): PlatformVerdict[] {
  const words = textAt(said.json, "reason") ?? textAt(said.json, "error_records", 0, "reason") ?? wordsOf(said);
  const plain = readStatus(batch, said, words);
  if (plain) return plain;
  const status = textAt(said.json, "status");
  if (status === null) return everyEvent(batch, inDoubt("unreadable_answer"));
  const isTaken = TAKEN.includes(status.toUpperCase()) && (listAt(said.json, "error_records") ?? []).length === 0;
  return everyEvent(batch, isTaken ? { outcome: "delivered" } : refused(words));
}
