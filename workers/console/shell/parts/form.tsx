/** The fields of forms: each with its label, what it means, and beside it what is wrong with it. */
import { raw } from "hono/html";
import type { Child, PropsWithChildren } from "hono/jsx";
import type { Problem } from "../../web/problem.ts";
import { type FormState, faultsAt, listAt, pickedTime, priceAt, textAt, valueAt } from "../form-values.ts";

const FAULT = "fault";
/** Of all that have it the first that can be reached is gone to: by the browser, and by the page's script where that has begun already. */
const FOCUSED = { autofocus: true, "data-focus": "" };

interface FieldProps {
  form: FormState;
  /** Where its value stands in the JSON that the form stands for: `events/0/name`. */
  path: string;
  label: string;
  help?: Child;
}

interface TextProps extends FieldProps {
  /** How it is read: see form-values.ts. */
  kind?: "text" | "nullable" | "number" | "nullable-number" | undefined;
  required?: boolean | undefined;
  /** It is sent even where it is empty, for the schema to say what it wants there. */
  sentEmpty?: boolean | undefined;
  placeholder?: string | undefined;
  readonly?: boolean | undefined;
  wide?: boolean | undefined;
  /** Several lines of text, which is one value. */
  rows?: number | undefined;
  /** What to choose from; other values may be written. */
  suggestions?: readonly Option[] | undefined;
}

export function TextField(props: TextProps) {
  const { form, path, required, sentEmpty, placeholder, readonly, wide, rows, suggestions } = props;
  const kind = kindOf(props.kind ?? "text", required || sentEmpty);
  const isNumber = kind.endsWith("number");
  if (rows !== undefined)
    return (
      <Field {...props} wide={wide}>
        <textarea {...named(form, path, kind)} rows={rows} placeholder={placeholder} spellcheck={false}>
          {textAt(form.values, path)}
        </textarea>
      </Field>
    );
  return (
    <Field {...props} wide={wide}>
      <input
        {...named(form, path, kind)}
        {...(isNumber ? { inputmode: "numeric" } : {})}
        value={textAt(form.values, path)}
        required={required}
        placeholder={placeholder}
        readonly={readonly}
        list={suggestions && `${idOf(path)}-list`}
        autocomplete="off"
        spellcheck={false}
      />
      <Suggestions id={`${idOf(path)}-list`} values={suggestions} />
    </Field>
  );
}

/** A moment, in UTC. What was written otherwise is shown as it was written. */
export function TimeField(props: FieldProps) {
  const { form, path } = props;
  const text = textAt(form.values, path);
  const picked = pickedTime(text);
  return (
    <Field {...props} label={`${props.label}, in UTC`}>
      {text !== "" && picked === null ? (
        <input {...named(form, path, "time")} value={text} autocomplete="off" spellcheck={false} />
      ) : (
        <input
          type="datetime-local"
          {...named(form, path, "time")}
          value={picked ?? ""}
          step={picked?.includes(".") ? "0.001" : "1"}
        />
      )}
    </Field>
  );
}

/** A day. */
export function DayField(props: FieldProps & { required?: boolean | undefined }) {
  const { form, path, required } = props;
  const [day = ""] = textAt(form.values, path).split("T");
  return (
    <Field {...props}>
      <input type="date" {...named(form, path, kindOf("text", required))} value={day} required={required} />
    </Field>
  );
}

function kindOf(kind: string, isSentEmpty: boolean | undefined): string {
  if (!isSentEmpty) return kind;
  if (kind === "text") return "required";
  return kind === "number" ? "required-number" : kind;
}

/** What a field suggests; where that has names besides its values, `picker.client.js` finds them in any spelling. */
export function Suggestions({ id, values }: { id: string; values: readonly (Option | string)[] | undefined }) {
  if (values === undefined) return null;
  return (
    <datalist id={id} data-named={values.some((value) => typeof value !== "string") ? "" : undefined}>
      {values.map((one) =>
        typeof one === "string" ? <option value={one} /> : <option value={one.value} label={one.label} />,
      )}
    </datalist>
  );
}

/** Several lines: a list (`lines`, `some`), or pairs of words (`words`). */
export function LinesField(
  props: FieldProps & { kind: "lines" | "some" | "words"; placeholder?: string | undefined; rows?: number | undefined },
) {
  const { form, path, kind, placeholder, rows = 3 } = props;
  return (
    <Field {...props} wide={rows > 1}>
      <textarea {...named(form, path, kind)} rows={rows} placeholder={placeholder} spellcheck={false}>
        {linesAt(form.values, path)}
      </textarea>
    </Field>
  );
}

export interface Option {
  value: string;
  label: string;
}

export function ChoiceField(
  props: FieldProps & { options: readonly Option[]; kind?: "text" | "nullable" | "number" | "yes" | undefined },
) {
  const { form, path, options, kind = "text" } = props;
  const chosen = textAt(form.values, path);
  return (
    <Field {...props}>
      <select {...named(form, path, kind)}>
        {options.map(({ value, label }) => (
          <option value={value} selected={value === chosen}>
            {label}
          </option>
        ))}
      </select>
    </Field>
  );
}

export function FlagField({ form, path, label, help }: FieldProps) {
  return (
    <div class="field flag">
      <input type="hidden" name={`${path}:flag`} value="false" />
      <label>
        <input
          type="checkbox"
          {...named(form, path, "flag")}
          value="true"
          checked={valueAt(form.values, path) === true}
        />
        {label}
      </label>
      <Help path={path} help={help} />
      <Faults form={form} path={path} />
    </div>
  );
}

/** A price: a sum, a share of the amount, or what each postback says. */
export function PriceField(
  props: FieldProps & { posted?: boolean | undefined; none?: string | undefined; currency: string },
) {
  const { form, path, posted, none, currency, label } = props;
  const { choice, sum } = priceAt(form.values, path);
  const { "aria-invalid": isWrong, "aria-describedby": describedBy, ...select } = named(form, path, "rule");
  const options: Option[] = [
    ...(none === undefined ? [] : [{ value: "", label: none }]),
    { value: "percent", label: "% of the amount" },
    { value: "flat", label: `${currency} per conversion` },
    ...(posted ? [{ value: "posted", label: "what each postback says" }] : []),
  ];
  return (
    <Field {...props}>
      <div class="price">
        <input
          name={`${path}:sum`}
          value={sum}
          inputmode="decimal"
          aria-label={`${label}: number`}
          aria-invalid={isWrong}
          aria-describedby={describedBy}
          autocomplete="off"
        />
        <select {...select}>
          {options.map(({ value, label }) => (
            <option value={value} selected={value === choice}>
              {label}
            </option>
          ))}
        </select>
      </div>
    </Field>
  );
}

interface GroupsProps {
  form: FormState;
  path: string;
  legend: string;
  help?: Child;
  /** Of the button that adds one: "Add an event". */
  add: string;
  /** Groups that cannot be taken away again, from the first on. */
  fixed?: number;
  group(path: string, index: number): Child;
}

/** A list of groups of fields, with buttons that add one and take one away. */
export function Groups({ form, path, legend, help, add, fixed = 0, group }: GroupsProps) {
  const { changed } = form;
  const isShortened = changed !== undefined && "shortened" in changed && changed.shortened === path;
  return (
    <fieldset class="groups">
      <legend>{legend}</legend>
      <input type="hidden" name={`${path}:list`} value="" />
      {help === undefined ? null : <p class="help">{help}</p>}
      <Faults form={form} path={path} within={false} />
      {listAt(form.values, path).map((_, index) => (
        <div class="group">
          {group(`${path}/${index}`, index)}
          {index < fixed ? null : (
            <button type="submit" class="quiet drop" name=":drop" value={`${path}/${index}`} formnovalidate>
              Remove
            </button>
          )}
          <Faults form={form} path={`${path}/${index}`} within={false} />
        </div>
      ))}
      <button type="submit" class="quiet" name=":add" value={path} formnovalidate {...(isShortened ? FOCUSED : {})}>
        {add}
      </button>
    </fieldset>
  );
}

/** A form that saves: what is wrong with it comes first, and Enter saves rather than adding a group. */
export function Form(props: PropsWithChildren<{ form: FormState; save: string; cancel: string }>) {
  const { form, save, cancel, children } = props;
  // Drawn first: what stands above the fields depends on which of them are marked.
  // biome-ignore lint/complexity/noUselessFragments: children are a list, which would be joined by commas
  const fields = String(<>{children}</>);
  return (
    <form method="post" class="form" novalidate data-guard>
      <button type="submit" class="unseen" tabindex={-1}>
        {save}
      </button>
      {form.problem === null ? null : (
        <div class="notice" data-tone="bad" role="alert" tabindex={-1} data-focus>
          <p>
            <strong>Nothing was saved.</strong> {summaryOf(form.problem, fields)}
          </p>
        </div>
      )}
      {raw(fields)}
      <div class="form-actions">
        <button type="submit" class="primary">
          {save}
        </button>
        <a class="button" href={cancel}>
          Cancel
        </a>
      </div>
    </form>
  );
}

/** What is said beside the fields is not said again above them; what no field shows is said here. */
function summaryOf({ errors = [], detail }: Problem, fields: string): string {
  const marked = fields.split(`class="${FAULT}"`).length - 1;
  const unmarked = errors.filter((fault) => !("pointer" in fault && isMarked(fault.pointer, fields)));
  if (marked === 0) return detail;
  const mend = marked === 1 ? "Mend the field that is marked." : `Mend the ${marked} fields that are marked.`;
  return [...new Set(unmarked.map((fault) => fault.detail)), mend].join(" ");
}

/** True where the field at the pointer, or one that holds it, shows what is wrong. */
function isMarked(pointer: string, fields: string): boolean {
  const keys = pointer.split("/").slice(1);
  return keys.some((_, end) => fields.includes(`id="${faultIdOf(keys.slice(0, end + 1).join("/"))}"`));
}

function Field(props: PropsWithChildren<FieldProps & { wide?: boolean | undefined }>) {
  const { form, path, label, help, wide, children } = props;
  return (
    <div class={wide ? "field wide" : "field"}>
      <label for={idOf(path)}>{label}</label>
      {children}
      <Help path={path} help={help} />
      <Faults form={form} path={path} />
    </div>
  );
}

function Help({ path, help }: { path: string; help: Child }) {
  if (help === undefined) return null;
  return (
    <p class="help" id={`${idOf(path)}-help`}>
      {help}
    </p>
  );
}

export function Faults({ form, path, within = true }: { form: FormState; path: string; within?: boolean }) {
  const faults = faultsAt(form, path, within);
  if (faults.length === 0) return null;
  return (
    <p class={FAULT} id={faultIdOf(path)}>
      {faults.join(" ")}
    </p>
  );
}

function named(form: FormState, path: string, kind: string) {
  const isWrong = faultsAt(form, path).length > 0;
  return {
    id: idOf(path),
    name: kind === "text" ? path : `${path}:${kind}`,
    "aria-describedby": isWrong ? faultIdOf(path) : undefined,
    "aria-invalid": isWrong ? "true" : undefined,
    ...(isNew(form, path) ? FOCUSED : {}),
  };
}

/** A field of the group that was just added. */
function isNew({ changed }: FormState, path: string): boolean {
  return changed !== undefined && "added" in changed && path.startsWith(`${changed.added}/`);
}

function faultIdOf(path: string): string {
  return `${idOf(path)}-fault`;
}

function idOf(path: string): string {
  return `field-${path.replaceAll("/", "-")}`;
}

function linesAt(values: unknown, path: string): string {
  const value = valueAt(values, path);
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(String).join("\n");
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .map(([theirs, ours]) => `${theirs} = ${ours}`)
    .join("\n");
}
