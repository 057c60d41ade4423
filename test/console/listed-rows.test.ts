/** Somebody's own rows, by lists of closed time and by what came since, are exactly the rows that are theirs, in order and in pages, whatever comes, changes and is closed when. */
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { pages } from "../../workers/console/exports/row-pages.ts";
import { conversionsTable, LISTED_CONVERSIONS } from "../../workers/console/tables/conversions.ts";
import { entriesTable } from "../../workers/console/tables/entries.ts";
import type { ExportTable } from "../../workers/console/tables/export-table.ts";
import { placesQuery } from "../../workers/console/tables/row-places.ts";
import { placesFor, type Selection } from "../../workers/console/tables/selection.ts";
import type { Caller } from "../../workers/console/web/caller.ts";
import { timeInId, timePrefix } from "../../workers/core/books/conversion-id.ts";
import { HOUR_MS } from "../../workers/core/time-units.ts";
import { closeConversions } from "../../workers/ledger/close-conversions.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

const START_MS = Date.UTC(2026, 10, 1, 23);
const OWNERS = [1, 2, 3];
const CALLERS: Caller[] = OWNERS.flatMap((number): Caller[] => [
  { name: "adv", role: "advertiser", scope: { advertiser: number, pseudonyms: null } },
  { name: "aff", role: "affiliate", scope: { affiliate: number } },
]);

type Step =
  | { do: "insert"; minute: number; advertiser: number; affiliate: number; clicked: number }
  | { do: "move"; which: number; advertiser: number; affiliate: number; clicked: number }
  | { do: "close"; minute: number; fails: "before" | "after" | null };

const owner = fc.constantFrom(...OWNERS);
const minute = fc.integer({ min: 0, max: 300 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("insert"), minute, advertiser: owner, affiliate: owner, clicked: minute }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("move"),
      which: fc.nat(),
      advertiser: owner,
      affiliate: owner,
      clicked: minute,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("close"), minute, fails: fc.constantFrom(null, null, "before", "after") }),
  },
);

let failing: "before" | "after" | null = null;
const DB = new SqliteD1("books", "schema/migrations/books", async (point) => {
  if (failing !== null && point.includes(`${failing} writing`)) throw new Error("the database is away");
});
const { db } = DB;
beforeAll(() => {
  db.exec(`
    INSERT INTO advertisers (slug, name, credentials, created_at, updated_at) VALUES ('a', 'a', '[]', 0, 0);
    INSERT INTO offers (slug, name, advertiser, destination, currency, created_at, updated_at) VALUES ('o', 'o', 1, 'https://a.example', 'USD', 0, 0)`);
});

const atMs = (minutes: number) => START_MS + minutes * 60_000;
const idOf = (minutes: number, number: number) => `${timePrefix(atMs(minutes))}${String(number).padStart(16, "0")}`;

async function play(steps: readonly Step[]): Promise<void> {
  let number = 0;
  const ids: string[] = [];
  for (const one of steps) {
    if (one.do === "insert") {
      const id = idOf(one.minute, number++);
      ids.push(id);
      const received = atMs(one.minute);
      const first = JSON.stringify(["conversion", "approved", 1, 1, 1, "r".padStart(26, "0"), received, "", null]);
      db.prepare(
        `INSERT INTO conversions (conversion_id, seq, advertiser, offer, affiliate, link, event, click_id, status, currency, amount, revenue, payout, clicked_at, occurred_at, received_at,
          settled_at, test, hold, attributed_by, first_entry) VALUES (?, 1, ?, 1, ?, 1, 'sale', ?, 'approved', 'USD', 1, 1, 1, ?, ?, ?, ?, 0, '', 'click', ?)`,
      ).run(
        id,
        one.advertiser,
        one.affiliate,
        id.padEnd(36, "0"),
        atMs(one.clicked),
        received,
        received,
        received,
        number % 2 ? first : null,
      );
      db.prepare("INSERT INTO entries VALUES (?, ?, 'conversion', 'approved', 1, 1, 1, 'r', ?, '', NULL)").run(
        id,
        number % 2 ? 2 : 1,
        received + 1000,
      );
    } else if (one.do === "move") {
      const id = ids[one.which % Math.max(1, ids.length)] ?? "";
      db.prepare(
        "UPDATE conversions SET advertiser = ?, affiliate = ?, clicked_at = ?, seq = seq + 1 WHERE conversion_id = ?",
      ).run(one.advertiser, one.affiliate, atMs(one.clicked), id);
    } else {
      failing = one.fails;
      await closeConversions({ DB }, atMs(one.minute)).catch(() => {});
      failing = null;
    }
  }
}

/** All rows of a caller, in pages, as an export reads them. */
async function ownOf(table: ExportTable, caller: Caller, pageRows: number): Promise<unknown[]> {
  const selection: Selection = {
    table,
    places: placesFor(table, caller, []),
    columns: table.columns.filter(({ name }) => [...table.key, table.after].includes(name)),
    pseudonyms: null,
    conditions: [],
    below: null,
    start: null,
    pageRows,
  };
  const rows: unknown[] = [];
  for await (const page of pages(DB.withSession(), selection)) rows.push(...page);
  return rows;
}

/** The same, from the newest backwards, as a list reads them. */
async function newestOf(caller: Caller, limit: number): Promise<unknown[]> {
  const ids: unknown[] = [];
  for (;;) {
    const last = ids.at(-1);
    const { sql, values } = placesQuery({
      places: placesFor(conversionsTable, caller, []),
      select: [{ name: "conversion_id", sql: "c.conversion_id" }],
      key: conversionsTable.key,
      range: typeof last === "string" ? { below: last } : {},
      conditions: [],
      limit,
      descending: true,
    });
    const page = await DB.prepare(sql)
      .bind(...values)
      .raw<[string]>();
    ids.push(...page.map(([id]) => id));
    if (page.length < limit) return ids;
  }
}

async function checkOwn(caller: Caller, pageRows: number): Promise<void> {
  const [kind, number] = caller.scope === "everything" ? [] : (Object.entries(caller.scope)[0] ?? []);
  const naive = (sql: string) =>
    db
      .prepare(sql)
      .all(Number(number))
      .map((row) => Object.values(row));
  const conversions = naive(`SELECT conversion_id FROM conversions WHERE ${kind} = ? ORDER BY 1`).map(([id]) => id);
  expect((await ownOf(conversionsTable, caller, pageRows)).map((row) => (Array.isArray(row) ? row[0] : row))).toEqual(
    conversions,
  );
  expect(await newestOf(caller, pageRows)).toEqual(conversions.toReversed());
  const entries = naive(
    `SELECT e.conversion_id || '-' || e.seq FROM all_entries AS e JOIN conversions USING (conversion_id) WHERE ${kind} = ? ORDER BY e.received_at, 1`,
  ).map(([id]) => id);
  expect((await ownOf(entriesTable, caller, pageRows)).map((row) => (Array.isArray(row) ? row[0] : row))).toEqual(
    entries,
  );
}

/** Lists name exactly what is closed: by whose it is and was, and each once. */
function checkLists(): void {
  const until = String(db.prepare(LISTED_CONVERSIONS.until).get()?.until);
  const listed = db
    .prepare("SELECT kind, owner, hour, value AS id FROM conversion_lists, json_each(ids)")
    .all()
    .map((row) => JSON.stringify(Object.values(row)));
  expect(new Set(listed).size).toBe(listed.length);
  for (const { conversion_id: id, advertiser, affiliate, clicked_at } of db
    .prepare("SELECT * FROM conversions")
    .all()) {
    const hour = Math.floor(timeInId(String(id)) / HOUR_MS);
    const lists = [
      ["advertiser", advertiser, hour, id],
      ["affiliate", affiliate, hour, id],
      ["clicked", 0, Math.floor(Number(clicked_at) / HOUR_MS), id],
    ];
    for (const list of lists) expect([list, listed.includes(JSON.stringify(list))]).toEqual([list, String(id) < until]);
  }
}

test("whatever comes late, changes hands, or fails when it is closed", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), async (steps, pageRows) => {
      db.exec("SAVEPOINT history");
      try {
        await play(steps);
        checkLists();
        for (const caller of CALLERS) await checkOwn(caller, pageRows);
      } finally {
        db.exec("ROLLBACK TO history; RELEASE history");
      }
    }),
    { numRuns: 60 },
  );
});

test("an hour is closed when it is over and what comes late has come, and what is older in any number of runs", async () => {
  db.exec("SAVEPOINT history");
  const until = () => timeInId(String(db.prepare(LISTED_CONVERSIONS.until).get()?.until));
  for (const [minutes, hour] of [
    [3, -1],
    [6, 0],
    [59, 0],
    [64, 0],
    [65, 1],
    [300, 4],
  ] as const) {
    await closeConversions({ DB }, atMs(minutes));
    expect([minutes, (until() - START_MS) / HOUR_MS]).toEqual([minutes, hour]);
  }
  db.exec("ROLLBACK TO history; RELEASE history");
});
