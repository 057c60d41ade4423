/** Calls about statements, and what is due. */

import { holders } from "../../core/rights.ts";
import { EVERYONE, OPERATORS } from "../../core/roles.ts";
import { logDeedHourly } from "../audit/deeds.ts";
import { statementProof } from "../proofs/statement-proof.ts";
import { FILE_TYPES, readSentFile } from "../reconciliation/api.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { pageAnswer } from "../web/listing.ts";
import { named } from "../web/named-schemas.ts";
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
import {
  planTransfers,
  transferFile,
  transferPlanAnswer,
  transferPlanQuery,
  transfersQuery,
} from "./credit-transfers.ts";
import { dueNow, dueQuery, duesAnswer } from "./due-now.ts";
import { issuerCalls } from "./issuer.ts";
import { checkPayments, notedAnswer, paymentsCheckAnswer, paymentsQuery, takePayments } from "./payments.ts";
import {
  listStatements,
  readStatement,
  statementAnswer,
  statementFilters,
  statementList,
  statementTotalsAnswer,
  totalStatements,
  wholeStatementAnswer,
} from "./read-statements.ts";
import { linesQuery, statementLines } from "./statement-lines.ts";
import { unpaidFile, unpaidQuery } from "./unpaid.ts";

const queued = {
  method: "post",
  roles: holders("statements"),
  query: NO_QUERY,
  status: 202,
  answer: queuedAnswer,
} as const;

export const statementCalls = [
  ...issuerCalls,
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
    method: "get",
    path: "/api/statements/totals",
    summary:
      "Count the statements that filters name, and add up what they come to by currency; the newest 10,000 at most",
    roles: EVERYONE,
    query: statementFilters,
    body: NO_BODY,
    status: 200,
    answer: named("StatementTotals", statementTotalsAnswer),
    handle: ({ env, caller, query }) => totalStatements(env, caller, query),
  }),
  call({
    ...queued,
    path: "/api/statements",
    summary:
      "Close what is due of what was received before a day: makes drafts, in the place of earlier ones of the same, and with `final` makes them final",
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
    roles: holders("pay"),
    path: "/api/statements/pay",
    summary: "Note final statements as paid, with a reference",
    body: paidStatements,
    handle: ({ env, caller, nowMs, body }) => payStatements(env, body, { by: caller, atMs: nowMs }),
  }),
  call({
    ...queued,
    roles: holders("pay"),
    path: "/api/statements/unpay",
    summary: "Take back that statements are paid",
    body: manyStatements,
    handle: ({ env, caller, nowMs, body }) => unpayStatements(env, body, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "get",
    path: "/api/statements/unpaid",
    summary:
      "List what affiliates are to be paid as a file, with their bank details whole; every look at those is logged",
    roles: holders("pay"),
    query: unpaidQuery,
    body: NO_BODY,
    status: 200,
    produces: ["text/csv"],
    alsoRefused: [413],
    handle: ({ env, caller, nowMs, query }) => unpaidFile(env, query, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "get",
    path: "/api/statements/credit-transfers",
    summary:
      "Write what affiliates are to be paid as a file of credit transfers, ISO 20022 pain.001.001.09; every look at an account is logged, and a statement that cannot be in it refuses it, unless that is passed over",
    roles: holders("pay"),
    query: transfersQuery,
    body: NO_BODY,
    status: 200,
    produces: ["application/xml"],
    alsoRefused: [409, 410, 413],
    handle: ({ env, caller, nowMs, query }) => transferFile(env, query, { by: caller, atMs: nowMs }),
  }),
  call({
    method: "get",
    path: "/api/statements/credit-transfers/plan",
    summary:
      "Tell which statements would be in a file of credit transfers, which cannot and why, and what to look at before",
    roles: holders("pay"),
    query: transferPlanQuery,
    body: NO_BODY,
    status: 200,
    answer: transferPlanAnswer,
    alsoRefused: [410, 413],
    handle: ({ env, nowMs, query }) => planTransfers(env, query, nowMs),
  }),
  call({
    method: "post",
    path: "/api/payments/check",
    summary: "Tell what a list of payments, sent as the body, would note as paid, and what of it differs",
    roles: holders("pay"),
    query: NO_QUERY,
    body: NO_BODY,
    takes: FILE_TYPES,
    status: 200,
    answer: paymentsCheckAnswer,
    async handle({ env, caller, nowMs, request }) {
      const sent = await readSentFile(request);
      return sent.ok ? checkPayments(env, sent.value.bytes, { by: caller, atMs: nowMs }) : sent;
    },
  }),
  call({
    method: "post",
    path: "/api/payments",
    summary:
      "Note as paid what a list of payments, sent as the body, tells: nothing where a line of it differs, unless that is passed over",
    roles: holders("pay"),
    query: paymentsQuery,
    body: NO_BODY,
    takes: FILE_TYPES,
    status: 202,
    answer: notedAnswer,
    async handle({ env, caller, nowMs, query, request }) {
      const sent = await readSentFile(request);
      return sent.ok ? takePayments(env, sent.value.bytes, query, { by: caller, atMs: nowMs }) : sent;
    },
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
    path: "/api/statements/:number/proof.json",
    summary:
      "Prove a statement: what its owner sees of each entry, and the way from it to the newest signed checkpoint",
    roles: EVERYONE,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    handle: ({ env, caller, key }) => statementProof(env, caller, key),
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
    async handle({ env, caller, nowMs, key, query }) {
      const found = await statementLines(env, caller, key, query.format ?? "csv");
      const deed = { action: "export", kind: "export", subject: `lines of statements`, after: null } as const;
      if (found.ok) await logDeedHourly(env, { by: caller, atMs: nowMs }, deed);
      return found;
    },
  }),
];
