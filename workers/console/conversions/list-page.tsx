/** Conversions: the list, newest first, with what each is worth now; and decisions on many of them, counted first. */
import { BULK_DECISIONS } from "../../../schema/tables.ts";
import { accept, type Result } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { EVERYONE } from "../../core/roles.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import { listAffiliates } from "../affiliates/store.ts";
import { listOffers } from "../offers/store.ts";
import type { ReasonView } from "../reasons/fields.ts";
import { activeReasons } from "../reasons/store.ts";
import { countedIn, decisionIn } from "../review/bulk-form.ts";
import { countBulkOfAny, newBulkOfAny } from "../review/count-bulk.ts";
import { DecideMany } from "../review/deciding.tsx";
import { seeOther } from "../shell/browser-answers.ts";
import { askedFor, isOfFields, readFilters, withDays, withoutTests } from "../shell/list-query.ts";
import type { Look, Page, PageView, Submission } from "../shell/page.ts";
import { Choosing } from "../shell/parts/choosing.tsx";
import { ChoiceFilter, DaysFilter, Filters, HiddenTests, TestFilter, TextFilter } from "../shell/parts/filters.tsx";
import { Totals } from "../shell/parts/list-foot.tsx";
import { Head, Notice } from "../shell/parts/section.tsx";
import { NoRows, Pager, WrongFilter } from "../shell/parts/table.tsx";
import { suggest } from "../shell/suggestions.ts";
import { zoneOf } from "../shell/zone.ts";
import { CLOCKS, COLUMN_FILTERS, EMPTY_COLUMNS } from "../tables/export-table.ts";
import { fileColumns, type ListShape, shapeOf } from "../views/list-shape.ts";
import { ListRows, ListTools } from "../views/list-table.tsx";
import { ViewTabs } from "../views/view-tabs.tsx";
import type { Caller } from "../web/caller.ts";
import { readBody } from "../web/input.ts";
import { type ListPage, withoutPage } from "../web/listing.ts";
import type { Problem } from "../web/problem.ts";
import {
  type ConversionFilters,
  type ConversionList,
  type ConversionTotals,
  conversionList,
  listConversions,
  MONEY,
  OWN_SORT,
  totalConversions,
} from "./list.ts";
import { conversionColumns, exportedNames } from "./list-columns.tsx";

type Row = Record<string, unknown>;

const CLOCK_OPTIONS = CLOCKS.filter((clock) => clock !== "received");

/** Filters that links to the rows behind a figure bring, and that have a field only then. */
const BROUGHT = ["link", "event", "stands", ...COLUMN_FILTERS, EMPTY_COLUMNS];

const FIELDS = [
  "txid",
  "click_id",
  "advertiser",
  "offer",
  "affiliate",
  "status",
  "hold",
  "imported",
  "test",
  "clock",
  "range",
  "from",
  "to",
  ...BROUGHT,
];

export const conversionListPage: Page = {
  path: "/conversions",
  roles: EVERYONE,
  actors: holders("review"),
  show: (look) => view(look, null),
  act: count,
};

/** Counts those that are ticked, or all that fit the address, and leads to the page that decides. */
async function count(sent: Submission): Promise<Result<PageView | Response, Problem>> {
  const { env, form, user, nowMs, url } = sent;
  const ticked = countedIn(form);
  if (ticked === undefined) return accept(seeOther(url.pathname + url.search));
  const {
    cursor: _,
    limit: __,
    sort: ___,
    ...filter
  } = Object.fromEntries(askedFor(withDays(withoutTests(url), nowMs)));
  const input = readBody(newBulkOfAny, {
    ...(ticked === null ? { filter } : { conversions: ticked }),
    ...decisionIn(form),
  });
  const counted = input.ok ? await countBulkOfAny(env, input.value, { by: user.caller, atMs: nowMs }) : input;
  return counted.ok ? accept(seeOther(`/review/bulks/${counted.value.bulk}`)) : view(sent, counted.refusal);
}

async function view(look: Look, problem: Problem | null): Promise<Result<PageView | Response, Problem>> {
  const { env, user, url, request, nowMs } = look;
  // What was wrong is said here, whatever view the list opens with.
  const here = problem === null ? look : { ...look, url: new URL(url.search || "?view=none", url) };
  const shape = await shapeOf(here, "conversions");
  if (shape instanceof Response) return accept(shape);
  const asked = withDays(withoutTests(url), nowMs);
  const query = readFilters(conversionList, asked);
  const [first, totals] = query.ok
    ? await Promise.all([
        listConversions(env, user.caller, query.value),
        totalConversions(env, user.caller, filtersIn(query.value)),
      ])
    : [query, query];
  const unsorted = !first.ok && query.ok && isOfFields(first.refusal, ["sort"]) ? first.refusal : null;
  // In its own order it is there all the same.
  const found = unsorted && query.ok ? await listConversions(env, user.caller, filtersIn(query.value)) : first;
  if (!found.ok && !isOfFields(found.refusal, FIELDS)) return found;
  const [advertisers, offers, affiliates, reasons] = await Promise.all([
    suggest(env, user, listAdvertisers),
    suggest(env, user, listOffers),
    suggest(env, user, listAffiliates),
    may(user.caller, "review") ? activeReasons(env, user.caller) : null,
  ]);
  const { scope, role } = user.caller;
  const title = role === "advertiser" ? "Orders" : "Conversions";
  return accept({
    title,
    scripts: ["columns.js"],
    body: (
      <>
        <Head title={title} actions={<Exports url={asked} shape={shape} caller={user.caller} />}>
          What was sold, with what it is worth now.{" "}
          {user.caller.role === "affiliate" ? <a href="/not-counted">What did not count, and why</a> : null}
        </Head>
        <ViewTabs shape={shape} user={user} />
        <Filters url={url} problem={found.ok ? null : found.refusal} timeZone={zoneOf(request)}>
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
          <ChoiceFilter url={url} name="hold" label="Hold" options={["held", "rejected_by_operator"]} />
          <TestFilter url={url} />
          <ChoiceFilter url={url} name="imported" label="Imported" options={["true", "false"]} />
          {BROUGHT.filter((name) => url.searchParams.get(name)).map((name) => (
            <TextFilter url={url} name={name} label={name.replace("_", " ")} />
          ))}
          <ChoiceFilter url={url} name="clock" label="By the time" options={CLOCK_OPTIONS} any="received" />
          <DaysFilter url={url} />
        </Filters>
        {problem === null ? null : <Notice tone="bad">{problem.errors?.[0]?.detail ?? problem.detail}</Notice>}
        {unsorted === null ? null : <Notice tone="info">{unsorted.detail}</Notice>}
        {found.ok ? (
          <Conversions
            page={found.value}
            totals={totals.ok ? totals.value : null}
            caller={user.caller}
            shape={shape}
            reasons={reasons}
          />
        ) : (
          <WrongFilter />
        )}
      </>
    ),
  });
}

function filtersIn(query: ConversionList): ConversionFilters {
  const { sort: _, ...filters } = withoutPage(query);
  return filters;
}

interface ListedConversions {
  page: ListPage<Row>;
  totals: ConversionTotals | null;
  caller: Caller;
  shape: ListShape;
  /** Those that a rejection may name; null to whoever decides nothing. */
  reasons: readonly ReasonView[] | null;
}

function Conversions(listed: ListedConversions) {
  const { page, reasons, caller, shape } = listed;
  const { pathname, search } = shape.url;
  // The forms of the tools stand before the one that decides: no form may be in another.
  return (
    <>
      <HiddenTests url={shape.url} />
      <ListTools shape={shape} ownSort={`-${OWN_SORT}`} columns={conversionColumns(caller)} />
      {reasons === null || page.items.length === 0 ? (
        <Rows {...listed} />
      ) : (
        <Choosing action={pathname + search}>
          <Rows {...listed} />
          <DecideMany reasons={reasons} sums="" decisions={BULK_DECISIONS} />
        </Choosing>
      )}
    </>
  );
}

function Rows({ page, totals, caller, shape }: ListedConversions) {
  const { url } = shape;
  return (
    <>
      <ListRows
        shape={shape}
        ownSort={`-${OWN_SORT}`}
        label="Conversions"
        columns={conversionColumns(caller)}
        rows={page.items}
        empty={
          <NoRows url={url}>
            <p>
              No conversions yet. One is made when a shop reports an order of a click;{" "}
              {caller.role === "affiliate" ? (
                <a href="/not-counted">what did not count</a>
              ) : (
                <a href="/postbacks">the postback log</a>
              )}{" "}
              says what became of the others.
            </p>
          </NoRows>
        }
      />
      {totals === null ? null : (
        <Totals
          count={totals.conversions}
          complete={totals.complete}
          one={caller.role === "advertiser" ? "order" : "conversion"}
          many={caller.role === "advertiser" ? "orders" : "conversions"}
          currencies={totals.sums.map((sums) => ({
            currency: sums.currency,
            sums: MONEY.flatMap((name) => {
              const amount = sums[name];
              return amount === undefined ? [] : [{ name, amount }];
            }),
          }))}
        />
      )}
      <Pager url={url} next={page.next} older="Older" />
    </>
  );
}

/** The same rows as a file, with the columns that are chosen. */
function Exports({ url, shape, caller }: { url: URL; shape: ListShape; caller: Caller }) {
  const query = askedFor(url);
  for (const name of ["cursor", "limit", "sort"]) query.delete(name);
  const columns = fileColumns(shape, exportedNames(caller), "conversion_id");
  if (columns !== null) query.set("columns", columns.join(","));
  const suffix = query.size === 0 ? "" : `?${query}`;
  // Whoever presses the button opens the file in a spreadsheet.
  const marked = new URLSearchParams([...query, ["bom", "1"]]);
  return (
    <>
      <a class="button" href={`/api/exports/conversions.csv?${marked}`} download>
        CSV
      </a>
      <a class="button" href={`/api/exports/conversions.parquet${suffix}`} download>
        Parquet
      </a>
    </>
  );
}
