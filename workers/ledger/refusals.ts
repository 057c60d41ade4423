/** Writes what was refused at the door into the postback log, so that the log can say why a conversion is not there. */
import type { RefusalMessage } from "../../schema/messages.ts";
import type { LogRow, PostbackRow } from "../core/books/rows.ts";
import { importErasureKey } from "../core/erasure/erased-names.ts";
import { meetStatements } from "./erasure/erase-refused.ts";
import { findPlaces, logStatements } from "./log-writer.ts";

/**
 * One batch for a queue batch; a row that is there already stays as it is, but for how many requests it stands for, which only grows. One that names who is erased
 * says nothing personal.
 */
export async function logRefusals(
  { DB, LOG, ERASURE_KEY }: { DB: D1Database; LOG: D1Database; ERASURE_KEY: string },
  refusals: readonly RefusalMessage[],
): Promise<void> {
  const written = logStatements(LOG, await findPlaces(DB, refusals.map(rowOf)));
  const met = meetStatements(LOG, importErasureKey(ERASURE_KEY), refusals);
  if (written.length > 0) await LOG.batch([...written, ...met]);
}

function rowOf({
  receipt,
  advertiser,
  receivedAtMs,
  parameter,
  params,
  stranger,
  times = 1,
  ...refusal
}: RefusalMessage): PostbackRow & Pick<LogRow, "stranger" | "times"> {
  const shown = parameter === undefined ? params : { ...params, "refused parameter": parameter };
  return {
    receipt,
    stage: 0,
    advertiser,
    received_at: receivedAtMs,
    settled_at: receivedAtMs,
    status: "refused",
    reason: refusal.reason,
    duplicate_of: null,
    conversion_id: null,
    click_id: refusal.clickId ?? null,
    event: refusal.event ?? null,
    txid: refusal.txid ?? null,
    channel: refusal.channel,
    test: Number(refusal.test === true),
    params: JSON.stringify(shown),
    error: null,
    credential_version: refusal.credentialVersion ?? null,
    address_hash: refusal.addressHash ?? null,
    attempts: null,
    stranger: Number(stranger === true),
    times,
  };
}
