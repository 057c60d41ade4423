/** The OpenAPI document, 3.1 (https://spec.openapis.org/oas/v3.1.0), made of the same calls and schemas that answer and validate. */
import { type ConversionConfig, toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { type Call, takesNoBody } from "./call.ts";
import type { Schema } from "./input.ts";

/** What cannot be said in JSON Schema is said by the refusals, so it is left out. */
const CONVERSION: ConversionConfig = { target: "draft-2020-12", typeMode: "input", errorMode: "ignore" };

const problem = v.object({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  detail: v.string(),
  errors: v.exactOptional(
    v.array(
      v.object({ pointer: v.exactOptional(v.string()), parameter: v.exactOptional(v.string()), detail: v.string() }),
    ),
  ),
});

export function openApiDocument(calls: readonly Call[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const call of calls) {
    const path = call.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [call.method]: operationOf(call, path) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Clickback",
      version: "1",
      description: "Clicks and postbacks for affiliate marketing: set-up, receipts, the books, exports.",
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
      schemas: { problem: jsonSchema(problem) },
    },
  };
}

function operationOf(call: Call, path: string): object {
  const problemContent = { "application/problem+json": { schema: { $ref: "#/components/schemas/problem" } } };
  return {
    operationId: operationId(call, path),
    summary: call.summary,
    description: `For tokens of the roles ${call.roles.join(", ")}.`,
    tags: [path.split("/").find((part) => part !== "" && part !== "api") ?? ""],
    parameters: [...pathParameters(path), ...queryParameters(call.query)],
    ...(takesNoBody(call.body)
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: jsonSchema(call.body) } } } }),
    responses: {
      [call.status]: { description: "Done", ...contentOf(call) },
      default: { description: "What was wrong, where, and what to do", content: problemContent },
    },
  };
}

/** `getAdvertisersSlugCredentials` */
function operationId({ method }: Call, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "" && word !== "api");
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

function contentOf({ status, answer, produces }: Call): object {
  if (produces !== undefined) return { content: { [produces]: { schema: { type: "string" } } } };
  if (status === 204) return {};
  return { content: { "application/json": { schema: answer ? jsonSchema(answer) : { type: "object" } } } };
}

function pathParameters(path: string): object[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters(query: Schema): object[] {
  const { properties = {}, required = [] } = jsonSchema(query);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

function jsonSchema(schema: Schema) {
  const { $schema: _, ...rest } = toJsonSchema(schema, CONVERSION);
  return rest;
}
