/** What pages share that take an advertiser's table: how it is read is chosen, its first rows are shown, and what was not read is told. */
import { LAYOUTS } from "../../core/table-file/table-layouts.ts";
import { firstRecords, type TablePlan } from "../../core/table-file/table-plan.ts";
import { Card, Notice } from "../shell/parts/section.tsx";
import { Table } from "../shell/parts/table.tsx";
import { Clipped } from "../shell/parts/values.tsx";
import type { Problem } from "../web/problem.ts";
import type { StatementFile, UnreadableView } from "./statement-file.ts";
import { type PreviewedTable, TablePreview } from "./table-preview.tsx";

/** So many rows of what a file comes to are shown; a file has all. */
export const SHOWN = 200;
export const FILE_FORMS = "Comma, semicolon or tab, in UTF-8, UTF-16 or Windows-1252, up to 16 MiB.";

/** The form as the API's query: fields that say something, and the columns that were chosen. */
export function queryOf(form: URLSearchParams): URLSearchParams {
  const columns = [...form].flatMap(([name, value]) =>
    /^#\d+$/.test(name) && value !== "" ? [`${name}=${value}`] : [],
  );
  const asked = new URLSearchParams([...form].filter(([name, value]) => !name.startsWith("#") && value !== ""));
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
  values: readonly string[];
  form: URLSearchParams;
  /** What stands for the empty choice. */
  none?: string;
}

export function Choice({ name, label, values, form, none }: ChoiceProps) {
  return (
    <label>
      <span>{label}</span>
      <select name={name}>
        {values.map((value) => (
          <option value={value} selected={form.get(name) === value}>
            {value === "" ? none : value}
          </option>
        ))}
      </select>
    </label>
  );
}

/** How the file is read, where it does not tell. */
export function ReadingChoices({ form }: { form: URLSearchParams }) {
  return (
    <>
      <Choice name="layout" label="Layout" values={["", ...layouts, "none"]} form={form} none="recognised" />
      <Choice name="decimal" label="Decimal mark" values={["", ".", ","]} form={form} none="found" />
    </>
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

export function WhatWasRead({ read }: { read: StatementFile["read"] }) {
  return (
    <Card title="What was read">
      <ul>
        <li>
          {read.encoding}, layout {read.layout ?? "none"}
          {read.header_line === null ? ", no header" : `, header on line ${read.header_line}`}
        </li>
        {read.columns_not_used.length > 0 ? <li>Columns not used: {read.columns_not_used.join(", ")}</li> : null}
        {read.passed_over.map(({ word, rows }) => (
          <li>
            Passed over as no order: “{word}”, {rows}
          </li>
        ))}
        {read.words_not_compared.map(({ column, word, rows }) => (
          <li>
            Not compared in “{column}”: “{word}”, {rows}
          </li>
        ))}
        {read.left_out.map(({ column, text, rows }) => (
          <li>
            Not read in “{column}”: “{text}”, {rows}
          </li>
        ))}
        {read.totals > 0 ? <li>Totals at the end: {read.totals}</li> : null}
        {read.tests > 0 ? <li>Tests, which are counted nowhere: {read.tests}</li> : null}
      </ul>
    </Card>
  );
}
