/** The call that tells what became of a message. It takes postback tokens too, so it lets callers in by itself. */
import * as v from "valibot";
import { ALL_BUT_AFFILIATES } from "../../core/roles.ts";
import type { Env } from "../env.ts";
import { hashNetwork } from "../web/bearer.ts";
import { type Call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { bearerToken } from "../web/caller.ts";
import { fields, readBody, readJson } from "../web/input.ts";
import { named } from "../web/named-schemas.ts";
import { problemResponse } from "../web/problem.ts";
import { budgetOfUnknown, callerMet, withinBudget } from "../web/within-budget.ts";
import { MAX_RECEIPTS, readReceipt, readReceipts, receiptAnswer } from "./receipts.ts";

const asked = fields({
  receipts: v.pipe(
    v.array(v.pipe(v.string(), v.maxLength(64, "A receipt has 26 characters."))),
    v.minLength(1, "Name at least one receipt."),
    v.maxLength(MAX_RECEIPTS, `At most ${MAX_RECEIPTS} at a time.`),
  ),
});

const receipt = named("Receipt", receiptAnswer);

export const receiptCalls: Call[] = [
  {
    method: "get",
    path: "/receipts/:receipt",
    summary: "Tell what became of a message; takes its advertiser's postback token too",
    roles: ALL_BUT_AFFILIATES,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    alsoRefused: [410],
    answer: receipt,
    run: ({ env, req }) =>
      withinTheirBudget(env, req.raw, async () => {
        const found = await readReceipt(env, req.raw, req.param("receipt") ?? "", Date.now());
        return found.ok ? Response.json(found.value) : problemResponse(found.refusal);
      }),
  },
  {
    method: "post",
    path: "/receipts",
    summary: "Tell what became of many messages of one advertiser; takes its postback token too",
    roles: ALL_BUT_AFFILIATES,
    query: NO_QUERY,
    body: asked,
    status: 200,
    alsoRefused: [410],
    answer: v.object({ receipts: v.array(receipt) }),
    run: ({ env, req }) =>
      withinTheirBudget(env, req.raw, async () => {
        const json = await readJson(req.raw);
        const body = json.ok ? readBody(asked, json.value) : json;
        if (!body.ok) return problemResponse(body.refusal);
        const found = await readReceipts(env, req.raw, body.value.receipts, Date.now());
        return found.ok ? Response.json(found.value) : problemResponse(found.refusal);
      }),
  },
];

/** A token of the API has one budget for all of its calls, an advertiser one for its postback tokens; whose token was not met here shares one with its network. */
async function withinTheirBudget(env: Env, request: Request, work: () => Promise<Response>): Promise<Response> {
  const token = bearerToken(request);
  if (token === null) return work();
  const holder = callerMet(token) ?? budgetOfUnknown(await hashNetwork(env, request));
  const answer = await withinBudget(holder, Date.now(), work);
  return answer.ok ? answer.value : problemResponse(answer.refusal);
}
