/** The rows of a report, sorted by any column, with totals below; figures open the rows behind them, heads say what they are. */

import type { PropsWithChildren } from "hono/jsx";
import { METRICS } from "../../core/metrics/definitions.ts";
import { isTime } from "../../core/metrics/time-dimensions.ts";
import { type Figured, figureText, titleOf } from "../shell/figures.ts";
import { Hint } from "../shell/parts/hint.tsx";
import { isNamed, Named } from "../shell/parts/named.tsx";
import { Empty, withParameter } from "../shell/parts/table.tsx";
import { Clipped, Nothing } from "../shell/parts/values.tsx";
import type { Sort } from "../web/sorting.ts";
import { type ComparedRow, Difference, pairRows } from "./comparison.tsx";
import type { AnsweredReport } from "./converted.ts";
import type { Report, ReportColumn, ReportRow } from "./report.ts";
import { openedBy, rowsBehind } from "./rows-behind.ts";

/** More rows than these are exported, not looked at. */
export const MOST_ROWS = 1_000;

/** What reports without time are sorted by, the largest first: the first of these that there is. */
const RANKS = ["revenue", "payout", "amount", "conversions", "clicks"];

/** `revenue` or `-revenue`; null for the order of the groups. */
export function readSort(text: string | null, { columns, group_by }: Report): Sort | null {
  const name = text?.replace(/^-/, "") ?? "";
  if (columns.some((column) => column.name === name)) return { name, descending: text?.startsWith("-") ?? false };
  if (isTime(group_by[0] ?? "")) return null;
  const rank = RANKS.find((one) => columns.some((column) => column.name === one));
  return rank === undefined ? null : { name: rank, descending: true };
}

/** What has no value comes last, whichever way it is sorted. */
export function sortRows({ rows, columns }: Report, sort: Sort | null): ReportRow[] {
  if (sort === null) return rows;
  const isText = columns.find(({ name }) => name === sort.name)?.unit === "dimension";
  const sign = sort.descending ? -1 : 1;
  return [...rows].sort((left, right) => {
    const [a, b] = [left[sort.name] ?? null, right[sort.name] ?? null];
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    return sign * (isText ? String(a).localeCompare(String(b), "en") : Number(a) - Number(b));
  });
}

export function ReportTable({
  report,
  rows,
  sort,
  url,
  parameters,
  before,
}: {
  report: AnsweredReport;
  rows: ReportRow[];
  sort: Sort | null;
  url: URL;
  /** What the report was asked for, as the API has it. */
  parameters: URLSearchParams;
  /** The same report of the period that it is compared with. */
  before: Report | null;
}) {
  const { columns, totals, converted } = report;
  const behind = (name: string, row: ReportRow) => rowsBehind(name, row, report, parameters);
  const pairs = pairRows(columns, rows, before?.rows ?? []).slice(0, MOST_ROWS);
  const totalPairs = pairRows([CURRENCY], totals, before?.totals ?? []);
  const difference = (column: ReportColumn, pair: ComparedRow) =>
    before === null ? null : (
      <Difference
        column={column}
        pair={pair}
        rows={pair.before === null ? null : rowsBehind(column.name, pair.before, before, parameters)}
      />
    );
  if (columns.every(({ unit }) => unit === "dimension"))
    return (
      <Empty>
        <p>Nothing is left to count: none of these metrics is to be had here. Choose others.</p>
      </Empty>
    );
  if (pairs.length === 0)
    return (
      <Empty>
        <p>Nothing was counted in this range. Choose a longer one, or fewer filters.</p>
      </Empty>
    );
  return (
    <section class="table figures" aria-label="Report" tabindex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeadCell column={column} sort={sort} url={url} />
            ))}
          </tr>
        </thead>
        <tbody>
          {pairs.map((pair) => (
            <tr>
              {columns.map((column) => (
                <Cell column={column} row={rowOf(column, pair)} rows={behind(column.name, rowOf(column, pair))}>
                  {difference(column, pair)}
                </Cell>
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          {/* Without groups the rows are the totals. */}
          {(report.group_by.length === 0 ? [] : totalPairs).map((pair) => (
            <tr>
              {columns.map((column, index) => {
                const isGroup = column.unit === "dimension" && column.name !== "currency";
                if (isGroup) return <td>{index === 0 ? "Total" : ""}</td>;
                const row = rowOf(column, pair);
                return (
                  <Cell column={column} row={row} rows={behind(column.name, row)}>
                    {difference(column, pair)}
                  </Cell>
                );
              })}
            </tr>
          ))}
          {converted === null ? null : (
            <tr>
              {columns.map((column, index) =>
                column.converted_to === undefined ? (
                  <td>{index === 0 ? `All, in ${converted.currency}` : ""}</td>
                ) : (
                  <Cell column={column} row={converted.total} />
                ),
              )}
            </tr>
          )}
        </tfoot>
      </table>
    </section>
  );
}

const CURRENCY: ReportColumn = { name: "currency", label: "Currency", unit: "dimension" };

/** What a cell shows of a pair: the figures of now, which of a group that there was only before are none, and the names of whichever there is. */
function rowOf({ unit }: ReportColumn, { now, before }: ComparedRow): ReportRow {
  return now ?? (unit === "dimension" && before !== null ? before : {});
}

function HeadCell({ column, sort, url }: { column: ReportColumn; sort: Sort | null; url: URL }) {
  const isSorted = sort?.name === column.name;
  // Numbers are looked at from the largest down, texts from the first.
  const first = column.unit === "dimension" ? column.name : `-${column.name}`;
  const turned = sort?.descending ? column.name : `-${column.name}`;
  return (
    <th
      scope="col"
      class={column.unit === "dimension" ? undefined : "number"}
      aria-sort={isSorted ? (sort.descending ? "descending" : "ascending") : undefined}
    >
      <a href={withParameter(url, "sort", isSorted ? turned : first)}>
        {column.label}
        {isSorted ? (sort.descending ? " ↓" : " ↑") : ""}
      </a>
      <MetricHint column={column} />
    </th>
  );
}

/** What a metric is, by which time it counts, and what its figures open or why they do not. */
function MetricHint({ column: { name, label } }: { column: ReportColumn }) {
  const metric = METRICS.find((one) => one.name === name);
  if (metric === undefined) return null;
  const opened = openedBy(name);
  return (
    <Hint id={`what-is-${name}`} of={label}>
      <p>{sentence(metric.formula)}</p>
      <p>By the time of {metric.clock}.</p>
      <p>
        {"why" in opened
          ? opened.why
          : opened.isPart
            ? "A figure opens the conversions above the line of its division."
            : "A figure opens its conversions."}
      </p>
    </Hint>
  );
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

interface CellProps {
  column: ReportColumn;
  row: ReportRow;
  /** Where the rows behind it are. */
  rows?: string | null;
}

function Cell({ column: { name, unit, converted_to }, row, rows = null, children }: PropsWithChildren<CellProps>) {
  const value = row[name] ?? null;
  const currency = converted_to ?? (typeof row.currency === "string" ? row.currency : null);
  if (unit === "dimension")
    return (
      <td>{typeof value === "string" ? <Dimension name={name} value={value} /> : <span class="nothing">none</span>}</td>
    );
  return (
    <td class="number" title={titleOf({ name, unit }, value)}>
      {value === null ? <Nothing /> : <Opening to={rows} text={textOf(value, currency, { name, unit })} />}
      {children}
    </td>
  );
}

function Opening({ to, text }: { to: string | null; text: string }) {
  return to === null ? text : <a href={to}>{text}</a>;
}

/** A time stays in one line; an hour is read without its offset, which stands in its title. */
function Dimension({ name, value }: { name: string; value: string }) {
  if (isNamed(name)) return <Named of={name} slug={value} />;
  return isTime(name) ? (
    <span class="whole" title={name === "hour" ? value : undefined}>
      {name === "hour" ? value.slice(0, 16).replace("T", " ") : value}
    </span>
  ) : (
    <Clipped text={value} />
  );
}

function textOf(value: NonNullable<ReportRow[string]>, currency: string | null, of: Figured): string {
  if (typeof value !== "object") return figureText({ value, currency }, of);
  return Object.entries(value)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(", ");
}
