/** The schemas of the OpenAPI document, each object under a name that programs made of it can call it by. */
import { type ConversionConfig, toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { isRecord } from "../../core/is-record.ts";
import type { Schema } from "./input.ts";

/** What cannot be said in JSON Schema is said by the refusals, so it is left out. */
const CONVERSION: ConversionConfig = { target: "draft-2020-12", typeMode: "input", errorMode: "ignore" };

type JsonSchema = Record<string, unknown>;

/** The same schema, called so in the document, wherever it stands. */
export function named<const Named extends Schema>(name: string, schema: Named) {
  return v.pipe(schema, v.title(name));
}

/** A schema as JSON Schema, with everything in its place. */
export function jsonSchema(schema: Schema): JsonSchema {
  const { $schema: _, ...rest } = toJsonSchema(schema, CONVERSION);
  return rest;
}

export interface NamedSchemas {
  /** What stands in the schema's place: a reference where it is an object; by its own name, else by `name`, or `otherName` where that is another's. */
  refer(schema: Schema, name: string, otherName: string): JsonSchema;
  /** All that were referred to, by name. */
  schemas: Readonly<Record<string, JsonSchema>>;
}

/** Throws where two different schemas are called the same. */
export function nameSchemas(): NamedSchemas {
  const schemas: Record<string, JsonSchema> = {};
  const isOther = (name: string, schema: JsonSchema) =>
    Object.hasOwn(schemas, name) && JSON.stringify(schemas[name]) !== JSON.stringify(schema);

  function register(name: string, schema: JsonSchema): JsonSchema {
    if (isOther(name, schema)) throw new Error(`two schemas of the document are called ${name}`);
    schemas[name] = schema;
    return { $ref: `#/components/schemas/${name}` };
  }

  function hoist(node: unknown): unknown {
    if (Array.isArray(node)) return node.map(hoist);
    if (!isRecord(node)) return node;
    const { shownAs, title, ...rest } = node;
    if (isSchema(shownAs)) return { ...record(hoist(jsonSchema(shownAs))), readOnly: true };
    const inner = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, hoist(value)]));
    if (typeof title === "string" && rest.type === "object") return register(title, inner);
    return title === undefined ? inner : { ...inner, title: hoist(title) };
  }

  return {
    schemas,
    refer(schema, name, otherName) {
      const whole = record(hoist(jsonSchema(schema)));
      if (whole.type !== "object" || whole.properties === undefined) return whole;
      return register(isOther(name, whole) ? otherName : name, whole);
    },
  };
}

function isSchema(value: unknown): value is Schema {
  return isRecord(value) && value.kind === "schema";
}

function record(value: unknown): JsonSchema {
  if (!isRecord(value)) throw new Error("a schema of the document is no object");
  return value;
}
