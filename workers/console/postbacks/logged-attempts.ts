/** The attempts of a logged message: each time that it came and was decided. Most came once, and their row says all there is. */
import * as v from "valibot";
import type { LoggedAttempt } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";

const attempts = v.array(
  v.object({
    receivedAtMs: v.number(),
    row: v.number(),
    credentialVersion: v.nullable(v.number()),
    addressHash: v.nullable(v.string()),
    status: v.string(),
    reason: v.nullable(v.string()),
  } satisfies Record<keyof LoggedAttempt, unknown>),
);

/** One attempt as API and receipts show it, the earliest first; the last one stands. */
export const attemptAnswer = v.object({
  received_at: v.string(),
  /** Of the token or signing secret that vouched for it; null where nothing had to. */
  credential_version: v.nullable(v.number()),
  /** Keyed hash of the address that it came from, the same for the same address; null where none is known. */
  address_hash: v.nullable(v.string()),
  status: v.string(),
  reason: v.nullable(v.string()),
});
export type AttemptView = v.InferOutput<typeof attemptAnswer>;

/** The attempts that a row's cell names; null where the row is that of the only one. */
export function readAttempts(cell: string | null): LoggedAttempt[] | null {
  return cell === null ? null : v.parse(attempts, JSON.parse(cell));
}

type OnlyAttempt = Omit<LoggedAttempt, "row">;

/** As they are shown. `only` says the row's own, of a message that came once. */
export function attemptViews(read: readonly OnlyAttempt[] | null, only: OnlyAttempt): AttemptView[] {
  return (read ?? [only]).map(({ receivedAtMs, credentialVersion, addressHash, status, reason }) => ({
    received_at: formatInstant(receivedAtMs),
    credential_version: credentialVersion,
    address_hash: addressHash,
    status,
    reason,
  }));
}
