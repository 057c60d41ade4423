/** Doubles of the databases that are migrated once, and in which everything that a history writes is taken back. */
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

export class RolledBackDatabases {
  readonly DB = new SqliteD1("books", "schema/migrations/books", async () => {});
  readonly CLICKS = new SqliteD1("clicks", "schema/migrations/clicks", async () => {});

  async takingBack<Value>(work: () => Promise<Value>): Promise<Value> {
    const all = [this.DB, this.CLICKS].map(({ db }) => db);
    for (const db of all) db.exec("BEGIN");
    try {
      return await work();
    } finally {
      for (const db of all) db.exec("ROLLBACK");
    }
  }
}
