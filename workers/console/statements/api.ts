/** Calls about statements, and what is due. */

import { holders } from "../../core/rights.ts";
import { EVERYONE, OPERATORS } from "../../core/roles.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { pageAnswer } from "../web/listing.ts";
import { closingAnswer, readClosing } from "./closings.ts";
import {
  adjust,
  closeDue,
  discardStatements,
  finalizeStatements,
  finalStatements,
  manyStatements,
  newAdjustment,
  newClosing,
  paidStatements,
  payStatements,
  queuedAnswer,
  unpayStatements,
} from "./commands.ts";
import { dueNow, dueQuery, duesAnswer } from "./due-now.ts";
import {
  listStatements,
  readStatement,
  statementAnswer,
  statementList,
  wholeStatementAnswer,
} from "./read-statements.ts";
import { linesQuery, statementLines } from "./statement-lines.ts";

const queued = {
  method: "post",
  roles: holders("statements"),
  query: NO_QUERY,
  status: 202,
  answer: queuedAnswer,
} as const;

export const statementCalls = [
  call({
    method: "get",
    path: "/api/statements",
    summary: "List statements, newest first",
    roles: EVERYONE,
    query: statementList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(statementAnswer),
    handle: ({ env, caller, query }) => listStatements(env, caller, query),
  }),
  call({
    ...queued,
    path: "/api/statements",
    summary:
      "Close what is due of what was received before a day: makes drafts, in the place of earlier ones of the same",
    body: newClosing,
    handle: ({ env, caller, nowMs, body }) => closeDue(env, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "get",
    path: "/api/statements/due",
    summary: "Tell what is due by owner and currency, and what of it would be carried over",
    roles: OPERATORS,
    query: dueQuery,
    body: NO_BODY,
    status: 200,
    answer: duesAnswer,
    handle: ({ env, nowMs, query }) => dueNow(env, query, nowMs),
  }),
  call({
    method: "get",
    path: "/api/closings/:key",
    summary: "Tell how far a closing is, and what came of it",
    roles: OPERATORS,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: closingAnswer,
    handle: ({ env, key }) => readClosing(env, key),
  }),
  call({
    ...queued,
    path: "/api/statements/finalize",
    summary: "Make drafts final: each gets its number, and never changes again",
    body: finalStatements,
    handle: ({ env, caller, nowMs, body }) => finalizeStatements(env, body, { by: caller, atMs: nowMs }),
  }),
  call({
    ...queued,
    path: "/api/statements/discard",
    summary: "Discard drafts: what they list is open again",
    body: manyStatements,
    handle: ({ env, caller, nowMs, body }) => discardStatements(env, body, { by: caller, atMs: nowMs }),
  }),
  call({
    ...queued,
    path: "/api/statements/pay",
    summary: "Note final statements as paid, with a reference",
    body: paidStatements,
    handle: ({ env, caller, nowMs, body }) => payStatements(env, body, { by: caller, atMs: nowMs }),
  }),
  call({
    ...queued,
    path: "/api/statements/unpay",
    summary: "Take back that statements are paid",
    body: manyStatements,
    handle: ({ env, caller, nowMs, body }) => unpayStatements(env, body, { by: caller, atMs: nowMs }),
  }),
  call({
    ...queued,
    path: "/api/adjustments",
    summary: "Add or take off an amount by hand, with a reason, in the owner's next statement",
    body: newAdjustment,
    handle: ({ env, caller, nowMs, body }) => adjust(env, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "get",
    path: "/api/statements/:number",
    summary: "Read a statement, with its lines by offer and event, and its adjustments",
    roles: EVERYONE,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: wholeStatementAnswer,
    handle: ({ env, caller, key }) => readStatement(env, caller, key),
  }),
  call({
    method: "get",
    path: "/api/statements/:number/lines",
    summary: "Read the conversions of a statement as a file",
    roles: EVERYONE,
    query: linesQuery,
    body: NO_BODY,
    status: 200,
    produces: ["text/csv", "application/x-ndjson"],
    handle: ({ env, caller, key, query }) => statementLines(env, caller, key, query.format ?? "csv"),
  }),
];
