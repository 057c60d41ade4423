/** Offer18: https://offer18.gitbook.io/knowledge-base/global-postback-parameters. */
import { numberedMeta } from "../numbered-names.ts";
import { PERSONAL_NAMES } from "../personal-names.ts";
import type { TrackerTable } from "../tracker-table.ts";

export const offer18: TrackerTable = {
  label: "Offer18",
  routes: [
    { path: "/p", has: ["tid"], role: "postback" },
    { path: "/c", role: "click", alias: "{o}/{a}" },
  ],
  shapes: {},
  clickNames: { aff_click_id: "external_id", sub_aff_id: "sub1", source: "sub2" },
  words: {
    names: {
      tid: "click_id",
      event: "event",
      sale: "amount",
      payout: "revenue",
      adv_sub1: "txid",
      coupon: "coupon",
      currency: "currency",
      ...numberedMeta("adv_sub", 2, 5),
    },
    ignored: ["mid"],
    forgotten: PERSONAL_NAMES,
    statuses: {},
  },
  clickId: { shape: "[0-9A-Za-z_-]{8,40}" },
  secret: { parameter: "token" },
  answers: {},
};
