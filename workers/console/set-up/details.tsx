/** The details of a thing, out of its table of fields, as its page tells them: to each role what is theirs to see. */
import type { Child } from "hono/jsx";
import { isSeenBy } from "../../core/roles.ts";
import { isNamed, Named } from "../shell/parts/named.tsx";
import { type Detail, Time } from "../shell/parts/values.tsx";
import type { Viewer } from "./field.ts";
import { shownValue, type ValueField } from "./field-values.ts";
import type { FormField } from "./form-field.ts";

interface DetailField extends ValueField {
  form?: FormField | "nowhere";
  detail?: { name?: string; words?(thing: object): string | null; as?: "code" | "address" | "time" } | "nowhere";
}

/** `particular`: what the page itself says of a field, in its place. */
export function detailsOf(
  fields: Readonly<Record<string, DetailField>>,
  thing: { row: object },
  viewer: Viewer,
  particular: Readonly<Record<string, readonly Detail[]>> = {},
): Detail[] {
  return Object.entries(fields)
    .filter(([, field]) => isSeenBy(field, viewer.role))
    .flatMap(([name, field]) => particular[name] ?? detailsOfField(name, field, thing, viewer));
}

function detailsOfField(of: string, field: DetailField, thing: { row: object }, viewer: Viewer): readonly Detail[] {
  const { detail = {}, form } = field;
  if (detail === "nowhere") return [];
  const name = detail.name ?? (typeof form === "object" && "label" in form ? form.label : undefined);
  const value = detail.words ? detail.words(thing) : shownValue(field, thing, viewer);
  if (name === undefined || value === null || value === undefined) return [];
  if (isNamed(of) && typeof value === "string") return [[name, <Named of={of} slug={value} />]];
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return [detail.as === "address" ? [name, drawn(text, detail.as), "long"] : [name, drawn(text, detail.as)]];
}

function drawn(text: string, as: "code" | "address" | "time" | undefined): Child {
  if (as === "code") return <code>{text}</code>;
  if (as === "address") return <code class="break">{text}</code>;
  return as === "time" ? <Time at={text} /> : text;
}
