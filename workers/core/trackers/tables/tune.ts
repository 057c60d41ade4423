/** TUNE, once HasOffers: https://support.tune.com/hc/en-us/articles/4413247665431, https://help.tune.com/hasoffers/generating-tracking-links. */
import { numberedMeta, numberedSubs } from "../numbered-names.ts";
import { PERSONAL_NAMES } from "../personal-names.ts";
import type { TrackerTable } from "../tracker-table.ts";

export const tune: TrackerTable = {
  label: "TUNE",
  routes: [
    {
      path: "/aff_c",
      role: "click",
      has: ["url_id"],
      alias: "{offer_id}/{aff_id}/{url_id}",
      otherwise: "{offer_id}/{aff_id}",
    },
    {
      path: "/aff_c",
      role: "click",
      has: ["offer_url_id"],
      alias: "{offer_id}/{aff_id}/{offer_url_id}",
      otherwise: "{offer_id}/{aff_id}",
    },
    { path: "/aff_c", role: "click", alias: "{offer_id}/{aff_id}" },
    { path: "/aff_lsr", role: "postback" },
    { path: "/aff_goal", is: { a: "lsr" }, role: "postback" },
    { path: "/aff_goal", is: { a: "l" }, role: "pixel" },
    { path: "/aff_l", role: "pixel" },
    { path: "/aff_i", role: "listed", what: "an impression", answer: "image" },
    { path: "/{tiny}", role: "click", alias: "{tiny}" },
  ],
  shapes: { tiny: "SH[0-9A-Za-z]{1,16}" },
  clickNames: {
    ...numberedSubs("aff_sub", 2, 5),
    aff_sub: "sub1",
    source: "sub6",
    aff_click_id: "external_id",
    url: "url",
  },
  words: {
    names: {
      transaction_id: "click_id",
      amount: "amount",
      adv_sub: "txid",
      goal_id: "event",
      goal_name: "event",
      currency: "currency",
      ...numberedMeta("adv_sub", 2, 5),
      ...numberedMeta("adv_unique", 1, 5),
    },
    ignored: ["a", "offer_id", "adv_id", "aff_id", "format"],
    forgotten: PERSONAL_NAMES,
    eventStatuses: { reject: "rejected" },
    statuses: {},
  },
  clickId: { shape: "[0-9A-Fa-f]{30,32}", lower: true },
  secret: { parameter: "security_token" },
  answers: {
    accepted: { status: 200, type: "text/plain; charset=utf-8", body: "success=true;" },
    noClick: {
      status: 200,
      type: "text/plain; charset=utf-8",
      body: "success=false; err_msg=Invalid Trans. ID #{click_id}.;",
    },
    refused: { status: 200, type: "text/plain; charset=utf-8", body: "success=false; err_msg={message};" },
    oursWhen: { format: "json" },
  },
};
