/** The pages of sources: each has one, in which its choices and its events stand. */
import { expect, test } from "vitest";
import type { SourceCondition } from "../../workers/core/sources/source-table.ts";
import { CUSTOM, SOURCE_TABLES } from "../../workers/core/sources/source-tables.ts";
import { filesUnder, read } from "./files.ts";

const codeIn = (text: string): string[] => [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? "");

test("each source has a page, and no other page lies there", () => {
  const pages = filesUnder("docs/sources").map((file) => /([^/]+)\.md$/.exec(file)?.[1]);
  expect(pages.sort()).toEqual([...SOURCE_TABLES.keys(), CUSTOM].sort());
  for (const page of pages) expect(read("docs/sources.md")).toContain(`(sources/${page}.md)`);
});

test.each([...SOURCE_TABLES])(
  "the page of %s has what its amount can be, in the table's order, and what its events are called by",
  (source, table) => {
    const page = read(`docs/sources/${source}.md`);
    const [, amounts = ""] = page.split("\n## Amounts\n");
    const rows = [...amounts.matchAll(/^\| `(\w+)` \|/gm)].map(([, basis]) => basis);
    expect(rows.slice(1)).toEqual(Object.keys(table.bases));
    const event = JSON.stringify(table.event);
    const events = table.rules.flatMap(({ when, says }) => (says.length === 0 ? [] : when.flatMap(eventsIn)));
    function eventsIn({ at, is = [] }: SourceCondition): readonly string[] {
      return JSON.stringify(at) === event ? is : [];
    }
    const told = codeIn(page);
    // WooCommerce tells by status, and ClickBank's tests are told apart in a sentence.
    const missing = events.filter(
      (name) =>
        !name.startsWith("order.") &&
        !name.startsWith("TEST_") &&
        !name.startsWith("charge.refund.updated") &&
        !told.includes(name),
    );
    expect(missing).toEqual([]);
  },
);
