/** The page that holds an advertiser's file against the books: its first rows, which columns are read, and what differs. */
import type { Child } from "hono/jsx";
import { differencesCsv } from "../../core/reconciliation/differences-csv.ts";
import { accept, type Result } from "../../core/result.ts";
import { may } from "../../core/rights.ts";
import { ALL_BUT_AFFILIATES } from "../../core/roles.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import type { Look, Page, PageView, Upload } from "../shell/page.ts";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { Table } from "../shell/parts/table.tsx";
import { Clipped, Money } from "../shell/parts/values.tsx";
import { suggest } from "../shell/suggestions.ts";
import { readQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { differenceRow, reconcileBody, reconcileParameters } from "./api.ts";
import type { Reconciliation } from "./reconcile.ts";
import type { SentList } from "./sent-list.ts";
import {
  FILE_FORMS,
  previewOf,
  queryOf,
  SHOWN,
  TableForm,
  UnreadLines,
  unreadTable,
  WhatWasRead,
} from "./sent-table.tsx";
import { TablePreview } from "./table-preview.tsx";

export const reconcilePage: Page = {
  path: "/reconcile",
  roles: ALL_BUT_AFFILIATES,
  show: (look) => view(look, new URLSearchParams(look.url.search), null),
  upload: act,
};

async function act(look: Upload): Promise<Result<PageView | Response, Problem>> {
  const { env, user, form, file } = look;
  const query = readQuery(reconcileParameters, queryOf(form));
  if (!query.ok) return view(look, form, <Notice tone="bad">{query.refusal.detail}</Notice>);
  const done = await reconcileBody(env, user.caller, query.value, { bytes: file, charset: null });
  if (!done.ok) return view(look, form, await unreadTable(file, form, done.refusal));
  const { result } = done.value;
  if (query.value.format === "csv") {
    const headers = {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": 'attachment; filename="differences.csv"',
    };
    return accept(new Response(differencesCsv(result.differences.map(differenceRow), true), { headers }));
  }
  return view(
    look,
    form,
    <Answer {...{ file: done.value.file, result, form, mayConfirm: may(user.caller, "review") }} />,
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
        <TableForm
          {...{ action: "/reconcile", title: "The file", advertisers, form, answer }}
          accept=".csv,.tsv,.txt"
          isFileRequired
          fields={
            <>
              <Day name="from" label="From" form={form} />
              <Day name="to" label="Before" form={form} />
            </>
          }
          buttons={
            <>
              <button type="submit" class="primary">
                Reconcile
              </button>
              <button type="submit" name="format" value="csv">
                Differences as CSV
              </button>
            </>
          }
        >
          <p class="help">{FILE_FORMS} Nothing is kept of it, and nothing in the books is changed.</p>
        </TableForm>
      </>
    ),
  });
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
  file: SentList;
  result: Pick<Reconciliation, "orders" | "agreeing" | "waiting_claims" | "differences">;
  form: URLSearchParams;
  /** True for who may confirm claims. */
  mayConfirm: boolean;
}

function Answer({ file, result, form, mayConfirm }: AnswerProps) {
  const { orders, agreeing, waiting_claims: waiting, differences } = result;
  const { plan, read, unreadable } = file;
  const agrees = differences.length === 0 && unreadable.length === 0;
  return (
    <>
      <Notice tone={agrees ? "good" : "warn"}>
        {orders} orders in the file, {agreeing} agree with the books.
      </Notice>
      {waiting === 0 ? null : (
        <Notice tone="info">
          <p>
            {waiting} of those that are missing here wait as claims of the pixel.{" "}
            {mayConfirm ? (
              <a href={`/confirm-orders?advertiser=${encodeURIComponent(form.get("advertiser") ?? "")}`}>
                Confirm them from this list
              </a>
            ) : (
              "The operator confirms them."
            )}
          </p>
        </Notice>
      )}
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
      <UnreadLines lines={unreadable} />
      <TablePreview table={previewOf(plan, form)} />
      <WhatWasRead read={read} />
    </>
  );
}
