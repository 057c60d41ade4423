/** A list's query as an address has it: what a form left empty is not asked for, and a day is the viewer's. */
import { isTimeZone, startOfDay } from "../../core/metrics/time-zone.ts";
import { type Result, refuse } from "../../core/result.ts";
import { invalidQuery, readQuery, type Schema } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { readSort, type Sort } from "../web/sorting.ts";
import { dayAfter, isRangeName, RANGE_LABELS, usualRanges } from "./usual-ranges.ts";

/** Rows of a page, where the address says no other number. */
export const ROWS = "50";

/** So many pages back an address knows its way. */
export const MOST_BACK = 20;

/** Parameters of the pages themselves, which no list takes. */
const OWN = new Set(["back", "columns", "done", "live", "sent", "tz", "view"]);
/** Parameters that filter nothing out. */
const PLACES = new Set([...OWN, "cursor", "limit", "sort"]);
/** What belongs to the list as it was filtered before. */
export const BEGINNINGS: ReadonlySet<string> = new Set(["back", "cursor", "done", "live", "sent"]);
/** What a list keeps when its filters are taken away. */
const KEPT = new Set(["columns", "limit", "sort"]);
const TIMES = new Set(["from", "to"]);
const DAY = /^\d{4}-\d\d-\d\d$/;

/** What the list takes. Refuses a range that `withDays` has not made days of. */
export function readFilters<Value>(schema: Schema<Value>, url: URL): Result<Value, Problem> {
  const query = askedFor(url);
  const range = query.get("range");
  if (range !== null) return refuse(invalidQuery([{ parameter: "range", detail: whyNoRange(range) }]));
  if (!query.has("limit")) query.set("limit", ROWS);
  return readQuery(schema, query);
}

/** The parameters that say something. A day is its beginning in the address's zone, so that everybody who has the address sees the same. */
export function askedFor(url: URL): URLSearchParams {
  const zone = url.searchParams.get("tz");
  return new URLSearchParams(
    [...url.searchParams].flatMap(([name, value]): [string, string][] => {
      if (value === "" || OWN.has(name)) return [];
      return [[name, TIMES.has(name) && zone !== null ? startOf(value, zone) : value]];
    }),
  );
}

/** The address with the days that its usual range is today, in its zone; as it is where it names other days besides, or no usual range. */
export function withDays(url: URL, nowMs: number): URL {
  const { searchParams } = url;
  const name = searchParams.get("range");
  const range = usualRanges(searchParams.get("tz") || "UTC", nowMs).find((one) => one.name === name);
  if (range === undefined || [...TIMES].some((time) => searchParams.get(time))) return url;
  const days = new URL(url);
  days.searchParams.delete("range");
  days.searchParams.set("from", range.from);
  days.searchParams.set("to", dayAfter(range.until, 1));
  return days;
}

function whyNoRange(name: string): string {
  return isRangeName(name)
    ? "Choose a range, or days, not both."
    : `Choose one of ${Object.keys(RANGE_LABELS).join(", ")}.`;
}

/** What an address says of tests where it wants them among the others. */
export const WITH_TESTS = "all";
/** Whoever names one thing looks for it, a test too. */
const NAMES = ["txid", "click_id", "conversion_id"];

/** True where tests are left out because the address says nothing of them. */
export function hidesTests(url: URL): boolean {
  return ["test", ...NAMES].every((name) => !url.searchParams.get(name));
}

/** The address as the list takes it: without tests, unless it asks for them. */
export function withoutTests(url: URL): URL {
  const asked = new URL(url);
  if (hidesTests(url)) asked.searchParams.set("test", "false");
  else if (url.searchParams.get("test") === WITH_TESTS) asked.searchParams.delete("test");
  return asked;
}

/** How an address says that no view is meant, not even the one that the list opens with. */
export const EVERYTHING = "view=none";

/** The address of a list without filters, in whatever order and columns it is. */
export function unfiltered(url: URL): string {
  const kept = [...url.searchParams].filter(([name, value]) => value !== "" && KEPT.has(name));
  return `${url.pathname}?${new URLSearchParams([...kept, ["view", "none"]])}`;
}

/** The columns that an address asks for, in its order; null where it says nothing of them. */
export function columnsIn(url: URL): string[] | null {
  const names = url.searchParams.getAll("columns").flatMap((text) => text.split(","));
  const said = [...new Set(names)].filter((name) => name !== "");
  return said.length === 0 ? null : said;
}

/** The order that an address asks for; `own` where it says nothing of it. */
export function sortIn(url: URL, own: string): Sort {
  return readSort(url.searchParams.get("sort") || own);
}

/** The same list in another order, from its beginning. */
export function sortedAt(url: URL, sort: string): string {
  const left = [...url.searchParams].filter(([name]) => name !== "sort" && !BEGINNINGS.has(name));
  return `${url.pathname}?${new URLSearchParams([...left, ["sort", sort]])}`;
}

/** True where the address leaves rows out. */
export function isFiltered(url: URL): boolean {
  return [...url.searchParams].some(([name, value]) => value !== "" && !PLACES.has(name));
}

/** A filter that an address has, and the address without it. */
export interface FilterChip {
  name: string;
  value: string;
  without: string;
}

/** What an address leaves out by, one by one. Without a filter the list is another one, so it begins with its first page. */
export function filterChips(url: URL): FilterChip[] {
  const entries = [...url.searchParams];
  return entries.flatMap(([name, value], index) => {
    if (value === "" || PLACES.has(name)) return [];
    const left = entries.filter(([other], at) => at !== index && !BEGINNINGS.has(other));
    const query = new URLSearchParams(left);
    const said = name === "range" && isRangeName(value) ? RANGE_LABELS[value] : value;
    return [{ name, value: said, without: `${url.pathname}?${query.size === 0 ? EVERYTHING : query}` }];
  });
}

/** True where all that is wrong is wrong with these fields, so that a page can say it beside them. */
export function isOfFields({ errors = [] }: Problem, names: readonly string[]): boolean {
  return errors.length > 0 && errors.every((fault) => "parameter" in fault && names.includes(fault.parameter));
}

function startOf(text: string, zone: string): string {
  if (!DAY.test(text) || Number.isNaN(Date.parse(text)) || !isTimeZone(zone)) return text;
  return new Date(startOfDay(zone, Date.parse(text))).toISOString();
}
