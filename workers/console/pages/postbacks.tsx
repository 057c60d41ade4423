/** The postback log: everything that was received, newest first, while it comes in. */
import { accept } from "../../core/result.ts";
import { listPostbacks, type PostbackView, postbackList, STATUSES } from "../books/postbacks.ts";
import { EVERYONE } from "../call.ts";
import type { Caller } from "../caller.ts";
import { fragmentAnswer } from "./answers.ts";
import type { Page } from "./page.tsx";
import { ChoiceFilter, DayFilter, Filters, TextFilter } from "./parts/filters.tsx";
import { Head } from "./parts/section.tsx";
import { Pager, Rows, Table, type TableColumn } from "./parts/table.tsx";
import { Clipped, Id, Nothing, Status, TestMark, Time } from "./parts/values.tsx";
import { readFilters } from "./query.ts";
import { reasonNames } from "./reason-names.ts";
import { suggest } from "./suggestions.ts";

const pathOf = (receipt: string) => `/postbacks/${receipt}`;

export const postbackPages: Page[] = [
  {
    path: "/postbacks",
    roles: EVERYONE,
    async show({ env, visitor, url }) {
      const query = readFilters(postbackList, url);
      if (!query.ok) return query;
      const found = await listPostbacks(env, visitor.caller, query.value);
      if (!found.ok) return found;
      const { items, next } = found.value;
      const columns = columnsFor(visitor.caller);
      // A page's own script asks for its rows alone, again and again.
      if (url.searchParams.has("live"))
        return accept(fragmentAnswer(<Rows columns={columns} rows={items} empty={<None />} rowKey={keyOf} />));
      const advertisers = await suggest(env, visitor, "advertiser");
      const isFirstPage = query.value.cursor === undefined;
      return accept({
        title: "Postbacks",
        scripts: isFirstPage ? ["live.js"] : [],
        body: (
          <>
            <Head title="Postbacks" actions={isFirstPage ? <LiveButton /> : undefined}>
              Everything that was received, and what became of it.
            </Head>
            <Filters url={url}>
              {visitor.caller.scope === "everything" ? (
                <TextFilter url={url} name="advertiser" label="Advertiser" suggestions={advertisers} />
              ) : null}
              <ChoiceFilter url={url} name="status" label="Status" options={STATUSES} />
              <TextFilter url={url} name="reason" label="Reason" suggestions={reasonNames()} />
              <TextFilter url={url} name="txid" label="Order" />
              <TextFilter url={url} name="click_id" label="Click ID" />
              <ChoiceFilter
                url={url}
                name="test"
                label="Tests"
                any="with tests"
                options={[
                  { value: "false", label: "without tests" },
                  { value: "true", label: "only tests" },
                ]}
              />
              <DayFilter url={url} name="from" label="From (UTC)" />
              <DayFilter url={url} name="to" label="Before (UTC)" />
            </Filters>
            <Table
              label="Postbacks"
              columns={columns}
              rows={items}
              empty={<None />}
              rowKey={keyOf}
              bodyId="postback-rows"
            />
            <Pager url={url} next={next} older="Older" />
          </>
        ),
      });
    },
  },
];

function columnsFor({ scope }: Caller): TableColumn<PostbackView>[] {
  const advertiser = { name: "Advertiser", cell: ({ advertiser }: PostbackView) => advertiser };
  return [
    {
      name: "Received",
      cell: ({ receipt, received_at }) => (
        <a href={pathOf(receipt)}>
          <Time at={received_at} />
        </a>
      ),
    },
    {
      name: "Outcome",
      cell: ({ status, reason, test }) => (
        <>
          <Status status={status} /> {test ? <TestMark /> : null}
          {reason === null ? null : <span class="reason"> {reason}</span>}
        </>
      ),
    },
    ...(scope === "everything" ? [advertiser] : []),
    { name: "Event", cell: ({ event }) => <Clipped text={event} /> },
    { name: "Order", cell: ({ txid }) => <Clipped text={txid} /> },
    { name: "Click ID", cell: ({ click_id }) => <Id id={click_id} /> },
    {
      name: "Conversion",
      cell: ({ conversion_id: id }) => (id === null ? <Nothing /> : <Id id={id} href={`/conversions/${id}`} />),
    },
    { name: "By", cell: ({ channel }) => channel },
  ];
}

function keyOf({ receipt }: PostbackView): string {
  return receipt;
}

function LiveButton() {
  return (
    <button type="button" data-live="postback-rows" aria-pressed="true" hidden>
      Live
    </button>
  );
}

function None() {
  return (
    <p>
      Nothing here. Postbacks show within seconds of their arrival; an advertiser’s page has a test panel that sends
      one.
    </p>
  );
}
