/** Who sees which columns of exports and lists: said at each column, and by admins only where nothing is said. */
import { expect, test } from "vitest";
import { clicksTable } from "../../workers/console/tables/clicks.ts";
import { column } from "../../workers/console/tables/column.ts";
import { conversionsTable } from "../../workers/console/tables/conversions.ts";
import { entriesTable } from "../../workers/console/tables/entries.ts";
import { postbacksTable } from "../../workers/console/tables/postbacks.ts";
import { columnsFor } from "../../workers/console/tables/selection.ts";
import { EVERYONE, ROLES } from "../../workers/core/roles.ts";

const SUBS = Array.from({ length: 10 }, (_, index) => `sub${index + 1}`);
const ASKED = { name: "somebody", scope: "everything" } as const;

test("a column that says nothing is shown to admins only", () => {
  const columns = [column("text", "told", "t.told", EVERYONE), column("text", "forgotten", "t.forgotten")];
  const seen = ROLES.map((role) => [role, columnsFor(columns, { ...ASKED, role }).map(({ name }) => name)]);
  expect(Object.fromEntries(seen)).toEqual({
    admin: ["told", "forgotten"],
    manager: ["told"],
    finance: ["told"],
    analyst: ["told"],
    advertiser: ["told"],
    affiliate: ["told"],
  });
});

test.each([
  {
    table: conversionsTable,
    affiliate: ["revenue", "hold_reason", "invoice"],
    advertiser: ["payout", "external_id", ...SUBS, "hold_reason", "external_kind", "statement"],
  },
  { table: entriesTable, affiliate: ["revenue", "rule", "invoice"], advertiser: ["payout", "rule", "statement"] },
  { table: clicksTable, affiliate: [], advertiser: ["external_id", ...SUBS, "external_kind"] },
  { table: postbacksTable, affiliate: ["credential_version", "address_hash"], advertiser: [] },
])("what no affiliate and no advertiser sees of $table.name", ({ table, ...hidden }) => {
  for (const role of ROLES) {
    const seen = new Set(columnsFor(table.columns, { ...ASKED, role }).map(({ name }) => name));
    const missing = table.columns.map(({ name }) => name).filter((name) => !seen.has(name));
    expect([role, missing]).toEqual([role, role === "affiliate" || role === "advertiser" ? hidden[role] : []]);
  }
});
