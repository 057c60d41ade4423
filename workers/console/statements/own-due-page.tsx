/** What is due to an affiliate, or by an advertiser, row by row: what the overview's sums are of. */
import * as v from "valibot";
import { addDecimals } from "../../core/money.ts";
import { accept } from "../../core/result.ts";
import { askedFor } from "../shell/list-query.ts";
import type { Page } from "../shell/page.ts";
import { ChoiceFilter, Filters, TextFilter } from "../shell/parts/filters.tsx";
import { Head, Notice } from "../shell/parts/section.tsx";
import { NoRows, Table, type TableColumn, WrongFilter } from "../shell/parts/table.tsx";
import { Clipped, Money, Time } from "../shell/parts/values.tsx";
import { currencyCode } from "../web/field-schemas.ts";
import { parameters, readQuery } from "../web/input.ts";
import { DUE_STANDS, listOwnDue, type OwnDueRow } from "./own-due.ts";

const MOST_ROWS = 1_000;

const ownDueQuery = parameters({
  stand: v.exactOptional(v.picklist(DUE_STANDS)),
  currency: v.exactOptional(currencyCode),
});

const COLUMNS: TableColumn<OwnDueRow>[] = [
  { name: "Conversion", cell: (row) => <What row={row} /> },
  { name: "Offer", cell: ({ offer }) => <Clipped text={offer} /> },
  { name: "Event", cell: ({ event }) => <Clipped text={event} /> },
  { name: "Due", number: true, cell: ({ due, currency }) => <Money amount={due} currency={currency} /> },
  { name: "From", cell: ({ dueAt }) => (dueAt === null ? "now" : <Time at={dueAt} day />) },
];

export const ownDuePage: Page = {
  path: "/own-due",
  roles: ["advertiser", "affiliate"],
  async show({ env, user, url, nowMs }) {
    const query = readQuery(ownDueQuery, askedFor(url));
    const { stand = "due", currency = null } = query.ok ? query.value : {};
    const asked = { stand, currency, nowMs, limit: MOST_ROWS };
    const rows = query.ok ? ((await listOwnDue(env, user.caller, asked)) ?? []) : [];
    const title = user.caller.role === "affiliate" ? "What is due to you" : "What you owe";
    const body = (
      <>
        <Head above={["Overview", "/"]} title={title}>
          What no statement lists yet, of what is approved and not under review. An order is due as many days after its
          approval as its offer says; the next statement takes what is due, and what was adjusted by hand.
        </Head>
        <Filters url={url} problem={query.ok ? null : query.refusal}>
          <ChoiceFilter url={url} name="stand" label="Due" any="now" options={[{ value: "later", label: "later" }]} />
          <TextFilter url={url} name="currency" label="Currency" />
        </Filters>
        {rows.length < MOST_ROWS ? null : (
          <Notice tone="info">
            <p>The first {MOST_ROWS.toLocaleString("en-US")}; the overview adds up all.</p>
          </Notice>
        )}
        {query.ok ? (
          <>
            <Table
              label={title}
              columns={COLUMNS}
              rows={rows}
              empty={
                <NoRows url={url}>
                  <p>Nothing is due. What is approved becomes due with time.</p>
                </NoRows>
              }
            />
            {rows.length === MOST_ROWS ? null : <Totals rows={rows} />}
          </>
        ) : (
          <WrongFilter />
        )}
      </>
    );
    return accept({ title, body });
  },
};

function What({ row: { conversionId, isTakenBack } }: { row: OwnDueRow }) {
  if (isTakenBack) return <>taken back: {conversionId} counts otherwise now</>;
  return <a href={`/conversions/${conversionId}`}>{conversionId}</a>;
}

function Totals({ rows }: { rows: readonly OwnDueRow[] }) {
  return (
    <>
      {[...Map.groupBy(rows, ({ currency }) => currency)].map(([currency, own]) => (
        <p>
          In all <Money amount={addDecimals(own.map(({ due }) => due))} currency={currency} />.
        </p>
      ))}
    </>
  );
}
