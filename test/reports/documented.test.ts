/** docs/metrics.md tells every metric, its words those of the code. */
import { expect, test } from "vitest";
import { DIMENSIONS } from "../../workers/console/reports/dimensions.ts";
import { FAMILIES, fractionOf, METRICS, type Metric } from "../../workers/core/metrics/definitions.ts";
import { EDGES_S } from "../../workers/core/metrics/latency.ts";
import { read } from "../house/files.ts";

const document = read("docs/metrics.md");

function line(metric: Metric): string {
  const { name, label, unit, formula, clock, hiddenFrom } = metric;
  const fraction = fractionOf(metric);
  const parts = fraction ? `${fraction.numerator} / ${fraction.denominator}` : "";
  return `| \`${name}\` | ${label} | ${unit} | ${formula} | ${parts} | ${clock} | ${hiddenFrom.join(", ")} |`;
}

test.each(FAMILIES)("%s: the table is the list", (family) => {
  const [, section = ""] = new RegExp(`\n## Metrics: ${family}\n([^]*?)(?:\n## |$)`).exec(document) ?? [];
  const told = section.split("\n").filter((text) => text.startsWith("| `"));
  expect(told).toEqual(METRICS.filter((metric) => metric.family === family).map(line));
});

test("names are given once", () => {
  expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
});

test("the dimensions are told", () => {
  const told = document.replace(
    "`sub1` … `sub10`",
    DIMENSIONS.filter((name) => name.startsWith("sub"))
      .map((name) => `\`${name}\``)
      .join(", "),
  );
  expect(DIMENSIONS.filter((name) => !told.includes(`\`${name}\``))).toEqual([]);
});

test("the buckets are told, and the migration counts with them", () => {
  expect(document).toContain(EDGES_S.join(", "));
  const migration = read("schema/migrations/books/0004_rollups.sql");
  for (const duration of ["occurred_at - clicked_at", "received_at - occurred_at"]) {
    const counted = [...migration.matchAll(new RegExp(`\\(${duration} >= (\\d+)000\\)`, "g"))];
    expect(counted.map(([, edge]) => Number(edge))).toEqual([...EDGES_S]);
  }
});
