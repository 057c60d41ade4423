/** One conversion, with every entry of its account and the rule that made each amount. */

import { getTableColumns } from "drizzle-orm";
import * as v from "valibot";
import type { Cell } from "../../../schema/columns.ts";
import { conversions, entries } from "../../../schema/tables.ts";
import { rulePartSql } from "../../core/books/rule-parts.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { ALL_BUT_ADVERTISERS, ALL_BUT_AFFILIATES, EVERYONE, hiddenFrom, OPERATORS } from "../../core/roles.ts";
import type { Env } from "../env.ts";
import { provedAnswer, provedOf } from "../proofs/proved.ts";
import { type Column, type ColumnKind, column, objectOf } from "../tables/column.ts";
import { conversionsTable } from "../tables/conversions.ts";
import { moneyColumns, ruleColumn } from "../tables/export-table.ts";
import { columnsFor, ownership } from "../tables/selection.ts";
import { learnSlugs, noSlugs } from "../tables/slugs.ts";
import { whereOf } from "../tables/sql-condition.ts";
import { type Caller, pseudonymsFor } from "../web/caller.ts";
import { notFound, type Problem } from "../web/problem.ts";

const ENTRY_COLUMNS: readonly Column[] = [
  column("count", "seq", "e.seq", EVERYONE),
  column("plain", "kind", "e.kind", EVERYONE),
  column("plain", "status", "e.status", EVERYONE),
  ...moneyColumns("e"),
  column("plain", "receipt", "e.receipt", EVERYONE),
  column("time", "received_at", "e.received_at", EVERYONE),
  ruleColumn("e"),
  column("text", "payout_rule", rulePartSql("e.rule", "payout"), ALL_BUT_ADVERTISERS),
  column("text", "revenue_rule", rulePartSql("e.rule", "revenue"), ALL_BUT_AFFILIATES),
  // What one operator writes to another.
  column("text", "note", "e.note", OPERATORS),
];

/** What columns look like in JSON: null only where the table may have none; a column that not every role sees may be absent. */
function answerOf(columns: readonly Column[], table: typeof conversions | typeof entries) {
  const filled = new Set(
    Object.values(getTableColumns(table)).flatMap((stored) => (stored.notNull ? [stored.name] : [])),
  );
  return Object.fromEntries(
    columns.map((column) => {
      const { name, kind, sqlFor } = column;
      const value = filled.has(name) && !sqlFor ? schemaOf(kind) : v.nullable(schemaOf(kind));
      return [name, hiddenFrom(column).length > 0 || column.namesAffiliate ? v.exactOptional(value) : value];
    }),
  );
}

function schemaOf(kind: ColumnKind) {
  if (kind === "flag") return v.boolean();
  if (kind === "count") return v.number();
  return kind === "json" ? v.record(v.string(), v.string()) : v.string();
}

export const conversionRow = v.object(answerOf(conversionsTable.columns, conversions));

export const conversionAnswer = v.object({
  ...conversionRow.entries,
  entries: v.array(v.object(answerOf(ENTRY_COLUMNS, entries))),
  /** Under which checkpoint of the signed log it stands as it is; null until it does. */
  proved: v.nullable(provedAnswer),
});

/** The conversion as its export has it, and `entries`, when the caller may see it. */
export async function readConversion(
  env: Env,
  caller: Caller,
  id: string,
): Promise<Result<Record<string, unknown>, Problem>> {
  const session = env.DB.withSession("first-primary");
  const columns = columnsFor(conversionsTable.columns, caller);
  const one = { sql: "c.conversion_id = ?", values: [id.toLowerCase()] };
  const where = whereOf([one, ...ownership(conversionsTable, caller)]);
  const select = columns.map(({ sql }) => sql).join(", ");
  const [cells] = await session
    .prepare(`SELECT ${select}, c.advertiser FROM conversions AS c ${where.sql}`)
    .bind(...where.values)
    .raw<Cell[]>();
  if (!cells) return refuse(notFound("conversion", id));
  const proved = await provedOf(env, Number(cells.at(-1)), { conversions: [id.toLowerCase()] });
  const slugs = noSlugs();
  await learnSlugs(slugs, session, columns, [cells], pseudonymsFor(caller));
  return accept({
    ...objectOf(columns, cells, slugs),
    entries: await readEntries(session, caller, id.toLowerCase()),
    proved: proved.get(id.toLowerCase()) ?? null,
  });
}

async function readEntries(session: D1DatabaseSession, caller: Caller, id: string): Promise<object[]> {
  const columns = columnsFor(ENTRY_COLUMNS, caller);
  const select = columns.map(({ sql }) => sql).join(", ");
  const rows = await session
    .prepare(`SELECT ${select} FROM all_entries AS e WHERE e.conversion_id = ? ORDER BY e.seq`)
    .bind(id)
    .raw<Cell[]>();
  return rows.map((cells) => objectOf(columns, cells, noSlugs()));
}
