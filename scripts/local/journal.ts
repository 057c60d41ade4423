/**
 * The local queues' journal: every message is here, on disk, before its send is answered, and until its worker has settled it. The simulator keeps queues in
 * memory only, so what is here when the platform starts was lost there by its end, however hard, and is sent again: twice sent, it still has one effect.
 *
 *     messages   key    SHA-256 of the text, which a worker that settles a message knows, as it knows no number of ours
 *                queue
 *                text   the body as JSON, as the queue carries it
 *                sends  how often it was sent and not settled yet: equal messages are told apart by nothing else
 */

import { DurableObject } from "cloudflare:workers";
import { createHash } from "node:crypto";

/** A message that was not settled. */
export interface JournalledMessage {
  key: string;
  queue: string;
  text: string;
}

/** What doors and the platform may ask of it. */
export interface JournalStub {
  keep(queue: string, texts: readonly string[]): Promise<void>;
  settle(texts: readonly string[]): Promise<void>;
  waiting(after: string): Promise<JournalledMessage[]>;
  count(): Promise<number>;
  countOf(queue: string): Promise<number>;
}

/** At most 128 KB each. */
const PAGE = 50;
const TABLE =
  "CREATE TABLE IF NOT EXISTS messages (key TEXT PRIMARY KEY, queue TEXT NOT NULL, text TEXT NOT NULL, sends INTEGER NOT NULL) STRICT, WITHOUT ROWID";

export class Journal extends DurableObject implements JournalStub {
  readonly #sql: SqlStorage;

  constructor(state: DurableObjectState, env: never) {
    super(state, env);
    this.#sql = state.storage.sql;
    this.#sql.exec(TABLE);
  }

  /** The answer waits until they are on disk. */
  async keep(queue: string, texts: readonly string[]): Promise<void> {
    for (const text of texts)
      this.#sql.exec(
        "INSERT INTO messages VALUES (?, ?, ?, 1) ON CONFLICT (key) DO UPDATE SET sends = sends + 1",
        ...[keyOf(text), queue, text],
      );
  }

  /** They are done with, whichever queue gave them up last: a dead letter is the message that it was. */
  async settle(texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      const key = keyOf(text);
      this.#sql.exec("DELETE FROM messages WHERE key = ? AND sends <= 1", key);
      this.#sql.exec("UPDATE messages SET sends = sends - 1 WHERE key = ?", key);
    }
  }

  /** A page of what was not settled, in the order of its keys, behind `after`; as of now each is sent once more. */
  async waiting(after: string): Promise<JournalledMessage[]> {
    const page = this.#sql
      .exec<{ key: string; queue: string; text: string }>(
        "SELECT key, queue, text FROM messages WHERE key > ? ORDER BY key LIMIT ?",
        after,
        PAGE,
      )
      .toArray();
    for (const { key } of page) this.#sql.exec("UPDATE messages SET sends = 1 WHERE key = ?", key);
    return page;
  }

  async count(): Promise<number> {
    return this.#sql.exec<{ messages: number }>("SELECT count(*) AS messages FROM messages").one().messages;
  }

  async countOf(queue: string): Promise<number> {
    const counted = "SELECT count(*) AS messages FROM messages WHERE queue = ?";
    return this.#sql.exec<{ messages: number }>(counted, queue).one().messages;
  }
}

function keyOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
