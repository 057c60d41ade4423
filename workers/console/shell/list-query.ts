/** A list's query as an address has it: what a form left empty is not asked for, and a day is the viewer's. */
import { isTimeZone, startOfDay } from "../../core/metrics/time-zone.ts";
import type { Result } from "../../core/result.ts";
import { readQuery, type Schema } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";

/** Rows of a page, where the address says no other number. */
const ROWS = "50";

/** Parameters of the pages themselves, which no list takes. */
const OWN = new Set(["done", "live", "tz"]);
/** Parameters that filter nothing out. */
const PLACES = new Set([...OWN, "cursor", "limit"]);
const TIMES = new Set(["from", "to"]);
const DAY = /^\d{4}-\d\d-\d\d$/;

export function readFilters<Value>(schema: Schema<Value>, url: URL): Result<Value, Problem> {
  const query = askedFor(url);
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

/** True where the address leaves rows out. */
export function isFiltered(url: URL): boolean {
  return [...url.searchParams].some(([name, value]) => value !== "" && !PLACES.has(name));
}

/** True where all that is wrong is wrong with these fields, so that a page can say it beside them. */
export function isOfFields({ errors = [] }: Problem, names: readonly string[]): boolean {
  return errors.length > 0 && errors.every((fault) => "parameter" in fault && names.includes(fault.parameter));
}

function startOf(text: string, zone: string): string {
  if (!DAY.test(text) || Number.isNaN(Date.parse(text)) || !isTimeZone(zone)) return text;
  return new Date(startOfDay(zone, Date.parse(text))).toISOString();
}
