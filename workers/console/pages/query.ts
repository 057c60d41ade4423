/** A list's query as an address has it: what a form left empty is not asked for. */
import type { Result } from "../../core/result.ts";
import { readQuery, type Schema } from "../input.ts";
import type { Problem } from "../problem.ts";

/** Parameters of the pages themselves, which no list takes. */
const OWN = new Set(["done", "live"]);

export function readFilters<Value>(schema: Schema<Value>, url: URL): Result<Value, Problem> {
  return readQuery(schema, askedFor(url));
}

/** The parameters that say something. */
export function askedFor(url: URL): URLSearchParams {
  return new URLSearchParams([...url.searchParams].filter(([name, value]) => value !== "" && !OWN.has(name)));
}
