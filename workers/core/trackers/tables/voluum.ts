/** Voluum: https://doc.voluum.com/en/tracking_conversions_postback.html, /article/parameters-in-postback-urls. */
import { numberedMeta } from "../numbered-names.ts";
import { PERSONAL_NAMES } from "../personal-names.ts";
import { SHARED_STATUSES } from "../shared-statuses.ts";
import type { TrackerTable } from "../tracker-table.ts";

export const voluum: TrackerTable = {
  label: "Voluum",
  routes: [
    { path: "/postback", role: "postback" },
    { path: "/conversion.gif", role: "pixel" },
    { path: "/click", role: "listed", what: "a lander's call to action", answer: "old" },
    { path: "/click/*", role: "listed", what: "a lander's call to action", answer: "old" },
    { path: "/d/*", role: "listed", what: "the script of direct tracking", answer: "old" },
    { path: "/{campaign}", role: "click", alias: "{campaign}", lower: true },
  ],
  shapes: { campaign: "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}" },
  clickNames: {},
  words: {
    names: {
      cid: "click_id",
      payout: "revenue",
      txid: "txid",
      currency: "currency",
      et: "event",
      ...numberedMeta("param", 1, 5),
    },
    ignored: [],
    forgotten: PERSONAL_NAMES,
    statuses: SHARED_STATUSES,
    txidOfClick: true,
    negativeReverses: true,
    leftOut: ["OPTIONAL"],
  },
  clickId: { shape: "[0-9A-Za-z]{20,32}" },
  secret: null,
  answers: {},
};
