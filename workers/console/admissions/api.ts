/** Calls about who may promote which offer: affiliates apply, operators decide. */
import { accept, refuse } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { ALL_BUT_ADVERTISERS } from "../../core/roles.ts";
import { linkAnswer } from "../links/fields.ts";
import { unknownSlug } from "../tables/slugs.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { pageAnswer } from "../web/listing.ts";
import { admissionAnswer, admissionList, application, ruling } from "./fields.ts";
import { makeOwnLink, pauseOwnLink, resumeOwnLink } from "./made-links.ts";
import { applyFor, listAdmissions, ruleOnAdmission } from "./store.ts";

export const admissionCalls = [
  call({
    method: "get",
    path: "/api/admissions",
    summary: "List who applied for offers, who was admitted and who was refused",
    roles: ALL_BUT_ADVERTISERS,
    query: admissionList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(admissionAnswer),
    async handle({ env, caller, query }) {
      const unknown = await unknownSlug(env.DB, caller, query);
      return unknown === null ? accept(await listAdmissions(env, caller, query)) : refuse(unknown);
    },
  }),
  call({
    method: "post",
    path: "/api/offers/:slug/applications",
    summary: "Apply for an offer; the operator decides",
    roles: holders("promote"),
    query: NO_QUERY,
    body: application,
    status: 201,
    answer: admissionAnswer,
    handle: ({ env, caller, nowMs, key, body }) => applyFor(env, key, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "put",
    path: "/api/offers/:slug/admissions/:affiliate",
    summary: "Admit an affiliate to an offer, whether it applied or not, or refuse it; it reads the reason",
    roles: holders("set_up"),
    query: NO_QUERY,
    body: ruling,
    status: 200,
    answer: admissionAnswer,
    handle: ({ env, caller, nowMs, place, body }) =>
      ruleOnAdmission(env, { offer: place.slug ?? "", affiliate: place.affiliate ?? "" }, body, {
        by: caller,
        atMs: nowMs,
      }),
  }),
  call({
    method: "post",
    path: "/api/offers/:slug/links",
    summary: "Make a link of one's own to an offer that one may promote",
    roles: holders("promote"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 201,
    answer: linkAnswer,
    handle: ({ env, caller, nowMs, key }) => makeOwnLink(env, key, { by: caller, atMs: nowMs }),
  }),
  ...(
    [
      ["pause", "Pause a link of one's own: it takes no clicks", pauseOwnLink],
      ["resume", "Resume a link that one paused oneself", resumeOwnLink],
    ] as const
  ).map(([verb, summary, act]) =>
    call({
      method: "post",
      path: `/api/links/:slug/${verb}`,
      summary,
      roles: holders("promote"),
      query: NO_QUERY,
      body: NO_BODY,
      status: 200,
      answer: linkAnswer,
      handle: ({ env, caller, nowMs, key }) => act(env, key, { by: caller, atMs: nowMs }),
    }),
  ),
];
