/** Takes commands about statements, each once by its key, in one transaction; a closing step by step. */
import type { StatementCommand, StatementMessage } from "../../../schema/messages.ts";
import { runClosing } from "./close-statements.ts";
import { discardStatements, FREED_LINES, freeLinesOf } from "./drafts.ts";
import { finalizeClosed, finalizeStatements } from "./finalize-statements.ts";

export interface StatementParts {
  DB: D1Database;
  POSTBACKS: Pick<Queue<StatementMessage>, "send">;
  nowMs: () => number;
}

/** Done when the command has its effect, which it has once. A closing that takes long is sent on. */
export async function takeStatement(parts: StatementParts, message: StatementMessage): Promise<void> {
  const { key, command, by, atMs } = message;
  if (command.act === "close") {
    const isDone = (await runClosing(parts, { key, by, atMs, command })) && (await finalizeClosed(parts, message));
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
      return finalizeStatements(db, command.statements, { by, atMs, day: command.day, dueOn: command.dueOn });
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
