/** BeMob: https://help.bemob.com; its links and postbacks are Voluum's, below `/go/`. */
import { PERSONAL_NAMES } from "../personal-names.ts";
import { SHARED_STATUSES } from "../shared-statuses.ts";
import type { TrackerTable } from "../tracker-table.ts";

export const bemob: TrackerTable = {
  label: "BeMob",
  routes: [
    { path: "/postback", role: "postback" },
    { path: "/click", role: "listed", what: "a lander's call to action", answer: "old" },
    { path: "/click/*", role: "listed", what: "a lander's call to action", answer: "old" },
    { path: "/landing/*", role: "listed", what: "a lander", answer: "old" },
    { path: "/go/{campaign}", role: "click", alias: "{campaign}", lower: true },
  ],
  shapes: { campaign: "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}" },
  clickNames: {},
  words: {
    names: { cid: "click_id", payout: "revenue", txid: "txid", status: "status", currency: "currency" },
    ignored: [],
    forgotten: PERSONAL_NAMES,
    statuses: SHARED_STATUSES,
    txidOfClick: true,
    leftOut: ["OPTIONAL"],
  },
  clickId: { shape: "[0-9A-Za-z_-]{16,40}" },
  secret: null,
  answers: {},
};
