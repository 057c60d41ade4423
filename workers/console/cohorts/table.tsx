/** A group's cohorts as a table, months across, and as a curve: of all of them together, by the months that are over. */
import {
  addCohortCounts,
  type CohortCounts,
  type CohortMetric,
  cohortValue,
  noCohortCounts,
} from "../../core/metrics/cohorts.ts";
import { figureText } from "../shell/figures.ts";
import { Chart, type Series } from "../shell/parts/chart.tsx";
import { Hint } from "../shell/parts/hint.tsx";
import { Nothing } from "../shell/parts/values.tsx";
import type { CohortGroup } from "./cohort-counts.ts";
import type { CohortPlan } from "./cohort-query.ts";

const LOOKS: readonly Series["look"][] = ["first", "second", "third"];

interface ShownCohorts {
  plan: CohortPlan;
  metric: CohortMetric;
}

/** What a group is called: with its currency where others stand beside it in another one, and where its figures are money. */
export function groupName({ labels, currency }: CohortGroup, groups: readonly CohortGroup[], isMoney: boolean): string {
  const named = isMoney || groups.some((one) => one.currency !== currency);
  return [...labels.map((label) => label ?? "none"), ...(named ? [currency] : [])].join(" · ") || "All";
}

/** Of all cohorts together by how many months after, as far as those months are over; null where none is. */
function together({ months }: CohortGroup, { plan, metric }: ShownCohorts): (string | number | null)[] {
  return plan.months.map((_, age) => {
    const sum: CohortCounts = noCohortCounts();
    for (const month of months)
      if (month.age === age && isOver(plan, month.cohort + age)) addCohortCounts(sum, month.counts);
    return cohortValue(metric, sum);
  });
}

function isOver({ months, nowMs }: CohortPlan, number: number): boolean {
  const month = months[number];
  return month !== undefined && month.toMs <= nowMs;
}

/** The curves of the largest groups. Money of two currencies is never drawn on one scale, so those of the first one's are. */
export function CohortChart({ groups, ...shown }: ShownCohorts & { groups: readonly CohortGroup[] }) {
  const { metric } = shown;
  const [first] = groups;
  if (first === undefined) return null;
  const isMoney = metric.unit === "money";
  const drawn = groups.filter(({ currency }) => !isMoney || currency === first.currency).slice(0, LOOKS.length);
  const curves = drawn.map((group) => together(group, shown));
  const length = Math.max(...curves.map((values) => values.findLastIndex((value) => value !== null) + 1));
  if (length === 0) return null;
  const series = drawn.map((group, index): Series => {
    const name = groupName(group, groups, isMoney);
    return { name, values: curves[index]?.slice(0, length) ?? [], look: LOOKS[index] ?? "first" };
  });
  return (
    <Chart
      title={`${metric.label}, by months after the first`}
      labels={Array.from({ length }, (_, age) => `month ${age}`)}
      series={series}
      of={metric}
      currency={isMoney ? first.currency : null}
      open={null}
    />
  );
}

export function CohortTableOf({
  group,
  groups,
  ...shown
}: ShownCohorts & { group: CohortGroup; groups: readonly CohortGroup[] }) {
  const { plan, metric } = shown;
  const of = (counts: CohortCounts) => {
    const value = cohortValue(metric, counts);
    return value === null ? null : figureText({ value, currency: group.currency }, metric);
  };
  const byCohort = [...Map.groupBy(group.months, ({ cohort }) => cohort)];
  const all = together(group, shown);
  const name = groupName(group, groups, metric.unit === "money");
  const ages = Math.max(...byCohort.map(([, months]) => months.length));
  return (
    <section class="table figures" aria-label={`${metric.label}: ${name}`} tabindex={0}>
      <table>
        <caption>
          <bdi>{name}</bdi>
        </caption>
        <thead>
          <tr>
            <th scope="col">Cohort</th>
            <th scope="col" class="number">
              Customers
            </th>
            {Array.from({ length: ages }, (_, age) => (
              <th scope="col" class="number">
                {age}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {byCohort.map(([cohort, months]) => (
            <tr>
              <th scope="row">{plan.months[cohort]?.name}</th>
              <td class="number">{Number(months[0]?.counts.customers ?? 0).toLocaleString("en-US")}</td>
              {Array.from({ length: ages }, (_, age) => {
                const month = months[age];
                const text = month === undefined ? null : of(month.counts);
                return (
                  <td class="number">
                    {text ?? <Nothing />}
                    {text === null || isOver(plan, cohort + age) ? null : <span class="reason"> so far</span>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">All, of months that are over</th>
            <td class="number">
              {byCohort
                .reduce((sum, [, months]) => sum + Number(months[0]?.counts.customers ?? 0), 0)
                .toLocaleString("en-US")}
            </td>
            {Array.from({ length: ages }, (_, age) => {
              const value = all[age] ?? null;
              return (
                <td class="number">
                  {value === null ? <Nothing /> : figureText({ value, currency: group.currency }, metric)}
                </td>
              );
            })}
          </tr>
        </tfoot>
      </table>
    </section>
  );
}

/** What the metric is, behind a button. */
export function CohortHint({ metric: { name, label, formula } }: { metric: CohortMetric }) {
  return (
    <Hint id={`what-is-cohort-${name}`} of={label}>
      <p>
        {formula.slice(0, 1).toUpperCase()}
        {formula.slice(1)}.
      </p>
      <p>A customer is a click: all conversions of one click are one customer's.</p>
    </Hint>
  );
}
