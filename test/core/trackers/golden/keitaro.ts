/** Keitaro's postbacks, typed from https://docs.keitaro.io/en/conversions/postback.html and its page of v9. */
import { ACCEPTED, type GoldenFile } from "./golden.ts";

const AT = "/0f3ab1c2/postback";
const FIRST = { clickId: "CLICK", txid: "CLICK/1" };

export const keitaro: GoldenFile = {
  dialect: "keitaro",
  secret: "0f3ab1c2",
  requests: [
    {
      name: "a lead",
      target: `${AT}?subid=CLICK&status=lead&payout=10&currency=EUR`,
      says: { ...FIRST, status: "pending", originalStatus: "lead", revenueMicros: 10_000_000, currency: "EUR" },
      answer: ACCEPTED,
    },
    {
      name: "without a status it is a sale",
      target: `${AT}?subid=CLICK&payout=12.5`,
      says: { ...FIRST, status: "approved", revenueMicros: 12_500_000 },
      answer: ACCEPTED,
    },
    {
      name: "the answer that the network wants",
      target: `${AT}?subid=CLICK&status=sale&return=OK`,
      says: { ...FIRST, status: "approved", originalStatus: "sale" },
      answer: [200, "OK"],
    },
    {
      name: "the second deposit of a player",
      target: `${AT}?subid=CLICK&status=rebill&tid=2&revenue=40`,
      says: {
        clickId: "CLICK",
        txid: "CLICK/2",
        meta: { tid: "2" },
        status: "approved",
        originalStatus: "rebill",
        revenueMicros: 40_000_000,
      },
      answer: ACCEPTED,
    },
    {
      name: "a rejection without a number is about whatever the click led to",
      target: `${AT}?subid=CLICK&status=rejected`,
      says: { clickId: "CLICK", status: "rejected" },
      answer: ACCEPTED,
    },
    {
      name: "words that the URL lists: on hold",
      target: `${AT}?subid=CLICK&status=reg&lead_status=reg,topup&sale_status=billed&rejected_status=canceled,fake`,
      says: { ...FIRST, status: "pending", originalStatus: "reg" },
      answer: ACCEPTED,
    },
    {
      name: "words that the URL lists: paid, in digits",
      target: `${AT}?subid=CLICK&status=1&lead_status=2&sale_status=1&rejected_status=3`,
      says: { ...FIRST, status: "approved", originalStatus: "1" },
      answer: ACCEPTED,
    },
    {
      name: "the same digit of a network that lists it otherwise",
      target: `${AT}?subid=CLICK&status=1&lead_status=0,%201&sale_status=2`,
      says: { ...FIRST, status: "pending", originalStatus: "1" },
      answer: ACCEPTED,
    },
    {
      name: "a listed word goes before Keitaro's own",
      target: `${AT}?subid=CLICK&status=lead&sale_status=Lead`,
      says: { ...FIRST, status: "approved", originalStatus: "lead" },
      answer: ACCEPTED,
    },
    {
      name: "what the URL says to ignore",
      target: `${AT}?subid=CLICK&status=ping&ignore_status=ping,test&return=OK`,
      says: null,
      answer: [200, "OK"],
    },
    {
      name: "by its older name",
      target: `${AT}?status=test&ignore=ping,test`,
      says: null,
      answer: [200, "passed_over"],
    },
    {
      name: "a digit that nobody lists",
      target: `${AT}?subid=CLICK&status=1`,
      says: null,
      answer: [400, "bad_status"],
    },
    {
      name: "a digit that the advertiser's own words have",
      target: `${AT}?subid=CLICK&status=1`,
      advertiser: { mapping: { statuses: { 1: "pending" } } },
      says: { ...FIRST, status: "pending", originalStatus: "1" },
      answer: ACCEPTED,
    },
    {
      name: "set-up's words for the tracker go before the advertiser's, and the URL's before both",
      target: `${AT}?subid=CLICK&status=1&rejected_status=1`,
      advertiser: { mapping: { statuses: { 1: "pending" } } },
      tracker: { mapping: { statuses: { 1: "approved" } } },
      says: { clickId: "CLICK", status: "rejected", originalStatus: "1" },
      answer: ACCEPTED,
    },
    {
      name: "an order's number that set-up says is the advertiser's",
      target: `${AT}?subid=CLICK&tid=A-1`,
      tracker: { mapping: { names: { tid: "txid" } } },
      says: { clickId: "CLICK", txid: "A-1", status: "approved" },
      answer: ACCEPTED,
    },
    {
      name: "what is carried along",
      target: `${AT}?subid=CLICK&from=adcombo&sub_id_3=x&cost=0.10&utm=y`,
      says: {
        ...FIRST,
        status: "approved",
        meta: { from: "adcombo", sub_id_3: "x" },
        unread: { cost: "0.10", utm: "y" },
      },
      answer: ACCEPTED,
    },
    {
      name: "a click of before the move",
      target: `${AT}?subid=51ts6sgr1cbkdhljnrv&tid=77&payout=5`,
      foreign: "51ts6sgr1cbkdhljnrv",
      says: { txid: "51ts6sgr1cbkdhljnrv/77", meta: { tid: "77" }, status: "approved", revenueMicros: 5_000_000 },
      answer: ACCEPTED,
    },
    {
      name: "nothing of a person is kept",
      target: `${AT}?subid=CLICK&ip=192.0.2.1&email=a@example.com`,
      says: { ...FIRST, status: "approved" },
      answer: ACCEPTED,
    },
    {
      name: "a test",
      target: `${AT}?subid=CLICK`,
      tracker: { test: true },
      says: { ...FIRST, status: "approved", test: true },
      answer: ACCEPTED,
    },
    {
      name: "a form",
      target: AT,
      form: "subid=CLICK&status=lead",
      says: { ...FIRST, status: "pending", originalStatus: "lead" },
      answer: ACCEPTED,
    },
    { name: "another key", target: "/ffffffff/postback?subid=CLICK", says: null, answer: [401, "bad_token"] },
    { name: "without the click", target: `${AT}?tid=77`, says: null, answer: [400, "names_nothing"] },
    {
      name: "a macro that was not expanded",
      target: `${AT}?subid={subid}`,
      says: null,
      answer: [400, "unexpanded_macro"],
    },
    {
      name: "a status that was not expanded",
      target: `${AT}?subid=CLICK&status={status}`,
      says: null,
      answer: [400, "unexpanded_macro"],
    },
    {
      name: "a refusal is never hidden behind the answer that is wanted",
      target: `${AT}?subid=7&return=OK`,
      says: null,
      answer: [400, "malformed_click_id"],
    },
    { name: "a lander", target: "/lander/shoes/", says: null, answer: [404, "not_spoken"] },
    { name: "a link that nobody imported", target: "/x7Kd93ab", says: null, answer: [404, "unknown_alias"] },
  ],
};
