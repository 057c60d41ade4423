/** The OpenAPI document, 3.1 (https://spec.openapis.org/oas/v3.1.0), made of the same calls and schemas that answer and validate. */
import * as v from "valibot";
import { type Call, takesNoBody } from "./call.ts";
import type { Schema } from "./input.ts";
import { jsonSchema, type NamedSchemas, nameSchemas } from "./named-schemas.ts";
import { titlesOfStatus } from "./problem.ts";

/** Operations that are not the console's, by path: what click and postback worker answer. */
export interface EdgePaths {
  paths: Record<string, object>;
  schemas: Record<string, object>;
  securitySchemes: Record<string, object>;
  tags: readonly Tag[];
}

export interface Tag {
  name: string;
  description: string;
}

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

/** `origin` is where the console is called, `tags` what calls are about, in the order in which people read them. */
export function openApiDocument(calls: readonly Call[], origin: string, tags: readonly Tag[], edge: EdgePaths): object {
  const names = nameSchemas();
  const problemSchema = names.refer(problem, "Problem", "Problem");
  const paths: Record<string, Record<string, object>> = {};
  const refused = new Set<number>();
  for (const call of calls) {
    const path = call.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [call.method]: operationOf(call, path, names) };
    for (const status of refusedStatuses(call, path)) refused.add(status);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Clickback",
      version: "1",
      description: "Clicks and postbacks for affiliate marketing: set-up, receipts, the books, exports.",
      license: { name: "MIT", identifier: "MIT" },
      contact: { name: "Whoever runs this system", url: origin },
    },
    servers: [{ url: origin }],
    security: [{ bearer: [] }],
    tags: [...tags, ...edge.tags],
    paths: { ...paths, ...edge.paths },
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer" }, ...edge.securitySchemes },
      responses: Object.fromEntries(
        [...refused].map((status) => [
          `Problem${status}`,
          {
            description: titlesOfStatus(status).join("; "),
            content: { "application/problem+json": { schema: problemSchema } },
          },
        ]),
      ),
      schemas: { ...names.schemas, ...edge.schemas },
    },
  };
}

/** What a call is about: the first word of its path. */
export function tagOf(path: string): string {
  return path.split("/").find((part) => part !== "" && part !== "api") ?? "";
}

function operationOf(call: Call, path: string, names: NamedSchemas): object {
  const refused = refusedStatuses(call, path).map((status) => [
    status,
    { $ref: `#/components/responses/Problem${status}` },
  ]);
  return {
    operationId: operationId(call, path),
    summary: call.summary,
    description: `For tokens of the roles ${call.roles.join(", ")}.`,
    tags: [tagOf(path)],
    parameters: [...pathParameters(path), ...queryParameters(call.query)],
    ...bodyOf(call, path, names),
    responses: {
      [call.status]: { description: "Done", ...contentOf(call, path, names) },
      ...Object.fromEntries(refused),
    },
  };
}

/** What a call may be answered with where it is not done, each status by itself: of a `default` generators make another answer of what is done. */
function refusedStatuses(call: Call, path: string): number[] {
  const takesJson = !takesNoBody(call.body);
  const takesBody = takesJson || call.takes !== undefined;
  const isOfOne = path.includes("{");
  const isAsked = queryParameters(call.query).length > 0;
  // What is said may not be so, or another's already; what is done with one thing may not be done with it as it is.
  const mayNotFit = takesBody || (isOfOne && call.method !== "get");
  const statuses = [
    400,
    401,
    403,
    ...(isOfOne || takesBody || isAsked ? [404] : []),
    ...(mayNotFit ? [409] : []),
    ...(takesBody ? [413] : []),
    ...(takesJson ? [415] : []),
    ...(mayNotFit ? [422] : []),
    ...(call.alsoRefused ?? []),
    429,
    500,
    503,
  ];
  return [...new Set(statuses)].sort();
}

/** `["Advertisers", "Slug", "Credentials"]` */
function wordsOf(path: string): string[] {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "" && word !== "api");
  return words.map(capital);
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** `getAdvertisersSlugCredentials` */
function operationId({ method }: Call, path: string): string {
  return method + wordsOf(path).join("");
}

function bodyOf(call: Call, path: string, names: NamedSchemas): object {
  if (call.takes !== undefined) {
    const content = Object.fromEntries(call.takes.map((type) => [type, { schema: { type: "string" } }]));
    return { requestBody: { required: true, content } };
  }
  if (takesNoBody(call.body)) return {};
  const schema = names.refer(call.body, ...schemaNames(call, path, "Body"));
  return { requestBody: { required: true, content: { "application/json": { schema } } } };
}

function contentOf(call: Call, path: string, names: NamedSchemas): object {
  const { status, answer, produces = [] } = call;
  const files = produces.map((type) => [mediaType(type), { schema: fileSchema(type) }]);
  if (files.length === 0 && status === 204) return {};
  const json = answer
    ? names.refer(answer, ...schemaNames(call, path, "Answer"))
    : { type: "object", additionalProperties: true };
  const isJson = answer !== undefined || files.length === 0;
  return {
    content: { ...(isJson ? { "application/json": { schema: json } } : {}), ...Object.fromEntries(files) },
  };
}

/** What a schema without a name of its own is called, by its path: `/deliveries/{delivery}` is a `Delivery`. Where another call has that name, with the method before it. */
function schemaNames({ method }: Call, path: string, suffix: string): [name: string, otherName: string] {
  const words = wordsOf(path.replaceAll(/\{\w+\}/g, ""));
  const last = words.pop() ?? "";
  const name = [...words, path.endsWith("}") ? singular(last) : last, suffix].join("");
  return [name, capital(method) + name];
}

function singular(word: string): string {
  return word.replace(/ies$/, "y").replace(/s$/, "");
}

function mediaType(contentType: string): string {
  return contentType.split(";")[0] ?? contentType;
}

/** Text, or bytes. */
function fileSchema(contentType: string): object {
  const isText = /^(text\/|application\/x-ndjson)/.test(contentType);
  return isText ? { type: "string" } : { type: "string", format: "binary" };
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
  const { properties = {}, required = [] } = v.parse(parametersSchema, jsonSchema(query));
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

const parametersSchema = v.object({
  properties: v.optional(v.record(v.string(), v.unknown())),
  required: v.optional(v.array(v.string())),
});
