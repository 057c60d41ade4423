/** The postback log: everything that was received, newest first, while it comes in. */
import { accept } from "../../core/result.ts";
import { ALL_BUT_AFFILIATES } from "../../core/roles.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import { isOfFields, readFilters, withDays, withoutTests } from "../shell/list-query.ts";
import type { Page } from "../shell/page.ts";
import { ChoiceFilter, DaysFilter, Filters, HiddenTests, TestFilter, TextFilter } from "../shell/parts/filters.tsx";
import { Totals } from "../shell/parts/list-foot.tsx";
import { Named } from "../shell/parts/named.tsx";
import { Head, LiveButton } from "../shell/parts/section.tsx";
import { NoRows, Pager, Rows, type TableColumn, WrongFilter } from "../shell/parts/table.tsx";
import { Clipped, Id, Nothing, Status, TestMark, Time } from "../shell/parts/values.tsx";
import { suggest } from "../shell/suggestions.ts";
import { zoneOf } from "../shell/zone.ts";
import { shapeOf, shownColumns } from "../views/list-shape.ts";
import { ListTable } from "../views/list-table.tsx";
import { ViewTabs } from "../views/view-tabs.tsx";
import type { Caller } from "../web/caller.ts";
import { withoutPage } from "../web/listing.ts";
import { listPostbacks, type PostbackView, postbackList, STATUSES, totalPostbacks } from "./log.ts";
import { reasonNames } from "./reasons.ts";

const pathOf = (receipt: string) => `/postbacks/${receipt}`;
const FIELDS = ["advertiser", "status", "reason", "txid", "click_id", "channel", "test", "range", "from", "to"];

export const postbackPages: Page[] = [
  {
    path: "/postbacks",
    roles: ALL_BUT_AFFILIATES,
    async show(look) {
      const { env, user, url, request, nowMs } = look;
      const shape = await shapeOf(look, "postbacks");
      if (shape instanceof Response) return accept(shape);
      const query = readFilters(postbackList, withDays(withoutTests(url), nowMs));
      const found = query.ok ? await listPostbacks(env, user.caller, query.value) : query;
      const isLive = url.searchParams.has("live");
      if (!found.ok && (isLive || !isOfFields(found.refusal, FIELDS))) return found;
      const columns = columnsFor(user.caller);
      const list = { rows: found.ok ? found.value.items : [], empty: <None url={url} />, rowKey: keyOf };
      // A page's own script asks for its rows alone, again and again.
      if (isLive) return accept({ part: <Rows columns={shownColumns(columns, shape.wanted)} {...list} /> });
      const [advertisers, totals] = await Promise.all([
        suggest(env, user, listAdvertisers),
        query.ok ? totalPostbacks(env, user.caller, withoutPage(query.value)) : query,
      ]);
      // What comes in stands above the others.
      const isFirstPage = found.ok && !url.searchParams.has("cursor") && url.searchParams.get("sort") !== "received_at";
      return accept({
        title: "Postbacks",
        scripts: isFirstPage ? ["columns.js", "live.js"] : ["columns.js"],
        body: (
          <>
            <Head title="Postbacks" actions={isFirstPage ? <LiveButton rows="postback-rows" /> : undefined}>
              Everything that was received, and what became of it.
            </Head>
            <ViewTabs shape={shape} user={user} />
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
              <DaysFilter url={url} />
            </Filters>
            {found.ok ? <HiddenTests url={url} /> : null}
            {found.ok ? (
              <ListTable
                shape={shape}
                ownSort="-received_at"
                label="Postbacks"
                columns={columns}
                {...list}
                bodyId="postback-rows"
              />
            ) : (
              <WrongFilter />
            )}
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
    key: "advertiser",
    cell: ({ advertiser }: PostbackView) => <Named of="advertiser" slug={advertiser} />,
  };
  return [
    {
      name: "Received",
      sort: "-received_at",
      cell: ({ receipt, received_at }) => (
        <a href={pathOf(receipt)}>
          <Time at={received_at} />
        </a>
      ),
    },
    {
      name: "Outcome",
      key: "status",
      cell: ({ status, reason, test, times }) => (
        <>
          <Status status={status} /> {test ? <TestMark /> : null}
          {reason === null ? null : <span class="reason"> {reason}</span>}
          {times > 1 ? <span class="reason"> ×{times}</span> : null}
        </>
      ),
    },
    ...(scope === "everything" ? [advertiser] : []),
    { name: "Event", key: "event", cell: ({ event }) => <Clipped text={event} /> },
    { name: "Order", key: "txid", cell: ({ txid }) => <Clipped text={txid} /> },
    { name: "Click ID", key: "click_id", cell: ({ click_id }) => <Id id={click_id} /> },
    {
      name: "Conversion",
      key: "conversion_id",
      cell: ({ conversion_id: id }) => (id === null ? <Nothing /> : <Id id={id} href={`/conversions/${id}`} />),
    },
    { name: "By", key: "channel", more: true, cell: ({ channel }) => channel },
    { name: "Settled", key: "settled_at", more: true, cell: ({ settled_at }) => <Time at={settled_at} /> },
    { name: "Advice", key: "message", more: true, cell: ({ message }) => <Clipped text={message} /> },
    { name: "Receipt", key: "receipt", more: true, cell: ({ receipt }) => <Id id={receipt} /> },
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
