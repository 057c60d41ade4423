/** The page of an import: how far it came, and how its rows ended, by their receipts, so that it is the same after a reload. */
import { accept } from "../../core/result.ts";
import { OPERATORS } from "../../core/roles.ts";
import type { Page } from "../shell/page.ts";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { Table } from "../shell/parts/table.tsx";
import { Clipped, Details, Id, Nothing, Status, Time } from "../shell/parts/values.tsx";
import { adviceOnRow } from "./dry-run.ts";
import { type EndedRow, findImport, type ImportView, viewImport } from "./import-outcomes.ts";

export const importPage: Page = {
  path: "/import/:import",
  roles: OPERATORS,
  async show({ env, key }) {
    const found = await findImport(env, key);
    if (!found.ok) return found;
    const { view, unbooked } = await viewImport(env, found.value);
    return accept({
      title: `Import for ${view.advertiser}`,
      scripts: ["importing.js"],
      body: (
        <>
          <Head above={["Import", "/import"]} title={`Import for ${view.advertiser}`} />
          <Import view={view} unbooked={unbooked} />
        </>
      ),
    });
  },
};

function Import({ view, unbooked }: { view: ImportView; unbooked: readonly EndedRow[] }) {
  const { done, rows, complete, endings } = view;
  const queued = endings.find(({ status }) => status === "queued")?.rows ?? 0;
  const number = (of: number) => of.toLocaleString("en");
  return (
    <div id="import" aria-live="polite" data-queued={String(queued)} data-complete={complete ? "yes" : undefined}>
      {complete ? (
        <Notice tone={queued > 0 ? "info" : unbooked.length > 0 ? "warn" : "good"}>
          {queued > 0
            ? `All ${number(rows)} rows were gone through; ${number(queued)} wait for the ledger.`
            : `All ${number(rows)} rows were gone through and are settled.`}
        </Notice>
      ) : (
        <Notice tone="info">
          {number(done)} of {number(rows)} rows so far. Should it have broken off, send the same file again: it goes on
          behind them.
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
