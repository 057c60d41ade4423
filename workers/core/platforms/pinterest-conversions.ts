/** Pinterest: its Conversions API takes no event by a click ID alone, so nothing is told; this entry says what is missing. */
import { refuse } from "../result.ts";
import { DAY_MS } from "../time-units.ts";
import type { AdPlatform } from "./ad-platform.ts";

export const PINTEREST: AdPlatform = {
  label: "Pinterest",
  pages: ["https://developers.pinterest.com/docs/api/v5/events-create/"],
  pins: [{ api: "API", version: "v5", verifiedOn: "2026-11-30", sunsetOn: null }],
  clickIds: ["epik"],
  fields: [],
  eventName: { label: "Event", form: /^[a-z_]{1,40}$/, help: "Such as checkout or lead." },
  // From memory.
  window: { ms: 7 * DAY_MS, from: "event" },
  clickRestMs: 0,
  batch: { events: 1, refusal: "event" },
  doubt: { next: "hold" },
  refunds: null,
  test: null,
  missing: [
    "A hashed email, a hashed mobile ID, or IP address with user agent: Pinterest refuses events that have none of them, and the click ID (epik) only adds to them. None is kept, so no event is sent.",
  ],
  unsure: [],
  lane: () => refuse("platform_needs_person"),
  event: nothingIsSent,
  request: nothingIsSent,
  read: nothingIsSent,
};

function nothingIsSent(): never {
  throw new Error("Pinterest is sent nothing");
}
