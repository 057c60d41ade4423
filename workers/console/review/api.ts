/** Calls about what is held for an operator: the list, and decisions on many at once. */
import * as v from "valibot";
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { bulkAnswer, listBulks, readBulk } from "./bulk-store.ts";
import { runBulk, undoBulk } from "./bulks.ts";
import { countBulk, countBulkOfAny, newBulk, newBulkOfAny } from "./count-bulk.ts";
import { heldAnswer, heldList, listHeld } from "./held-list.ts";

export const reviewCalls = [
  call({
    method: "get",
    path: "/api/review",
    summary: "List what is held for an operator, oldest first, with what all that fits is worth",
    roles: OPERATORS,
    query: heldList,
    body: NO_BODY,
    status: 200,
    answer: heldAnswer,
    handle: ({ env, caller, query }) => listHeld(env, caller, query),
  }),
  call({
    method: "get",
    path: "/api/review/bulks",
    summary: "List the last decisions on many conversions at once",
    roles: OPERATORS,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: v.object({ items: v.array(bulkAnswer) }),
    handle: async ({ env }) => accept(await listBulks(env)),
  }),
  call({
    method: "post",
    path: "/api/review/bulks",
    summary:
      "Count the held conversions that fit, and what they are worth, for one decision on all of them; nothing is decided yet",
    roles: holders("review"),
    query: NO_QUERY,
    body: newBulk,
    status: 201,
    answer: bulkAnswer,
    handle: ({ env, caller, nowMs, body }) => countBulk(env, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "post",
    path: "/api/conversions/bulks",
    summary:
      "Count, for one decision on many, the conversions that a filter of their list names, or these: what it would change, what not and why, and what both are worth; nothing is decided yet",
    roles: holders("review"),
    query: NO_QUERY,
    body: newBulkOfAny,
    status: 201,
    answer: bulkAnswer,
    handle: ({ env, caller, nowMs, body }) => countBulkOfAny(env, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "get",
    path: "/api/review/bulks/:bulk",
    summary: "Read how far a decision on many conversions is, and what it would not change",
    roles: OPERATORS,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: bulkAnswer,
    handle: ({ env, key }) => readBulk(env, key),
  }),
  call({
    method: "post",
    path: "/api/review/bulks/:bulk/run",
    summary:
      "Decide exactly those that were counted, as far as the decision changes them still; sent again it goes on where it broke off",
    roles: holders("review"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 202,
    answer: bulkAnswer,
    handle: ({ env, caller, nowMs, key }) => runBulk(env, key, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "post",
    path: "/api/review/bulks/:bulk/undo",
    summary: "Take back all decisions of it; sent again it goes on where it broke off",
    roles: holders("review"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 202,
    answer: bulkAnswer,
    handle: ({ env, caller, nowMs, key }) => undoBulk(env, key, { by: caller, atMs: nowMs }),
  }),
];
