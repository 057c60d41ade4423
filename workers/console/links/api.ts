/** Calls about links. */
import { accept } from "../../core/result.ts";
import { ADMINS, EVERYONE } from "../../core/roles.ts";
import { savedAnswer, withWarnings } from "../offers/template-warnings.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { pageAnswer } from "../web/listing.ts";
import { linkChange, linkList, newLink } from "./fields.ts";
import { changeLink, createLink, listLinks, readLink } from "./store.ts";
import { linkAnswer } from "./view.ts";

export const linkCalls = [
  call({
    method: "post",
    path: "/api/links",
    summary: "Create a link",
    roles: ADMINS,
    query: NO_QUERY,
    body: newLink,
    status: 201,
    answer: savedAnswer(linkAnswer),
    handle: async ({ env, caller, nowMs, body }) =>
      withWarnings(await createLink(env, body, { by: caller, atMs: nowMs })),
  }),
  call({
    method: "get",
    path: "/api/links",
    summary: "List links",
    roles: EVERYONE,
    query: linkList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(linkAnswer),
    handle: async ({ env, caller, query }) => accept(await listLinks(env, caller, query)),
  }),
  call({
    method: "get",
    path: "/api/links/:slug",
    summary: "Read a link",
    roles: EVERYONE,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: linkAnswer,
    handle: ({ env, caller, key }) => readLink(env, caller, key),
  }),
  call({
    method: "patch",
    path: "/api/links/:slug",
    summary: "Change a link and publish it to the edge",
    roles: ADMINS,
    query: NO_QUERY,
    body: linkChange,
    status: 200,
    answer: savedAnswer(linkAnswer),
    handle: async ({ env, caller, nowMs, key, body }) =>
      withWarnings(await changeLink(env, key, body, { by: caller, atMs: nowMs })),
  }),
];
