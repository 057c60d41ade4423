/** The page of an import: how far it came, and how its rows ended, by their receipts, so that it is the same after a reload. */
import type { Child } from "hono/jsx";
import { accept, type Result } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { FileField, sentBytes, TABLE_OR_NDJSON_ENDINGS } from "../shell/parts/sent-lines.tsx";
import { Table } from "../shell/parts/table.tsx";
import { Clipped, Details, Id, Nothing, Status, Time } from "../shell/parts/values.tsx";
import type { Problem } from "../web/problem.ts";
import { adviceOnRow } from "./dry-run.ts";
import { failedOf } from "./failed-file.ts";
import { type EndedRow, findImport, type ImportView, isFailed, viewImport } from "./import-outcomes.ts";

export const importPage: Page = {
  path: "/import/:import",
  roles: OPERATORS,
  actors: holders("import"),
  show: (look) => show(look, null),
  /** The file that was imported, to have those of its rows that came to nothing. */
  async upload(sent) {
    const { env, user, key, nowMs } = sent;
    const found = await findImport(env, key);
    if (!found.ok) return found;
    const failed = await failedOf(env, user.caller, found.value, { bytes: sentBytes(sent), nowMs });
    return failed.ok ? failed : show(sent, <Notice tone="bad">{failed.refusal.detail}</Notice>);
  },
};

async function show({ env, user, key }: Look, answer: Child): Promise<Result<PageView, Problem>> {
  const found = await findImport(env, key);
  if (!found.ok) return found;
  const { view, first, unbooked } = await viewImport(env, found.value);
  const mayImport = may(user.caller, "import");
  return accept({
    title: `Import for ${view.advertiser}`,
    scripts: ["importing.js"],
    body: (
      <>
        <Head above={["Import", "/import"]} title={`Import for ${view.advertiser}`} />
        <Import {...{ view, first, unbooked, answer, mayImport }} />
      </>
    ),
  });
}

interface ImportProps {
  view: ImportView;
  first: readonly EndedRow[];
  unbooked: readonly EndedRow[];
  /** What the page says to what was sent last. */
  answer: Child;
  mayImport: boolean;
}

function Import({ view, first, unbooked, answer, mayImport }: ImportProps) {
  const { done, rows, complete, endings } = view;
  const failed = endings.filter(isFailed).reduce((sum, ending) => sum + ending.rows, 0);
  const queued = endings.find(({ status }) => status === "queued")?.rows ?? 0;
  const number = (of: number) => of.toLocaleString("en");
  return (
    <div
      id="import"
      aria-live="polite"
      data-queued={String(queued)}
      data-failed={String(failed)}
      data-complete={complete ? "yes" : undefined}
    >
      {answer}
      {complete ? (
        <Notice tone={queued > 0 ? "info" : unbooked.length > 0 ? "warn" : "good"}>
          {queued > 0
            ? `All ${number(rows)} rows were gone through; ${number(queued)} wait for the ledger.`
            : `All ${number(rows)} rows were gone through and are settled.`}
        </Notice>
      ) : (
        <Notice tone="info">
          <p>
            {number(done)} of {number(rows)} rows so far. Should it have broken off, send the same file again: it goes
            on behind them.
          </p>
          <progress max={rows} value={done} aria-label="Rows gone through" />
        </Notice>
      )}
      <Card title="How its rows ended" flush>
        <Table
          label="How its rows ended"
          columns={[
            { name: "Became", cell: ({ status }) => <Status status={status} /> },
            { name: "Why", cell: ({ reason }) => (reason === null ? <Nothing /> : <code>{reason}</code>) },
            { name: "Rows", number: true, cell: (ending) => number(ending.rows) },
            { name: "What to do", cell: ({ message }) => message ?? <Nothing /> },
          ]}
          rows={endings}
          empty={<p>Nothing was sent yet.</p>}
        />
      </Card>
      {failed > 0 && mayImport ? <FailedForm path={`/import/${view.import}`} failed={failed} /> : null}
      {unbooked.length === 0 ? null : (
        <Card title="Rows with which nothing was booked" flush>
          <Table
            label="Rows with which nothing was booked"
            columns={[
              { name: "Line", number: true, cell: ({ line }) => line },
              { name: "Became", cell: ({ status }) => <Status status={status} /> },
              { name: "Why", cell: ({ reason }) => <Clipped text={reason} /> },
              { name: "Column", cell: ({ parameter }) => <Clipped text={parameter} /> },
              {
                name: "Receipt",
                cell: ({ receipt }) =>
                  receipt === null ? <Nothing /> : <Id id={receipt} href={`/postbacks/${receipt}`} />,
              },
              { name: "What to do", cell: ({ reason }) => adviceOnRow(reason) ?? <Nothing /> },
            ]}
            rows={unbooked}
            empty={null}
          />
        </Card>
      )}
      {first.length === 0 ? null : (
        <Card title={rows > first.length ? `The first ${first.length} rows` : "Its rows"} flush>
          <Table
            label="Its rows"
            columns={[
              { name: "Line", number: true, cell: ({ line }) => line },
              { name: "Became", cell: ({ status }) => <Status status={status} /> },
              {
                name: "Receipt",
                cell: ({ receipt }) =>
                  receipt === null ? <Nothing /> : <Id id={receipt} href={`/postbacks/${receipt}`} />,
              },
              {
                name: "Conversion",
                cell: ({ conversion_id: id }) =>
                  id === null ? <Nothing /> : <Id id={id} href={`/conversions/${id}`} />,
              },
            ]}
            rows={first}
            empty={null}
          />
        </Card>
      )}
      <Card title="The import" actions={<a href={`/api/imports/${view.import}/rows.csv`}>Every row as CSV</a>}>
        <Details
          details={[
            ["Sent by", view.by],
            ["At", <Time at={view.at} />],
            ["Given to the ledger", number(view.sent)],
            ["Layout", view.layout ?? "none"],
            ["File", <code class="break">SHA-256 {view.file_sha256}</code>],
          ]}
        />
      </Card>
    </div>
  );
}

/** Nothing is kept of the file: the page's script sends the one that its browser still has, if none is chosen. */
function FailedForm({ path, failed }: { path: string; failed: number }) {
  return (
    <Card title="Mend what came to nothing">
      <form method="post" action={path} enctype="multipart/form-data" data-failed="yes">
        <div class="inline">
          <FileField
            accept={TABLE_OR_NDJSON_ENDINGS}
            label="The file that was imported, if it was from another browser"
          />
          <button type="submit" class="primary">
            {failed === 1 ? "The row that failed" : `The ${failed.toLocaleString("en")} rows that failed`} as a file
          </button>
        </div>
        <p class="help">
          Each row as it was, with why and what to do before it. Mend them and <a href="/import">import the file</a>:
          nothing else of it has a second effect.
        </p>
      </form>
    </Card>
  );
}
