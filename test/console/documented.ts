/** Whether an answer is what the OpenAPI document says of its call. */
import * as v from "valibot";
import { calls } from "../../workers/console/calls.ts";
import { apiDocument } from "../../workers/console/reference/api-document.ts";

type Json = Record<string, unknown>;

const ORIGINS = { CLICK_ORIGIN: "http://click", POSTBACK_ORIGIN: "http://postback" };
const document = record(JSON.parse(JSON.stringify(apiDocument(ORIGINS, calls, "http://console"))));
const paths = record(document.paths);
const schemas = record(record(document.components).schemas);

/** What is wrong with an answer: a status or a field that is not in the document, or a value of another type. Empty when all is well. */
export function undocumented(method: string, url: string, status: number, json: unknown): string[] {
  const path = url.split("?")[0] ?? "";
  const call = calls.find((one) => one.method === method.toLowerCase() && pattern(one.path).test(path));
  if (!call) return [];
  const operation = record(record(paths[call.path.replaceAll(/:(\w+)/g, "{$1}")])[call.method]);
  const isSaid = String(status) in record(operation.responses);
  if (status >= 400) return isSaid ? [] : [`${call.method} ${call.path} answers ${status}, which is not documented`];
  if (call.produces !== undefined) return [];
  if (status !== call.status) return [`${call.path} answers ${status}, not ${call.status}`];
  if (!call.answer) return [];
  const read = v.safeParse(call.answer, json);
  if (!read.success) return read.issues.map((issue) => `${call.path} ${v.getDotPath(issue)}: ${issue.message}`);
  const content = record(record(record(operation.responses)[String(status)]).content);
  return strangers(record(record(content["application/json"]).schema), json, call.path);
}

/** Fields that a JSON Schema does not name. */
function strangers(named: Json, value: unknown, place: string): string[] {
  const schema = typeof named.$ref === "string" ? record(schemas[named.$ref.split("/").at(-1) ?? ""]) : named;
  const options = Array.isArray(schema.anyOf) ? schema.anyOf.map(record) : [schema];
  const found = options.map((option) => {
    if (Array.isArray(value)) return value.flatMap((item) => strangers(record(option.items), item, `${place}[]`));
    if (typeof value !== "object" || value === null || option.properties === undefined) return [];
    const known = record(option.properties);
    return Object.entries(value).flatMap(([name, inner]) =>
      name in known
        ? strangers(record(known[name]), inner, `${place}.${name}`)
        : [`${place}.${name} is not documented`],
    );
  });
  return found.find((list) => list.length === 0) ?? found[0] ?? [];
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:\w+/g, "[^/]+")}$`);
}

function record(value: unknown): Json {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
