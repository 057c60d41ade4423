/** Reddit: the Conversions API v3. One invalid event and none of the request is processed. */
import { accept } from "../result.ts";
import { DAY_MS, HOUR_MS } from "../time-units.ts";
import type { AdPlatform, PlatformVerdict, PreparedEvent, SaidThere } from "./ad-platform.ts";
import { exactNumber, writeExactJson, writtenJson } from "./exact-json.ts";
import { everyEvent, inDoubt, readStatus, retry, textAt, wordsOf } from "./platform-answers.ts";

const VERSION = "v3";
const STANDARD = [
  "PAGE_VISIT",
  "VIEW_CONTENT",
  "SEARCH",
  "ADD_TO_CART",
  "ADD_TO_WISHLIST",
  "PURCHASE",
  "LEAD",
  "SIGN_UP",
];

export const REDDIT: AdPlatform = {
  label: "Reddit",
  pages: ["https://ads-api.reddit.com/docs/v3/", "https://ads-api.reddit.com/docs/v3/capi-migration"],
  pins: [{ api: "Conversions API", version: VERSION, verifiedOn: "2026-11-30", sunsetOn: null }],
  clickIds: ["rdt_cid"],
  fields: [
    {
      name: "pixel",
      label: "Pixel ID",
      required: true,
      form: /^[\w-]{3,40}$/,
      help: "From Events Manager, such as a2_abc123.",
    },
    {
      name: "token",
      label: "Conversion access token",
      secret: true,
      required: true,
      form: /^[\w.~+/=-]{20,2000}$/,
      help: "Events Manager → Conversions API → Generate access token.",
    },
    {
      name: "test_code",
      label: "Test ID",
      required: false,
      form: /^[\w-]{3,60}$/,
      help: "From Events Manager → Event Testing; test conversions are told with it, others never.",
    },
  ],
  eventName: {
    label: "Event",
    form: /^[\s\S]{1,64}$/,
    help: `One of ${STANDARD.join(", ")}; everything else is a custom event's name, of which case counts.`,
  },
  window: { ms: 7 * DAY_MS, from: "event" },
  clickRestMs: 0,
  batch: { events: 1_000, refusal: "batch" },
  doubt: { next: "repeat", withinMs: 48 * HOUR_MS },
  refunds: null,
  test: { how: "test_id: the event shows under Event Testing, one for each request.", field: "test_code" },
  missing: ["Refunds and deletions: there is no way to tell them."],
  unsure: [
    "That two server events of one conversion_id count once (documented for the pixel and the API together, for two days): send one delivery twice under a test ID, and look how many are shown.",
  ],
  lane: () => accept({ call: "conversion_events", target: "" }),
  event: ({ name, atMs, click, orderId, value, facts }) => ({
    event_at: atMs,
    action_source: "WEBSITE",
    type: STANDARD.includes(name) ? { tracking_type: name } : { tracking_type: "CUSTOM", custom_event_name: name },
    click_id: click?.id ?? "",
    metadata: {
      conversion_id: orderId,
      ...(value !== null && { currency: facts.currency, value: exactNumber(value) }),
    },
  }),
  request: (batch, { isTest }, { settings: { fields }, secretOf }) => ({
    method: "POST",
    url: `https://ads-api.reddit.com/api/${VERSION}/pixels/${fields.pixel}/conversion_events`,
    headers: [
      ["content-type", "application/json"],
      ["authorization", `Bearer ${secretOf("token")}`],
    ],
    body: writeExactJson({
      data: {
        ...(isTest && { test_id: fields.test_code }),
        events: batch.map(({ json }) => writtenJson(json)),
      },
    }),
  }),
  read: readReddit,
};

/** `{"data":{"message":"Successfully processed 1 conversion events."}}`; an error says in its message that none were processed. */
function readReddit(batch: readonly PreparedEvent[], said: SaidThere): PlatformVerdict[] {
  const words = textAt(said.json, "error", "message") ?? textAt(said.json, "message") ?? wordsOf(said);
  if (said.status >= 500 && /no conversion events were processed/i.test(said.text))
    return everyEvent(batch, retry("platform_failed", said.afterMs));
  const plain = readStatus(batch, said, words);
  if (plain) return plain;
  return everyEvent(batch, said.json === undefined ? inDoubt("unreadable_answer") : { outcome: "delivered" });
}
