/** The OpenAPI document, read for the page that shows it. */
import * as v from "valibot";
import type { Call } from "../web/call.ts";
import { openApiDocument } from "../web/openapi.ts";

const content = v.record(v.string(), v.object({ schema: v.unknown() }));
const operation = v.object({
  summary: v.string(),
  description: v.string(),
  tags: v.array(v.string()),
  parameters: v.array(v.object({ name: v.string(), in: v.string(), required: v.boolean(), schema: v.unknown() })),
  requestBody: v.optional(v.object({ content })),
  responses: v.record(v.string(), v.object({ content: v.optional(content) })),
});
const document = v.object({ paths: v.record(v.string(), v.record(v.string(), operation)) });
type Operation = v.InferOutput<typeof operation>;

export interface ApiCall extends Operation {
  method: string;
  path: string;
}

/** The calls under what they are about, in the document's order. */
export function apiCallsByTag(calls: readonly Call[]): Map<string, ApiCall[]> {
  const { paths } = v.parse(document, JSON.parse(JSON.stringify(openApiDocument(calls))));
  const all = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, found]): ApiCall => ({ ...found, method: method.toUpperCase(), path })),
  );
  return Map.groupBy(all, ({ tags }) => tags[0] ?? "");
}
