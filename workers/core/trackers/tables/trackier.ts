/** Trackier, once vnative: https://help.trackier.com, support article 31000155035. */
import { numberedSubs } from "../numbered-names.ts";
import { PERSONAL_NAMES } from "../personal-names.ts";
import { SHARED_STATUSES } from "../shared-statuses.ts";
import type { TrackerTable } from "../tracker-table.ts";

export const trackier: TrackerTable = {
  label: "Trackier",
  routes: [
    { path: "/acquisition", role: "postback" },
    { path: "/pixel", has: ["click_id"], role: "pixel" },
    { path: "/pixel", role: "listed", what: "a pixel by cookie", answer: "old" },
    { path: "/click", role: "click", alias: "{campaign_id}/{pub_id}" },
  ],
  shapes: {},
  clickNames: { p1: "external_id", ...numberedSubs("p", 2, 10), source: "sub1" },
  words: {
    names: {
      click_id: "click_id",
      goal_value: "event",
      // As its own help spells it.
      goal_vlaue: "event",
      txn_id: "txid",
      sale_amount: "amount",
      currency: "currency",
      status: "status",
    },
    ignored: ["adid", "adv_id", "campaign_id", "pub_id"],
    forgotten: PERSONAL_NAMES,
    statuses: SHARED_STATUSES,
  },
  clickId: { shape: "[0-9A-Fa-f]{24}", lower: true },
  secret: { parameter: "security_token" },
  answers: {},
};
