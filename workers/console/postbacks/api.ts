/** Calls about the postback log. */
import { EVERYONE } from "../../core/roles.ts";
import { call, NO_BODY } from "../web/call.ts";
import { pageAnswer } from "../web/listing.ts";
import { named } from "../web/named-schemas.ts";
import {
  listPostbacks,
  postbackAnswer,
  postbackFilters,
  postbackList,
  postbackTotalsAnswer,
  totalPostbacks,
} from "./log.ts";

export const postbackCalls = [
  call({
    method: "get",
    path: "/api/postbacks",
    summary: "List what was received, newest first, with what became of it and why",
    roles: EVERYONE,
    query: postbackList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(named("Postback", postbackAnswer)),
    handle: ({ env, caller, query }) => listPostbacks(env, caller, query),
  }),
  call({
    method: "get",
    path: "/api/postbacks/totals",
    summary: "Count the postbacks that filters name; the newest 10,000 at most",
    roles: EVERYONE,
    query: postbackFilters,
    body: NO_BODY,
    status: 200,
    answer: named("PostbackTotals", postbackTotalsAnswer),
    handle: ({ env, caller, query }) => totalPostbacks(env, caller, query),
  }),
];
