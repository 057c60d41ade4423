/** Scaleo's postbacks, typed from public postback URLs and https://help.scaleo.io/article/398-branch. */
import { ACCEPTED, type GoldenFile } from "./golden.ts";

export const scaleo: GoldenFile = {
  dialect: "scaleo",
  secret: "t0k3n",
  requests: [
    {
      name: "a sale",
      target:
        "/track/goal-by-click-id?click_id=CLICK&goal_alias=sale&amount=40&adv_order_id=A-1&adv_param1=x&conv_status=approved&token=t0k3n",
      says: {
        clickId: "CLICK",
        event: "sale",
        amountMicros: 40_000_000,
        txid: "A-1",
        meta: { adv_param1: "x" },
        status: "approved",
      },
      answer: ACCEPTED,
    },
    {
      name: "a click of before the move",
      target: "/track/goal-by-click-id?click_id=c7601cf259fbc45952352043959ef237&goal_id=1&token=t0k3n",
      foreign: "c7601cf259fbc45952352043959ef237",
      says: { event: "1" },
      answer: ACCEPTED,
    },
    {
      name: "without the token",
      target: "/track/goal-by-click-id?click_id=CLICK",
      says: null,
      answer: [401, "missing_token"],
    },
  ],
};
