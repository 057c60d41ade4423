/** What the overview's metrics come to, each with how it moved. */

import type { Role } from "../../core/roles.ts";
import { type AnsweredReport, convertedName } from "../reports/converted.ts";
import type { Report } from "../reports/report.ts";
import { type Figure, figureText, titleOf } from "../shell/figures.ts";
import { Opening } from "../shell/parts/values.tsx";
import { AS_BEFORE, figuresOf, type MetricOf, MOST_CURRENCIES, metricsIn, movementOf } from "./movements.ts";
import { openedRows } from "./opened-rows.ts";

/** Each figure opens the rows that this role may see. */
export function Tiles({ now, before, role }: { now: AnsweredReport; before: Report; role: Role }) {
  const metrics = metricsIn(now);
  const isCompared = hasAnything(before);
  const tile = (metric: MetricOf) => (
    <Tile
      metric={metric}
      now={figuresOf(now.totals, metric)}
      before={isCompared ? figuresOf(before.totals, metric) : null}
      inAll={inAllOf(now, metric)}
      opens={({ currency }) => openedRows(metric.name, now.totals, now, { role, currency })}
    />
  );
  return (
    <>
      <dl class="stats">{metrics.filter(({ unit }) => unit !== "money").map(tile)}</dl>
      <dl class="stats wide">{metrics.filter(({ unit }) => unit === "money").map(tile)}</dl>
    </>
  );
}

/** False for the time before a programme began: there is nothing to compare with, which is said once and not in every tile. */
export function hasAnything({ totals, columns }: Report): boolean {
  return totals.some((row) => columns.some(({ name, unit }) => unit === "count" && Number(row[name] ?? 0) > 0));
}

/** `before` is null where nothing is compared. */
function Tile(props: {
  metric: MetricOf;
  now: Figure[];
  before: Figure[] | null;
  inAll: Figure | null;
  /** The address of a figure's rows. */
  opens: (figure: Figure) => string | null;
}) {
  const { metric, now, before, inAll, opens } = props;
  const shown = now.slice(0, MOST_CURRENCIES);
  return (
    <div class="stat">
      <dt>{metric.label}</dt>
      {shown.length === 0 ? <dd class="nothing">–</dd> : null}
      {shown.map((figure) => {
        const was = before?.find(({ currency }) => currency === figure.currency);
        return (
          <dd title={titleOf(metric, figure.value)}>
            <Opening text={figureText(figure, metric)} href={opens(figure)} />{" "}
            {figure.currency === null ? null : <span class="currency">{figure.currency}</span>}
            {before === null ? null : <Moved metric={metric} now={figure} before={was} />}
          </dd>
        );
      })}
      {inAll === null ? null : (
        <dd>
          <span class="change">in all, converted:</span> {figureText(inAll, metric)}{" "}
          <span class="currency">{inAll.currency}</span>
        </dd>
      )}
    </div>
  );
}

/** Over all currencies, in the one that was asked for; null where that was not, or cannot be told. */
function inAllOf({ converted }: AnsweredReport, { name, unit }: MetricOf): Figure | null {
  if (converted === null || unit !== "money") return null;
  const value = converted.total[convertedName(name, converted.currency)] ?? null;
  return typeof value === "string" ? { value, currency: converted.currency } : null;
}

function Moved({ metric, now, before }: { metric: MetricOf; now: Figure; before: Figure | undefined }) {
  const movement = movementOf(now, before, metric);
  if (before === undefined || movement === null) return <span class="change">none before</span>;
  return (
    <span class="change">
      <span class="moved" data-tone={movement.tone}>
        {movement.text}
      </span>
      {movement.text === AS_BEFORE ? null : ` from ${figureText(before, metric)}`}
    </span>
  );
}
