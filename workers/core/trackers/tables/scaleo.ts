/** Scaleo: https://help.scaleo.io/article/398-branch. */
import { numberedMeta, numberedSubs } from "../numbered-names.ts";
import { PERSONAL_NAMES } from "../personal-names.ts";
import { SHARED_STATUSES } from "../shared-statuses.ts";
import type { TrackerTable } from "../tracker-table.ts";

export const scaleo: TrackerTable = {
  label: "Scaleo",
  routes: [
    { path: "/track/goal-by-click-id", role: "postback" },
    { path: "/track/*", role: "listed", what: "another way of tracking", answer: "old" },
    { path: "/click", role: "click", alias: "{o}/{a}" },
  ],
  shapes: {},
  clickNames: {
    ...numberedSubs("sub_id", 1, 5),
    aff_click_id: "external_id",
    aff_param1: "sub6",
    aff_param2: "sub7",
    aff_param3: "sub8",
    aff_param4: "sub9",
    aff_param5: "sub10",
  },
  words: {
    names: {
      click_id: "click_id",
      goal_id: "event",
      goal_alias: "event",
      amount: "amount",
      adv_order_id: "txid",
      conv_status: "status",
      currency: "currency",
      ...numberedMeta("adv_param", 1, 5),
    },
    ignored: ["track_id", "adv_track_id"],
    forgotten: PERSONAL_NAMES,
    statuses: SHARED_STATUSES,
  },
  clickId: { shape: "[0-9A-Fa-f]{32}", lower: true },
  secret: { parameter: "token" },
  answers: {},
};
