/** Wherever dimensions and metrics are offered, taken, shown or told, all of them are, each to those who may see it. */
import { expect, test } from "vitest";
import { apiDocument } from "../../workers/console/reference/api-document.ts";
import { reportCalls } from "../../workers/console/reports/api.ts";
import { ReportForm } from "../../workers/console/reports/form.tsx";
import { askedReport, readReportQuery } from "../../workers/console/reports/page-address.ts";
import { type ReportQuery, reportParameters } from "../../workers/console/reports/plan.ts";
import { type Report, runReport } from "../../workers/console/reports/report.ts";
import { reportCsv } from "../../workers/console/reports/report-csv.ts";
import type { Caller } from "../../workers/console/web/caller.ts";
import { readQuery } from "../../workers/console/web/input.ts";
import { FAMILIES, METRICS } from "../../workers/core/metrics/definitions.ts";
import { FILTERS, GROUPS } from "../../workers/core/metrics/dimensions.ts";
import { MEASURE_NAMES, type Measure } from "../../workers/core/metrics/measures.ts";
import { hiddenFrom, ROLES, type Role } from "../../workers/core/roles.ts";
import { MemoryBucket } from "../archive/archive-world.ts";
import { reportEnv } from "../click-log/click-log.ts";
import { read } from "../house/files.ts";
import { MemoryDays } from "../ledger/click-days.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

const NOW_MS = Date.UTC(2026, 10, 28);
const MOST_GROUPS = 4;
const METRIC_NAMES = METRICS.map(({ name }) => name);
const SUB_IDS = GROUPS.filter((name) => /^sub\d+$/.test(name));

const quiet = async () => {};
const DB = new SqliteD1("books", "schema/migrations/books", quiet);
const LOG = new SqliteD1("log", "schema/migrations/log", quiet);
const world = reportEnv({ DB, LOG, clicks: new MemoryDays(DB), ARCHIVE: new MemoryBucket(quiet) });

async function report(role: Role, query: ReportQuery) {
  const caller: Caller = { name: role, role, scope: "everything" };
  return runReport(world, caller, query, NOW_MS);
}

async function made(query: ReportQuery): Promise<Report> {
  const answer = await report("admin", query);
  if (!answer.ok) throw new Error(answer.refusal.detail);
  return answer.value;
}

async function csvHeaders(): Promise<string> {
  const some = Array.from({ length: Math.ceil(GROUPS.length / MOST_GROUPS) }, (_, index) =>
    GROUPS.slice(index * MOST_GROUPS, (index + 1) * MOST_GROUPS),
  );
  const reports = await Promise.all([
    made({ metrics: [...FAMILIES] }),
    ...some.map((group_by) => made({ group_by: [...group_by] })),
  ]);
  return reports.map((one) => `,${reportCsv(one).trim()},`).join("");
}

function form(): string {
  const url = new URL("https://console.example/reports");
  const asked = askedReport(url, { role: "admin", timeZone: "UTC", nowMs: NOW_MS });
  const slugs = { advertiser: ["acme"], offer: ["shoes"], affiliate: ["blog"] };
  return String(ReportForm({ url, asked, metrics: METRICS, dimensions: GROUPS, slugs, problem: null }));
}

function refusalOf(parameter: string): string {
  const read = readQuery(reportParameters, new URLSearchParams({ [parameter]: "planet" }));
  return read.ok ? "" : read.refusal.detail;
}

interface Place {
  place: string;
  text: string;
  names: readonly string[];
  /** How the place says a name. */
  said: (name: string) => string;
}

const document = read("docs/metrics.md").replace("`sub1` … `sub10`", SUB_IDS.map((name) => `| \`${name}\` |`).join(""));
const filterLine = document.split("\n").find((line) => line.includes("| only these.")) ?? "";
const shown = form();
const quoted = (name: string) => `"${name}"`;
const ORIGINS = { CLICK_ORIGIN: "http://click", POSTBACK_ORIGIN: "http://postback" };

const PLACES: Place[] = [
  {
    place: "docs/metrics.md",
    text: document,
    names: [...GROUPS, ...FILTERS, ...METRIC_NAMES],
    said: (name) => `| \`${name}\` |`,
  },
  { place: "the document's line of filters", text: filterLine, names: FILTERS, said: (name) => `\`${name}\`` },
  { place: "the groups of the form", text: shown, names: GROUPS, said: (name) => `<option value="${name}"` },
  { place: "the filters of the form", text: shown, names: [...FILTERS, "test"], said: (name) => `name="${name}"` },
  { place: "the metrics of the form", text: shown, names: METRIC_NAMES, said: (name) => `value="${name}"` },
  {
    place: "the API's document",
    text: JSON.stringify(apiDocument(ORIGINS, reportCalls, "http://console")),
    names: [...FILTERS, "test"],
    said: (name) => `"name":${quoted(name)}`,
  },
  { place: "what the API takes", text: refusalOf("group_by"), names: GROUPS, said: (name) => ` ${name}` },
  {
    place: "files",
    text: await csvHeaders(),
    names: [...GROUPS, "currency", ...METRIC_NAMES],
    said: (name) => `,${name},`,
  },
];

function lackedBy({ text, names, said }: Place): string[] {
  return names.filter((name) => !text.includes(said(name)));
}

test.each(PLACES)("$place: all of them", (place) => {
  expect(lackedBy(place)).toEqual([]);
});

test.each(PLACES)("$place: one that was left out would be missed", (place) => {
  for (const name of place.names)
    expect(lackedBy({ ...place, text: place.text.replaceAll(place.said(name), "") })).toContain(name);
});

/** Of filters that take words of their own. */
const WORDS: Readonly<Record<string, string>> = { status: "approved", imported: "yes" };

test("the page's address carries every filter to the API", () => {
  const url = new URL("https://console.example/reports");
  for (const name of [...FILTERS, "test"]) url.searchParams.set(name, WORDS[name] ?? "true");
  const query = readReportQuery(askedReport(url, { role: "admin", timeZone: "UTC", nowMs: NOW_MS }));
  const asked = query.ok ? Object.keys(query.value) : [];
  expect([...FILTERS, "test"].filter((name) => !asked.includes(name))).toEqual([]);
});

test("a column of a report has a name of its own", () => {
  const names = [...GROUPS, "currency", ...METRIC_NAMES];
  expect(new Set(names).size).toBe(names.length);
});

test("every measure makes a metric, but the count of all conversions, which tells where there are any", () => {
  const used = METRICS.flatMap(({ calculation }): Measure[] => {
    if (calculation.kind === "sum") return [...calculation.of.plus, ...(calculation.of.minus ?? [])];
    if (calculation.kind !== "quotient") return [];
    const { numerator, denominator } = calculation;
    return [numerator, denominator].flatMap(({ plus, minus = [] }) => [...plus, ...minus]);
  });
  expect(MEASURE_NAMES.filter((name) => !used.includes(name))).toEqual(["conversions"]);
});

/** Who never sees what: said here once more, since it is a promise. */
const HIDDEN: Record<Role, { groups: string[]; metrics: string[] }> = {
  admin: { groups: [], metrics: [] },
  manager: { groups: [], metrics: [] },
  finance: { groups: [], metrics: [] },
  analyst: { groups: [], metrics: [] },
  advertiser: { groups: SUB_IDS, metrics: ["payout", "margin", "epc", "cpa", "held_payout", "click_log_loss"] },
  affiliate: {
    groups: [],
    metrics: [
      ...["revenue", "margin", "roas", "postbacks", "match_rate", "unattributed_rate", "duplicate_rate", "refused"],
      ...["rejected_postbacks", "claims", "reasons", "click_log_loss", "ltv"],
    ],
  },
};

test.each(ROLES)("%s: what is hidden is hidden, and nothing else", async (role) => {
  const asked = await Promise.all(
    GROUPS.map(async (name) => [name, await report(role, { group_by: [name] })] as const),
  );
  const refused = asked.flatMap(([name, answer]) => (answer.ok ? [] : [[name, answer.refusal.name]]));
  expect(refused).toEqual(HIDDEN[role].groups.map((name) => [name, "not_allowed"]));
  const told = await report(role, { metrics: [...FAMILIES] });
  const columns = told.ok ? told.value.columns.map(({ name }) => name) : [];
  expect(METRIC_NAMES.filter((name) => !columns.includes(name))).toEqual(HIDDEN[role].metrics);
  const hidden = METRICS.filter((metric) => hiddenFrom(metric).includes(role)).map(({ name }) => name);
  expect(hidden).toEqual(HIDDEN[role].metrics);
});
