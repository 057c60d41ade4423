/** Voluum's postbacks, typed from https://doc.voluum.com/en/tracking_conversions_postback.html. */
import { ACCEPTED, type GoldenFile } from "./golden.ts";

const FIRST = { clickId: "CLICK", txid: "CLICK/1" };

export const voluum: GoldenFile = {
  dialect: "voluum",
  secret: null,
  requests: [
    {
      name: "a conversion",
      target: "/postback?cid=CLICK&payout=12.50",
      says: { ...FIRST, revenueMicros: 12_500_000 },
      answer: ACCEPTED,
    },
    {
      name: "its template as shipped, with the click alone filled in",
      target: "/postback?cid=CLICK&payout=OPTIONAL&txid=OPTIONAL",
      says: FIRST,
      answer: ACCEPTED,
    },
    {
      name: "its template as shipped",
      target: "/postback?cid=REPLACE&payout=OPTIONAL&txid=OPTIONAL",
      says: null,
      answer: [400, "unexpanded_macro"],
    },
    {
      name: "a step of the click's, which counts for itself",
      target: "/postback?cid=CLICK&txid=upsell&et=deposit&currency=EUR&param1=x",
      says: {
        clickId: "CLICK",
        txid: "CLICK/upsell",
        meta: { param1: "x", txid: "upsell" },
        event: "deposit",
        currency: "EUR",
      },
      answer: ACCEPTED,
    },
    { name: "in upper case", target: "/postback?cid=UPPER", says: FIRST, answer: ACCEPTED },
    {
      name: "a payout below nothing takes the conversion back",
      target: "/postback?cid=CLICK&payout=-12.50",
      says: { clickId: "CLICK", status: "reversed" },
      answer: ACCEPTED,
    },
    {
      name: "a payout of nothing does not, and cannot be read",
      target: "/postback?cid=CLICK&payout=-0.00",
      says: { ...FIRST, notes: { payout: "bad_amount" }, unread: { payout: "-0.00" } },
      answer: ACCEPTED,
    },
    {
      name: "a click of before the move",
      target: "/postback?cid=wUHBTLI5MVGHQU9M170TMJ8U&payout=3",
      foreign: "wUHBTLI5MVGHQU9M170TMJ8U",
      says: { txid: "wUHBTLI5MVGHQU9M170TMJ8U/1", revenueMicros: 3_000_000 },
      answer: ACCEPTED,
    },
    { name: "posted", target: "/postback", form: "cid=CLICK", says: FIRST, answer: ACCEPTED },
    {
      name: "to an advertiser that asks for a token",
      target: "/postback?cid=CLICK",
      advertiser: { auth: "token" },
      says: null,
      answer: [401, "missing_token"],
    },
    {
      name: "with the token of ours that set-up asks for",
      target: "/postback?cid=CLICK&token=ours",
      secret: "ours",
      advertiser: { auth: "token" },
      says: FIRST,
      answer: ACCEPTED,
    },
    {
      name: "with another one",
      target: "/postback?cid=CLICK&token=other",
      secret: "ours",
      says: null,
      answer: [401, "bad_token"],
    },
    {
      name: "the pixel",
      target: "/conversion.gif?cid=CLICK&payout=5",
      advertiser: { pixel: true },
      pixel: true,
      says: { ...FIRST, revenueMicros: 5_000_000 },
      answer: [200, "image"],
    },
    { name: "the pixel where it is off", target: "/conversion.gif?cid=CLICK", says: null, answer: [200, "image"] },
    { name: "a lander's call to action", target: "/click/2", says: null, answer: [404, "not_spoken"] },
  ],
};
