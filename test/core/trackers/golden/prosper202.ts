/** Prosper202's postbacks, typed from what its source reads and answers. */
import type { GoldenFile } from "./golden.ts";

const AT = "/tracking202/static/gpb.php";
const DONE = [202, '{"error":false,"code":202,"msg":"Postback successful"}'] as const;

export const prosper202: GoldenFile = {
  dialect: "prosper202",
  secret: null,
  requests: [
    {
      name: "a conversion",
      target: `${AT}?subid=CLICK&amount=3.5`,
      says: { clickId: "CLICK", revenueMicros: 3_500_000 },
      answer: DONE,
    },
    {
      name: "by its other names",
      target: `/202${AT}?sid=CLICK&cid=5&t202txid=A-1`,
      says: { clickId: "CLICK", txid: "A-1" },
      answer: DONE,
    },
    {
      name: "a click of before the move",
      target: `${AT}?subid=4711&amount=1`,
      foreign: "4711",
      says: { revenueMicros: 1_000_000 },
      answer: DONE,
    },
    {
      name: "no subid of anybody's",
      target: `${AT}?subid=none-such`,
      says: null,
      answer: [404, '{"error":true,"code":404,"msg":"SubID not found"}'],
    },
    {
      name: "an amount of which nothing can be made costs the amount",
      target: `${AT}?subid=CLICK&amount=x`,
      says: { clickId: "CLICK", notes: { amount: "bad_amount" }, unread: { amount: "x" } },
      answer: DONE,
    },
    {
      name: "the pixel",
      target: "/tracking202/static/gpx.php?subid=CLICK",
      advertiser: { pixel: true },
      pixel: true,
      says: { clickId: "CLICK" },
      answer: [200, "image"],
    },
  ],
};
