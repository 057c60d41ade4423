/** Every page of an export is read by an index from where the last one ended, so that a page costs the same wherever it lies. */

import { describe, expect, test } from "vitest";
import type { Cell } from "../../schema/columns.ts";
import { pageQuery } from "../../workers/console/exports/row-pages.ts";
import { heldConversions, sqlOf } from "../../workers/console/reports/relations.ts";
import { conversionsTable } from "../../workers/console/tables/conversions.ts";
import { entriesTable } from "../../workers/console/tables/entries.ts";
import type { ExportTable } from "../../workers/console/tables/export-table.ts";
import { postbacksTable } from "../../workers/console/tables/postbacks.ts";
import { placesQuery } from "../../workers/console/tables/row-places.ts";
import { placesFor, readFilters, type Selection } from "../../workers/console/tables/selection.ts";
import { whereOf } from "../../workers/console/tables/sql-condition.ts";
import type { Caller } from "../../workers/console/web/caller.ts";
import { migrated } from "../house/databases.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

/** Each database as all its migrations make it: an index that a later one drops is not there to be read. */
const DATABASES = { DB: migrated("books"), LOG: migrated("log") };

/** Clicks are read from no database. */
function databaseOf({ database }: ExportTable) {
  if (database === "click log") throw new Error("clicks are not read by SQL");
  return DATABASES[database];
}

function planOf(table: ExportTable, start: { after: Cell[] } | { at: Cell } | null, below: Cell): string[] {
  const conditions = [{ sql: `+${table.owners.advertiser} = ?`, values: [1] }];
  const { places } = table;
  const { sql, values } = pageQuery(
    { table, places, columns: table.columns, conditions, below, start: null, pseudonyms: null },
    start,
  );
  const rows = databaseOf(table)
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...values);
  return rows.map(({ detail }) => String(detail));
}

const cases: [ExportTable, RegExp, RegExp][] = [
  [conversionsTable, /^SEARCH c USING PRIMARY KEY \(conversion_id>\?/, /^SCAN c$/],
  [
    postbacksTable,
    /^SEARCH p USING INDEX postbacks_by_time \(\(received_at,receipt\)>/,
    /^SCAN p USING INDEX postbacks_by_time/,
  ],
];

test.each(cases.map(([table, search, scan]) => [table.name, table, search, scan] as const))(
  "%s",
  (_, table, search, scan) => {
    const key = table.key.map((name) => (name === "seq" || name.endsWith("_at") ? 1 : "0"));
    for (const below of [null, key[0] ?? null]) {
      const plan = planOf(table, { after: key }, below);
      expect(plan[0]).toMatch(search);
      expect(plan.join(" ")).not.toContain("TEMP B-TREE");
    }
    expect(planOf(table, { at: key[0] ?? null }, null)[0]).toMatch(/^SEARCH/);
    expect(planOf(table, null, null)[0]).toMatch(scan);
    expect(planOf(table, null, null).join(" ")).not.toContain("TEMP B-TREE");
  },
);

/** How the statement of an entry is found, and its invoice: by keys, for each row of the page that was read. */
const STATEMENT = [
  "SEARCH c USING PRIMARY KEY (conversion_id=?)",
  "SEARCH line USING PRIMARY KEY (conversion_id=? AND owner_type=? AND owner=? AND currency=?)",
  "SEARCH closed USING INTEGER PRIMARY KEY (rowid=?)",
];

test("entries are read in the order of either place, and a page of each is merged", () => {
  const searches = (plan: string[]) => plan.filter((step) => /^(?:SEARCH|SCAN) [a-z]/.test(step));
  const ofConversion = "SEARCH conversions USING PRIMARY KEY (conversion_id=?)";
  const [byKey, byTime] = ["SEARCH c USING PRIMARY KEY", "SEARCH e USING INDEX entries_by_time"];
  const ofEntry = "SEARCH c USING PRIMARY KEY (conversion_id=?)";
  const cases: [...Parameters<typeof planOf>, string[]][] = [
    [
      entriesTable,
      { after: [1, "0", 1] },
      null,
      [`${byKey} (conversion_id>?)`, `${byTime} ((received_at,conversion_id,seq)>(?,?,?))`],
    ],
    [
      entriesTable,
      { at: 1 },
      5,
      [`${byKey} (conversion_id>? AND conversion_id<?)`, `${byTime} (received_at>? AND received_at<?)`],
    ],
    [entriesTable, null, null, ["SCAN c", "SCAN e USING INDEX entries_by_time"]],
  ];
  for (const [table, start, below, [first, later]] of cases) {
    const plan = planOf(table, start, below);
    const looked = ["SCAN page", ...STATEMENT, ...STATEMENT];
    expect(searches(plan)).toEqual([first, ofConversion, later, ofEntry, ...looked]);
    expect(plan.slice(0, 2)).toEqual(["CO-ROUTINE page", "MERGE (UNION ALL)"]);
    // One for a page of each.
    expect(plan.filter((step) => step.includes("TEMP B-TREE"))).toHaveLength(2);
  }
});

const SCOPES: Record<"advertiser" | "affiliate", Caller["scope"]> = {
  advertiser: { advertiser: 1, pseudonyms: null },
  affiliate: { affiliate: 1 },
};

/** How SQLite reads a page of an owner's rows. */
function ownPlan(
  table: ExportTable,
  role: keyof typeof SCOPES,
  start: Selection["start"],
  descending = false,
): string[] {
  const { sql, values } = placesQuery({
    places: placesFor(table, { name: "one", role, scope: SCOPES[role] }, []),
    select: table.columns,
    key: table.key,
    range: { ...start },
    conditions: Object.values(table.filters).map((one) => ({ sql: `+${one} = ?`, values: ["1"] })),
    limit: 51,
    descending,
  });
  const plan = databaseOf(table)
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...values);
  return plan.map(({ detail }) => String(detail));
}

/** The lists of an owner, sorted hour by hour, and what came since. */
const LISTED = /^SEARCH l USING PRIMARY KEY \(kind=\? AND owner=\?/;
const NAMED = "SCAN i VIRTUAL TABLE INDEX 1:";

/** Whoever sees only what is theirs reads no other row but what came since: page by page, from either end, whatever is filtered. */
describe.each([
  {
    table: conversionsTable,
    key: ["0"],
    one: "SEARCH c USING PRIMARY KEY (conversion_id=?)",
    since: /^SEARCH c USING PRIMARY KEY \(conversion_id>\?\)$/,
  },
  {
    table: postbacksTable,
    key: [1, "0"],
    one: "SEARCH p USING PRIMARY KEY (receipt=?)",
    since: /^SEARCH p USING INDEX postbacks_by_time \(received_at>\?\)$/,
  },
])("of $table.name", ({ table, key, one, since }) => {
  test.each(["advertiser", "affiliate"] as const)("an %s's are read by lists, and what came since", (role) => {
    for (const start of [null, { after: key }, { at: key[0] ?? null }])
      for (const descending of [false, true]) {
        const plan = ownPlan(table, role, start, descending);
        const reads = plan.filter((step) => /^(?:SEARCH|SCAN) [licp] /.test(step));
        expect(reads).toEqual([expect.stringMatching(LISTED), NAMED, one, expect.stringMatching(since)]);
        expect(plan.join("\n")).toMatch(/USE TEMP B-TREE FOR LAST (?:\d )?TERMS? OF ORDER BY/);
      }
  });
});

test.each(["advertiser", "affiliate"] as const)("entries are read through an %s's own conversions", (role) => {
  const first = "SEARCH conversions USING PRIMARY KEY (conversion_id=?)";
  const later = "SEARCH e USING PRIMARY KEY (conversion_id=?)";
  for (const start of [null, { after: [1, "0", 1] }, { at: 1 }]) {
    const plan = ownPlan(entriesTable, role, start);
    const page = plan.indexOf("SCAN page");
    expect(plan.slice(page + 1).filter((step) => step.startsWith("S"))).toEqual([...STATEMENT, ...STATEMENT]);
    const reads = plan.slice(0, page).filter((step) => /^(?:SEARCH|SCAN) (?:[lice]|conversions) /.test(step));
    const one = "SEARCH c USING PRIMARY KEY (conversion_id=?)";
    const since = "SEARCH c USING PRIMARY KEY (conversion_id>?)";
    const listed = [expect.stringMatching(LISTED), NAMED, one];
    expect(reads).toEqual([...listed, first, ...listed, later, since, first, since, later]);
  }
});

test("whose a row of the log is stands in it: no filter reads anything else", () => {
  for (const filters of [postbacksTable.filters, postbacksTable.ownFilters ?? {}, postbacksTable.owners])
    for (const sql of Object.values(filters)) {
      const plan = DATABASES.LOG.prepare(
        `EXPLAIN QUERY PLAN SELECT 1 FROM ${postbacksTable.places[0]?.from} WHERE +${sql} = 1`,
      );
      expect(plan.all().map(({ detail }) => String(detail))).toEqual([
        expect.stringMatching(/^SCAN p USING INDEX postbacks_by_time$/),
      ]);
    }
});

test("what is held is read by the index of what is held, whichever way", async () => {
  const admin = { name: "ann", role: "admin", scope: "everything" } as const;
  const books = new SqliteD1("books", "schema/migrations/books", async () => {});
  const filters = await readFilters({ DB: books }, conversionsTable, { hold: "held" }, admin);
  if (!filters.ok) throw new Error(filters.refusal.detail);
  const where = whereOf(filters.value);
  for (const order of ["ASC", "DESC"]) {
    const asked = `SELECT * FROM conversions AS c ${where.sql} ORDER BY c.conversion_id ${order} LIMIT 51`;
    const plan = DATABASES.DB.prepare(`EXPLAIN QUERY PLAN ${asked}`).all(...where.values);
    expect(plan.map(({ detail }) => detail)).toEqual(["SCAN c USING INDEX conversions_held"]);
  }
});

test("a report of what is held reads nothing else, whatever its range and clock", () => {
  const range = { fromMs: Date.UTC(2026, 0, 1), toMs: Date.UTC(2026, 10, 1) };
  for (const clock of ["received", "clicked", "occurred"] as const) {
    const held = heldConversions(range, clock, null);
    const sql = sqlOf(held, () => true);
    const plan = DATABASES.DB.prepare(`EXPLAIN QUERY PLAN SELECT sum(payout_units) FROM (${sql})`).all(...held.values);
    expect(plan.map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/^SEARCH c USING INDEX conversions_held \(conversion_id>/),
    ]);
  }
});
