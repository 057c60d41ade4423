/** Binom 1 and 2: https://docs.binom.org/postback-url.php, payout-tracking-v2.php. */
import { numberedMeta, numberedSubs } from "../numbered-names.ts";
import { PERSONAL_NAMES } from "../personal-names.ts";
import { SHARED_STATUSES } from "../shared-statuses.ts";
import type { TrackerTable } from "../tracker-table.ts";

export const binom: TrackerTable = {
  label: "Binom",
  routes: [
    { path: "*/click.php", has: ["cnv_id"], role: "postback" },
    { path: "/click", has: ["cnv_id"], role: "postback" },
    { path: "*/click.php", has: ["uclick"], role: "listed", what: "a pixel by cookie", answer: "old" },
    { path: "/click", has: ["uclick"], role: "listed", what: "a pixel by cookie", answer: "old" },
    { path: "*/click.php", has: ["lp", "to_offer"], role: "listed", what: "a lander's call to action", answer: "old" },
    { path: "/click", has: ["lp", "to_offer"], role: "listed", what: "a lander's call to action", answer: "old" },
    { path: "*/click.php", role: "click", alias: "{key}" },
    { path: "/click", role: "click", alias: "{key}" },
    { path: "/landers/*", role: "listed", what: "a lander", answer: "old" },
    { path: "/{key}", role: "click", alias: "{key}" },
  ],
  shapes: { key: "[0-9A-Za-z_-]{1,64}" },
  clickNames: { ...numberedSubs("t", 1, 10), external_id: "external_id", externalid: "external_id" },
  words: {
    names: {
      cnv_id: "click_id",
      payout: "revenue",
      cnv_status: "status",
      cnv_status2: "meta.cnv_status2",
      cnv_currency: "currency",
      ...numberedMeta("event", 1, 9),
    },
    ignored: ["to_offer", "disable_postback"],
    forgotten: PERSONAL_NAMES,
    statuses: { ...SHARED_STATUSES, lead: "approved", sale: "approved" },
  },
  clickId: { shape: "[0-9A-Za-z]{12,40}" },
  secret: null,
  answers: {},
};
