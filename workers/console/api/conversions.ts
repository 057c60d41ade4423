/** Calls about single conversions. */
import { readConversion } from "../books/conversions.ts";
import { call, EVERYONE, NO_BODY, NO_QUERY } from "../call.ts";

export const conversionCalls = [
  call({
    method: "get",
    path: "/api/conversions/:id",
    summary: "Read a conversion with its entries: which rule produced each amount",
    roles: EVERYONE,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    handle: ({ env, caller, key }) => readConversion(env, caller, key),
  }),
];
