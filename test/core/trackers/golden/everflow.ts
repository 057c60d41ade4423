/** Everflow's postbacks, typed from https://helpdesk.everflow.io/customer/accessing-editing-s2s-postback-urls and the names that its own SDK sends. */
import { ACCEPTED, type GoldenFile } from "./golden.ts";

export const everflow: GoldenFile = {
  dialect: "everflow",
  secret: "v3r1f1c4t10n",
  requests: [
    {
      name: "a conversion",
      target: "/?nid=529&transaction_id=CLICK&verification_token=v3r1f1c4t10n",
      says: { clickId: "CLICK" },
      answer: ACCEPTED,
    },
    {
      name: "a sale whose amount has a comma",
      target: "/?nid=529&transaction_id=CLICK&amount=12,34&order_id=A-1&adv1=red&verification_token=v3r1f1c4t10n",
      says: { clickId: "CLICK", amountMicros: 12_340_000, txid: "A-1", meta: { adv1: "red" } },
      answer: ACCEPTED,
    },
    {
      name: "an amount of which nothing can be made",
      target: "/?nid=529&transaction_id=CLICK&amount=1,234.50&verification_token=v3r1f1c4t10n",
      says: null,
      answer: [400, "bad_amount"],
    },
    {
      name: "an event",
      target: "/?nid=529&transaction_id=CLICK&adv_event_id=signup&verification_token=v3r1f1c4t10n",
      says: { clickId: "CLICK", event: "signup" },
      answer: ACCEPTED,
    },
    {
      name: "an event by its number, with set-up's word for it",
      target: "/?nid=529&transaction_id=CLICK&event_id=3&verification_token=v3r1f1c4t10n",
      tracker: { mapping: { events: { 3: "signup" } } },
      says: { clickId: "CLICK", event: "signup" },
      answer: ACCEPTED,
    },
    {
      name: "without a click, by its coupon",
      target: "/?nid=529&oid=1&coupon_code=SHOES10&order_id=A-2&amount=40&verification_token=v3r1f1c4t10n",
      says: { coupon: "SHOES10", txid: "A-2", amountMicros: 40_000_000 },
      answer: ACCEPTED,
    },
    {
      name: "fraud",
      target: "/?nid=529&transaction_id=CLICK&order_id=A-1&fraud_flag=1&verification_token=v3r1f1c4t10n",
      says: { clickId: "CLICK", txid: "A-1", status: "rejected" },
      answer: ACCEPTED,
    },
    {
      name: "no fraud",
      target: "/?nid=529&transaction_id=CLICK&fraud_flag=0&verification_token=v3r1f1c4t10n",
      says: { clickId: "CLICK" },
      answer: ACCEPTED,
    },
    {
      name: "a click of before the move",
      target: "/?nid=529&transaction_id=9A1B2C3D4E5F60718293A4B5C6D7E8F9&verification_token=v3r1f1c4t10n",
      foreign: "9a1b2c3d4e5f60718293a4b5c6d7e8f9",
      says: {},
      answer: ACCEPTED,
    },
    { name: "without the token", target: "/?nid=529&transaction_id=CLICK", says: null, answer: [401, "missing_token"] },
    { name: "a call of the SDK", target: "/sdk/click?oid=1&affid=2", says: null, answer: [404, "not_spoken"] },
  ],
};
