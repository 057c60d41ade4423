/** Which conversions of an advertiser's object are on one click, or of one order: so that the books find them, without an index of all clicks or orders in the database. */
import { clickRanges, txidRanges } from "../core/books/conversion-keys.ts";
import type { ConversionRow } from "../core/books/rows.ts";
import { MESSAGES, sitsSql } from "../core/books/seats.ts";
import type { StoredConversion, StoredMessage } from "../core/books/stored.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { cell, WITH_ROWS } from "./json-rows.ts";
import { findConversions, findMessages } from "./object-storage.ts";
import type { Sql } from "./sql.ts";

/** More are not named: whichever came to a click with others is found by the click itself, and only the first of them may not be. */
const MOST_NAMED = 3;
/** A click may have thousands: of so many messages of either kind of its keys the conversions are looked for, and of so many of these it is looked whether they are on it. */
const MOST_MESSAGES = 50;
const MOST_LOADED = 8;

/** Cells: a click, and the bounds of its keys. Most clicks have one message, whose conversion is alone there: of these the index alone is read. */
const SEVERAL_ON_CLICKS = `
  ${WITH_ROWS}
  SELECT ${cell(0)} AS click, sum((SELECT count(*) FROM (SELECT 1 FROM messages WHERE click_key >= ${cell(1)} AND click_key < ${cell(2)} LIMIT 2))) AS messages
  FROM given GROUP BY click HAVING messages > 1`;

const ON_CLICKS = `
  ${WITH_ROWS}, k AS MATERIALIZED (SELECT ${cell(0)} AS click, ${cell(1)} AS least, ${cell(2)} AS below FROM given)
  SELECT DISTINCT k.click AS click, m.outcome ->> '$.conversion' AS id
  FROM k CROSS JOIN messages m
  WHERE m.seat IN (SELECT seat FROM messages WHERE click_key >= k.least AND click_key < k.below LIMIT ${MOST_MESSAGES}) AND m.outcome ->> '$.conversion' IS NOT NULL`;

/** Bounds of an order's keys, which a message has in its row, or among its names. */
const OF_ORDER = `
  SELECT outcome ->> '$.conversion' AS id FROM messages WHERE order_key >= ?1 AND order_key < ?2 AND outcome ->> '$.conversion' IS NOT NULL
  UNION SELECT m.outcome ->> '$.conversion' FROM names n CROSS JOIN messages m ON ${sitsSql(MESSAGES, "m", "n.receipt")}
  WHERE n.key >= ?1 AND n.key < ?2 AND m.outcome ->> '$.conversion' IS NOT NULL LIMIT ${MOST_MESSAGES}`;

/** The conversions of an order, by either of its names. */
export function conversionsOfOrder(sql: Sql, txid: string): string[] {
  const ranges = [false, true].flatMap((test) => txidRanges(txid, test));
  const rows = ranges.flatMap(({ from, to }) => sql.exec(OF_ORDER, from, to).toArray());
  return [...new Set(rows.map(({ id }) => String(id)))];
}

/** Rows of conversions with what is beside them as the object stands now. */
export function rowsWithBeside(sql: Sql, rows: readonly ConversionRow[]): ConversionRow[] {
  const onClicks = rows.filter((row) => row.attributed_by !== "coupon");
  const beside = besideOf(
    sql,
    onClicks.map(({ conversion_id, click_id }) => [conversion_id, click_id]),
  );
  return rows.map((row) => {
    const named = beside.get(row.conversion_id);
    return named ? { ...row, beside: JSON.stringify(named) } : row;
  });
}

/** Those of these receipts and conversions that are stored, conversions with what is beside them. */
export function findBooks(
  sql: Sql,
  receipts: readonly string[],
  ids: readonly string[],
): { messages: StoredMessage[]; conversions: StoredConversion[] } {
  const conversions = [...findConversions(sql, ids).values()];
  const onClicks = conversions.filter(({ conversion }) => conversion.attributedBy !== "coupon");
  const beside = besideOf(
    sql,
    onClicks.map(({ conversion }) => [conversion.id, conversion.click.clickId]),
  );
  return {
    messages: [...findMessages(sql, receipts).values()],
    conversions: conversions.map((stored) => {
      const named = beside.get(stored.conversion.id);
      return named ? { ...stored, beside: named } : stored;
    }),
  };
}

/**
 * Of each of these conversions, by its click, the first others on that click; none of what is alone there. To a conversion that booking anew has emptied no message leads: it is known
 * from being among them, together with what took its messages over, and its row, which is not written again, names those.
 */
function besideOf(sql: Sql, placed: readonly (readonly [id: string, clickId: string])[]): Map<string, string[]> {
  const on = conversionsOn(sql, new Set(placed.map(([, clickId]) => clickId)));
  const given = Map.groupBy(placed, ([, clickId]) => clickId);
  const named = placed.map(([id, clickId]): [string, string[]] => {
    const among = (given.get(clickId) ?? []).map(([other]) => other);
    const others = [...new Set([...(on.get(clickId) ?? []), ...among])].filter((other) => other !== id);
    return [id, others.slice(0, MOST_NAMED)];
  });
  return new Map(named.filter(([, others]) => others.length > 0));
}

/** The conversions on each of these clicks, in the order of their IDs, where there may be more than one. */
function conversionsOn(sql: Sql, clickIds: ReadonlySet<string>): Map<string, string[]> {
  const asked = [...clickIds].flatMap((clickId) =>
    clickRanges(clickId).map(({ from, to }): [clickId: string, least: string, below: string] => [clickId, from, to]),
  );
  const found = jsonChunks(asked).flatMap((chunk) => sql.exec(SEVERAL_ON_CLICKS, chunk).toArray());
  const crowded = new Set(found.map(({ click }) => String(click)));
  const ranges = asked.filter(([clickId]) => crowded.has(clickId));
  const rows = jsonChunks(ranges).flatMap((chunk) => sql.exec(ON_CLICKS, chunk).toArray());
  const named = [...Map.groupBy(rows, ({ click }) => String(click)).values()];
  const several = named
    .map((own) => [...new Set(own.map(({ id }) => String(id)))].sort())
    .filter((own) => own.length > 1);
  // A message may name another click than that of the conversion that it is about.
  const conversions = findConversions(sql, [...new Set(several.flatMap((own) => own.slice(0, MOST_LOADED)))]);
  const byId = [...conversions].sort(([left], [right]) => (left < right ? -1 : 1));
  const grouped = Map.groupBy(byId, ([, { conversion }]) => conversion.click.clickId);
  return new Map([...grouped].map(([clickId, own]) => [clickId, own.map(([id]) => id)]));
}
