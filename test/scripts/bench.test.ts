/** The benchmark's own arithmetic, and one row of it from end to end. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { insertBetween, markdownTable, resultRows } from "../../scripts/bench/results.ts";
import { alternate, compare, median, percentile } from "../../scripts/bench/rounds.ts";
import { COMPARISONS, digits, goalOf, holds, isRowName } from "../../scripts/bench/rows.ts";
import { ROOT } from "../../scripts/sections.ts";
import { runScript } from "./program.ts";

const SLOWER = { ratio: 0.5, min: 0.4, max: 0.7, reference: 4_000, ours: 2_000 };

describe("rounds", () => {
  it.each([
    [[3], 0.5, 3],
    [[3, 1, 2], 0.5, 2],
    [[4, 1, 2, 3], 0.5, 2.5],
    [[1, 2, 3, 4, 5], 1, 5],
    [[5, 4, 3, 2, 1], 0, 1],
    [Array.from({ length: 101 }, (_, index) => index), 0.99, 99],
  ])("of %j have at share %d the value %d", (values, share, value) => {
    expect(percentile(values, share)).toBeCloseTo(value);
  });

  it("that are none have no median", () => {
    expect(() => median([])).toThrow("no values");
  });

  it("go by turns", async () => {
    const order: string[] = [];
    const note = (name: string) => async (round: number) => {
      order.push(`${name}${round}`);
      return round;
    };
    const rounds = await alternate(2, note("A"), note("B"));
    expect(order).toEqual(["A0", "B0", "A1", "B1"]);
    expect(rounds).toEqual([
      { reference: 0, ours: 0 },
      { reference: 1, ours: 1 },
    ]);
  });

  it("are judged by the median of their ratios, not by the ratio of medians", () => {
    const rounds = [
      { reference: 100, ours: 50 },
      { reference: 10, ours: 9 },
      { reference: 1_000, ours: 600 },
    ];
    expect(compare(rounds)).toEqual({ ratio: 0.6, min: 0.5, max: 0.9, reference: 100, ours: 50 });
  });
});

describe("a goal", () => {
  it.each([
    [{ atLeast: 0.6 }, 0.6, true],
    [{ atLeast: 0.6 }, 0.59, false],
    [{ atMost: 1.6 }, 1.6, true],
    [{ atMost: 1.6 }, 1.61, false],
    [{}, 99, true],
  ])("of %j with %d holds: %s", (goal, ratio, expected) => {
    expect(holds({ what: "", reference: "", unit: "", ...goal }, { ...SLOWER, ratio })).toBe(expected);
  });

  it.each([
    [{ atLeast: 0.6 }, "≥ 0.60"],
    [{ atMost: 1.6 }, "≤ 1.60"],
    [{}, "shown"],
  ])("of %j is written %s", (goal, text) => {
    expect(goalOf({ what: "", reference: "", unit: "", ...goal })).toBe(text);
  });

  it.each([
    [0.5, "0.50"],
    [12.34, "12.3"],
    [123.4, "123"],
    [12_345.6, "12,346"],
  ])("and figures such as %d are written %s", (value, text) => {
    expect(digits(value)).toBe(text);
  });
});

describe("results", () => {
  it("hold a row for each ratio that was measured, in the table's order", () => {
    const rows = resultRows({ postback: { ...SLOWER, ratio: 0.912_34 }, click: SLOWER });
    expect(rows).toEqual([
      {
        name: "click",
        reference: COMPARISONS.click.reference,
        ratio: 0.5,
        min: 0.4,
        max: 0.7,
        goal: "≥ 0.60",
        holds: false,
      },
      {
        name: "postback",
        reference: COMPARISONS.postback.reference,
        ratio: 0.912,
        min: 0.4,
        max: 0.7,
        goal: "≥ 0.85",
        holds: true,
      },
    ]);
  });

  it("are a table in which what does not hold stands out", () => {
    const [head, rule, click, logged, ...more] = markdownTable({
      click: SLOWER,
      "click-logged": SLOWER,
    }).split("\n");
    expect(head).toContain("| ratio | range | must hold | aim |");
    expect(rule?.split("|").length).toBe(head?.split("|").length);
    expect(click).toContain("| **0.50** | 0.40–0.70 | ≥ 0.60 | 0.75 | 2,000 requests/s | 4,000 |");
    expect(logged).toContain("| 0.50 | 0.40–0.70 | ≥ 0.35 |");
    expect(more).toEqual([]);
  });

  it("take their place in a document, and leave the rest", () => {
    const document = "above\n<!-- bench -->\nold\n<!-- /bench -->\nbelow\n";
    expect(insertBetween(document, "bench", "new")).toBe("above\n<!-- bench -->\nnew\n<!-- /bench -->\nbelow\n");
  });

  it.each(["no marks", "<!-- bench -->", "<!-- /bench --> <!-- bench -->"])(
    "are not put into a document with %j",
    (document) => {
      expect(() => insertBetween(document, "bench", "new")).toThrow("the document has no");
    },
  );

  it("that are kept are of the benchmark's rows, and the README shows them", () => {
    const kept = JSON.parse(readFileSync(join(ROOT, "bench/results.json"), "utf8"));
    expect(kept.rows.map(({ name }: { name: string }) => name)).toEqual(Object.keys(COMPARISONS));
    expect(Object.keys(kept.rows[0])).toEqual(["name", "reference", "ratio", "min", "max", "goal", "holds"]);
    const table = readFileSync(join(ROOT, "bench/results.md"), "utf8").split("\n").slice(2).join("\n").trim();
    expect(readFileSync(join(ROOT, "README.md"), "utf8")).toContain(table);
  });

  it.each([
    ["click", true],
    ["toString", false],
    ["growth", false],
  ])("know a row called %s: %s", (name, known) => {
    expect(isRowName(name)).toBe(known);
  });
});

describe("npm run bench", () => {
  it("measures the row it is asked for, against a reference that writes the same", { timeout: 120_000 }, async () => {
    const { output, code } = await runScript("bench", ["--quick", "--only", "export"]);
    expect(output).toMatch(/^export +\d+(\.\d+)? \(/m);
    expect(output).toContain("| conversions as CSV |");
    // How fast it is, nobody can tell while other tests run.
    expect([0, 1]).toContain(code);
  });

  it("says which rows there are", async () => {
    const { output, code } = await runScript("bench", ["--only", "everything"]);
    expect(output).toContain("--only NAME");
    expect(code).toBe(2);
  });
});
