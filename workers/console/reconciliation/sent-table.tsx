/** What pages share that take an advertiser's table: how it is read is chosen, its first rows are shown, and what was not read is told. */
import type { Child, PropsWithChildren } from "hono/jsx";
import { LAYOUTS } from "../../core/table-file/table-layouts.ts";
import { firstRecords, type TablePlan } from "../../core/table-file/table-plan.ts";
import type { TableSummary } from "../../core/table-file/table-reader.ts";
import type { Upload } from "../shell/page.ts";
import type { Option } from "../shell/parts/form.tsx";
import { Card, Notice } from "../shell/parts/section.tsx";
import { Table } from "../shell/parts/table.tsx";
import { Clipped } from "../shell/parts/values.tsx";
import type { Problem } from "../web/problem.ts";
import type { SentList, UnreadableView } from "./sent-list.ts";
import { type PreviewedTable, TablePreview } from "./table-preview.tsx";

/** So many rows of what a file comes to are shown; a file has all. */
export const SHOWN = 200;
export const FILE_FORMS = "Comma, semicolon or tab, in UTF-8, UTF-16 or Windows-1252, up to 16 MiB.";

/** The field for rows that are pasted in place of a file. */
export const PASTED = "pasted";

/** The file that was chosen, or else what was pasted. */
export function sentBytes({ file, form }: Upload): Uint8Array {
  return file.length > 0 ? file : new TextEncoder().encode(form.get(PASTED) ?? "");
}

/** The form as the API's query: fields that say something, and the columns that were chosen; without `own`, which are the page's own and no parameters. */
export function queryOf(form: URLSearchParams, own: readonly string[] = []): URLSearchParams {
  const columns = [...form].flatMap(([name, value]) =>
    /^#\d+$/.test(name) && value !== "" ? [`${name}=${value}`] : [],
  );
  const said = [...form].filter(([name, value]) => !name.startsWith("#") && value !== "" && !own.includes(name));
  const asked = new URLSearchParams(said);
  if (columns.length > 0) asked.set("columns", columns.join(","));
  return asked;
}

/** The first rows of a file that was read. */
export function previewOf({ columns, sample }: TablePlan, form: URLSearchParams): PreviewedTable {
  return {
    header: columns.header,
    rows: sample.map(({ cells }) => cells),
    readAs: new Map([...columns.fields].map(([field, place]) => [place, field])),
    chosen: form,
  };
}

/** What stands in the first lines of a file that could not be read, so that its columns can be chosen. */
export async function unreadTable(bytes: Uint8Array, form: URLSearchParams, { detail }: Problem) {
  const rows = await firstRecords(async function* () {
    yield bytes;
  });
  const header = rows[0]?.map((_, place) => `#${place + 1}`) ?? [];
  return (
    <>
      <Notice tone="bad">{detail}</Notice>
      <TablePreview table={{ header, rows, readAs: new Map(), chosen: form }} />
    </>
  );
}

const layouts = LAYOUTS.flatMap(({ name, refused: why }) => (why === undefined ? [name] : []));

interface ChoiceProps {
  name: string;
  label: string;
  values: readonly (Option | string)[];
  form: URLSearchParams;
  /** What stands for the empty choice. */
  none?: string;
}

function Choice({ name, label, values, form, none }: ChoiceProps) {
  return (
    <label>
      <span>{label}</span>
      <select name={name}>
        {values.map((one) => {
          const { value, label } = typeof one === "string" ? { value: one, label: one } : one;
          return (
            <option value={value} selected={form.get(name) === value}>
              {value === "" ? none : label === value ? value : `${label} (${value})`}
            </option>
          );
        })}
      </select>
    </label>
  );
}

type TableFormProps = PropsWithChildren<{
  /** The page's path, to which the form is sent. */
  action: string;
  title: string;
  advertisers: readonly Option[];
  form: URLSearchParams;
  /** Endings of the files that are offered. */
  accept: string;
  /** False where lines can be pasted instead. */
  isFileRequired?: boolean;
  /** What is said besides of the file. */
  fields?: Child;
  buttons: Child;
  /** True where the page's own script sends the file, piece by piece. */
  isImport?: boolean;
  /** What the page says to what was sent last. */
  answer: Child;
}>;

/** The form that sends an advertiser's table, with what there is to say of it in `children`, and the answer to it. */
export function TableForm({
  action,
  title,
  advertisers,
  form,
  accept,
  fields,
  buttons,
  answer,
  children,
  ...is
}: TableFormProps) {
  const { isFileRequired = false, isImport = false } = is;
  return (
    <form
      method="post"
      action={action}
      enctype="multipart/form-data"
      data-table-file="answer"
      data-import={isImport || undefined}
    >
      <Card title={title}>
        <div class="inline">
          <Choice name="advertiser" label="Advertiser" values={advertisers} form={form} />
          <label>
            <span>File</span>
            <input type="file" name="file" accept={accept} required={isFileRequired} />
          </label>
          {fields}
          <Choice name="layout" label="Layout" values={["", ...layouts, "none"]} form={form} none="recognised" />
          <Choice name="decimal" label="Decimal mark" values={["", ".", ","]} form={form} none="found" />
          {buttons}
        </div>
        {children}
      </Card>
      <div id="answer" aria-live="polite">
        {answer}
      </div>
    </form>
  );
}

export function UnreadLines({ lines }: { lines: readonly UnreadableView[] }) {
  if (lines.length === 0) return null;
  return (
    <Card title="Lines that could not be read" flush>
      <Table
        label="Lines that could not be read"
        columns={[
          { name: "Line", number: true, cell: ({ line }) => line },
          { name: "Column", cell: ({ column }) => <Clipped text={column} /> },
          { name: "It says", cell: ({ text }) => <Clipped text={text} /> },
          { name: "Why", cell: ({ message }) => message },
        ]}
        rows={lines.slice(0, SHOWN)}
        empty={null}
      />
    </Card>
  );
}

/** Tests and words that are not compared stand in what is held against the books alone. */
type Read = TableSummary & Partial<SentList["read"]>;

export function WhatWasRead({ read }: { read: Read }) {
  const { words_not_compared: words = [], tests = 0 } = read;
  return (
    <Card title="What was read">
      <ul>
        <li>
          {read.encoding}, layout {read.layout ?? "none"}
          {read.header_line === null ? ", no header" : `, header on line ${read.header_line}`}
        </li>
        <li>Columns used: {read.columns.map(({ column, read_as }) => `“${column}” as ${read_as}`).join(", ")}</li>
        {read.columns_not_used.length > 0 ? <li>Columns not used: {read.columns_not_used.join(", ")}</li> : null}
        {read.passed_over.map(({ word, rows }) => (
          <li>
            Passed over as no order: “{word}”, {rows}
          </li>
        ))}
        {words.map(({ column, word, rows }) => (
          <li>
            Not compared in “{column}”: “{word}”, {rows}
          </li>
        ))}
        {read.left_out.map(({ column, text, rows }) => (
          <li>
            Not read in “{column}”: “{text}”, {rows}
          </li>
        ))}
        {read.continued > 0 ? <li>Lines that go on with the order above: {read.continued}</li> : null}
        {read.totals > 0 ? <li>Totals at the end: {read.totals}</li> : null}
        {tests > 0 ? <li>Tests, which are counted nowhere: {tests}</li> : null}
      </ul>
    </Card>
  );
}
