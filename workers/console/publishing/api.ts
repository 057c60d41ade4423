/** The call that compares the edge with the books, and mends it. */
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { call, NO_BODY } from "../web/call.ts";
import { publishAnswer, publishPage, publishQuery } from "./drift.ts";

export const publishCalls = [
  call({
    method: "post",
    path: "/api/publish",
    summary: "Publish everything again, a page at a time, and report what differed",
    roles: holders("repair"),
    query: publishQuery,
    body: NO_BODY,
    status: 200,
    answer: publishAnswer,
    handle: async ({ env, caller, nowMs, query }) => accept(await publishPage(env, query, { by: caller, atMs: nowMs })),
  }),
];
