/** Calls about the API's own tokens. */
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { pageAnswer } from "../web/listing.ts";
import { named } from "../web/named-schemas.ts";
import { newToken, newTokenAnswer, tokenAnswer, tokenList } from "./fields.ts";
import { createToken, listTokens, revokeToken } from "./store.ts";

export const tokenCalls = [
  call({
    method: "post",
    path: "/api/tokens",
    summary: "Make a token; its text is shown this once",
    roles: holders("tokens"),
    query: NO_QUERY,
    body: newToken,
    status: 201,
    answer: newTokenAnswer,
    handle: ({ env, caller, nowMs, body }) => createToken(env, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "get",
    path: "/api/tokens",
    summary: "List the tokens that are valid",
    roles: holders("tokens"),
    query: tokenList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(named("Token", tokenAnswer)),
    handle: async ({ env, query }) => accept(await listTokens(env, query)),
  }),
  call({
    method: "delete",
    path: "/api/tokens/:id",
    summary: "Revoke a token",
    roles: holders("tokens"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 204,
    handle: ({ env, caller, nowMs, key }) => revokeToken(env, key, { by: caller, atMs: nowMs }),
  }),
];
