/** The facts of a thing, out of its table of fields, as its page tells them: to each role what is theirs to see. */
import type { Child } from "hono/jsx";
import { isSeenBy } from "../../core/roles.ts";
import { type Fact, Time } from "../shell/parts/values.tsx";
import type { Viewer } from "./field.ts";
import type { FormField } from "./form-field.ts";
import { shownValue, type ValueField } from "./values.ts";

interface FactField extends ValueField {
  form?: FormField | "nowhere";
  fact?: { name?: string; words?(thing: object): string | null; as?: "code" | "address" | "time" } | "nowhere";
}

/** `particular`: what the page itself says of a field, in its place. */
export function factsOf(
  fields: Readonly<Record<string, FactField>>,
  thing: { row: object },
  viewer: Viewer,
  particular: Readonly<Record<string, readonly Fact[]>> = {},
): Fact[] {
  return Object.entries(fields)
    .filter(([, field]) => isSeenBy(field, viewer.role))
    .flatMap(([name, field]) => particular[name] ?? factOf(field, thing, viewer));
}

function factOf(field: FactField, thing: { row: object }, viewer: Viewer): readonly Fact[] {
  const { fact = {}, form } = field;
  if (fact === "nowhere") return [];
  const name = fact.name ?? (typeof form === "object" && "label" in form ? form.label : undefined);
  const value = fact.words ? fact.words(thing) : shownValue(field, thing, viewer);
  if (name === undefined || value === null || value === undefined) return [];
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return [fact.as === "address" ? [name, drawn(text, fact.as), "long"] : [name, drawn(text, fact.as)]];
}

function drawn(text: string, as: "code" | "address" | "time" | undefined): Child {
  if (as === "code") return <code>{text}</code>;
  if (as === "address") return <code class="break">{text}</code>;
  return as === "time" ? <Time at={text} /> : text;
}
