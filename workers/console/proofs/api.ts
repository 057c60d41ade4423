/** Calls about the signed log, for who holds it against the books. */
import * as v from "valibot";
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { ALL_BUT_AFFILIATES } from "../../core/roles.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { wholeNumberText } from "../web/field-schemas.ts";
import { parameters } from "../web/input.ts";
import { checkLogPage, LOG_WALKS } from "./check-minutes.ts";
import { proveReceipt } from "./receipt-proof.ts";

const MOST = 999_999_999_999;
const number = wholeNumberText(0, MOST, "Write the number that the page before gave as next.");

export const proofCalls = [
  call({
    method: "get",
    path: "/api/proofs/:receipt",
    summary: "Prove a message: its leaf in the journal, and the way from it to the newest signed checkpoint",
    roles: ALL_BUT_AFFILIATES,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    handle: ({ env, caller, key }) => proveReceipt(env, caller, key),
  }),
  call({
    method: "get",
    path: "/api/signed-log/verification",
    summary: "Hold a page of the signed log against the journals, the audit log and the click log that it is made of",
    roles: holders("repair"),
    query: parameters({ walk: v.picklist(LOG_WALKS), after: v.exactOptional(number) }),
    body: NO_BODY,
    status: 200,
    handle: async ({ env, query }) => accept(await checkLogPage(env, query.walk, query.after ?? 0)),
  }),
];
