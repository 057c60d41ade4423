/** RedTrack's postbacks, typed from https://docs.redtrack.io/knowledgebase/tracking-event-types. */
import { ACCEPTED, type GoldenFile } from "./golden.ts";

export const redtrack: GoldenFile = {
  dialect: "redtrack",
  secret: null,
  requests: [
    {
      name: "a conversion",
      target: "/postback?clickid=CLICK&sum=7.5&type=Purchase&status=approved&rdtk_event_id=e-1",
      says: { clickId: "CLICK", revenueMicros: 7_500_000, event: "Purchase", status: "approved", txid: "e-1" },
      answer: ACCEPTED,
    },
    {
      name: "without a status",
      target: "/postback?clickid=CLICK&sum=7.5",
      says: { clickId: "CLICK", revenueMicros: 7_500_000 },
      answer: ACCEPTED,
    },
    {
      name: "`other` says no more than that",
      target: "/postback?clickid=CLICK&status=other",
      says: { clickId: "CLICK" },
      answer: ACCEPTED,
    },
    {
      name: "a declined one",
      target: "/postback?clickid=CLICK&status=declined",
      says: { clickId: "CLICK", status: "rejected", originalStatus: "declined" },
      answer: ACCEPTED,
    },
    {
      name: "a click of before the move",
      target: "/postback?clickid=5F0C1B2D3E4F5A6B7C8D9E0F&sum=1",
      foreign: "5f0c1b2d3e4f5a6b7c8d9e0f",
      says: { revenueMicros: 1_000_000 },
      answer: ACCEPTED,
    },
  ],
};
