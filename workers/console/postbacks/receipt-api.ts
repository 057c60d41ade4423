/** The call that tells what became of a message. It takes postback tokens too, so it lets callers in by itself. */
import { ALL_BUT_AFFILIATES } from "../../core/roles.ts";
import { type Call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { problemResponse } from "../web/problem.ts";
import { readReceipt, receiptAnswer } from "./receipts.ts";

export const receiptCalls: Call[] = [
  {
    method: "get",
    path: "/receipts/:receipt",
    summary: "Tell what became of a message; takes its advertiser's postback token too",
    roles: ALL_BUT_AFFILIATES,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: receiptAnswer,
    async run({ env, req }) {
      const found = await readReceipt(env, req.raw, req.param("receipt") ?? "", Date.now());
      return found.ok ? Response.json(found.value) : problemResponse(found.refusal);
    },
  },
];
