/** Trackier's postbacks, typed from public postback URLs and https://help.trackier.com, article 31000155035. */
import { ACCEPTED, type GoldenFile } from "./golden.ts";

export const trackier: GoldenFile = {
  dialect: "trackier",
  secret: "s3cur1ty",
  requests: [
    {
      name: "a sale",
      target:
        "/acquisition?click_id=CLICK&goal_value=purchase&txn_id=A-1&sale_amount=40&currency=inr&gaid=x&security_token=s3cur1ty",
      says: { clickId: "CLICK", event: "purchase", txid: "A-1", amountMicros: 40_000_000, currency: "INR" },
      answer: ACCEPTED,
    },
    {
      name: "a goal as its help spells it",
      target: "/acquisition?click_id=CLICK&goal_vlaue=purchase&security_token=s3cur1ty",
      says: { clickId: "CLICK", event: "purchase" },
      answer: ACCEPTED,
    },
    {
      name: "the pixel with a click",
      target: "/pixel?adid=1&click_id=CLICK",
      advertiser: { pixel: true },
      pixel: true,
      says: { clickId: "CLICK" },
      answer: [200, "image"],
    },
    { name: "the pixel by cookie", target: "/pixel?adid=1", says: null, answer: [404, "not_spoken"] },
  ],
};
