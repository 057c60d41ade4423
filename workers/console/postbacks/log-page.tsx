/** The postback log: everything that was received, newest first, while it comes in. */
import { accept } from "../../core/result.ts";
import { ALL_BUT_AFFILIATES } from "../../core/roles.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import { isOfFields, readFilters, withoutTests } from "../shell/list-query.ts";
import type { Page } from "../shell/page.ts";
import { ChoiceFilter, DayFilter, Filters, HiddenTests, TestFilter, TextFilter } from "../shell/parts/filters.tsx";
import { Totals } from "../shell/parts/list-foot.tsx";
import { Named } from "../shell/parts/named.tsx";
import { Head, LiveButton } from "../shell/parts/section.tsx";
import { NoRows, Pager, Rows, Table, type TableColumn, WrongFilter } from "../shell/parts/table.tsx";
import { Clipped, Id, Nothing, Status, TestMark, Time } from "../shell/parts/values.tsx";
import { suggest } from "../shell/suggestions.ts";
import { zoneOf } from "../shell/zone.ts";
import type { Caller } from "../web/caller.ts";
import { withoutPage } from "../web/listing.ts";
import { listPostbacks, type PostbackView, postbackList, STATUSES, totalPostbacks } from "./log.ts";
import { reasonNames } from "./reasons.ts";

const pathOf = (receipt: string) => `/postbacks/${receipt}`;
const FIELDS = ["advertiser", "status", "reason", "txid", "click_id", "channel", "test", "from", "to"];

export const postbackPages: Page[] = [
  {
    path: "/postbacks",
    roles: ALL_BUT_AFFILIATES,
    async show({ env, user, url, request }) {
      const query = readFilters(postbackList, withoutTests(url));
      const found = query.ok ? await listPostbacks(env, user.caller, query.value) : query;
      const isLive = url.searchParams.has("live");
      if (!found.ok && (isLive || !isOfFields(found.refusal, FIELDS))) return found;
      const columns = columnsFor(user.caller);
      const list = { columns, rows: found.ok ? found.value.items : [], empty: <None url={url} />, rowKey: keyOf };
      // A page's own script asks for its rows alone, again and again.
      if (isLive) return accept({ part: <Rows {...list} /> });
      const [advertisers, totals] = await Promise.all([
        suggest(env, user, listAdvertisers),
        query.ok ? totalPostbacks(env, user.caller, withoutPage(query.value)) : query,
      ]);
      const isFirstPage = found.ok && !url.searchParams.has("cursor");
      return accept({
        title: "Postbacks",
        scripts: isFirstPage ? ["live.js"] : [],
        body: (
          <>
            <Head title="Postbacks" actions={isFirstPage ? <LiveButton rows="postback-rows" /> : undefined}>
              Everything that was received, and what became of it.
            </Head>
            <Filters url={url} problem={found.ok ? null : found.refusal} timeZone={zoneOf(request)}>
              {user.caller.scope === "everything" ? (
                <TextFilter url={url} name="advertiser" label="Advertiser" suggestions={advertisers} />
              ) : null}
              <ChoiceFilter url={url} name="status" label="Status" options={STATUSES} />
              <TextFilter url={url} name="reason" label="Reason" suggestions={reasonNames()} />
              <TextFilter url={url} name="txid" label="Order" />
              <TextFilter url={url} name="click_id" label="Click ID" />
              <TextFilter url={url} name="channel" label="Channel" />
              <TestFilter url={url} />
              <DayFilter url={url} name="from" label="From" />
              <DayFilter url={url} name="to" label="Before" />
            </Filters>
            {found.ok ? <HiddenTests url={url} /> : null}
            {found.ok ? <Table label="Postbacks" {...list} bodyId="postback-rows" /> : <WrongFilter />}
            {totals.ok ? (
              <Totals count={totals.value.postbacks} complete={totals.value.complete} one="postback" many="postbacks" />
            ) : null}
            {found.ok ? <Pager url={url} next={found.value.next} older="Older" /> : null}
          </>
        ),
      });
    },
  },
];

function columnsFor({ scope }: Caller): TableColumn<PostbackView>[] {
  const advertiser = {
    name: "Advertiser",
    cell: ({ advertiser }: PostbackView) => <Named of="advertiser" slug={advertiser} />,
  };
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
      cell: ({ status, reason, test, times }) => (
        <>
          <Status status={status} /> {test ? <TestMark /> : null}
          {reason === null ? null : <span class="reason"> {reason}</span>}
          {times > 1 ? <span class="reason"> ×{times}</span> : null}
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

function None({ url }: { url: URL }) {
  return (
    <NoRows url={url}>
      <p>
        No postback yet. They show within seconds of their arrival; an <a href="/advertisers">advertiser’s page</a> has
        the URL to send them to, and a test panel that sends one.
      </p>
    </NoRows>
  );
}
