/** The overview: is it healthy, and how does it go, against the time before. */
import { formatInstant } from "../../core/instant.ts";
import type { MetricName } from "../../core/metrics/definitions.ts";
import { accept } from "../../core/result.ts";
import { EVERYONE } from "../../core/roles.ts";
import { listAlerts } from "../alerts/list.ts";
import { OpenAlerts } from "../alerts/open-alerts.tsx";
import { countHeld, HeldNotice } from "../conversions/held.tsx";
import { type Report, runReport } from "../reports/report.ts";
import type { TimeRange } from "../reports/slots.ts";
import type { Look, Page } from "../shell/page.ts";
import { Chart } from "../shell/parts/chart.tsx";
import { Head } from "../shell/parts/section.tsx";
import { zoneOf } from "../shell/zone.ts";
import { chartsOf } from "./charts.ts";
import { FirstSteps, findFirstSteps } from "./first-steps.tsx";
import { PERIODS, type Period, type PeriodName, periodOf, readPeriod } from "./periods.ts";
import { hasAnything, Tiles } from "./tiles.tsx";
import { TopRows } from "./top.tsx";

const MOST_ALERTS = 5;
const TILES: readonly MetricName[] = [
  "clicks",
  "conversions",
  "conversion_rate",
  "revenue",
  "payout",
  "margin",
  "match_rate",
  "duplicate_rate",
  "refused",
];
const CHARTS: readonly MetricName[] = ["clicks", "conversions", "revenue", "payout", "postbacks", "refused"];
const EARNINGS: readonly MetricName[] = ["clicks", "conversions", "revenue", "payout"];

export const overviewPage: Page = {
  path: "/",
  roles: EVERYONE,
  async show(look) {
    const name = periodOf(look.url.searchParams.get("period"));
    const period = readPeriod(name, zoneOf(look.request), look.nowMs);
    const { slot } = PERIODS[name];
    const [totals, totalsBefore, overTime, overTimeBefore, byOffer, byAffiliate] = await Promise.all([
      report(look, period, period.now, TILES),
      report(look, period, period.before, TILES),
      report(look, period, period.whole, CHARTS, slot),
      report(look, period, period.wholeBefore, CHARTS, slot),
      report(look, period, period.now, EARNINGS, "offer"),
      report(look, period, period.now, EARNINGS, "affiliate"),
    ]);
    const [steps, held] = await Promise.all([findFirstSteps(look), countHeld(look.env, look.user)]);
    const { role, scope } = look.user.caller;
    const alerts =
      scope === "everything" ? (await listAlerts(look.env, { state: "open", limit: MOST_ALERTS })).items : [];
    return accept({
      title: "Overview",
      styles: ["chart.css"],
      scripts: ["uplot.js", "chart.js"],
      body: (
        <>
          <Head title="Overview" actions={<Periods chosen={name} />}>
            {hasAnything(totalsBefore)
              ? `${PERIODS[name].label}, against ${PERIODS[name].against} (${period.timeZone}).`
              : `${PERIODS[name].label} (${period.timeZone}). Nothing is known of ${PERIODS[name].against} to compare with.`}
          </Head>
          {alerts.length === 0 ? null : <OpenAlerts alerts={alerts} />}
          <HeldNotice held={held} />
          {steps === null ? null : <FirstSteps steps={steps} />}
          <Tiles now={totals} before={totalsBefore} />
          <div class="charts">
            {chartsOf(period, overTime, overTimeBefore, look.nowMs).map((chart) => (
              <Chart {...chart} />
            ))}
          </div>
          <div class="cards">
            <TopRows title="By offer" dimension="offer" report={byOffer} path="/offers/" period={period} />
            {role === "affiliate" ? null : (
              <TopRows
                title="By affiliate"
                dimension="affiliate"
                report={byAffiliate}
                path={role === "advertiser" ? null : "/affiliates/"}
                period={period}
              />
            )}
          </div>
        </>
      ),
    });
  },
};

/** Throws on a refusal: what is asked for here is ours. */
async function report(
  { env, user, nowMs }: Look,
  { timeZone }: Period,
  { fromMs, toMs }: TimeRange,
  metrics: readonly MetricName[],
  dimension?: string,
): Promise<Report> {
  const range = { from: formatInstant(fromMs), to: formatInstant(toMs), tz: timeZone };
  const groups = dimension === undefined ? {} : { group_by: [dimension] };
  const made = await runReport(env, user.caller, { ...range, ...groups, metrics: [...metrics] }, nowMs);
  if (!made.ok) throw new Error(`the overview's report was refused: ${made.refusal.detail}`);
  return made.value;
}

function Periods({ chosen }: { chosen: PeriodName }) {
  return (
    <nav class="choices" aria-label="Period">
      {Object.entries(PERIODS).map(([name, { label }]) => (
        <a href={name === "today" ? "/" : `/?period=${name}`} aria-current={name === chosen ? "true" : undefined}>
          {label}
        </a>
      ))}
    </nav>
  );
}
