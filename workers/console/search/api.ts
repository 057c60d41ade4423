/** The call that searches. */
import { accept } from "../../core/result.ts";
import { EVERYONE } from "../../core/roles.ts";
import { call, NO_BODY } from "../web/call.ts";
import { search, searchAnswer, searchQuery } from "./search.ts";

export const searchCalls = [
  call({
    method: "get",
    path: "/api/search",
    summary:
      "Find orders, click IDs, conversions, receipts and statements by their whole name, links and coupons by its beginning, affiliates, offers, advertisers and users by name",
    roles: EVERYONE,
    query: searchQuery,
    body: NO_BODY,
    status: 200,
    answer: searchAnswer,
    handle: async ({ env, caller, query }) => accept({ found: await search(env, caller, query.q) }),
  }),
];
