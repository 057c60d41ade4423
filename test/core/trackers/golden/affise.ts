/** Affise's postbacks, typed from https://help-center.affise.com/en/articles/6475468 and its own SDKs. */
import { ACCEPTED, type GoldenFile } from "./golden.ts";

export const affise: GoldenFile = {
  dialect: "affise",
  secret: "9f86d081884c",
  requests: [
    {
      name: "an approved conversion",
      target: "/postback?clickid=CLICK&action_id=A-1&goal=2&sum=10.5&status=1&secure=9f86d081884c",
      says: {
        clickId: "CLICK",
        txid: "A-1",
        event: "2",
        revenueMicros: 10_500_000,
        status: "approved",
        originalStatus: "1",
      },
      answer: ACCEPTED,
    },
    {
      name: "a pending one",
      target: "/postback?click_id=CLICK&status=2&secure=9f86d081884c",
      says: { clickId: "CLICK", status: "pending", originalStatus: "2" },
      answer: ACCEPTED,
    },
    {
      name: "a declined one",
      target: "/postback?clickid=CLICK&status=3&secure=9f86d081884c",
      says: { clickId: "CLICK", status: "rejected", originalStatus: "3" },
      answer: ACCEPTED,
    },
    {
      name: "one on hold",
      target: "/postback?clickid=CLICK&status=5&secure=9f86d081884c",
      says: { clickId: "CLICK", status: "pending", originalStatus: "5" },
      answer: ACCEPTED,
    },
    {
      name: "a status that Affise has not",
      target: "/postback?clickid=CLICK&status=4&secure=9f86d081884c",
      says: null,
      answer: [400, "bad_status"],
    },
    {
      name: "a sum that set-up says is the sale's",
      target: "/postback?clickid=CLICK&sum=40&secure=9f86d081884c",
      tracker: { mapping: { names: { sum: "amount" } } },
      says: { clickId: "CLICK", amountMicros: 40_000_000 },
      answer: ACCEPTED,
    },
    {
      name: "what is carried along, and nothing of a person",
      target:
        "/postback?clickid=CLICK&promo_code=SHOES10&custom_field1=x&ip=192.0.2.1&user_id=77&referrer=https%3A%2F%2Fa.example&comment=Ann&secure=9f86d081884c",
      says: { clickId: "CLICK", coupon: "SHOES10", meta: { custom_field1: "x" } },
      answer: ACCEPTED,
    },
    {
      name: "a click of before the move",
      target: "/postback?clickid=5c3f1a2b3c4d5e6f7a8b9c0d&sum=1&secure=9f86d081884c",
      foreign: "5c3f1a2b3c4d5e6f7a8b9c0d",
      says: { revenueMicros: 1_000_000 },
      answer: ACCEPTED,
    },
    {
      name: "a broken click ID",
      target: "/postback?clickid=5c3f1a2b&secure=9f86d081884c",
      says: null,
      answer: [400, "malformed_click_id"],
    },
    {
      name: "another password",
      target: "/postback?clickid=CLICK&secure=guessed",
      says: null,
      answer: [401, "bad_token"],
    },
    { name: "a smart link", target: "/sl?id=5", says: null, answer: [404, "not_spoken"] },
  ],
};
