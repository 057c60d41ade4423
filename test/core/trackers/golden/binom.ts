/** Binom's postbacks, typed from https://docs.binom.org/postback-url.php and payout-tracking-v2.php. */
import { ACCEPTED, type GoldenFile } from "./golden.ts";

export const binom: GoldenFile = {
  dialect: "binom",
  secret: null,
  requests: [
    {
      name: "of the first version",
      target: "/click.php?cnv_id=CLICK&payout=3.20",
      says: { clickId: "CLICK", revenueMicros: 3_200_000 },
      answer: ACCEPTED,
    },
    {
      name: "in a folder",
      target: "/tracker/click.php?cnv_id=CLICK&payout=3.20",
      says: { clickId: "CLICK", revenueMicros: 3_200_000 },
      answer: ACCEPTED,
    },
    {
      name: "of the second version",
      target: "/click?cnv_id=CLICK&payout=3.20&cnv_currency=eur&cnv_status=lead&cnv_status2=new&event1=1",
      says: {
        clickId: "CLICK",
        revenueMicros: 3_200_000,
        currency: "EUR",
        status: "approved",
        originalStatus: "lead",
        meta: { cnv_status2: "new", event1: "1" },
      },
      answer: ACCEPTED,
    },
    {
      name: "a rejected one",
      target: "/click.php?cnv_id=CLICK&cnv_status=reject",
      says: { clickId: "CLICK", status: "rejected", originalStatus: "reject" },
      answer: ACCEPTED,
    },
    {
      name: "on hold",
      target: "/click.php?cnv_id=CLICK&cnv_status=Hold",
      says: { clickId: "CLICK", status: "pending", originalStatus: "Hold" },
      answer: ACCEPTED,
    },
    { name: "a digit", target: "/click.php?cnv_id=CLICK&cnv_status=1", says: null, answer: [400, "bad_status"] },
    {
      name: "a click of before the move",
      target: "/click.php?cnv_id=81e60haa86o0b7&payout=1",
      foreign: "81e60haa86o0b7",
      says: { revenueMicros: 1_000_000 },
      answer: ACCEPTED,
    },
    {
      name: "a pixel by cookie, which names no click",
      target: "/click.php?uclick=1",
      says: null,
      answer: [404, "not_spoken"],
    },
  ],
};
