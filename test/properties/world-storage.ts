/** The databases of one world at a time. */
import { firstEntryCell, isFirstEntry } from "../../workers/core/books/first-entry.ts";
import type { EntryRow, PostbackRow } from "../../workers/core/books/rows.ts";
import { QUARTER_MS } from "../../workers/core/metrics/time-zone.ts";
import { closeConversions } from "../../workers/ledger/close-conversions.ts";
import { closeLog } from "../../workers/ledger/close-log.ts";
import { placeAndWrite } from "../../workers/ledger/log-writer.ts";
import { plantClicks } from "../click-log/click-shares.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";
import { RolledBackDatabases } from "./rolled-back-databases.ts";
import { type Cells, TABLE_NAMES, type World } from "./seen-cells.ts";
import { NOW_MS } from "./worlds.ts";

export class WorldStorage extends RolledBackDatabases {
  /** What was told: the courier's. */
  readonly COURIER = new SqliteD1("courier", "schema/migrations/courier", async () => {});

  constructor() {
    super();
    // What is planted was listed before its statement became final.
    this.DB.db.exec("DROP TRIGGER line_comes_next");
  }

  override get all(): readonly SqliteD1[] {
    return [...super.all, this.COURIER];
  }

  holding<Value>(world: World, isSealed: boolean, work: () => Promise<Value>): Promise<Value> {
    return this.takingBack(async () => {
      const held = { ...world, ...withFirstEntries(world) };
      const { postbacks, clicks, deliveries, ...rest } = held;
      for (const table of TABLE_NAMES) if (table in rest) insert(this.DB, table, held[table]);
      insert(this.COURIER, "deliveries", deliveries);
      insert(this.COURIER, "delivery_quarters", countedOf(world));
      await plantClicks(this.CLICK_DAYS, clicks);
      // The ledger says whose a row of the log is.
      const rows: PostbackRow[] = JSON.parse(JSON.stringify(postbacks));
      await placeAndWrite(this, rows);
      if (isSealed) {
        await closeConversions(this, NOW_MS);
        await closeLog(this, NOW_MS);
      }
      return work();
    });
  }
}

/** Every second conversion with its first entry in its row, as the ledger writes it; the others as an older one did. */
function withFirstEntries({ conversions, entries }: World): Pick<World, "conversions" | "entries"> {
  const given: EntryRow[] = JSON.parse(JSON.stringify(entries));
  const folded = new Map(
    conversions.flatMap(({ conversion_id }, index) => {
      const first = given.find((entry) => entry.conversion_id === conversion_id && isFirstEntry(entry));
      return first && index % 2 === 0 ? [[conversion_id, firstEntryCell(first)]] : [];
    }),
  );
  return {
    conversions: conversions.map((row) => ({ ...row, first_entry: folded.get(row.conversion_id) ?? null })),
    entries: entries.filter(({ conversion_id = null, seq }) => seq !== 1 || !folded.has(conversion_id)),
  };
}

/** What the courier counted of the world's deliveries: those of one place together. */
function countedOf({ deliveries, conversions }: World): Cells[] {
  const counted = new Map<string, Cells>();
  for (const { destination = null, conversion_id, created_at, status = null } of deliveries) {
    const of = conversions.find((conversion) => conversion.conversion_id === conversion_id);
    if (!of) continue;
    const {
      link = null,
      event = null,
      currency = null,
      test = null,
      advertiser = null,
      offer = null,
      affiliate = null,
    } = of;
    const quarter = Math.floor(Number(created_at) / QUARTER_MS);
    const bucket = status === "sent" ? Number(created_at) % 25 : -1;
    const key = { destination, quarter, link, event, currency, test, status, bucket };
    const name = JSON.stringify(key);
    const deliveries = Number(counted.get(name)?.deliveries ?? 0) + 1;
    counted.set(name, { ...key, advertiser, offer, affiliate, deliveries });
  }
  return [...counted.values()];
}

function insert({ db }: SqliteD1, table: string, rows: readonly Cells[]): void {
  const columns = Object.keys(rows[0] ?? {});
  const values = columns.map((name) => `value ->> '${name}'`).join(", ");
  if (columns.length > 0)
    db.prepare(`INSERT INTO ${table} (${columns.join(", ")}) SELECT ${values} FROM json_each(?)`).run(
      JSON.stringify(rows),
    );
}
