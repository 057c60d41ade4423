/** Calls about the status of many things at once. */
import * as v from "valibot";
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { runStatusChange, undoStatusChange } from "./carry-out.ts";
import { countStatusChange, newStatusChange } from "./count-change.ts";
import { listStatusChanges, readStatusChange, statusChangeAnswer } from "./store.ts";

export const statusChangeCalls = [
  call({
    method: "get",
    path: "/api/status-changes",
    summary: "List the last changes of the status of many links, offers, affiliates, advertisers or destinations",
    roles: OPERATORS,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: v.object({ items: v.array(statusChangeAnswer) }),
    handle: async ({ env }) => accept(await listStatusChanges(env)),
  }),
  call({
    method: "post",
    path: "/api/status-changes",
    summary:
      "Count which of these, or of those that a filter of their list names, would be set active, paused or ended, and which links and clicks that is about; nothing is changed yet",
    roles: holders("set_up"),
    query: NO_QUERY,
    body: newStatusChange,
    status: 201,
    answer: statusChangeAnswer,
    handle: ({ env, caller, nowMs, body }) => countStatusChange(env, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "get",
    path: "/api/status-changes/:number",
    summary: "Read what a change of the status of many things is about, and whether it is carried out",
    roles: OPERATORS,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: statusChangeAnswer,
    handle: ({ env, key }) => readStatusChange(env, key),
  }),
  call({
    method: "post",
    path: "/api/status-changes/:number/run",
    summary: "Change exactly those that were counted, as far as they are still as they were, and publish them once",
    roles: holders("set_up"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: statusChangeAnswer,
    handle: ({ env, caller, nowMs, key }) => runStatusChange(env, key, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "post",
    path: "/api/status-changes/:number/undo",
    summary: "Put back those that were changed, as far as nobody changed them since",
    roles: holders("set_up"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: statusChangeAnswer,
    handle: ({ env, caller, nowMs, key }) => undoStatusChange(env, key, { by: caller, atMs: nowMs }),
  }),
];
