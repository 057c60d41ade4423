/** Reports of clicks: every tracker that is spoken has one, and composes aliases as its placed links are read. */
import { expect, test } from "vitest";
import { CLICK_REPORTS, reportNames } from "../../workers/core/adoption/click-reports.ts";
import { reportReader } from "../../workers/core/adoption/report-row.ts";
import { TRACKER_TABLES } from "../../workers/core/trackers/tracker-tables.ts";

const NOW_MS = Date.UTC(2026, 10, 20);
/** Of the first version, as every click ID of ours. */
const OURS = `2${"0".repeat(35)}`;
const terms = { subIds: {}, timeZone: null, nowMs: NOW_MS, fromMs: 0 };

test.each([...TRACKER_TABLES])("%s has a report, whose aliases are of its links’ form", (dialect, { routes }) => {
  const report = CLICK_REPORTS[dialect];
  expect(report?.columns.click_id?.length).toBeGreaterThan(0);
  const forms = routes.flatMap((route) => (route.role === "click" ? [route.alias, route.otherwise] : []));
  if (report?.alias) expect(forms).toContain(report.alias.form);
  const isLower = routes.some((route) => route.role === "click" && route.lower === true);
  expect(report?.lower === true).toBe(isLower);
});

test("columns of ours are read in every tracker’s file, and behind its own", () => {
  for (const dialect of [...TRACKER_TABLES.keys(), "none"]) {
    const names = reportNames(dialect);
    expect(names.get("click_id")).toContain("click_id");
    expect(names.get("sub10")).toContain("sub10");
  }
  const read = reportReader({ ...terms, dialect: "none", table: null });
  const row = { click_id: "Ab-1", clicked_at: "1793491200", link: "demo", sub1: "a", sub3: "c", country: "Germany" };
  expect(read(Object.entries(row))).toEqual({
    ok: true,
    value: { foreignId: "Ab-1", clickedAtMs: 1_793_491_200_000, placed: { slug: "demo" }, subs: ["a", "", "c"] },
  });
});

test("an hour that comes twice is its first, and one that is left out is near", () => {
  const read = reportReader({ ...terms, timeZone: "Europe/Berlin", dialect: "none", table: null });
  const at = (clicked_at: string) => {
    const row = read(Object.entries({ click_id: "a", clicked_at, link: "demo" }));
    return row.ok ? new Date(row.value.clickedAtMs).toISOString().slice(0, 16) : row.refusal.fault;
  };
  expect(at("2026-10-25 02:30:00")).toBe("2026-10-25T00:30");
  expect(at("2026-10-25 03:00:00")).toBe("2026-10-25T02:00");
  expect(at("2026-03-29 01:59:00")).toBe("2026-03-29T00:59");
  expect(at("2026-03-29 03:00:00")).toBe("2026-03-29T01:00");
});

test.each([
  ["offer18", "d1f-2_33aa", "d1f-2_33aa"],
  ["everflow", "AB".repeat(16), "ab".repeat(16)],
  ["everflow", "AB".repeat(15), "not_its_click_id"],
  // What the door never looks up is not adopted either: fillers, and what is a click ID of ours by its shape.
  ["offer18", "OPTIONAL", "not_its_click_id"],
  ["keitaro", OURS, "not_its_click_id"],
])("of %s the click ID %s is %s", (dialect, click_id, found) => {
  const read = reportReader({ ...terms, dialect, table: TRACKER_TABLES.get(dialect) ?? null });
  const row = read(Object.entries({ click_id, clicked_at: "1793491200", link: "demo" }));
  expect(row.ok ? row.value.foreignId : row.refusal.fault).toBe(found);
});
