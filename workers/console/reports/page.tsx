/** Reports: who earns what, by whatever one wants to know it; every view has an address. */
import { METRICS } from "../../core/metrics/definitions.ts";
import { groupsFor } from "../../core/metrics/dimensions.ts";
import { isTime } from "../../core/metrics/time-dimensions.ts";
import { accept } from "../../core/result.ts";
import { EVERYONE, isSeenBy } from "../../core/roles.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import { listAffiliates } from "../affiliates/store.ts";
import { listOffers } from "../offers/store.ts";
import { isOfFields } from "../shell/list-query.ts";
import type { Page } from "../shell/page.ts";
import { Head, Notice } from "../shell/parts/section.tsx";
import { WrongFilter } from "../shell/parts/table.tsx";
import { suggest } from "../shell/suggestions.ts";
import { type UsualRange, usualRanges } from "../shell/usual-ranges.ts";
import { zoneOf } from "../shell/zone.ts";
import { shapeOf } from "../views/list-shape.ts";
import { ViewTabs } from "../views/view-tabs.tsx";
import { pseudonymsFor } from "../web/caller.ts";
import { ReportChart } from "./chart.tsx";
import { COMPARED, comparedPeriod, comparedQuery, type DaySpan } from "./comparison.tsx";
import { type AnsweredReport, answerReport } from "./converted.ts";
import { REPORT_FIELDS, ReportForm } from "./form.tsx";
import { type AskedReport, askedReport, readReportQuery, spanOf, viewQuery } from "./page-address.ts";
import { type Report, runReport } from "./report.ts";
import { MOST_ROWS, ReportTable, readSort, sortRows } from "./table.tsx";

export const reportPage: Page = {
  path: "/reports",
  roles: EVERYONE,
  async show(look) {
    const { env, user, url, request, nowMs } = look;
    const shape = await shapeOf(look, "reports");
    if (shape instanceof Response) return accept(shape);
    const { caller } = user;
    const viewer = { role: caller.role, timeZone: zoneOf(request), nowMs };
    const asked = askedReport(url, viewer);
    const query = readReportQuery(asked);
    const made = query.ok ? await answerReport(env, caller, query.value, nowMs) : query;
    const period = comparedPeriod(url.searchParams, asked);
    const isByTime = asked.groups.some(isTime);
    const again = period === null || isByTime || !made.ok ? null : comparedQuery(asked, period);
    const before = again === null ? null : again.ok ? await runReport(env, caller, again.value, nowMs) : again;
    if (before !== null && !before.ok) return before;
    const compared = { period, isByTime, before: before?.value ?? null };
    if (!made.ok && !isOfFields(made.refusal, REPORT_FIELDS)) return made;
    const [advertiser, offer, affiliate] = await Promise.all([
      caller.scope === "everything" ? suggest(env, user, listAdvertisers) : null,
      suggest(env, user, listOffers),
      caller.scope === "everything" ? suggest(env, user, listAffiliates) : null,
    ]);
    const visible = METRICS.filter((metric) => isSeenBy(metric, caller.role));
    return accept({
      title: "Reports",
      styles: ["chart.css"],
      scripts: ["uplot.js", "chart.js"],
      body: (
        <>
          <Head title="Reports" actions={made.ok ? <Files asked={asked} /> : undefined} />
          <ViewTabs
            shape={shape}
            user={user}
            query={viewQuery(url, asked, usualRanges(asked.timeZone, viewer.nowMs))}
          />
          <Ranges url={url} asked={asked} ranges={usualRanges(asked.timeZone, viewer.nowMs)} />
          <ReportForm
            url={url}
            asked={asked}
            metrics={visible}
            dimensions={groupsFor(caller.role, pseudonymsFor(caller) === null)}
            slugs={{ advertiser, offer, affiliate }}
            problem={made.ok ? null : made.refusal}
          />
          {made.ok ? (
            <Shown report={made.value} asked={asked} url={url} nowMs={nowMs} compared={compared} />
          ) : (
            <WrongFilter />
          )}
        </>
      ),
    });
  },
};

interface ShownProps {
  report: AnsweredReport;
  asked: AskedReport;
  url: URL;
  nowMs: number;
  compared: OtherPeriod;
}

/** The same report of another period, where one is asked for and can be had. */
interface OtherPeriod {
  period: DaySpan | null;
  isByTime: boolean;
  before: Report | null;
}

/** What a report says: what it leaves out and why, its chart, its rows. */
function Shown({ report, asked, url, nowMs, compared }: ShownProps) {
  const sort = readSort(url.searchParams.get("sort"), report);
  const rows = sortRows(report, sort);
  return (
    <>
      {report.rows_from === null ? null : (
        <Notice tone="info">
          This report reads single clicks, which are kept for some time only: it begins at {report.rows_from}.
        </Notice>
      )}
      {report.absent.length === 0 ? null : (
        <Notice tone="info">
          {report.absent.map(({ metric, because }) => (
            <p>
              <strong>{metric}</strong> is left out. {because}
            </p>
          ))}
        </Notice>
      )}
      <ReportChart
        report={report}
        rows={rows}
        sorted={sort?.name ?? null}
        span={spanOf(asked)}
        nowMs={nowMs}
        asked={asked.parameters}
      />
      <Converted report={report} />
      <ComparedWith asked={asked} url={url} nowMs={nowMs} compared={compared} />
      <ReportTable
        report={report}
        rows={rows}
        sort={sort}
        url={url}
        parameters={asked.parameters}
        before={compared.before}
      />
      {rows.length > MOST_ROWS ? (
        <p class="help">
          The first {MOST_ROWS} of {rows.length} rows: the files hold all of them.
        </p>
      ) : null}
    </>
  );
}

/** With which days a report is compared, and what to think of when reading it. */
function ComparedWith({ asked, url, nowMs, compared: { period, isByTime } }: Omit<ShownProps, "report">) {
  if (period === null)
    return url.searchParams.get(COMPARED.with) === "chosen" ? (
      <Notice tone="warn">Say the day on which the period to compare with begins.</Notice>
    ) : null;
  if (isByTime)
    return (
      <Notice tone="warn">
        Periods are compared by what is no time: group by something else than hours, days, weeks and months.
      </Notice>
    );
  return (
    <Notice tone="info">
      Compared with {period.from} to {period.until}.{" "}
      {spanOf(asked).toMs > nowMs ? "The period is not over yet, and is compared with one that is whole." : null}
    </Notice>
  );
}

/** By which rates what is converted is, and what is not. */
function Converted({ report: { converted } }: { report: AnsweredReport }) {
  if (converted === null) return null;
  const { currency, day, rates, unknown } = converted;
  const by = rates
    .filter((rate) => rate.currency !== currency)
    .map((rate) => `${rate.currency} at ${rate.rate} of ${rate.day}`);
  return (
    <Notice tone={unknown.length > 0 ? "warn" : "info"}>
      <p>
        What is told in {currency} is converted, for the eye, by the rates of {day}
        {by.length === 0 ? "" : `: ${by.join(", ")}`}. What is booked stands beside it.
      </p>
      {unknown.length === 0 ? null : (
        <p>No rate of {unknown.join(", ")} is known for that day, so there is no total over all currencies.</p>
      )}
    </Notice>
  );
}

/** The page that says why a figure of this report differs from somebody else's. */
function whyHref({ parameters, from, until }: AskedReport): string {
  const query = new URLSearchParams(parameters);
  for (const name of ["group_by", "metrics", "currency", "to"]) query.delete(name);
  query.set("from", from);
  query.set("until", until);
  return `/why?${query}`;
}

/** The same report as a file. */
function Files({ asked }: { asked: AskedReport }) {
  const { parameters } = asked;
  return (
    <>
      <a class="button" href={`/api/reports?${parameters}&format=csv&bom=1`} download>
        CSV
      </a>
      <a class="button" href={`/api/reports?${parameters}&format=parquet`} download>
        Parquet
      </a>
      <a class="button quiet" href={whyHref(asked)}>
        Why does this differ
      </a>
    </>
  );
}

function Ranges({ url, asked, ranges }: { url: URL; asked: AskedReport; ranges: readonly UsualRange[] }) {
  return (
    <nav class="choices" aria-label="Range">
      {ranges.map(({ label, from, until }) => {
        const query = new URLSearchParams(url.search);
        query.set("from", from);
        query.set("until", until);
        const isChosen = asked.from === from && asked.until === until;
        return (
          <a href={`/reports?${query}`} aria-current={isChosen ? "true" : undefined}>
            {label}
          </a>
        );
      })}
    </nav>
  );
}
