/** Calls about claims. */
import { holders } from "../../core/rights.ts";
import { EVERYONE } from "../../core/roles.ts";
import { FILE_TYPES } from "../reconciliation/api.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { parameters } from "../web/input.ts";
import { pageAnswer } from "../web/listing.ts";
import { named } from "../web/named-schemas.ts";
import { ambiguousCalls } from "./ambiguous-orders.ts";
import { claimAnswer, claimFilters, claimList, listClaims } from "./list.ts";
import {
  ACTIONS,
  confirmation,
  countAnswer,
  countClaims,
  dismissal,
  manyRulings,
  ruleOnClaim,
  ruleOnClaims,
  rulingAnswer,
  rulingsAnswer,
} from "./rulings.ts";
import { listFile } from "./shop-list.ts";
import { confirmOrders, listAnswer, ordersAnswer, shopList, shopOrders } from "./shop-orders.ts";

const VERBS = { confirm: "Confirm", dismiss: "Dismiss" } as const;

export const claimCalls = [
  call({
    method: "get",
    path: "/api/claims",
    summary: "List claims, which came by the pixel, newest first",
    roles: EVERYONE,
    query: claimList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(named("Claim", claimAnswer)),
    handle: ({ env, caller, query }) => listClaims(env, caller, query),
  }),
  call({
    method: "get",
    path: "/api/claims/count",
    summary: "Count the open claims that a ruling on many would be about",
    roles: holders("review"),
    query: parameters(claimFilters),
    body: NO_BODY,
    status: 200,
    answer: countAnswer,
    handle: ({ env, caller, nowMs, query }) => countClaims(env, query, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "post",
    path: "/api/claims/orders",
    summary: "Confirm the claims of a shop's orders, where one click claims each",
    roles: holders("review"),
    query: NO_QUERY,
    body: shopOrders,
    status: 202,
    answer: ordersAnswer,
    handle: ({ env, caller, nowMs, body }) => confirmOrders(env, body, { by: caller, atMs: nowMs }),
  }),
  ...ambiguousCalls,
  call({
    method: "post",
    path: "/api/claims/list",
    summary:
      "Hold a shop's own table, sent as the body, against its claims: what each order would confirm, as JSON or CSV; with count and note it confirms them",
    roles: holders("review"),
    query: shopList,
    body: NO_BODY,
    takes: FILE_TYPES,
    produces: ["text/csv"],
    status: 200,
    answer: listAnswer,
    handle: ({ env, caller, nowMs, query, request }) => listFile(env, query, request, { by: caller, atMs: nowMs }),
  }),
  ...ACTIONS.map((ruling) =>
    call({
      method: "post",
      path: `/api/claims/${ruling}`,
      summary: `${VERBS[ruling]} all open claims that fit, if they are as many as count says`,
      roles: holders("review"),
      query: NO_QUERY,
      body: manyRulings,
      status: 202,
      answer: named("QueuedRulings", rulingsAnswer),
      handle: ({ env, caller, nowMs, body }) => ruleOnClaims(env, ruling, body, { by: caller, atMs: nowMs }),
    }),
  ),
  ...ACTIONS.map((ruling) =>
    call({
      method: "post",
      path: `/api/claims/:receipt/${ruling}`,
      summary: `${VERBS[ruling]} a claim; answers the receipt of the ruling`,
      roles: holders("review"),
      query: NO_QUERY,
      body: ruling === "confirm" ? confirmation : dismissal,
      status: 202,
      answer: named("QueuedRuling", rulingAnswer),
      handle: ({ env, caller, nowMs, key, body }) => ruleOnClaim(env, ruling, key, body, { by: caller, atMs: nowMs }),
    }),
  ),
];
