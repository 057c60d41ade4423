/** Calls about users: who is invited, what they are, and the links that let them in. */
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { pageAnswer } from "../web/listing.ts";
import { linkAnswer, newUser, userAnswer, userChange, userList } from "./fields.ts";
import { changeUser, inviteUser, linkUser, listUsers, readUser } from "./store.ts";

export const userCalls = [
  call({
    method: "post",
    path: "/api/users",
    summary: "Invite a user; answers a link to sign in by, shown this once: it works once, within 24 hours",
    roles: holders("people"),
    query: NO_QUERY,
    body: newUser,
    status: 201,
    answer: linkAnswer,
    handle: ({ env, caller, nowMs, body, request }) =>
      inviteUser(env, body, new URL(request.url).origin, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "get",
    path: "/api/users",
    summary: "List users",
    roles: holders("people"),
    query: userList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(userAnswer),
    handle: async ({ env, query }) => accept(await listUsers(env, query)),
  }),
  call({
    method: "get",
    path: "/api/users/:number",
    summary: "Read a user",
    roles: holders("people"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: userAnswer,
    handle: ({ env, key }) => readUser(env, key),
  }),
  call({
    method: "patch",
    path: "/api/users/:number",
    summary:
      "Change a user's name, role or subject, pause it or let it in again; pausing and another role end its sessions",
    roles: holders("people"),
    query: NO_QUERY,
    body: userChange,
    status: 200,
    answer: userAnswer,
    handle: ({ env, caller, nowMs, key, body }) => changeUser(env, key, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "post",
    path: "/api/users/:number/link",
    summary: "Make another link to sign in by, which ends the one before; shown this once",
    roles: holders("people"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: linkAnswer,
    handle: ({ env, caller, nowMs, key, request }) =>
      linkUser(env, key, new URL(request.url).origin, { by: caller, atMs: nowMs }),
  }),
];
