/** Makes drafts final: those that are named, or all of a closing, some at a time, so that it goes on where it died. */
import type { StatementMessage } from "../../../schema/messages.ts";

/** In one transaction. */
const AT_ONCE = 100;
/** An invocation ends here, and another goes on. */
const RUN_MS = 20_000;

/** Who makes them final, when, on which day, and when they are due. */
interface Finalizing {
  by: string;
  atMs: number;
  day: string;
  dueOn: string;
}

/** A draft that is whole: its closing is done, and none of its lines was given back since. Numbers are consecutive by the owner's type and year: one is given only with the statement, in one transaction, so that none is left out. */
const FINALIZE = `
  UPDATE statements SET state = 'final', finalized_at = ?2, finalized_by = ?3, due_on = ?4, year = ?5, ordinal = next.ordinal,
    number = iif(owner_type = 'advertiser', 'I', '') || printf('%d-%04d', ?5, next.ordinal),
    issuer = (SELECT value FROM settings WHERE name = 'issuer'),
    owner_name = iif(owner_type = 'affiliate',
      (SELECT json_object('slug', slug, 'name', name, 'legal_name', legal_name, 'vat_number', vat_number) FROM affiliates WHERE affiliates.number = owner),
      (SELECT json_object('slug', slug, 'name', name) FROM advertisers WHERE advertisers.number = owner))
  FROM (
    SELECT coalesce(max(s.ordinal), 0) + 1 AS ordinal FROM statements s
    WHERE s.owner_type = (SELECT owner_type FROM statements WHERE id = ?1) AND s.year = ?5
  ) AS next
  WHERE id = ?1 AND state = 'draft' AND line_count = (SELECT count(*) FROM statement_lines WHERE statement = ?1)
    AND EXISTS (SELECT 1 FROM closings WHERE key = statements.closing AND stage = 'done')`;
/** What was carried over to it is no longer. */
const SETTLE_CARRIED = `
  DELETE FROM carried_balances WHERE EXISTS (
    SELECT 1 FROM statements s WHERE s.id IN (SELECT value FROM json_each(?1)) AND s.state = 'final'
      AND s.owner_type = carried_balances.owner_type AND s.owner = carried_balances.owner AND s.currency = carried_balances.currency AND s.offers IS NULL)`;

/** Each in the order of its number; one that is no whole draft stays as it is. */
export function finalizeStatements(
  db: D1Database,
  statements: readonly number[],
  { by, atMs, day, dueOn }: Finalizing,
): D1PreparedStatement[] {
  const year = Number(day.slice(0, 4));
  return [
    ...statements.map((id) => db.prepare(FINALIZE).bind(id, atMs, by, dueOn, year)),
    db.prepare(SETTLE_CARRIED).bind(JSON.stringify(statements)),
  ];
}

/** All drafts of a closing that is done, where that is what was said, and they come to what was looked at. True when none is left, false where another run has to go on. */
export async function finalizeClosed(
  { DB, nowMs }: { DB: D1Database; nowMs: () => number },
  { key, by, atMs, command }: StatementMessage,
): Promise<boolean> {
  if (command.act !== "close" || command.final === undefined) return true;
  const { day, dueOn, look } = command.final;
  if (look !== undefined && (await differs(DB, key))) return true;
  const untilMs = nowMs() + RUN_MS;
  let after = 0;
  do {
    const { results } = await DB.prepare(
      "SELECT id FROM statements WHERE closing = ? AND state = 'draft' AND id > ? ORDER BY id LIMIT ?",
    )
      .bind(key, after, AT_ONCE)
      .all<{ id: number }>();
    const ids = results.map(({ id }) => id);
    const last = ids.at(-1);
    if (last === undefined) return true;
    after = last;
    await DB.batch(finalizeStatements(DB, ids, { by, atMs, day, dueOn }));
  } while (nowMs() < untilMs);
  return false;
}

/** Whether it came to something else than was looked at, so that nothing of it is to become final. */
async function differs(db: D1Database, key: string): Promise<boolean> {
  return (await db.prepare("SELECT differs FROM closings WHERE key = ?").bind(key).first<number>("differs")) !== 0;
}
