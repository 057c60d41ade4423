/** Keitaro: https://docs.keitaro.io/en/conversions/postback.html. */
import { numberedMeta, numberedSubs } from "../numbered-names.ts";
import { PERSONAL_NAMES } from "../personal-names.ts";
import { SHARED_STATUSES } from "../shared-statuses.ts";
import type { TrackerTable } from "../tracker-table.ts";

export const keitaro: TrackerTable = {
  label: "Keitaro",
  routes: [
    { path: "/{key}/postback", role: "postback" },
    { path: "/", has: ["_lp"], role: "listed", what: "a lander's call to action", answer: "old" },
    { path: "/lander/*", role: "listed", what: "a lander", answer: "old" },
    { path: "/click_api/*", role: "listed", what: "the click API", answer: "old" },
    { path: "/admin_api/*", role: "listed", what: "the admin API", answer: "old" },
    { path: "/admin/*", role: "listed", what: "the console", answer: "old" },
    { path: "/js/*", role: "listed", what: "a script", answer: "old" },
    { path: "/{alias}", role: "click", alias: "{alias}" },
    { path: "/", role: "click", alias: "?{?}" },
  ],
  shapes: { key: "[0-9A-Za-z]{6,64}", alias: "[^/?]{1,64}" },
  clickNames: { ...numberedSubs("sub_id_", 1, 10), external_id: "external_id" },
  words: {
    names: {
      subid: "click_id",
      sub_id: "click_id",
      status: "status",
      payout: "revenue",
      revenue: "revenue",
      tid: "txid",
      currency: "currency",
      return: "return",
      from: "meta.from",
      ...numberedMeta("sub_id_", 1, 8),
    },
    ignored: [],
    forgotten: PERSONAL_NAMES,
    statuses: { ...SHARED_STATUSES, lead: "pending", reg: "pending", sale: "approved", rebill: "approved" },
    statusLists: {
      lead_status: "pending",
      sale_status: "approved",
      rejected_status: "rejected",
      rejected: "rejected",
      ignore_status: "passed_over",
      ignore: "passed_over",
    },
    absentStatus: "approved",
    txidOfClick: true,
  },
  clickId: { shape: "[0-9A-Za-z]{10,40}" },
  secret: { segment: "key" },
  answers: {},
};
