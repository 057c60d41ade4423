/** The databases of one world at a time. */
import type { PostbackRow } from "../../workers/core/books/rows.ts";
import { placeAndWrite } from "../../workers/ledger/log-writer.ts";
import { sealSpans } from "../../workers/ledger/spans.ts";
import { plantClicks } from "../click-log/click-shares.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";
import { RolledBackDatabases } from "./rolled-back-databases.ts";
import { type Cells, TABLE_NAMES, type World } from "./seen-cells.ts";
import { NOW_MS } from "./worlds.ts";

export class WorldStorage extends RolledBackDatabases {
  /** What was told: the courier's. */
  readonly COURIER = new SqliteD1("courier", "schema/migrations/courier", async () => {});

  override get all(): readonly SqliteD1[] {
    return [...super.all, this.COURIER];
  }

  holding<Value>(world: World, isSealed: boolean, work: () => Promise<Value>): Promise<Value> {
    return this.takingBack(async () => {
      const { postbacks, clicks, deliveries, ...rest } = world;
      for (const table of TABLE_NAMES) if (table in rest) insert(this.DB, table, world[table]);
      insert(this.COURIER, "deliveries", deliveries);
      await plantClicks(this.CLICK_DAYS, clicks);
      // The ledger says whose a row of the log is.
      const rows: PostbackRow[] = JSON.parse(JSON.stringify(postbacks));
      await placeAndWrite(this, rows);
      if (isSealed) await sealSpans(this, NOW_MS);
      return work();
    });
  }
}

function insert({ db }: SqliteD1, table: string, rows: readonly Cells[]): void {
  const columns = Object.keys(rows[0] ?? {});
  const values = columns.map((name) => `value ->> '${name}'`).join(", ");
  if (columns.length > 0)
    db.prepare(`INSERT INTO ${table} (${columns.join(", ")}) SELECT ${values} FROM json_each(?)`).run(
      JSON.stringify(rows),
    );
}
