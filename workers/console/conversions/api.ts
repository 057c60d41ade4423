/** Calls about conversions. */
import { holders } from "../../core/rights.ts";
import { ALL_BUT_ADVERTISERS, EVERYONE } from "../../core/roles.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { pageAnswer } from "../web/listing.ts";
import { named } from "../web/named-schemas.ts";
import { conversionAnswer, conversionRow, readConversion } from "./account.ts";
import { correctConversion, correction, correctionAnswer } from "./corrections.ts";
import {
  DECISION_NAMES,
  DECISIONS,
  decideConversion,
  decisionNote,
  rejectionNote,
  undoDecision,
  undoNote,
} from "./decisions.ts";
import {
  conversionFilters,
  conversionList,
  conversionTotalsAnswer,
  listConversions,
  totalConversions,
} from "./list.ts";
import { listUncounted, uncountedAnswer, uncountedList } from "./not-counted.ts";

export const conversionCalls = [
  call({
    method: "get",
    path: "/api/conversions",
    summary: "List conversions, newest first",
    roles: EVERYONE,
    query: conversionList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(named("Conversion", conversionRow)),
    handle: ({ env, caller, query }) => listConversions(env, caller, query),
  }),
  call({
    method: "get",
    path: "/api/conversions/totals",
    summary:
      "Count the conversions that filters name, and add up what they are worth by currency; of the newest 10,000 at most",
    roles: EVERYONE,
    query: conversionFilters,
    body: NO_BODY,
    status: 200,
    answer: named("ConversionTotals", conversionTotalsAnswer),
    handle: ({ env, caller, query }) => totalConversions(env, caller, query),
  }),
  call({
    method: "get",
    path: "/api/not-counted",
    summary: "List orders of affiliates' clicks that were reported and did not count, or not yet: why, and what to do",
    roles: ALL_BUT_ADVERTISERS,
    query: uncountedList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(uncountedAnswer),
    handle: ({ env, caller, query }) => listUncounted(env, caller, query),
  }),
  call({
    method: "get",
    path: "/api/conversions/:id",
    summary: "Read a conversion with its entries: which rule produced each amount",
    roles: EVERYONE,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: named("ConversionWithEntries", conversionAnswer),
    handle: ({ env, caller, key }) => readConversion(env, caller, key),
  }),
  call({
    method: "post",
    path: "/api/conversions/:id/corrections",
    summary: "Approve, reject, reverse, reinstate or restate a conversion; answers the receipt of the correction",
    roles: holders("correct"),
    query: NO_QUERY,
    body: correction,
    status: 202,
    answer: named("QueuedCorrection", correctionAnswer),
    handle: ({ env, caller, nowMs, key, body }) => correctConversion(env, key, body, { by: caller, atMs: nowMs }),
  }),
  ...DECISION_NAMES.map((name) =>
    call({
      method: "post",
      path: `/api/conversions/:id/${name}`,
      summary: DECISIONS[name].summary,
      roles: holders("review"),
      query: NO_QUERY,
      body: name === "reject" ? rejectionNote : decisionNote,
      status: 202,
      answer: named("QueuedCorrection", correctionAnswer),
      handle: ({ env, caller, nowMs, key, body }) =>
        decideConversion(env, key, name, body, { by: caller, atMs: nowMs }),
    }),
  ),
  call({
    method: "post",
    path: "/api/conversions/:id/undo",
    summary: "Take back an operator's decision on a conversion: the one of a receipt, or the last one that stands",
    roles: holders("review"),
    query: NO_QUERY,
    body: undoNote,
    status: 202,
    answer: correctionAnswer,
    handle: ({ env, caller, nowMs, key, body }) => undoDecision(env, key, body, { by: caller, atMs: nowMs }),
  }),
];
