/** Prosper202: paths, names and answers as its source has them (tracking202/prosper202, tracking202/static/gpb.php). */
import { numberedSubs } from "../numbered-names.ts";
import { PERSONAL_NAMES } from "../personal-names.ts";
import type { TrackerTable } from "../tracker-table.ts";

const JSON_TYPE = "application/json";

export const prosper202: TrackerTable = {
  label: "Prosper202",
  routes: [
    { path: "*/tracking202/redirect/dl.php", role: "click", alias: "{t202id}" },
    { path: "*/tracking202/static/gpb.php", role: "postback" },
    { path: "*/tracking202/static/pb.php", role: "postback" },
    { path: "*/tracking202/static/gpx.php", role: "pixel" },
    { path: "*/tracking202/static/px.php", role: "pixel" },
    { path: "*/tracking202/static/upx.php", role: "pixel" },
    { path: "*/tracking202/static/ipx.php", role: "listed", what: "an impression", answer: "image" },
    { path: "*/tracking202/static/cb202.php", role: "listed", what: "ClickBank's notifications", answer: "old" },
    { path: "*/tracking202/static/landing.php", role: "listed", what: "a lander's script", answer: "old" },
    { path: "*/tracking202/static/record.php", role: "listed", what: "a lander's script", answer: "old" },
    { path: "*/tracking202/redirect/lp.php", role: "listed", what: "a lander's call to action", answer: "old" },
    { path: "*/tracking202/redirect/off.php", role: "listed", what: "a lander's call to action", answer: "old" },
    { path: "*/tracking202/redirect/rtr.php", role: "listed", what: "a rotator", answer: "old" },
  ],
  shapes: {},
  clickNames: { ...numberedSubs("c", 1, 4), t202kw: "sub5" },
  words: {
    names: {
      subid: "click_id",
      sid: "click_id",
      amount: "revenue",
      txid: "txid",
      t202txid: "txid",
      transaction_id: "txid",
      transactionid: "txid",
      order_id: "txid",
      orderid: "txid",
      oid: "txid",
    },
    ignored: ["cid", "t202dedupe"],
    forgotten: PERSONAL_NAMES,
    statuses: {},
  },
  clickId: { shape: "[0-9]{1,19}" },
  secret: null,
  answers: {
    accepted: { status: 202, type: JSON_TYPE, body: '{"error":false,"code":202,"msg":"Postback successful"}' },
    noClick: { status: 404, type: JSON_TYPE, body: '{"error":true,"code":404,"msg":"SubID not found"}' },
  },
};
