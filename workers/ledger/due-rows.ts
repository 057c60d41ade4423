/** Rows of the postback log that `LOG` has not taken yet, as the advertiser's object marks them: a receipt, and the stage that its row must have at least. */
import { jsonChunks } from "../core/json-chunks.ts";
import { cell, cells, WITH_ROWS } from "./json-rows.ts";
import type { Sql } from "./sql.ts";

export interface DueRow {
  receipt: string;
  stage: number;
}

export const DUE_TABLE = `
  CREATE TABLE IF NOT EXISTS due_rows (
    receipt TEXT PRIMARY KEY,
    stage   INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;`;

const MARK = `
  ${WITH_ROWS} INSERT INTO due_rows (receipt, stage) SELECT ${cells(2)} FROM given WHERE true
  ON CONFLICT (receipt) DO UPDATE SET stage = excluded.stage WHERE excluded.stage > due_rows.stage`;

/** What was marked at a later stage meanwhile stays. */
const STRIKE = `
  ${WITH_ROWS} DELETE FROM due_rows WHERE receipt IN (
    SELECT d.receipt FROM given CROSS JOIN due_rows AS d ON d.receipt = ${cell(0)} WHERE d.stage <= ${cell(1)})`;

export function markDue(sql: Sql, due: readonly DueRow[]): void {
  for (const chunk of cellChunks(due)) sql.exec(MARK, chunk);
}

/** Strikes off what `LOG` has at these stages. */
export function strikeDue(sql: Sql, written: readonly DueRow[]): void {
  for (const chunk of cellChunks(written)) sql.exec(STRIKE, chunk);
}

function cellChunks(due: readonly DueRow[]): string[] {
  return jsonChunks(due.map(({ receipt, stage }) => [receipt, stage]));
}
