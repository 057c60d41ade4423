/** The overview: is it healthy, and how does it go, against the time before. */
import { formatInstant } from "../../core/instant.ts";
import type { MetricName } from "../../core/metrics/definitions.ts";
import { accept } from "../../core/result.ts";
import { EVERYONE } from "../../core/roles.ts";
import { ApplicationNotice } from "../admissions/page.tsx";
import { countApplications } from "../admissions/store.ts";
import { listAlerts } from "../alerts/list.ts";
import { OpenAlerts } from "../alerts/open-alerts.tsx";
import { countHeld, HeldNotice } from "../conversions/held.tsx";
import { type AnsweredReport, answerReport } from "../reports/converted.ts";
import type { TimeRange } from "../reports/slots.ts";
import type { Look, Page } from "../shell/page.ts";
import { Chart } from "../shell/parts/chart.tsx";
import { Head } from "../shell/parts/section.tsx";
import { zoneOf } from "../shell/zone.ts";
import { chartsOf } from "./charts.ts";
import { DemoNotice, readDemo } from "./demo-notice.tsx";
import { FirstSteps, findFirstSteps } from "./first-steps.tsx";
import { currenciesOf } from "./movements.ts";
import { OwnMoneyCards, readOwnMoney } from "./own-money.tsx";
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
      report(look, period, period.now, TILES, undefined, currencyAsked(look.url)),
      report(look, period, period.before, TILES),
      report(look, period, period.whole, CHARTS, slot),
      report(look, period, period.wholeBefore, CHARTS, slot),
      report(look, period, period.now, EARNINGS, "offer"),
      report(look, period, period.now, EARNINGS, "affiliate"),
    ]);
    const isOperator = look.user.caller.scope === "everything";
    const [steps, held, money, waiting, demo] = await Promise.all([
      findFirstSteps(look),
      countHeld(look.env, look.user),
      readOwnMoney(look, readPeriod("today", zoneOf(look.request), look.nowMs)),
      isOperator ? countApplications(look.env) : 0,
      readDemo(look.env, look.user),
    ]);
    const { role, scope } = look.user.caller;
    const alerts =
      scope === "everything" ? (await listAlerts(look.env, { state: "open", limit: MOST_ALERTS })).items : [];
    return accept({
      title: "Overview",
      styles: ["chart.css"],
      scripts: ["uplot.js", "chart.js"],
      body: (
        <>
          <Head title="Overview" actions={<Periods chosen={name} currency={currencyAsked(look.url)} />}>
            {hasAnything(totalsBefore)
              ? `${PERIODS[name].label}, against ${PERIODS[name].against} (${period.timeZone}).`
              : `${PERIODS[name].label} (${period.timeZone}). Nothing is known of ${PERIODS[name].against} to compare with.`}
          </Head>
          {alerts.length === 0 ? null : <OpenAlerts alerts={alerts} />}
          <DemoNotice demo={demo} />
          <HeldNotice held={held} />
          <ApplicationNotice waiting={waiting} />
          {steps === null ? null : <FirstSteps steps={steps} />}
          {money === null ? null : <OwnMoneyCards money={money} role={role} />}
          <Tiles now={totals} before={totalsBefore} role={role} />
          <InOne report={totals} period={name} />
          <div class="charts">
            {chartsOf(period, overTime, overTimeBefore, { nowMs: look.nowMs, role }).map((chart) => (
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
  currency?: string,
): Promise<AnsweredReport> {
  const range = { from: formatInstant(fromMs), to: formatInstant(toMs), tz: timeZone };
  const groups = dimension === undefined ? {} : { group_by: [dimension] };
  const inOne = currency === undefined ? {} : { currency };
  const made = await answerReport(env, user.caller, { ...range, ...groups, ...inOne, metrics: [...metrics] }, nowMs);
  if (!made.ok) throw new Error(`the overview's report was refused: ${made.refusal.detail}`);
  return made.value;
}

/** The currency in which the page tells its money besides; undefined where the address names none. */
function currencyAsked(url: URL): string | undefined {
  const asked = url.searchParams.get("currency")?.toUpperCase();
  return asked !== undefined && /^[A-Z]{3}$/.test(asked) ? asked : undefined;
}

function addressOf(period: PeriodName, currency: string | undefined): string {
  const query = new URLSearchParams({
    ...(period === "today" ? {} : { period }),
    ...(currency === undefined ? {} : { currency }),
  });
  return query.size === 0 ? "/" : `/?${query}`;
}

/** Where there are several currencies: in which of them all is told besides, and by which rates. */
function InOne({ report: { totals, converted }, period }: { report: AnsweredReport; period: PeriodName }) {
  const currencies = currenciesOf(totals);
  if (currencies.length < 2 && converted === null) return null;
  return (
    <>
      <p class="help">
        {converted === null
          ? "Currencies are not added. All in one, converted:"
          : `All in ${converted.currency} is converted by the rates of ${converted.day}, for the eye${
              converted.unknown.length === 0 ? "." : `; no rate of ${converted.unknown.join(", ")} is known.`
            }`}
      </p>
      <nav class="choices" aria-label="All in one currency">
        {currencies.map((currency) => (
          <a href={addressOf(period, currency)} aria-current={converted?.currency === currency ? "true" : undefined}>
            {currency}
          </a>
        ))}
        {converted === null ? null : <a href={addressOf(period, undefined)}>each its own</a>}
      </nav>
    </>
  );
}

function Periods({ chosen, currency }: { chosen: PeriodName; currency: string | undefined }) {
  return (
    <nav class="choices" aria-label="Period">
      {Object.entries(PERIODS).map(([name, { label }]) => (
        <a href={addressOf(periodOf(name), currency)} aria-current={name === chosen ? "true" : undefined}>
          {label}
        </a>
      ))}
    </nav>
  );
}
