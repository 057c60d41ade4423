/** Orders that were reported and did not count, or not yet, for the affiliate whose clicks led to them: why, and what to do. */
import { accept } from "../../core/result.ts";
import { listOffers } from "../offers/store.ts";
import { isOfFields, readFilters, withDays } from "../shell/list-query.ts";
import type { Page } from "../shell/page.ts";
import { ChoiceFilter, DaysFilter, Filters, TextFilter } from "../shell/parts/filters.tsx";
import { Named } from "../shell/parts/named.tsx";
import { Head } from "../shell/parts/section.tsx";
import { NoRows, Pager, Table, type TableColumn, WrongFilter } from "../shell/parts/table.tsx";
import { Clipped, Status, TestMark, Time } from "../shell/parts/values.tsx";
import { suggest } from "../shell/suggestions.ts";
import { zoneOf } from "../shell/zone.ts";
import { listUncounted, stateInWords, type UncountedView, uncountedList } from "./not-counted.ts";

const FIELDS = ["state", "offer", "link", "event", "txid", "range", "from", "to"];

export const notCountedPage: Page = {
  path: "/not-counted",
  roles: ["affiliate"],
  async show({ env, user, url, request, nowMs }) {
    const query = readFilters(uncountedList, withDays(url, nowMs));
    const found = query.ok ? await listUncounted(env, user.caller, query.value) : query;
    if (!found.ok && !isOfFields(found.refusal, FIELDS)) return found;
    const offers = await suggest(env, user, listOffers);
    return accept({
      title: "Not counted",
      body: (
        <>
          <Head title="Not counted">
            Orders of your clicks that were reported and did not count, or not yet; what counts is among your{" "}
            <a href="/conversions">conversions</a>.
          </Head>
          <Filters url={url} problem={found.ok ? null : found.refusal} timeZone={zoneOf(request)}>
            <ChoiceFilter
              url={url}
              name="state"
              label="State"
              options={(["rejected", "parked"] as const).map((value) => ({ value, label: stateInWords(value) }))}
            />
            <TextFilter url={url} name="offer" label="Offer" suggestions={offers} />
            <TextFilter url={url} name="txid" label="Order" />
            <DaysFilter url={url} />
          </Filters>
          {found.ok ? (
            <>
              <Table
                label="Orders that did not count"
                columns={COLUMNS}
                rows={found.value.items}
                empty={
                  <NoRows url={url}>
                    <p>Nothing: every order that was reported for your clicks is among your conversions.</p>
                  </NoRows>
                }
              />
              <Pager url={url} next={found.value.next} older="Older" />
            </>
          ) : (
            <WrongFilter />
          )}
        </>
      ),
    });
  },
};

const COLUMNS: readonly TableColumn<UncountedView>[] = [
  { name: "Reported", cell: ({ reported_at: at }) => <Time at={at} /> },
  {
    name: "Offer",
    cell: ({ offer }) => <Named of="offer" slug={offer} href={`/offers/${encodeURIComponent(offer ?? "")}`} />,
  },
  {
    name: "Link",
    cell: ({ link }) => <Named of="link" slug={link} href={`/links/${encodeURIComponent(link ?? "")}`} />,
  },
  { name: "Order", cell: ({ txid }) => <Clipped text={txid} /> },
  {
    name: "State",
    cell: ({ state, test }) => (
      <>
        <Status status={stateInWords(state)} /> {test ? <TestMark /> : null}
      </>
    ),
  },
  {
    name: "Why, and what to do",
    cell: ({ why, todo }) => (
      <span class="words">
        {why} {todo}
      </span>
    ),
  },
];
