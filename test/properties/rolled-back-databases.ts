/** Doubles of the databases that are migrated once, and in which everything that a history writes is taken back; days of clicks are new for each. */
import { MemoryDays } from "../ledger/click-days.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

export class RolledBackDatabases {
  readonly DB = new SqliteD1("books", "schema/migrations/books", async () => {});
  clicks = new MemoryDays(this.DB);
  readonly LOG = new SqliteD1("log", "schema/migrations/log", async () => {});

  get all(): readonly SqliteD1[] {
    return [this.DB, this.LOG];
  }

  /** The days of clicks as a binding. */
  get CLICK_DAYS() {
    return { getByName: this.clicks.days };
  }

  async takingBack<Value>(work: () => Promise<Value>): Promise<Value> {
    const all = this.all.map(({ db }) => db);
    for (const db of all) db.exec("BEGIN");
    try {
      return await work();
    } finally {
      for (const db of all) db.exec("ROLLBACK");
      this.clicks = new MemoryDays(this.DB);
    }
  }
}
