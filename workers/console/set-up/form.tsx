/** The form of a thing, out of its table of fields: each with its label, its control and its help, in its place. */
import type { Child } from "hono/jsx";
import { type FormState, listAt, textAt, valueAt } from "../shell/form-values.ts";
import {
  ChoiceField,
  FlagField,
  Groups,
  LinesField,
  type Option,
  PriceField,
  TextField,
  TimeField,
} from "../shell/parts/form.tsx";
import { SEEN, seenValues } from "../shell/seen-values.ts";
import type { FormField, FormFields, Suggested } from "./form-field.ts";
import { inInputOrder } from "./schemas.ts";

/** Slugs to choose from. */
export type Suggestions = Partial<Record<Suggested, readonly Option[]>>;

interface Shown {
  form: FormState;
  /** The thing as it is; null while it is made. */
  present: unknown;
  suggestions: Suggestions;
  /** What everything is called that is folded away. */
  more?: string | undefined;
}

/** A field in its place. */
interface AskedField {
  name: string;
  required: true | undefined;
  fixed: true | undefined;
  form: FormField;
}

export function SetUpFields({ fields, more, ...shown }: Shown & { fields: FormFields }) {
  const isNew = shown.present === null;
  const asked = askedOf(fields, isNew).filter(({ fixed }) => isNew || !fixed);
  const folded = asked.filter(({ form }) => form.more);
  const draw = (field: AskedField) => <SetUpField shown={shown} field={field} path={field.name} isNew={isNew} />;
  return (
    <>
      {typeof shown.present === "object" && shown.present !== null ? (
        <input type="hidden" name={SEEN} value={seenValues(presentOf(asked, shown.present))} />
      ) : null}
      {asked.filter(({ form }) => !form.more).map(draw)}
      {folded.length === 0 ? null : (
        <details class="more" open={shown.form.problem !== null || folded.some((field) => isOpened(shown.form, field))}>
          <summary>{more ?? "More"}</summary>
          <div class="more-fields">{folded.map(draw)}</div>
        </details>
      )}
    </>
  );
}

/** Of a thing what its form asks for. */
function presentOf(asked: readonly AskedField[], present: object): object {
  return Object.fromEntries(asked.map(({ name }) => [name, valueAt(present, name)]));
}

/** What a form asks for when a thing is made, or when it is changed, in its order. */
export function askedOf(fields: FormFields, isNew: boolean): AskedField[] {
  return inInputOrder(fields)
    .flatMap(([name, { required, fixed, form }]) =>
      form === undefined || form === "nowhere" || form.only === (isNew ? "change" : "new")
        ? []
        : [{ name, required, fixed, form }],
    )
    .sort((left, right) => (left.form.place ?? 0) - (right.form.place ?? 0));
}

/** What stands in the form of a new thing: some defaults, what the address says, and a first group where there must be one. */
export function newValues(fields: FormFields, query: URLSearchParams): Record<string, unknown> {
  const values = askedOf(fields, true).map(({ name, required, form }): [string, unknown] => {
    if (form.filled) return [name, fields[name]?.default];
    if (form.control === "text" && form.suggest) return [name, query.get(name) ?? ""];
    return [name, form.control === "groups" && required ? [{}] : undefined];
  });
  return Object.fromEntries(values);
}

/** What the form of a new thing takes from one that is there: all that it asks for but the slug, which is never used again. */
export function copiedValues(fields: FormFields, present: object): Record<string, unknown> {
  const asked = new Set(askedOf(fields, true).map(({ name }) => name));
  return Object.fromEntries(Object.entries(present).filter(([name]) => name !== "slug" && asked.has(name)));
}

/** An object in the form that says something, or a list of groups that was just changed. */
function isOpened({ values, changed }: FormState, { name, form }: AskedField): boolean {
  if (form.control === "parts") return (valueAt(values, name) ?? null) !== null;
  return changed !== undefined && ("added" in changed ? changed.added : changed.shortened).split("/")[0] === name;
}

interface FieldProps {
  shown: Shown;
  field: AskedField;
  path: string;
  isNew: boolean;
}

function SetUpField({ shown, field: { required, fixed, form: asked }, path, isNew }: FieldProps) {
  const { form, present } = shown;
  const group = (fields: FormFields, within: string, isNewGroup: boolean) =>
    askedOf(fields, isNewGroup).map((field) => (
      <SetUpField shown={shown} field={field} path={`${within}/${field.name}`} isNew={isNewGroup} />
    ));
  if (asked.control === "parts") return <>{group(asked.parts, path, isNew)}</>;
  if (asked.control === "carried")
    return isNew ? null : <input type="hidden" name={`${path}:${asked.kind}`} value={textAt(form.values, path)} />;
  const field = { form, path, label: asked.label, help: withCode(asked.help) };
  switch (asked.control) {
    case "text":
      return (
        <TextField
          {...field}
          kind={asked.kind}
          required={required}
          sentEmpty={isNew ? asked.filled : textAt(present, path) !== ""}
          readonly={fixed && !isNew}
          wide={asked.wide}
          rows={asked.rows}
          placeholder={asked.placeholder ?? (isNew ? asked.example : undefined)}
          suggestions={asked.suggest && shown.suggestions[asked.suggest]}
        />
      );
    case "lines":
      return <LinesField {...field} kind={asked.kind} rows={asked.rows} placeholder={asked.placeholder} />;
    case "choice":
      return <ChoiceField {...field} kind={asked.kind} options={asked.options} />;
    case "flag":
      return <FlagField {...field} />;
    case "time":
      return <TimeField {...field} />;
    case "price":
      return <PriceField {...field} currency={currencyOf(shown)} posted={asked.posted} none={asked.none} />;
    case "groups": {
      const kept = asked.kept ? listAt(present, path).length : 0;
      return (
        <Groups
          form={form}
          path={path}
          legend={asked.label}
          help={field.help}
          add={asked.add}
          fixed={kept}
          group={(within, index) => <>{group(asked.group, within, index >= kept)}</>}
        />
      );
    }
  }
}

function currencyOf({ form, present }: Shown): string {
  return textAt(present ?? form.values, "currency") || "sum";
}

/** What stands between backticks, as code. */
function withCode(text: string | undefined): Child {
  if (!text?.includes("`")) return text;
  return <>{text.split("`").map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))}</>;
}
