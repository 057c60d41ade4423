/** Affise: https://help-center.affise.com/en/articles/6475468; statuses as its own SDK has them (affise/php-tracking, src/PostbackStatus.php). */
import { numberedMeta } from "../numbered-names.ts";
import { PERSONAL_NAMES } from "../personal-names.ts";
import type { TrackerTable } from "../tracker-table.ts";

export const affise: TrackerTable = {
  label: "Affise",
  routes: [
    { path: "/postback", role: "postback" },
    { path: "/click", has: ["l"], role: "click", alias: "{offer_id}/{pid}/{l}", otherwise: "{offer_id}/{pid}" },
    { path: "/click", role: "click", alias: "{offer_id}/{pid}" },
    { path: "/sl", role: "listed", what: "a smart link", answer: "old" },
    { path: "/track.js", role: "listed", what: "a script", answer: "old" },
    { path: "/pixel", role: "listed", what: "a pixel by cookie", answer: "old" },
    { path: "/success.jpg", role: "listed", what: "a pixel by cookie", answer: "old" },
  ],
  shapes: {},
  clickNames: { ref_id: "external_id", redirect: "url" },
  words: {
    names: {
      clickid: "click_id",
      click_id: "click_id",
      action_id: "txid",
      goal: "event",
      sum: "revenue",
      order_sum: "amount",
      status: "status",
      currency: "currency",
      promo_code: "coupon",
      ...numberedMeta("custom_field", 1, 10),
    },
    ignored: ["offer_id", "pid", "aimp_id"],
    forgotten: [...PERSONAL_NAMES, "device_type", "comment"],
    statuses: { 1: "approved", 2: "pending", 3: "rejected", 5: "pending" },
  },
  clickId: { shape: "[0-9A-Fa-f]{24}", lower: true },
  secret: { parameter: "secure" },
  answers: {},
};
