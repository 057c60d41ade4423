/** Calls about the audit log. */
import { accept } from "../../core/result.ts";
import { OPERATORS } from "../../core/roles.ts";
import { call, NO_BODY } from "../web/call.ts";
import { pageAnswer } from "../web/listing.ts";
import { named } from "../web/named-schemas.ts";
import { auditAnswer, auditList, listAudit } from "./log.ts";

export const auditCalls = [
  call({
    method: "get",
    path: "/api/audit",
    summary: "List who changed what, newest first",
    roles: OPERATORS,
    query: auditList,
    body: NO_BODY,
    status: 200,
    answer: pageAnswer(named("AuditEntry", auditAnswer)),
    handle: async ({ env, caller, query }) => accept(await listAudit(env, caller, query)),
  }),
];
