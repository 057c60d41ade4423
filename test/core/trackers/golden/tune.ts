/** TUNE's postbacks, typed from https://support.tune.com/hc/en-us/articles/4413247665431; the answers letter for letter. */
import type { GoldenFile } from "./golden.ts";

const TRUE = [200, "success=true;"] as const;

export const tune: GoldenFile = {
  dialect: "tune",
  secret: "5f4dcc3b5aa7",
  requests: [
    {
      name: "a conversion",
      target: "/aff_lsr?offer_id=26&transaction_id=CLICK&security_token=5f4dcc3b5aa7",
      says: { clickId: "CLICK" },
      answer: TRUE,
    },
    {
      name: "a sale",
      target:
        "/aff_lsr?transaction_id=CLICK&amount=40.00&adv_sub=A-1&adv_sub2=red&adv_unique1=u&security_token=5f4dcc3b5aa7",
      says: { clickId: "CLICK", amountMicros: 40_000_000, txid: "A-1", meta: { adv_sub2: "red", adv_unique1: "u" } },
      answer: TRUE,
    },
    {
      name: "a goal by its number",
      target: "/aff_goal?a=lsr&goal_id=12&transaction_id=CLICK&security_token=5f4dcc3b5aa7",
      says: { clickId: "CLICK", event: "12" },
      answer: TRUE,
    },
    {
      name: "a goal by its number, with set-up's word for it",
      target: "/aff_goal?a=lsr&goal_id=12&transaction_id=CLICK&security_token=5f4dcc3b5aa7",
      tracker: { mapping: { events: { 12: "deposit" } } },
      says: { clickId: "CLICK", event: "deposit" },
      answer: TRUE,
    },
    {
      name: "a goal by its name",
      target: "/aff_goal?a=lsr&goal_name=deposit&adv_id=4&transaction_id=CLICK&security_token=5f4dcc3b5aa7",
      says: { clickId: "CLICK", event: "deposit" },
      answer: TRUE,
    },
    {
      name: "a goal that is called reject",
      target: "/aff_goal?a=lsr&goal_name=reject&transaction_id=CLICK&security_token=5f4dcc3b5aa7",
      says: { clickId: "CLICK", status: "rejected" },
      answer: TRUE,
    },
    {
      name: "a goal that is called reject, and is an event of the offer",
      target: "/aff_goal?a=lsr&goal_name=reject&transaction_id=CLICK&security_token=5f4dcc3b5aa7",
      tracker: { mapping: { events: { reject: "reject" } } },
      says: { clickId: "CLICK", event: "reject" },
      answer: TRUE,
    },
    {
      name: "a click of before the move",
      target: "/aff_lsr?transaction_id=1027c887059b47bc69c699f45466b9&amount=5&security_token=5f4dcc3b5aa7",
      foreign: "1027c887059b47bc69c699f45466b9",
      says: { amountMicros: 5_000_000 },
      answer: TRUE,
    },
    {
      name: "nothing of a person is kept",
      target:
        "/aff_lsr?transaction_id=CLICK&conv_ip=192.0.2.1&google_aid=38400000-8cf0-11bd-b23e-10b96e40000d&ios_ifa=x&security_token=5f4dcc3b5aa7",
      says: { clickId: "CLICK" },
      answer: TRUE,
    },
    {
      name: "an incomplete transaction ID",
      target: "/aff_lsr?offer_id=26&transaction_id=1027c887059b47b&security_token=5f4dcc3b5aa7",
      says: null,
      answer: [200, "success=false; err_msg=Invalid Trans. ID #1027c887059b47b.;"],
    },
    {
      name: "without the token",
      target: "/aff_lsr?transaction_id=CLICK",
      says: null,
      answer: [
        200,
        "success=false; err_msg=Nothing proves who sends this: ask whoever gave you this URL for the whole of it, with its key.;",
      ],
    },
    {
      name: "an answer in JSON",
      target: "/aff_lsr?transaction_id=CLICK&format=json&security_token=5f4dcc3b5aa7",
      says: { clickId: "CLICK" },
      answer: [200, "accepted"],
    },
    {
      name: "a refusal in JSON",
      target: "/aff_lsr?transaction_id=7&format=json&security_token=5f4dcc3b5aa7",
      says: null,
      answer: [400, "malformed_click_id"],
    },
    {
      name: "the pixel",
      target: "/aff_l?offer_id=26&transaction_id=CLICK&amount=3",
      advertiser: { pixel: true },
      pixel: true,
      says: { clickId: "CLICK", amountMicros: 3_000_000 },
      answer: [200, "image"],
    },
    {
      name: "the pixel of a goal, by cookie",
      target: "/aff_goal?a=l&goal_id=12",
      advertiser: { pixel: true },
      says: null,
      answer: [200, "image"],
    },
    {
      name: "the pixel takes nothing back",
      target: "/aff_goal?a=l&goal_name=reject&transaction_id=CLICK",
      advertiser: { pixel: true },
      says: null,
      answer: [200, "image"],
    },
    { name: "an impression", target: "/aff_i?offer_id=26&aff_id=1", says: null, answer: [200, "image"] },
    {
      name: "a link that nobody imported",
      target: "/aff_c?offer_id=26&aff_id=1",
      says: null,
      answer: [404, "unknown_alias"],
    },
  ],
};
