/** What pages share that take an advertiser's table: how it is read is chosen, its first rows are shown, and what was not read is told. */
import type { Child, PropsWithChildren } from "hono/jsx";
import type { FileReading } from "../../../schema/tables.ts";
import { may } from "../../core/rights.ts";
import { readChosenColumns } from "../../core/table-file/table-columns.ts";
import { firstRecords, type TablePlan } from "../../core/table-file/table-plan.ts";
import type { TableSummary } from "../../core/table-file/table-reader.ts";
import { Choice } from "../shell/parts/choice.tsx";
import type { Option } from "../shell/parts/form.tsx";
import { Card, Notice } from "../shell/parts/section.tsx";
import { FileField, PASTED, PastedLines } from "../shell/parts/sent-lines.tsx";
import { Table } from "../shell/parts/table.tsx";
import { Clipped } from "../shell/parts/values.tsx";
import type { Caller } from "../web/caller.ts";
import type { Problem } from "../web/problem.ts";
import { KEEP, READING, ReadingCard, WORD } from "./reading-card.tsx";
import type { SentList, UnreadableView } from "./sent-list.ts";
import { parseReading, saidOfTable, type TableQuery, withKept } from "./table-parameters.ts";
import { type PreviewedTable, TablePreview } from "./table-preview.tsx";

/** So many rows of what a file comes to are shown; a file has all. */
export const SHOWN = 200;
export const FILE_FORMS = "Comma, semicolon or tab, in UTF-8, UTF-16 or Windows-1252, up to 16 MiB.";

/** Fields of a page's form that say how a file is read, under names of their own. */
const OF_READING = [READING, WORD, KEEP];

/** The form as the API's query: fields that say something, and the columns and words that were chosen; without `own`, which are the page's own and no parameters. What was kept counts until the form has a say of its own. */
export function queryOf(form: URLSearchParams, own: readonly string[] = []): URLSearchParams {
  const columns = [...form].flatMap(([name, value]) =>
    /^#\d+$/.test(name) && value !== "" ? [`${name}=${value}`] : [],
  );
  const isParameter = (name: string) => !name.startsWith("#") && ![...own, ...OF_READING].includes(name);
  const asked = new URLSearchParams([...form].filter(([name, value]) => value !== "" && isParameter(name)));
  const words = form.getAll(WORD).filter((word) => word !== "");
  if (columns.length > 0) asked.set("columns", columns.join(","));
  if (words.length > 0) asked.set("words", words.join(","));
  if (!form.has(READING)) asked.set("kept", "1");
  return asked;
}

/** What stands of a form's file: how it was read, with what was kept of that, and who may keep it. */
export interface LookedAt {
  plan: TablePlan;
  query: TableQuery & { advertiser: string };
  kept: FileReading | null;
  form: URLSearchParams;
  caller: Pick<Caller, "role">;
  usual?: (word: string) => string | null;
}

/** How the file was read, to be said otherwise, and its first rows. */
export function HowItWasRead({ plan, query, kept, form, caller, usual }: LookedAt) {
  const said = withKept(query, kept);
  return (
    <>
      <ReadingCard
        {...{ plan, said, isKept: said !== query && kept !== null }}
        {...(usual && { usual })}
        keepFor={may(caller, "set_up") ? query.advertiser : null}
      />
      <TablePreview table={previewOf(plan, form, said)} />
    </>
  );
}

function previewOf({ columns, sample }: TablePlan, form: URLSearchParams, said: TableQuery): PreviewedTable {
  const { header } = columns;
  const usual = new Map(form.has(READING) ? [] : readChosenColumns(said.columns ?? ""));
  return {
    header,
    rows: sample.map(({ cells }) => cells),
    readAs: new Map([...columns.fields].map(([field, place]) => [place, field])),
    chosen: new Map(header.map((name, place) => [place, form.get(`#${place + 1}`) || (usual.get(name.trim()) ?? "")])),
  };
}

/** What stands in the first lines of a file that could not be read, so that how it is read can be said. */
export async function unreadTable(
  bytes: Uint8Array,
  form: URLSearchParams,
  query: TableQuery & { advertiser: string },
  { detail }: Problem,
) {
  const open = async function* () {
    yield bytes;
  };
  const { encoding, separator } = saidOfTable(query, { charset: null, kept: null });
  const rows = await firstRecords(open, { encoding, ...(separator && { separator }) });
  const header = rows[0]?.map((_, place) => `#${place + 1}`) ?? [];
  const chosen = new Map(header.map((name, place) => [place, form.get(name) ?? ""]));
  return (
    <>
      <Notice tone="bad">{detail}</Notice>
      {rows.length === 0 ? null : (
        <>
          <ReadingCard plan={null} said={query} isKept={false} keepFor={null} />
          <TablePreview table={{ header, rows, readAs: new Map(), chosen }} />
        </>
      )}
    </>
  );
}

/** What is to be kept of what was said: columns by their names, since numbers are another file's. */
export function readingToKeep({ plan, query, kept }: Pick<LookedAt, "plan" | "query" | "kept">) {
  const { header } = plan.columns;
  const said = readChosenColumns(query.columns ?? "") ?? [];
  const named = said.flatMap(([name, target]): string[] => {
    const place = /^#(\d+)$/.exec(name)?.[1];
    const text = place === undefined ? name : (header[Number(place) - 1]?.trim() ?? "");
    return text === "" || /[,=]/.test(text) || (plan.headerLine === null && place !== undefined)
      ? []
      : [`${text}=${target}`];
  });
  const { columns: _, ...rest } = withKept(query, kept);
  return parseReading({ ...rest, ...(named.length > 0 && { columns: named.join(",") }) });
}

type TableFormProps = PropsWithChildren<{
  /** The page's path, to which the form is sent. */
  action: string;
  title: string;
  advertisers: readonly Option[];
  form: URLSearchParams;
  /** Endings of the files that are offered. */
  accept: string;
  /** What is said besides of the file. */
  fields?: Child;
  buttons: Child;
  /** True where the page's own script sends the file, piece by piece. */
  isImport?: boolean;
  /** What the page says to what was sent last. */
  answer: Child;
  /** Lines as they may be pasted. */
  placeholder?: string;
}>;

function nameWithSlug({ value, label }: Option): string {
  return label === value ? value : `${label} (${value})`;
}

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
  placeholder,
  children,
  ...is
}: TableFormProps) {
  const { isImport = false } = is;
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
          <Choice
            name="advertiser"
            label="Advertiser"
            values={advertisers.map((one) => ({ ...one, label: nameWithSlug(one) }))}
            value={form.get("advertiser") ?? ""}
          />
          <FileField accept={accept} />
          {fields}
          {buttons}
        </div>
        <PastedLines pasted={form.get(PASTED) ?? ""} {...(placeholder !== undefined && { placeholder })} />
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
    <Card
      title="Lines that could not be read"
      flush
      actions={
        <button type="submit" name="format" value="failed">
          These rows as a file
        </button>
      }
    >
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
