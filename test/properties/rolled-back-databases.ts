/** Doubles of the databases that are migrated once, and in which everything that a history writes is taken back. */
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

export class RolledBackDatabases {
  readonly DB = new SqliteD1("books", "schema/migrations/books", async () => {});
  readonly CLICKS = new SqliteD1("clicks", "schema/migrations/clicks", async () => {});
  readonly LOG = new SqliteD1("log", "schema/migrations/log", async () => {});

  get all(): readonly SqliteD1[] {
    return [this.DB, this.CLICKS, this.LOG];
  }

  async takingBack<Value>(work: () => Promise<Value>): Promise<Value> {
    const all = this.all.map(({ db }) => db);
    for (const db of all) db.exec("BEGIN");
    try {
      return await work();
    } finally {
      for (const db of all) db.exec("ROLLBACK");
    }
  }
}
