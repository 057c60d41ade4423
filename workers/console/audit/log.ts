/** The audit log, newest first: who changed what, when, and what it was before. */
import { and, desc, eq, gte, lt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import { audit } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { isRecord } from "../../core/is-record.ts";
import { isSeenBy } from "../../core/roles.ts";
import { affiliateFields } from "../affiliates/fields.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";
import { instant } from "../web/field-schemas.ts";
import { parameters } from "../web/input.ts";
import { type ListPage, PAGE_PARAMETERS, pageOf, rowsToRead } from "../web/listing.ts";
import { WAYS } from "../web/trace.ts";
import { CHANGE_ACTIONS, CHANGE_KINDS } from "./change.ts";

export const auditList = parameters({
  ...PAGE_PARAMETERS,
  kind: v.exactOptional(v.picklist(CHANGE_KINDS)),
  subject: v.exactOptional(v.string()),
  actor: v.exactOptional(v.string()),
  action: v.exactOptional(v.picklist(CHANGE_ACTIONS)),
  token: v.exactOptional(v.string()),
  address: v.exactOptional(v.string()),
  from: v.exactOptional(instant),
  to: v.exactOptional(instant),
});
export type AuditList = v.InferOutput<typeof auditList>;

export const auditAnswer = v.object({
  number: v.number(),
  at: v.string(),
  actor: v.string(),
  role: v.string(),
  action: v.string(),
  kind: v.string(),
  subject: v.string(),
  before: v.unknown(),
  after: v.unknown(),
  /** ID of the token; null for the console's own, through Access, and of what was logged before this was. */
  token: v.nullable(v.string()),
  way: v.nullable(v.picklist(WAYS)),
  /** A keyed hash: the same address has the same one. */
  address: v.nullable(v.string()),
});
export type AuditView = v.InferOutput<typeof auditAnswer>;

export async function listAudit(env: Env, caller: Caller, query: AuditList): Promise<ListPage<AuditView>> {
  const rows = await drizzle(env.DB)
    .select()
    .from(audit)
    .where(
      and(
        query.cursor === undefined ? undefined : lt(audit.number, query.cursor),
        query.kind === undefined ? undefined : eq(audit.kind, query.kind),
        query.subject === undefined ? undefined : eq(audit.subject, query.subject),
        query.actor === undefined ? undefined : eq(audit.actor, query.actor),
        query.action === undefined ? undefined : eq(audit.action, query.action),
        query.token === undefined ? undefined : eq(audit.token, query.token),
        query.address === undefined ? undefined : eq(audit.address, query.address),
        query.from === undefined ? undefined : gte(audit.atMs, query.from),
        query.to === undefined ? undefined : lt(audit.atMs, query.to),
      ),
    )
    .orderBy(desc(audit.number))
    .limit(rowsToRead(query));
  return pageOf(rows, query, ({ atMs, ...row }) => {
    const [before, after] = [row.before, row.after].map((said) => saidTo(caller, row.kind, said));
    return { ...row, before, after, at: formatInstant(atMs) };
  });
}

/** What a change says, without the fields that the caller does not see. */
function saidTo({ role }: Caller, kind: string, said: unknown): unknown {
  if (kind !== "affiliate" || !isRecord(said)) return said;
  const hidden = new Set(
    Object.entries(affiliateFields).flatMap(([name, field]) => (isSeenBy(field, role) ? [] : [name])),
  );
  return Object.fromEntries(Object.entries(said).filter(([name]) => !hidden.has(name)));
}
