/** Calls about offers. */
import * as v from "valibot";
import { holders } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { setUpCalls } from "../set-up/thing-calls.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { announcedPayout, announcedPayouts } from "./announced-payouts.ts";
import { newOffer, offerAnswer, offerChange, offerList } from "./fields.ts";
import { announcePrice, listPriceChanges, newPriceChange, priceChangeAnswer, withdrawPrice } from "./price-changes.ts";
import { changeOffer, createOffer, listOffers, readOffer } from "./store.ts";
import { savedAnswer, withWarnings } from "./template-warnings.ts";

const priceCalls = [
  call({
    method: "get",
    path: "/api/offers/:slug/prices",
    summary: "List what events of an offer, and single affiliates for them, are priced by, from which moment on",
    roles: OPERATORS,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: v.object({ items: v.array(priceChangeAnswer) }),
    handle: ({ env, caller, nowMs, key }) => listPriceChanges(env, caller, key, nowMs),
  }),
  call({
    method: "post",
    path: "/api/offers/:slug/prices",
    summary: "Change a price of an event, or of one affiliate for it, from a moment on or from now on",
    roles: holders("set_up"),
    query: NO_QUERY,
    body: newPriceChange,
    status: 201,
    answer: priceChangeAnswer,
    handle: ({ env, caller, nowMs, key, body }) => announcePrice(env, key, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "delete",
    path: "/api/offers/:slug/prices/:price",
    summary: "Withdraw a price that does not count yet",
    roles: holders("set_up"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 204,
    handle: ({ env, caller, nowMs, key, place }) =>
      withdrawPrice(env, key, place.price ?? "", { by: caller, atMs: nowMs }),
  }),
];

const announcedCall = call({
  method: "get",
  path: "/api/offers/:slug/announced-payouts",
  summary: "List what events of an offer will pay you, from which moment on, where that is announced",
  roles: ["affiliate"],
  query: NO_QUERY,
  body: NO_BODY,
  status: 200,
  answer: v.object({ items: v.array(announcedPayout) }),
  handle: ({ env, caller, nowMs, key }) => announcedPayouts(env, caller, key, nowMs),
});

const offersOwnCalls = setUpCalls({
  path: "/api/offers",
  one: "an offer",
  many: "offers",
  changeSummary: "Change an offer and publish its links to the edge",
  newOne: newOffer,
  change: offerChange,
  query: offerList,
  answer: offerAnswer,
  savedAnswer: savedAnswer(offerAnswer),
  create: async (env, input, change) => withWarnings(await createOffer(env, input, change)),
  read: readOffer,
  list: listOffers,
  save: async (env, key, input, change) => withWarnings(await changeOffer(env, key, input, change)),
});

export const offerCalls = [...offersOwnCalls, ...priceCalls, announcedCall];
