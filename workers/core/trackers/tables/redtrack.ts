/** RedTrack: https://docs.redtrack.io/knowledgebase/tracking-event-types. */
import { PERSONAL_NAMES } from "../personal-names.ts";
import type { TrackerTable } from "../tracker-table.ts";

export const redtrack: TrackerTable = {
  label: "RedTrack",
  routes: [
    { path: "/postback", role: "postback" },
    { path: "/click", role: "listed", what: "a lander's call to action", answer: "old" },
    { path: "/preclick", role: "listed", what: "a lander's call to action", answer: "old" },
    { path: "/track.js", role: "listed", what: "a script", answer: "old" },
    { path: "/{campaign}", role: "click", alias: "{campaign}", lower: true },
  ],
  shapes: { campaign: "[0-9A-Fa-f]{24}" },
  clickNames: { ref_id: "external_id" },
  words: {
    names: {
      clickid: "click_id",
      sum: "revenue",
      type: "event",
      status: "status",
      rdtk_event_id: "txid",
      currency: "currency",
    },
    ignored: [],
    forgotten: PERSONAL_NAMES,
    statuses: { approved: "approved", pending: "pending", declined: "rejected", other: "-" },
    leftOut: ["OPTIONAL"],
  },
  clickId: { shape: "[0-9A-Fa-f]{24}", lower: true },
  secret: null,
  answers: {},
};
