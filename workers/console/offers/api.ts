/** Calls about offers. */
import { accept } from "../../core/result.ts";
import { ADMINS, EVERYONE } from "../../core/roles.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { pageAnswer } from "../web/listing.ts";
import { newOffer, offerChange, offerList } from "./fields.ts";
import { changeOffer, createOffer, listOffers, readOffer } from "./store.ts";
import { savedAnswer, withWarnings } from "./template-warnings.ts";
import { offerAnswer } from "./view.ts";

export const offerCalls = [
  call({
    method: "post",
    path: "/api/offers",
    summary: "Create an offer",
    roles: ADMINS,
    query: NO_QUERY,
    body: newOffer,
    status: 201,
    answer: savedAnswer(offerAnswer),
    handle: async ({ env, caller, nowMs, body }) =>
      withWarnings(await createOffer(env, body, { by: caller, atMs: nowMs })),
  }),
  call({
    method: "get",
    path: "/api/offers",
    summary: "List offers",
    roles: EVERYONE,
    query: offerList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(offerAnswer),
    handle: async ({ env, caller, query }) => accept(await listOffers(env, caller, query)),
  }),
  call({
    method: "get",
    path: "/api/offers/:slug",
    summary: "Read an offer",
    roles: EVERYONE,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: offerAnswer,
    handle: ({ env, caller, key }) => readOffer(env, caller, key),
  }),
  call({
    method: "patch",
    path: "/api/offers/:slug",
    summary: "Change an offer and publish its links to the edge",
    roles: ADMINS,
    query: NO_QUERY,
    body: offerChange,
    status: 200,
    answer: savedAnswer(offerAnswer),
    handle: async ({ env, caller, nowMs, key, body }) =>
      withWarnings(await changeOffer(env, key, body, { by: caller, atMs: nowMs })),
  }),
];
