/** Reading what callers send: a valibot schema's verdict as the value, or as a problem that names every wrong place. */
import * as v from "valibot";
import { readBody as readWhole } from "../../core/bounded-body.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type Fault, invalidPlaces, type Problem } from "./problem.ts";

export type Schema<Value = unknown> = v.GenericSchema<unknown, Value>;

/** How many wrong places are told at once. */
const MAX_FAULTS = 20;
const MAX_BODY_BYTES = 1_048_576;
/** Names that the schemas pass over, since all objects have them. */
const PASSED_OVER = ["__proto__", "prototype", "constructor"];
const PASSED_OVER_ADVICE = `Write another name: ${PASSED_OVER.join(", ")} cannot be kept.`;

/** An object of exactly these fields; others are refused by name. */
export function fields<const Entries extends v.ObjectEntries>(entries: Entries) {
  return exactly(entries, "field");
}

/** A query string of exactly these parameters. */
export function parameters<const Entries extends v.ObjectEntries>(entries: Entries) {
  return exactly(entries, "parameter");
}

function exactly<const Entries extends v.ObjectEntries>(entries: Entries, noun: string) {
  const known = `The ${noun}s are: ${Object.keys(entries).join(", ")}.`;
  return v.strictObject(entries, (issue) => {
    if (issue.expected === "never") return `There is no such ${noun} here. ${known}`;
    return issue.path ? `This ${noun} is missing.` : `Write an object. ${known}`;
  });
}

/** The JSON of a request's body. */
export async function readJson(request: Request): Promise<Result<unknown, Problem>> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json(?:\s*;|\s*$)/i.test(type))
    return refuse({ name: "unsupported_content_type", detail: "Send JSON, with Content-Type: application/json." });
  const { body, bodyFault } = await readWhole(request, MAX_BODY_BYTES);
  if (bodyFault === "too_large")
    return refuse({ name: "too_large", detail: `A body is at most ${MAX_BODY_BYTES} bytes.` });
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body);
    return accept(JSON.parse(text, refuseHalves));
  } catch {
    return refuse({ name: "malformed_request", detail: "The body is not JSON in UTF-8 of whole characters." });
  }
}

/** Half of a character (`\ud800` alone) can be written in JSON and stored nowhere: it would come back as another text. */
function refuseHalves(name: string, value: unknown): unknown {
  if (!name.isWellFormed() || (typeof value === "string" && !value.isWellFormed())) throw new Error("half a character");
  return value;
}

/** Reads a JSON body. */
export function readBody<Value>(schema: Schema<Value>, input: unknown): Result<Value, Problem> {
  const passedOver = passedOverIn(input);
  if (passedOver !== null) return refuse(invalidPlaces([{ pointer: passedOver, detail: PASSED_OVER_ADVICE }]));
  const read = v.safeParse(schema, input);
  if (read.success) return accept(read.output);
  const errors = read.issues.slice(0, MAX_FAULTS).map((issue): Fault & { pointer: string } => ({
    pointer: pointerTo(issue),
    detail: describe(issue),
  }));
  return refuse(invalidPlaces(errors));
}

/** Reads a query string. A parameter that comes twice is refused, since either could be meant. */
export function readQuery<Value>(schema: Schema<Value>, query: URLSearchParams): Result<Value, Problem> {
  const input: Record<string, string> = {};
  for (const [name, value] of query) {
    if (PASSED_OVER.includes(name))
      return refuse(invalidQuery([{ parameter: name, detail: "There is no such parameter here." }]));
    if (Object.hasOwn(input, name)) return refuse(invalidQuery([{ parameter: name, detail: "Send it once only." }]));
    input[name] = value;
  }
  const read = v.safeParse(schema, input);
  if (read.success) return accept(read.output);
  const errors = read.issues.slice(0, MAX_FAULTS).map((issue) => ({
    parameter: String(issue.path?.[0]?.key ?? ""),
    detail: describe(issue),
  }));
  return refuse(invalidQuery(errors));
}

export function invalidQuery(errors: (Fault & { parameter: string })[]): Problem {
  return {
    name: "invalid_query",
    detail: errors.map((error) => `${error.parameter}: ${error.detail}`).join(" "),
    errors,
  };
}

/** What is wrong with columns that are asked for: the first that is not among those that there are for who asks. */
export function noSuchColumn(names: readonly string[], asked: readonly string[] | undefined): Problem | null {
  const unknown = asked?.find((name) => !names.includes(name));
  if (unknown === undefined) return null;
  const detail = `There is no column ${unknown} here. These are: ${names.join(", ")}.`;
  return invalidQuery([{ parameter: "columns", detail }]);
}

/** RFC 6901, as a URI fragment. */
function pointerTo(issue: v.BaseIssue<unknown>): string {
  return pointerOf(issue.path?.map((item) => String(item.key)) ?? []);
}

function pointerOf(keys: readonly string[]): string {
  return ["#", ...keys.map((key) => key.replaceAll("~", "~0").replaceAll("/", "~1"))].join("/");
}

/** Where an object has a name that the schemas would pass over in silence: the first such place, or null. */
function passedOverIn(input: unknown): string | null {
  const waiting: [path: readonly string[], value: unknown][] = [[[], input]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [path, value] = next;
    if (typeof value !== "object" || value === null) continue;
    const found = PASSED_OVER.find((name) => Object.hasOwn(value, name));
    if (found !== undefined) return pointerOf([...path, found]);
    for (const [key, inner] of Object.entries(value))
      if (typeof inner === "object" && inner !== null) waiting.push([[...path, key], inner]);
  }
  return null;
}

/** What to write instead. Schemas with a message of their own have said it already; here is the rest. */
function describe(issue: v.BaseIssue<unknown>): string {
  if (issue.kind !== "schema") return issue.message;
  switch (issue.type) {
    case "string":
      return `Write text, not ${issue.received}.`;
    case "number":
      return `Write a number, not ${issue.received}.`;
    case "boolean":
      return "Write true or false.";
    case "array":
      return "Write a list.";
    case "picklist":
      return `Write one of ${issue.expected?.replace(/^\(|\)$/g, "").replaceAll(" | ", ", ")}.`;
    default:
      return issue.message;
  }
}
