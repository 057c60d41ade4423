/** Takes commands about statements, each once by its key, in one transaction; a closing step by step. */
import type { StatementCommand, StatementMessage } from "../../../schema/messages.ts";
import { runClosing } from "./close-statements.ts";
import { discardStatements, FREED_LINES, freeLinesOf } from "./drafts.ts";

export interface StatementParts {
  DB: D1Database;
  POSTBACKS: Pick<Queue<StatementMessage>, "send">;
  nowMs: () => number;
}

/** Done when the command has its effect, which it has once. A closing that takes long is sent on. */
export async function takeStatement(parts: StatementParts, message: StatementMessage): Promise<void> {
  const { key, command, by, atMs } = message;
  if (command.act === "close") {
    const isDone = await runClosing(parts, { key, by, atMs, command });
    if (!isDone) await parts.POSTBACKS.send(message);
    return;
  }
  if (await parts.DB.prepare("SELECT 1 FROM statement_commands WHERE key = ?").bind(key).first()) return;
  if (command.act === "discard") await freeLines(parts.DB, command.statements);
  await parts.DB.batch([
    // Of two deliveries that come at once one fails here, and finds the other's effect when it comes again.
    parts.DB.prepare("INSERT INTO statement_commands (key, taken_at) VALUES (?, ?)").bind(key, parts.nowMs()),
    ...effects(parts.DB, message, command),
  ]);
}

function effects(
  db: D1Database,
  { key, by, atMs }: StatementMessage,
  command: Exclude<StatementCommand, { act: "close" }>,
): D1PreparedStatement[] {
  switch (command.act) {
    case "discard":
      return discardStatements(db, command.statements);
    case "finalize":
      return [
        ...command.statements.map((id) =>
          db.prepare(FINALIZE).bind(id, atMs, by, command.dueOn, Number(command.day.slice(0, 4))),
        ),
        db.prepare(SETTLE_CARRIED).bind(JSON.stringify(command.statements)),
      ];
    case "pay":
      return command.payments.map(({ statement, reference, paidOn }) =>
        db.prepare(PAY).bind(statement, atMs, by, reference, paidOn),
      );
    case "unpay":
      return [db.prepare(UNPAY).bind(JSON.stringify(command.statements))];
    case "adjust":
      return [
        db
          .prepare(ADJUST)
          .bind(key, command.ownerType, command.owner, command.currency, command.dueMicros, command.reason, atMs, by),
      ];
  }
}

/** A draft that is whole: its closing is done, and none of its lines was given back since. Numbers are consecutive by the owner's type and year: one is given only with the statement, in one transaction, so that none is left out. */
const FINALIZE = `
  UPDATE statements SET state = 'final', finalized_at = ?2, finalized_by = ?3, due_on = ?4, year = ?5, ordinal = next.ordinal,
    number = iif(owner_type = 'advertiser', 'I', '') || printf('%d-%04d', ?5, next.ordinal),
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
const PAY = `
  UPDATE statements SET state = 'paid', paid_at = ?2, paid_by = ?3, reference = ?4, paid_on = ?5 WHERE id = ?1 AND state = 'final'`;
const UNPAY = `
  UPDATE statements SET state = 'final', paid_at = NULL, paid_by = NULL, reference = NULL, paid_on = NULL
  WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'paid'`;
const ADJUST = `
  INSERT INTO adjustments (key, owner_type, owner, currency, due, reason, made_at, made_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (key) DO NOTHING`;

/** Takes the lines of these drafts away, part by part. A draft that lost some of them does not become final. */
async function freeLines(db: D1Database, statements: readonly number[]): Promise<void> {
  for (;;) {
    const [freed] = await db.batch([freeLinesOf(db, JSON.stringify(statements))]);
    if ((freed?.results.length ?? 0) < FREED_LINES) return;
  }
}
