/** Conversions: the list, newest first, with what each is worth now. */
import { accept } from "../../core/result.ts";
import { conversionList, listConversions } from "../books/conversion-list.ts";
import { EVERYONE } from "../call.ts";
import type { Caller } from "../caller.ts";
import { textIn } from "./fields-of.ts";
import type { Page } from "./page.tsx";
import { ChoiceFilter, DayFilter, Filters, TextFilter } from "./parts/filters.tsx";
import { Head } from "./parts/section.tsx";
import { Pager, Table, type TableColumn } from "./parts/table.tsx";
import { Clipped, Money, Nothing, Status, TestMark, Time } from "./parts/values.tsx";
import { askedFor, readFilters } from "./query.ts";
import { suggest } from "./suggestions.ts";

type Row = Record<string, unknown>;

export const conversionListPage: Page = {
  path: "/conversions",
  roles: EVERYONE,
  async show({ env, visitor, url }) {
    const query = readFilters(conversionList, url);
    if (!query.ok) return query;
    const found = await listConversions(env, visitor.caller, query.value);
    if (!found.ok) return found;
    const [advertisers, offers, affiliates] = await Promise.all([
      suggest(env, visitor, "advertiser"),
      suggest(env, visitor, "offer"),
      suggest(env, visitor, "affiliate"),
    ]);
    const { scope } = visitor.caller;
    return accept({
      title: "Conversions",
      body: (
        <>
          <Head title="Conversions" actions={<Exports url={url} />}>
            What was sold, with what it is worth now.
          </Head>
          <Filters url={url}>
            <TextFilter url={url} name="txid" label="Order" />
            <TextFilter url={url} name="click_id" label="Click ID" />
            {scope === "everything" ? (
              <TextFilter url={url} name="advertiser" label="Advertiser" suggestions={advertisers} />
            ) : null}
            <TextFilter url={url} name="offer" label="Offer" suggestions={offers} />
            {scope === "everything" ? (
              <TextFilter url={url} name="affiliate" label="Affiliate" suggestions={affiliates} />
            ) : null}
            <ChoiceFilter
              url={url}
              name="status"
              label="Status"
              options={["pending", "approved", "rejected", "reversed"]}
            />
            <DayFilter url={url} name="from" label="From (UTC)" />
            <DayFilter url={url} name="to" label="Before (UTC)" />
          </Filters>
          <Table
            label="Conversions"
            columns={columnsFor(visitor.caller)}
            rows={found.value.items}
            empty={
              <p>
                No conversions here. One is made when a postback names a click; the{" "}
                <a href="/postbacks">postback log</a> says what became of each.
              </p>
            }
          />
          <Pager url={url} next={found.value.next} older="Older" />
        </>
      ),
    });
  },
};

function columnsFor({ role }: Caller): TableColumn<Row>[] {
  const money = (name: string, column: string): TableColumn<Row> => ({
    name,
    number: true,
    cell: (row) => <Money amount={textIn(row, column)} currency={textIn(row, "currency")} />,
  });
  const plain = (name: string, column: string): TableColumn<Row> => ({
    name,
    cell: (row) => textIn(row, column) ?? <Nothing />,
  });
  return [
    {
      name: "Received",
      cell: (row) => (
        <a href={`/conversions/${textIn(row, "conversion_id")}`}>
          <Time at={textIn(row, "received_at")} />
        </a>
      ),
    },
    plain("Offer", "offer"),
    plain("Event", "event"),
    ...(role === "affiliate" ? [] : [plain("Affiliate", "affiliate")]),
    { name: "Order", cell: (row) => <Clipped text={textIn(row, "txid")} /> },
    {
      name: "Status",
      cell: (row) => (
        <>
          <Status status={textIn(row, "status") ?? ""} /> {row.test === true ? <TestMark /> : null}
        </>
      ),
    },
    money("Amount", "amount"),
    ...(role === "affiliate" ? [] : [money("Revenue", "revenue")]),
    ...(role === "advertiser" ? [] : [money("Payout", "payout")]),
  ];
}

/** The same rows as a file. */
function Exports({ url }: { url: URL }) {
  const query = askedFor(url);
  query.delete("cursor");
  const suffix = query.size === 0 ? "" : `?${query}`;
  return (
    <>
      <a class="button" href={`/api/exports/conversions.csv${suffix}`} download>
        CSV
      </a>
      <a class="button" href={`/api/exports/conversions.parquet${suffix}`} download>
        Parquet
      </a>
    </>
  );
}
