/** The OpenAPI document, read for the page that shows it. */
import * as v from "valibot";
import { isRecord } from "../../core/is-record.ts";
import type { Env } from "../env.ts";
import type { Call } from "../web/call.ts";
import { apiDocument } from "./api-document.ts";

const content = v.record(v.string(), v.object({ schema: v.unknown() }));
const operation = v.object({
  summary: v.string(),
  description: v.string(),
  tags: v.array(v.string()),
  parameters: v.array(v.object({ name: v.string(), in: v.string(), required: v.boolean(), schema: v.unknown() })),
  requestBody: v.optional(v.object({ content })),
  responses: v.record(v.string(), v.object({ content: v.optional(content) })),
});
const document = v.object({
  paths: v.record(v.string(), v.record(v.string(), v.unknown())),
  components: v.object({ schemas: v.record(v.string(), v.unknown()) }),
});
type Operation = v.InferOutput<typeof operation>;

export interface ApiCall extends Operation {
  method: string;
  path: string;
}

/** The console's calls under what they are about, in the document's order. */
export function apiCallsByTag(env: Env, calls: readonly Call[], origin: string): Map<string, ApiCall[]> {
  const { paths, components } = v.parse(document, JSON.parse(JSON.stringify(apiDocument(env, calls, origin))));
  const all = calls.map((call): ApiCall => {
    const path = call.path.replaceAll(/:(\w+)/g, "{$1}");
    const found = v.parse(operation, resolved(paths[path]?.[call.method], components.schemas));
    return { ...found, method: call.method.toUpperCase(), path };
  });
  return Map.groupBy(all, ({ tags }) => tags[0] ?? "");
}

const OF_SCHEMAS = "#/components/schemas/";

/** The same, with every schema in the place of its name. */
function resolved(node: unknown, schemas: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(node)) return node.map((inner) => resolved(inner, schemas));
  if (!isRecord(node)) return node;
  const { $ref: name, ...rest } = node;
  const inner = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, resolved(value, schemas)]));
  if (typeof name !== "string" || !name.startsWith(OF_SCHEMAS)) return inner;
  const named = resolved(schemas[name.slice(OF_SCHEMAS.length)], schemas);
  return isRecord(named) ? { ...named, ...inner } : inner;
}
