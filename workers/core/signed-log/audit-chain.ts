/** The chain of the audit log: of each row a hash over what it says, and a head over the head before; and what is wrong with a stretch of it, by name. */

import { hashBytes } from "../hmac-sha256.ts";
import type { JournalFinding } from "../journal/check.ts";
import { fromBase64, toBase64 } from "../journal/commitments.ts";
import { NO_HEAD } from "../journal/journal.ts";
import { HASH_BYTES } from "../journal/merkle.ts";

/** A row of the audit log: its number, and what it says as JSON, without words that may be erased. */
export interface AuditRow {
  number: number;
  said: string;
}

/** A link of the chain; hashes are in base64. */
export interface AuditLink {
  number: number;
  hash: string;
  head: string;
}

const HEAD_PREFIX = 3;

/** The links of rows that follow `before`, or begin the chain. */
export function chainRows(before: AuditLink | null, rows: readonly AuditRow[]): AuditLink[] {
  let head = before?.head ?? NO_HEAD;
  return rows.map(({ number, said }) => {
    const hash = hashSaid(said);
    head = headOfLink(head, hash, number);
    return { number, hash, head };
  });
}

/**
 * What is wrong with the links behind `before` and the rows of the same numbers. A row that says what another one of them was entered with stands elsewhere than it did.
 */
export function checkChain(
  before: AuditLink | null,
  links: readonly AuditLink[],
  rows: readonly AuditRow[],
): JournalFinding[] {
  const findings: JournalFinding[] = [];
  const found = (what: JournalFinding["what"], number: number, why: string) =>
    findings.push({ what, name: `audit ${number}`, why });
  const said = new Map(rows.map((row) => [row.number, hashSaid(row.said)]));
  const entered = new Map(links.map(({ hash, number }) => [hash, number]));
  let last = before;
  for (const link of links) {
    const { number, hash, head } = link;
    if (headOfLink(last?.head ?? NO_HEAD, hash, number) !== head)
      found("broken", number, "its link is not what its head was made of, or one before it is gone");
    const own = said.get(number);
    const other = own === undefined ? undefined : entered.get(own);
    if (own === undefined) found("removed", number, "the chain has it, and the audit log does not");
    else if (own !== hash && other !== undefined)
      found("reordered", number, `it says what row ${other} was entered with`);
    else if (own !== hash) found("changed", number, "it is not what it was when it was entered");
    last = link;
  }
  const known = new Set(links.map(({ number }) => number));
  for (const { number } of rows) if (!known.has(number)) found("added", number, "the chain does not have it");
  return findings;
}

function hashSaid(said: string): string {
  return toBase64(hashBytes(new TextEncoder().encode(said)));
}

/** SHA-256 over a three, the head before, the row's hash and its number in eight bytes, the highest first. */
function headOfLink(before: string, hash: string, number: number): string {
  const bytes = new Uint8Array(1 + 2 * HASH_BYTES + 8);
  bytes[0] = HEAD_PREFIX;
  bytes.set(fromBase64(before), 1);
  bytes.set(fromBase64(hash), 1 + HASH_BYTES);
  new DataView(bytes.buffer).setBigUint64(1 + 2 * HASH_BYTES, BigInt(number));
  return toBase64(hashBytes(bytes));
}
