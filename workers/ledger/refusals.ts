/** Writes what was refused at the door into the postback log, so that the log can say why a conversion is not there. */
import { columnsOf } from "../../schema/columns.ts";
import type { RefusalMessage } from "../../schema/messages.ts";
import { postbacks } from "../../schema/tables.ts";
import type { PostbackRow } from "../core/books/rows.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { cells, cellsOf, WITH_ROWS } from "./json-rows.ts";

const COLUMNS = columnsOf(postbacks);

const WRITE = `
  ${WITH_ROWS} INSERT INTO postbacks (${COLUMNS.join(", ")}) SELECT ${cells(COLUMNS.length)} FROM given WHERE true
  ON CONFLICT DO NOTHING`;

/** One D1 batch for a queue batch; a row that is there already stays as it is. */
export async function logRefusals(db: D1Database, refusals: readonly RefusalMessage[]): Promise<void> {
  const rows = refusals.map((refusal) => cellsOf(rowOf(refusal), COLUMNS));
  const statements = jsonChunks(rows).map((chunk) => db.prepare(WRITE).bind(chunk));
  if (statements.length > 0) await db.batch(statements);
}

function rowOf({ receipt, advertiser, receivedAtMs, parameter, params, ...refusal }: RefusalMessage): PostbackRow {
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
    credential_version: null,
    address_hash: refusal.addressHash ?? null,
    attempts: null,
  };
}
