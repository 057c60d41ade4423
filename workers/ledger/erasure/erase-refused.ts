/** Erases from the postback log what no object leads to: what was refused at the door, and what could not be settled. */

import type { RefusalMessage } from "../../../schema/messages.ts";
import { ERASED_NOTE } from "../../core/erasure/erase-books.ts";
import { replacementFor } from "../../core/erasure/erased-names.ts";
import { saidTexts } from "../../core/erasure/said-texts.ts";
import type { HmacKey } from "../../core/hmac-sha256.ts";
import { jsonChunks } from "../../core/json-chunks.ts";
import { cell, WITH_ROWS } from "../json-rows.ts";
import { bothSpellings, type ErasedPerson } from "./erased-person.ts";

/** Rows that one statement looks at. */
const PAGE_ROWS = 20_000;

const PAGE = `page AS MATERIALIZED (
  SELECT receipt, advertiser, stage, click_id, txid, reason, params FROM postbacks WHERE receipt > ?1 ORDER BY receipt LIMIT ${PAGE_ROWS})`;
const LAST = `WITH ${PAGE} SELECT max(receipt) AS receipt, count(*) AS rows FROM page`;
/** What was not understood lies in the parameters of what was understood in part. */
const says = (names: string) =>
  ["params", "params, '$.unread'"]
    .map(
      (place) =>
        `EXISTS (SELECT 1 FROM json_each(${place}) AS said WHERE said.value IN (SELECT value FROM json_each(${names})))`,
    )
    .join(" OR ");
/** By a click whoever sent it; by an order only where its own advertiser did. What was not understood may say either under any name. */
const FIND = `
  WITH ${PAGE} SELECT receipt, click_id, txid, reason FROM page WHERE stage = 0 AND (
    click_id IN (SELECT value FROM json_each(?2)) OR ${says("?2")} OR advertiser = ?4 AND (txid IN (SELECT value FROM json_each(?3)) OR ${says("?3")}))`;
const ERASE = `
  ${WITH_ROWS} UPDATE postbacks SET click_id = ${cell(1)}, txid = ${cell(2)}, params = '{}' FROM given
  WHERE postbacks.receipt = ${cell(0)} AND postbacks.stage = 0`;
/** What operators noted on them. */
const ERASE_OPERATORS_NOTES = `
  UPDATE notes SET words = '${ERASED_NOTE}'
  WHERE kind = 'postback' AND words <> '${ERASED_NOTE}' AND subject IN (SELECT value FROM json_each(?))`;
const NOTE = "INSERT INTO erased (name) SELECT value FROM json_each(?) WHERE true ON CONFLICT DO NOTHING";

/** Cells: the receipt, what replaces its click ID and order, and what would replace anything that it says. */
const MEET = `
  ${WITH_ROWS} UPDATE postbacks SET click_id = ${cell(1)}, txid = ${cell(2)}, params = '{}' FROM given
  WHERE postbacks.receipt = ${cell(0)} AND postbacks.stage = 0
    AND EXISTS (SELECT 1 FROM json_each(${cell(3)}) AS said JOIN erased ON erased.name = said.value)`;

/** What a row of the log that no object knows says; `params` as the row has them. */
export interface SaidInRow extends Pick<RefusalMessage, "receipt" | "advertiser" | "clickId" | "txid"> {
  params: Readonly<Record<string, unknown>>;
}

/** Statements that take what is personal out of rows of these that name who is erased; in one transaction with those that write them. */
export function meetStatements(db: D1Database, key: HmacKey, refusals: readonly SaidInRow[]): D1PreparedStatement[] {
  const rows = refusals.map(({ receipt, advertiser, clickId, txid, params }) => {
    const replacement = replacementFor(key, advertiser);
    const said = [clickId, txid, ...saidTexts(params)].filter((text) => text !== undefined);
    const replaced = said.flatMap((text) => [replacement.clickId(text), replacement.txid(text)]);
    const own = [clickId && replacement.clickId(clickId), txid && replacement.txid(txid)].map((name) => name ?? null);
    return [receipt, ...own, JSON.stringify(replaced)];
  });
  return jsonChunks(rows).map((chunk) => db.prepare(MEET).bind(chunk));
}

interface Found {
  receipt: string;
  click_id: string | null;
  txid: string | null;
  reason: string | null;
}

/**
 * Looks through the whole log, which retention bounds. First what replaces the names is noted: what is refused from now on is met by it. An older install may have rows of
 * the log in `DB`, from where they are moved. Of what an old tracker was told, or is to be, `forget` hears by receipt before its row is found no more.
 */
export async function eraseRefused(
  { DB, LOG }: { DB: D1Database; LOG: D1Database },
  person: ErasedPerson,
  forget: (receipts: string[]) => Promise<unknown>,
): Promise<void> {
  const { names, replacement } = person;
  const replaced = [...names.clickIds.map(replacement.clickId), ...names.txids.map(replacement.txid)];
  await LOG.prepare(NOTE).bind(JSON.stringify(replaced)).run();
  const forgetAll = async (receipts: string[], relayed: string[]) => {
    if (relayed.length > 0) await forget(relayed);
    await DB.prepare(ERASE_OPERATORS_NOTES).bind(JSON.stringify(receipts)).run();
  };
  await eraseIn(DB, person, forgetAll);
  await eraseIn(LOG, person, forgetAll);
}

async function eraseIn(
  db: D1Database,
  { advertiser, names, replacement }: ErasedPerson,
  forget: (receipts: string[], relayed: string[]) => Promise<unknown>,
): Promise<void> {
  const named = [JSON.stringify(bothSpellings(names.clickIds)), JSON.stringify(names.txids), advertiser];
  for (let after = ""; ; ) {
    const [page, found] = await db.batch<Found & { rows: number }>([
      db.prepare(LAST).bind(after),
      db.prepare(FIND).bind(after, ...named),
    ]);
    const rows = found?.results ?? [];
    const relayed = rows.flatMap(({ receipt, reason }) => (reason === "foreign_unknown" ? [receipt] : []));
    if (rows.length > 0)
      await forget(
        rows.map(({ receipt }) => receipt),
        relayed,
      );
    const erased = rows.map(({ receipt, click_id, txid }) => [
      receipt,
      click_id && replacement.clickId(click_id),
      txid && replacement.txid(txid),
    ]);
    if (erased.length > 0) await db.prepare(ERASE).bind(JSON.stringify(erased)).run();
    const last = page?.results[0];
    if (!last || last.rows < PAGE_ROWS) return;
    after = last.receipt;
  }
}
