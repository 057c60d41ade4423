/** Calls about rates of exchange. */
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { pageAnswer } from "../web/listing.ts";
import { listRates, rateAnswer, rateList } from "./list.ts";
import { ratesInput, ratesSetAnswer, setRates } from "./set-rates.ts";

export const rateCalls = [
  call({
    method: "get",
    path: "/api/rates",
    summary: "List rates of exchange, as units for one euro, newest day first",
    roles: OPERATORS,
    query: rateList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(rateAnswer),
    handle: async ({ env, query }) => accept(await listRates(env, query)),
  }),
  call({
    method: "put",
    path: "/api/rates",
    summary:
      "Set rates of exchange, as units for one euro; one that is known stays, and is told, unless `replace` says otherwise",
    roles: holders("rates"),
    query: NO_QUERY,
    body: ratesInput,
    status: 200,
    answer: ratesSetAnswer,
    handle: ({ env, caller, nowMs, body }) => setRates(env, body, { by: caller, atMs: nowMs }),
  }),
];
