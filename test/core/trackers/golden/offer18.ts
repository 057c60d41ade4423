/** Offer18's postbacks, typed from https://offer18.gitbook.io/knowledge-base/global-postback-parameters. */
import { ACCEPTED, type GoldenFile } from "./golden.ts";

export const offer18: GoldenFile = {
  dialect: "offer18",
  secret: "t0k3n",
  requests: [
    {
      name: "a sale",
      target: "/p?mid=12&tid=CLICK&event=sale&sale=40&adv_sub1=A-1&adv_sub2=x&token=t0k3n",
      says: { clickId: "CLICK", event: "sale", amountMicros: 40_000_000, txid: "A-1", meta: { adv_sub2: "x" } },
      answer: ACCEPTED,
    },
    { name: "without the token", target: "/p?mid=12&tid=CLICK", says: null, answer: [401, "missing_token"] },
  ],
};
