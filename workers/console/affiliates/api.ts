/** Calls about affiliates. */
import { accept } from "../../core/result.ts";
import { ADMINS, EVERYONE } from "../../core/roles.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { pageAnswer } from "../web/listing.ts";
import { affiliateChange, affiliateList, newAffiliate } from "./fields.ts";
import { changeAffiliate, createAffiliate, listAffiliates, readAffiliate } from "./store.ts";
import { affiliateAnswer } from "./view.ts";

export const affiliateCalls = [
  call({
    method: "post",
    path: "/api/affiliates",
    summary: "Create an affiliate",
    roles: ADMINS,
    query: NO_QUERY,
    body: newAffiliate,
    status: 201,
    answer: affiliateAnswer,
    handle: ({ env, caller, nowMs, body }) => createAffiliate(env, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "get",
    path: "/api/affiliates",
    summary: "List affiliates",
    roles: EVERYONE,
    query: affiliateList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(affiliateAnswer),
    handle: async ({ env, caller, query }) => accept(await listAffiliates(env, caller, query)),
  }),
  call({
    method: "get",
    path: "/api/affiliates/:slug",
    summary: "Read an affiliate",
    roles: EVERYONE,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: affiliateAnswer,
    handle: ({ env, caller, key }) => readAffiliate(env, caller, key),
  }),
  call({
    method: "patch",
    path: "/api/affiliates/:slug",
    summary: "Change an affiliate and publish its links to the edge",
    roles: ADMINS,
    query: NO_QUERY,
    body: affiliateChange,
    status: 200,
    answer: affiliateAnswer,
    handle: ({ env, caller, nowMs, key, body }) => changeAffiliate(env, key, body, { by: caller, atMs: nowMs }),
  }),
];
