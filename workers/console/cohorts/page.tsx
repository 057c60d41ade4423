/** Cohorts: what became of the customers that began in each month, as a curve and as a table. */
import { COHORT_METRICS } from "../../core/metrics/cohorts.ts";
import { accept } from "../../core/result.ts";
import { EVERYONE } from "../../core/roles.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import { listAffiliates } from "../affiliates/store.ts";
import { listOffers } from "../offers/store.ts";
import { isOfFields } from "../shell/list-query.ts";
import type { Page } from "../shell/page.ts";
import { ChoiceFilter, FilterFault, FilterProblem, TextFilter, useFault } from "../shell/parts/filters.tsx";
import { Head } from "../shell/parts/section.tsx";
import { Empty, WrongFilter } from "../shell/parts/table.tsx";
import { suggest } from "../shell/suggestions.ts";
import { zoneOf } from "../shell/zone.ts";
import { readQuery } from "../web/input.ts";
import { type CohortGroup, countCohorts } from "./cohort-counts.ts";
import {
  COHORT_GROUPS,
  COHORT_STARTS,
  type CohortPlan,
  cohortDimension,
  cohortParameters,
  planCohorts,
} from "./cohort-query.ts";
import { cohortMetricsFor } from "./cohort-rows.ts";
import { CohortChart, CohortHint, CohortTableOf } from "./table.tsx";

/** More groups than these are exported, not looked at. */
const MOST_TABLES = 10;
const FIELDS = ["from", "until", "start", "group_by", "tz", "test", ...COHORT_GROUPS];

export const cohortPage: Page = {
  path: "/cohorts",
  roles: EVERYONE,
  async show({ env, user, url, request, nowMs }) {
    const { caller } = user;
    const asked = parametersOf(url, zoneOf(request));
    const metrics = cohortMetricsFor(caller.role);
    const metric = metrics.find(({ name }) => name === url.searchParams.get("show")) ?? COHORT_METRICS[0];
    const query = readQuery(cohortParameters, asked);
    const plan = query.ok ? await planCohorts(env, caller, query.value, nowMs) : query;
    const counted = plan.ok ? await countCohorts(env, plan.value) : plan;
    if (!counted.ok && !isOfFields(counted.refusal, FIELDS)) return counted;
    const [advertisers, offers, affiliates] = await Promise.all([
      caller.scope === "everything" ? suggest(env, user, listAdvertisers) : [],
      suggest(env, user, listOffers),
      caller.scope === "everything" ? suggest(env, user, listAffiliates) : [],
    ]);
    const options = (names: readonly { name: string; label: string }[]) =>
      names.map(({ name, label }) => ({ value: name, label }));
    return accept({
      title: "Cohorts",
      styles: ["chart.css"],
      scripts: ["uplot.js", "chart.js"],
      body: (
        <>
          <Head
            title="Cohorts"
            actions={["csv", "parquet"].map((format) => (
              <a class="button" href={`/api/cohorts?${withFormat(asked, format)}`} download>
                {format === "csv" ? "CSV" : "Parquet"}
              </a>
            ))}
          >
            What became of the customers that began in a month. <CohortHint metric={metric} />
          </Head>
          <FilterProblem value={counted.ok ? null : counted.refusal}>
            <form method="get" action="/cohorts" class="card" aria-label="Cohorts">
              <div class="filters">
                <ChoiceFilter url={url} name="show" label="Show" options={options(metrics.slice(1))} any="Retention" />
                <ChoiceFilter
                  url={url}
                  name="start"
                  label="Cohort by"
                  options={COHORT_STARTS.slice(1).map((value) => ({ value, label: "the click" }))}
                  any="the first conversion"
                />
                <MonthField url={url} name="from" label="From" />
                <MonthField url={url} name="until" label="Until" />
                <ChoiceFilter
                  url={url}
                  name="group_by"
                  label="Each"
                  options={COHORT_GROUPS.map((name) => ({ value: name, label: cohortDimension(name).label }))}
                  any="all together"
                />
                <TextFilter url={url} name="tz" label="Time zone" placeholder={zoneOf(request)} />
              </div>
              <details class="more" open={[...COHORT_GROUPS, "test"].some((name) => url.searchParams.get(name))}>
                <summary>Only some: by offer, affiliate, first event, coupon and more</summary>
                <div class="filters">
                  {caller.scope === "everything" ? (
                    <TextFilter url={url} name="advertiser" label="Advertiser" suggestions={advertisers} />
                  ) : null}
                  <TextFilter url={url} name="offer" label="Offer" suggestions={offers} />
                  <TextFilter url={url} name="affiliate" label="Affiliate" suggestions={affiliates} />
                  <TextFilter url={url} name="link" label="Link" />
                  <TextFilter url={url} name="event" label="First event" />
                  <ChoiceFilter
                    url={url}
                    name="status"
                    label="Status of the first"
                    options={["pending", "approved", "reversed"]}
                  />
                  <TextFilter url={url} name="coupon" label="Coupon of the first" />
                  <ChoiceFilter url={url} name="customer" label="New or returning" options={["new", "returning"]} />
                  <ChoiceFilter
                    url={url}
                    name="test"
                    label="Tests"
                    any="without tests"
                    options={[{ value: "true", label: "only tests" }]}
                  />
                </div>
              </details>
              <div class="form-actions">
                <button type="submit" class="primary">
                  Show
                </button>
                <a class="button" href="/cohorts">
                  Clear
                </a>
              </div>
            </form>
          </FilterProblem>
          {counted.ok && plan.ok ? <Shown plan={plan.value} groups={counted.value} metric={metric} /> : <WrongFilter />}
        </>
      ),
    });
  },
};

interface ShownProps {
  plan: CohortPlan;
  groups: readonly CohortGroup[];
  metric: (typeof COHORT_METRICS)[number] | ReturnType<typeof cohortMetricsFor>[number];
}

/** Months across are counted from the cohort's own, which is 0. Shares of several currencies stand in tables of their own, as all rows do. */
function Shown({ plan, groups, metric }: ShownProps) {
  if (groups.length === 0)
    return (
      <Empty>
        <p>No customer began in these months. Choose others, or fewer filters.</p>
      </Empty>
    );
  return (
    <>
      <div class="charts">
        <CohortChart plan={plan} groups={groups} metric={metric} />
      </div>
      {groups.slice(0, MOST_TABLES).map((group) => (
        <CohortTableOf plan={plan} group={group} groups={groups} metric={metric} />
      ))}
      <p class="help">
        Month 0 is the month in which customers began, in {plan.timeZone}. What stands beside "so far" is of a month
        that is not over.{" "}
        {groups.length > MOST_TABLES ? `The first ${MOST_TABLES} of ${groups.length}: the files hold all of them.` : ""}
      </p>
    </>
  );
}

function MonthField({ url, name, label }: { url: URL; name: string; label: string }) {
  return (
    <label>
      <span>{label}</span>
      <input
        type="month"
        name={name}
        value={url.searchParams.get(name) ?? ""}
        placeholder="2026-11"
        {...useFault(name)}
      />
      <FilterFault name={name} />
    </label>
  );
}

/** The call's parameters that the address says; the zone is the viewer's, where it says none. */
function parametersOf(url: URL, timeZone: string): URLSearchParams {
  const given = FIELDS.flatMap((name): [string, string][] => {
    const value = url.searchParams.get(name) ?? "";
    return value === "" ? [] : [[name, value]];
  });
  return new URLSearchParams({ tz: timeZone, ...Object.fromEntries(given) });
}

function withFormat(asked: URLSearchParams, format: string): string {
  return new URLSearchParams([...asked, ["format", format], ...(format === "csv" ? [["bom", "1"]] : [])]).toString();
}
