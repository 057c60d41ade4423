/** A JSON Schema as people read types: `{ slug: string; status?: "active" | "paused" }`. */
import { isRecord } from "../../core/is-record.ts";

const INDENT = "  ";

/** What it cannot say shorter it calls `any`. */
export function schemaText(schema: unknown, indent = ""): string {
  if (!isRecord(schema)) return "any";
  if ("const" in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) return choices.map((choice) => schemaText(choice, indent)).join(" | ");
  switch (schema.type) {
    case "object":
      return objectText(schema, indent);
    case "array": {
      const items = schemaText(schema.items, indent);
      return items.includes(" | ") ? `(${items})[]` : `${items}[]`;
    }
    case "string":
    case "number":
    case "integer":
    case "boolean":
    case "null":
      return schema.type;
    default:
      return "any";
  }
}

function objectText(schema: Record<string, unknown>, indent: string): string {
  const properties = isRecord(schema.properties) ? Object.entries(schema.properties) : [];
  if (properties.length === 0)
    return isRecord(schema.additionalProperties)
      ? `{ [name]: ${schemaText(schema.additionalProperties, indent)} }`
      : "object";
  const required = Array.isArray(schema.required) ? schema.required : [];
  const inner = indent + INDENT;
  const lines = properties.map(
    ([name, value]) => `${inner}${name}${required.includes(name) ? "" : "?"}: ${schemaText(value, inner)}`,
  );
  return `{\n${lines.join("\n")}\n${indent}}`;
}
