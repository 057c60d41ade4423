/** Drafts that are given up: their lines are free again, and their adjustments wait for the next statement. */

/** What a transaction takes away at once. */
export const FREED_LINES = 5_000;

/** Takes some lines of those drafts away that a JSON array names; gives a row for each. */
export function freeLinesOf(db: D1Database, statements: string): D1PreparedStatement {
  return db
    .prepare(
      `WITH freed AS MATERIALIZED (
         SELECT l.conversion_id, l.owner_type, l.owner, l.currency, l.turn FROM json_each(?1) j
         CROSS JOIN statements s ON s.id = j.value AND s.state = 'draft' CROSS JOIN statement_lines l ON l.statement = s.id LIMIT ${FREED_LINES})
       DELETE FROM statement_lines WHERE (conversion_id, owner_type, owner, currency, turn) IN (SELECT * FROM freed) RETURNING turn`,
    )
    .bind(statements);
}

/** Ends drafts whose lines are gone, and leaves their adjustments to the next statement. */
export function discardStatements(db: D1Database, statements: readonly number[]): D1PreparedStatement[] {
  const ids = JSON.stringify(statements);
  const drafts = "SELECT s.id FROM statements s WHERE s.id IN (SELECT value FROM json_each(?1)) AND s.state = 'draft'";
  return [
    db.prepare(`UPDATE adjustments SET statement = NULL WHERE statement IN (${drafts})`).bind(ids),
    db
      .prepare(
        `UPDATE statements SET state = 'discarded', line_count = 0, amount_units = 0, amount_rest = 0, due_units = 0, due_rest = 0
         WHERE id IN (${drafts})`,
      )
      .bind(ids),
  ];
}
