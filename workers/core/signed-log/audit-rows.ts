/** The audit log as its chain has it. Words of an operator's that may be erased are passed over, so that an erasure breaks no chain. */
import type { AuditLink, AuditRow } from "./audit-chain.ts";

const SAID = `json_array(at, actor, role, action, kind, subject, json(before),
  json(iif(kind IN ('conversion', 'claims'), json_replace(after, '$.note', 'erased', '$.refund_id', 'erased'), after)), token, way, address)`;

/** Rows behind a number, so many at most. */
export const AUDIT_ROWS = `SELECT number, ${SAID} AS said FROM audit WHERE number > ?1 ORDER BY number LIMIT ?2`;
/** Links behind a number, so many at most. */
export const AUDIT_LINKS = "SELECT number, hash, head FROM audit_chain WHERE number > ?1 ORDER BY number LIMIT ?2";
/** The last link, and whether the signed log has it. */
export const LAST_LINK = "SELECT number, hash, head, checkpoint FROM audit_chain ORDER BY number DESC LIMIT 1";

export type LastLink = AuditLink & { checkpoint: number | null };
export type { AuditRow };
