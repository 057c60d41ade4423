/** LinkedIn: the Conversions API. A version lives a year, and one bad element refuses the whole request. */
import { accept } from "../result.ts";
import { DAY_MS } from "../time-units.ts";
import type { AdPlatform, PlatformVerdict, PreparedEvent, SaidThere } from "./ad-platform.ts";
import { writeExactJson, writtenJson } from "./exact-json.ts";
import { everyEvent, inDoubt, listAt, numberAt, readStatus, refused, textAt, wordsOf } from "./platform-answers.ts";

const VERSION = "202607";

export const LINKEDIN: AdPlatform = {
  label: "LinkedIn",
  pages: [
    "https://learn.microsoft.com/linkedin/marketing/integrations/ads-reporting/conversions-api",
    "https://learn.microsoft.com/linkedin/marketing/versioning",
    "https://learn.microsoft.com/linkedin/marketing/integrations/migrations",
  ],
  pins: [
    {
      api: "Marketing API",
      version: VERSION,
      verifiedOn: "2026-11-30",
      sunsetOn: "2027-07-15",
      note: "Reckoned: a version lives a year at least, and ends about the middle of its month.",
    },
  ],
  clickIds: ["li_fat_id"],
  fields: [
    {
      name: "token",
      label: "Access token",
      secret: true,
      required: true,
      form: /^[\w.~+/=-]{20,2000}$/,
      help: "Of a member who may write the ad account, with the scope rw_conversions. It lasts 60 days: enter the next one before.",
    },
  ],
  eventName: {
    label: "Conversion rule's ID",
    form: /^\d{1,20}$/,
    help: "The number of the conversion rule, made for the Conversions API and bound to campaigns.",
  },
  window: { ms: 90 * DAY_MS, from: "event" },
  clickRestMs: 0,
  batch: { events: 5_000, refusal: "batch" },
  doubt: { next: "hold" },
  refunds: null,
  test: null,
  missing: [
    "Refunds, deletions and tests: there is no way to tell them.",
    "A token that renews itself: LinkedIn gives refresh tokens to selected partners only.",
    "The click ID, unless Enhanced conversion tracking is on in the account: then li_fat_id is in the ad's links.",
  ],
  unsure: [
    "Whether two server events of one eventId count once (documented against its Insight Tag): what is in doubt is held.",
    "How many requests a day are taken; its pages differ (300,000, or some 500,000; 300 or 600 a minute).",
  ],
  lane: () => accept({ call: "conversionEvents", target: "" }),
  event: ({ name, atMs, value, facts, eventId, click }) => ({
    conversion: `urn:lla:llaPartnerConversion:${name}`,
    conversionHappenedAt: atMs,
    ...(value !== null && { conversionValue: { currencyCode: facts.currency, amount: value } }),
    eventId,
    user: { userIds: [{ idType: "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID", idValue: click?.id ?? "" }] },
  }),
  request: (batch, _lane, { secretOf }) => ({
    method: "POST",
    url: "https://api.linkedin.com/rest/conversionEvents",
    headers: [
      ["content-type", "application/json"],
      ["authorization", `Bearer ${secretOf("token")}`],
      ["linkedin-version", VERSION],
      ["x-restli-protocol-version", "2.0.0"],
      ["x-restli-method", "BATCH_CREATE"],
    ],
    body: writeExactJson({ elements: batch.map(({ json }) => writtenJson(json)) }),
  }),
  read: readLinkedIn,
};

/** 201, or for a batch `{"elements":[{"status":201},…]}` in its order; an error is `{"status","serviceErrorCode","code","message"}`. */
function readLinkedIn(batch: readonly PreparedEvent[], said: SaidThere): PlatformVerdict[] {
  const plain = readStatus(batch, said, textAt(said.json, "message") ?? wordsOf(said));
  if (plain) return plain;
  const elements = listAt(said.json, "elements");
  // A single one is answered without a body.
  if (elements === null) {
    const isTaken = said.status === 201 && batch.length === 1;
    return everyEvent(batch, isTaken ? { outcome: "delivered" } : inDoubt("unreadable_answer"));
  }
  return batch.map((_event, index) => {
    const status = numberAt(elements, index, "status");
    if (status === null) return inDoubt("unreadable_answer");
    if (status < 300) return { outcome: "delivered" };
    return refused(textAt(elements, index, "error", "message") ?? `HTTP ${status}`);
  });
}
