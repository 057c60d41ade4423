/** BeMob's postbacks, typed from public postback URLs and https://help.bemob.com. */
import { ACCEPTED, type GoldenFile } from "./golden.ts";

export const bemob: GoldenFile = {
  dialect: "bemob",
  secret: null,
  requests: [
    {
      name: "a conversion",
      target: "/postback?cid=CLICK&payout=4&txid=OPTIONAL&status=approved",
      says: { clickId: "CLICK", txid: "CLICK/1", revenueMicros: 4_000_000, status: "approved" },
      answer: ACCEPTED,
    },
    {
      name: "a rejected one",
      target: "/postback?cid=CLICK&status=declined",
      says: { clickId: "CLICK", status: "rejected", originalStatus: "declined" },
      answer: ACCEPTED,
    },
    {
      name: "a word of a network's own",
      target: "/postback?cid=CLICK&status=qualified",
      says: null,
      answer: [400, "bad_status"],
    },
    {
      name: "a word of a network's own that set-up knows",
      target: "/postback?cid=CLICK&status=qualified",
      advertiser: { mapping: { statuses: { qualified: "approved" } } },
      says: { clickId: "CLICK", txid: "CLICK/1", status: "approved", originalStatus: "qualified" },
      answer: ACCEPTED,
    },
  ],
};
