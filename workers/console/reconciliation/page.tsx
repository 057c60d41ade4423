/** The page that holds an advertiser's file against the books: its first rows, which columns are read, and what differs. */
import type { Child } from "hono/jsx";
import { differencesCsv } from "../../core/reconciliation/differences-csv.ts";
import { accept, type Result } from "../../core/result.ts";
import { ALL_BUT_AFFILIATES } from "../../core/roles.ts";
import { LAYOUTS } from "../../core/table-file/table-layouts.ts";
import { firstRecords } from "../../core/table-file/table-plan.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import type { Look, Page, PageView, Upload } from "../shell/page.ts";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { Table } from "../shell/parts/table.tsx";
import { Clipped, Money } from "../shell/parts/values.tsx";
import { suggest } from "../shell/suggestions.ts";
import { readQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { differenceRow, reconcileBody, reconcileParameters } from "./api.ts";
import type { Explained } from "./reconcile.ts";
import type { StatementFile } from "./statement-file.ts";
import { type PreviewedTable, TablePreview } from "./table-preview.tsx";

const SHOWN = 200;

export const reconcilePage: Page = {
  path: "/reconcile",
  roles: ALL_BUT_AFFILIATES,
  show: (look) => view(look, new URLSearchParams(look.url.search), null),
  upload: act,
};

async function act(look: Upload): Promise<Result<PageView | Response, Problem>> {
  const { env, user, form, file } = look;
  const columns = [...form].flatMap(([name, value]) =>
    /^#\d+$/.test(name) && value !== "" ? [`${name}=${value}`] : [],
  );
  const asked = new URLSearchParams([...form].filter(([name, value]) => !name.startsWith("#") && value !== ""));
  if (columns.length > 0) asked.set("columns", columns.join(","));
  const query = readQuery(reconcileParameters, asked);
  if (!query.ok) return view(look, form, <Notice tone="bad">{query.refusal.detail}</Notice>);
  const done = await reconcileBody(env, user.caller, query.value, { bytes: file, charset: null });
  if (!done.ok) return view(look, form, await refused(file, form, done.refusal));
  const { result } = done.value;
  if (query.value.format === "csv") {
    const headers = {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": 'attachment; filename="differences.csv"',
    };
    return accept(new Response(differencesCsv(result.differences.map(differenceRow), true), { headers }));
  }
  return view(look, form, <Answer file={done.value.file} result={result} form={form} />);
}

/** What stands in the first lines of a file that could not be read, so that its columns can be chosen. */
async function refused(bytes: Uint8Array, form: URLSearchParams, { detail }: Problem) {
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

async function view(look: Look, form: URLSearchParams, answer: Child): Promise<Result<PageView, Problem>> {
  const advertisers = await suggest(look.env, look.user, listAdvertisers);
  return accept({
    title: "Reconciliation",
    scripts: ["table-file.js"],
    body: (
      <>
        <Head title="Reconciliation">
          Hold an advertiser’s own list against the books: what is missing on which side, and what differs.
        </Head>
        <form method="post" action="/reconcile" enctype="multipart/form-data" data-table-file="answer">
          <Card title="The file">
            <div class="inline">
              <Choice name="advertiser" label="Advertiser" values={advertisers} form={form} />
              <label>
                <span>File</span>
                <input type="file" name="file" accept=".csv,.tsv,.txt" required />
              </label>
              <Day name="from" label="From" form={form} />
              <Day name="to" label="Before" form={form} />
              <Choice name="layout" label="Layout" values={["", ...layouts, "none"]} form={form} none="recognised" />
              <Choice name="decimal" label="Decimal mark" values={["", ".", ","]} form={form} none="found" />
              <button type="submit" class="primary">
                Reconcile
              </button>
              <button type="submit" name="format" value="csv">
                Differences as CSV
              </button>
            </div>
            <p class="help">
              Comma, semicolon or tab, in UTF-8, UTF-16 or Windows-1252, up to 16 MiB. Nothing is kept of it, and
              nothing in the books is changed.
            </p>
          </Card>
          <div id="answer" aria-live="polite">
            {answer}
          </div>
        </form>
      </>
    ),
  });
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

function Choice({ name, label, values, form, none }: ChoiceProps) {
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

function Day({ name, label, form }: { name: string; label: string; form: URLSearchParams }) {
  return (
    <label>
      <span>{label}</span>
      <input type="date" name={name} value={form.get(name) ?? ""} />
    </label>
  );
}

interface AnswerProps {
  file: StatementFile;
  result: { orders: number; agreeing: number; differences: readonly Explained[] };
  form: URLSearchParams;
}

function Answer({ file, result, form }: AnswerProps) {
  const { orders, agreeing, differences } = result;
  const { plan, read, unreadable } = file;
  const agrees = differences.length === 0 && unreadable.length === 0;
  const table: PreviewedTable = {
    header: plan.columns.header,
    rows: plan.sample.map(({ cells }) => cells),
    readAs: new Map([...plan.columns.fields].map(([field, place]) => [place, field])),
    chosen: form,
  };
  return (
    <>
      <Notice tone={agrees ? "good" : "warn"}>
        {orders} orders in the file, {agreeing} agree with the books.
      </Notice>
      <Card title="What differs" flush>
        <Table
          label="Differences"
          columns={[
            { name: "Difference", cell: ({ difference }) => difference.replaceAll("_", " ") },
            { name: "Order", cell: ({ txid, clickId }) => <Clipped text={txid ?? clickId} /> },
            { name: "Here", cell: ({ ourStatus }) => ourStatus ?? "–" },
            { name: "There", cell: ({ theirStatus }) => <Clipped text={theirStatus} /> },
            {
              name: "Amount here",
              number: true,
              cell: (row) => <Money amount={differenceRow(row).our_amount} currency={row.currency} />,
            },
            {
              name: "Amount there",
              number: true,
              cell: (row) => <Money amount={differenceRow(row).their_amount} currency={row.theirCurrency} />,
            },
            { name: "Why", cell: ({ message }) => message ?? "" },
          ]}
          rows={differences.slice(0, SHOWN)}
          empty={<p>Nothing differs.</p>}
        />
        {differences.length > SHOWN ? (
          <p class="help">
            The first {SHOWN} of {differences.length}: CSV has all.
          </p>
        ) : null}
      </Card>
      {unreadable.length === 0 ? null : (
        <Card title="Lines that could not be read" flush>
          <Table
            label="Lines that could not be read"
            columns={[
              { name: "Line", number: true, cell: ({ line }) => line },
              { name: "Column", cell: ({ column }) => <Clipped text={column} /> },
              { name: "It says", cell: ({ text }) => <Clipped text={text} /> },
              { name: "Why", cell: ({ message }) => message },
            ]}
            rows={unreadable.slice(0, SHOWN)}
            empty={null}
          />
        </Card>
      )}
      <TablePreview table={table} />
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
    </>
  );
}
