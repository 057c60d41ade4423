/** Conversions, receipts and statements by their whole names: each is looked up by an index, however many there are. An order is asked of the advertisers' objects, which know it anyway. */
import type { Cell } from "../../../schema/columns.ts";
import { plainClickId } from "../../core/click-id-hex.ts";
import { clickTimeMs } from "../../core/click-id-time.ts";
import { ALL_BUT_AFFILIATES, type Role } from "../../core/roles.ts";
import { hasClickShape } from "../../core/table-file/click-shape.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import type { Env } from "../env.ts";
import { readPostback } from "../postbacks/log.ts";
import { findStatement } from "../statements/read-statements.ts";
import { conversionsTable, LISTED_CONVERSIONS } from "../tables/conversions.ts";
import { listedFrom, listedWhere, openFrom, openWhere } from "../tables/listed-rows.ts";
import { idsOfOrder } from "../tables/order-ids.ts";
import { ownership } from "../tables/selection.ts";
import { type SqlCondition, whereOf } from "../tables/sql-condition.ts";
import type { Caller } from "../web/caller.ts";
import type { SearchHit } from "./found.ts";

const ID = /^[0-9a-hjkmnp-tv-z]{26}$/i;
const STATEMENT = /\d{4}-\d{4}|^draft-\d/i;
const LOG_READERS: readonly Role[] = ALL_BUT_AFFILIATES;

/** A part of a statement that finds conversions: where they are read, and by what. */
interface ConversionWay {
  from: string;
  /** The parameter of `from`, where it has one. */
  given?: string;
  conditions: readonly SqlCondition[];
}

/** The conversions of this ID, this order or this click that the caller sees, newest first. */
export async function findConversions(env: Env, caller: Caller, text: string, limit: number): Promise<SearchHit[]> {
  const ids = await idsOfOrder(env, caller, text).catch((error: unknown) => {
    // What is found otherwise is found all the same.
    console.error({ event: "orders_not_looked_up", error: String(error) });
    return [];
  });
  const { sql, values } = conversionsQuery(caller, text, ids, limit);
  const { results } = await env.DB.prepare(sql)
    .bind(...values)
    .all<{ id: string; txid: string | null; event: string }>();
  const byId = new Map(results.map((row) => [row.id, row]));
  return [...byId.values()]
    .sort((left, right) => (left.id < right.id ? 1 : -1))
    .slice(0, limit)
    .map(({ id, txid, event }) => ({
      kind: "conversion",
      id,
      name: txid === null || txid === "" ? event : `${txid} (${event})`,
      path: `/conversions/${id}`,
    }));
}

/** The statement that looks for them: `ids` are those of the order that the text may be. */
export function conversionsQuery(
  caller: Caller,
  text: string,
  ids: readonly string[],
  limit: number,
): { sql: string; values: Cell[] } {
  const own = ownership(conversionsTable, caller);
  const parts = waysTo(text, ids).map(({ from, given, conditions }) => {
    const where = whereOf([...conditions, ...own]);
    const sql = `SELECT * FROM (SELECT c.conversion_id AS id, c.txid AS txid, c.event AS event FROM ${from} ${where.sql} LIMIT ${limit})`;
    return { sql, values: [...(given === undefined ? [] : [given]), ...where.values] };
  });
  return { sql: parts.map(({ sql }) => sql).join(" UNION ALL "), values: parts.flatMap(({ values }) => [...values]) };
}

function waysTo(text: string, ofOrder: readonly string[]): ConversionWay[] {
  const ids = ID.test(text) ? [...ofOrder, text.toLowerCase()] : ofOrder;
  const ways: ConversionWay[] = [
    {
      from: "json_each(?) AS i CROSS JOIN conversions AS c ON c.conversion_id = i.value",
      conditions: [],
      given: JSON.stringify(ids),
    },
  ];
  const clickId = hasClickShape(text) ? plainClickId(text) : null;
  const clickedAtMs = clickId === null ? null : clickTimeMs(clickId);
  return clickId === null || clickedAtMs === null ? ways : [...ways, ...waysToClick(clickId, clickedAtMs)];
}

/** A click ID says its hour, whose conversions are listed; what came since time was closed is read besides. */
function waysToClick(clickId: string, clickedAtMs: number): ConversionWay[] {
  const hour = Math.floor(clickedAtMs / HOUR_MS);
  const one = { sql: "+c.click_id = ?", values: [clickId] };
  const hours = { from: hour, through: hour };
  return [
    {
      from: listedFrom(LISTED_CONVERSIONS),
      conditions: [...listedWhere(LISTED_CONVERSIONS, { kind: "clicked", number: 0 }, hours), one],
    },
    { from: openFrom(LISTED_CONVERSIONS), conditions: [openWhere(LISTED_CONVERSIONS), one] },
  ];
}

/** The message of this receipt, of who may read the log. */
export async function findReceipts(env: Env, caller: Caller, text: string): Promise<SearchHit[]> {
  if (!ID.test(text) || !LOG_READERS.includes(caller.role)) return [];
  const found = await readPostback(env, caller, text);
  if (!found.ok) return [];
  const { receipt, status } = found.value;
  return [{ kind: "receipt", id: receipt, name: status, path: `/postbacks/${receipt}` }];
}

/** The statement of this number. */
export async function findStatementHits(env: Pick<Env, "DB">, caller: Caller, text: string): Promise<SearchHit[]> {
  if (!STATEMENT.test(text)) return [];
  const found = await findStatement(env, caller, text);
  if (!found.ok) return [];
  const { slug, state, currency } = found.value;
  return [{ kind: "statement", id: text, name: `${slug} ${currency} (${state})`, path: `/statements/${text}` }];
}
