/** The call that sends messages to the ledger once more. */
import { holders } from "../../core/rights.ts";
import { call, NO_QUERY } from "../web/call.ts";
import { replay, replayAnswer, replayMessages } from "./replay.ts";

export const replayCalls = [
  call({
    method: "post",
    path: "/api/replay",
    summary: "Send failed messages, or rejected ones of a reason, to the ledger again, a page at a time",
    roles: holders("replay"),
    query: NO_QUERY,
    body: replay,
    status: 202,
    answer: replayAnswer,
    handle: ({ env, caller, nowMs, body }) => replayMessages(env, body, { by: caller, atMs: nowMs }),
  }),
];
