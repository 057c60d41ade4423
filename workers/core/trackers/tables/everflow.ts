/** Everflow: https://helpdesk.everflow.io/customer/accessing-editing-s2s-postback-urls, https://developers.everflow.io; names as its own SDK sends them. */
import { numberedMeta } from "../numbered-names.ts";
import { PERSONAL_NAMES } from "../personal-names.ts";
import type { TrackerTable } from "../tracker-table.ts";

export const everflow: TrackerTable = {
  label: "Everflow",
  routes: [
    { path: "/", has: ["transaction_id", "nid", "coupon_code", "order_id"], role: "postback" },
    { path: "/sdk/*", role: "listed", what: "the SDK’s calls", answer: "old" },
    { path: "/scripts/*", role: "listed", what: "a script", answer: "old" },
    {
      path: "/{affiliate}/{offer}",
      has: ["uid"],
      role: "click",
      alias: "{affiliate}/{offer}/{uid}",
      otherwise: "{affiliate}/{offer}",
    },
    { path: "/{affiliate}/{offer}", role: "click", alias: "{affiliate}/{offer}" },
  ],
  // Links have codes; reports of clicks have numbers, which are aliases besides.
  shapes: { affiliate: "[0-9A-Za-z]{4,12}|[0-9]{1,12}", offer: "[0-9A-Za-z]{4,12}|[0-9]{1,12}" },
  clickNames: { url: "url" },
  words: {
    names: {
      transaction_id: "click_id",
      amount: "amount",
      order_id: "txid",
      event_id: "event",
      adv_event_id: "event",
      coupon_code: "coupon",
      currency: "currency",
      ...numberedMeta("adv", 1, 10),
    },
    ignored: ["nid", "oid", "aid", "affid"],
    forgotten: PERSONAL_NAMES,
    statuses: {},
    flags: { fraud_flag: { value: "1", status: "rejected" } },
    decimalComma: true,
  },
  clickId: { shape: "[0-9A-Fa-f]{32}", lower: true },
  secret: { parameter: "verification_token" },
  answers: {},
};
