/** docs/metrics.md tells every dimension and every metric, its words those of the code. */
import { expect, test } from "vitest";
import { FAMILIES, fractionOf, METRICS, type Metric } from "../../workers/core/metrics/definitions.ts";
import { DELIVERY_DIMENSIONS, DIMENSIONS, FILTERS, GROUPS, labelOf } from "../../workers/core/metrics/dimensions.ts";
import { EDGES_S } from "../../workers/core/metrics/latency.ts";
import { isTime, TIMES } from "../../workers/core/metrics/time-dimensions.ts";
import { hiddenFrom } from "../../workers/core/roles.ts";
import { read } from "../house/files.ts";

const document = read("docs/metrics.md");

function metricLine(metric: Metric): string {
  const { name, label, unit, formula, clock } = metric;
  const fraction = fractionOf(metric);
  const parts = fraction ? `${fraction.numerator} / ${fraction.denominator}` : "";
  return `| \`${name}\` | ${label} | ${unit} | ${formula} | ${parts} | ${clock} | ${hiddenFrom(metric).join(", ")} |`;
}

const USES = { both: "groups, filters", group: "groups", filter: "filters" };
const PLACES = { rows: "rows", quarters: "rows, quarter-hours", spans: "rows, quarter-hours, hours, days" };

function dimensionLine(name: string): string {
  const isFilter = FILTERS.some((filter) => filter === name);
  const use = USES[!GROUPS.includes(name) ? "filter" : isFilter ? "both" : "group"];
  const dimension = DIMENSIONS.get(name);
  const of = dimension ? dimension.of : "everything";
  const postbacks = !dimension || dimension.ofPostbacks ? ", postbacks" : "";
  const deliveries = isTime(name) || DELIVERY_DIMENSIONS.includes(name) ? "deliveries" : "";
  const places = dimension?.of === "delivery" ? "" : `${PLACES[dimension?.known ?? "spans"]}${postbacks}`;
  const known = [places, deliveries].filter((place) => place !== "").join(", ");
  const hidden = hiddenFrom(isTime(name) ? TIMES[name] : (dimension ?? {}));
  return `| \`${name}\` | ${labelOf(name)} | ${use} | ${of} | ${known} | ${hidden.join(", ")} |`;
}

/** The lines that the document's table under this heading has. */
function tableUnder(heading: string): string[] {
  const [, section = ""] = new RegExp(`\n## ${heading}\n([^]*?)(?:\n## |$)`).exec(document) ?? [];
  return section.split("\n").filter((text) => text.startsWith("| `"));
}

test.each(FAMILIES)("%s: the table is the list", (family) => {
  expect(tableUnder(`Metrics: ${family}`)).toEqual(
    METRICS.filter((metric) => metric.family === family).map(metricLine),
  );
});

test("dimensions: the table is the list", () => {
  const lines = [...Object.keys(TIMES), ...DIMENSIONS.keys()].map(dimensionLine);
  // Ten lines that say the same are one.
  const folded = lines.map((line) => line.replace(/`sub\d+` \| Sub\d+/, "`sub1` … `sub10` | Sub1 … Sub10"));
  expect(tableUnder("Dimensions")).toEqual([...new Set(folded)]);
});

test("the buckets are told", () => {
  expect(document).toContain(EDGES_S.join(", "));
});
