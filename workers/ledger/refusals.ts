/** Writes what was refused at the door into the postback log, so that the log can say why a conversion is not there. */
import type { RefusalMessage } from "../../schema/messages.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { cell, cells, WITH_ROWS } from "./json-rows.ts";

const WRITE = `
  ${WITH_ROWS} INSERT INTO postbacks (receipt, advertiser, received_at, reason, click_id, event, txid, channel, test, params, settled_at, stage, status)
  SELECT ${cells(10)}, ${cell(2)}, 0, 'refused' FROM given WHERE true ON CONFLICT DO NOTHING`;

/** One D1 batch for a queue batch; a row that is there already stays as it is. */
export async function logRefusals(db: D1Database, refusals: readonly RefusalMessage[]): Promise<void> {
  const rows = refusals.map(
    ({ receipt, advertiser, receivedAtMs, reason, parameter, clickId, event, txid, channel, test, params }) => {
      const shown = parameter === undefined ? params : { ...params, "refused parameter": parameter };
      return [
        receipt,
        advertiser,
        receivedAtMs,
        reason,
        clickId,
        event,
        txid,
        channel,
        Number(test === true),
        JSON.stringify(shown),
      ];
    },
  );
  const statements = jsonChunks(rows).map((chunk) => db.prepare(WRITE).bind(chunk));
  if (statements.length > 0) await db.batch(statements);
}
