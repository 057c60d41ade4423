/** A chart over time: drawn by a script, with its numbers beside it for those who do not see it, or want them. */
import type { Child } from "hono/jsx";
import { type Figured, figureText } from "../figures.ts";
import { Opening } from "./values.tsx";

export interface Series {
  name: Child;
  /** Money as decimal text. */
  values: readonly (string | number | null)[];
  /** `before` is drawn behind the others. */
  look: "first" | "second" | "third" | "before";
  /** Addresses of the rows that each value counts; null where there is none. */
  rows?: readonly (string | null)[];
}

export interface ChartProps {
  title: string;
  /** One for each value: a day, or the hour of a day. */
  labels: readonly string[];
  series: readonly Series[];
  of: Figured;
  currency?: string | null;
  /** Place of the hour or day that goes on; null where all are over. */
  open: number | null;
}

export function Chart({ title, labels, series, of, currency = null, open }: ChartProps) {
  const drawn = series.map(({ values }) => values.map((value) => (value === null ? null : Number(value))));
  const texts = series.map(({ values }) => values.map((value) => textOf(value, currency, of)));
  const rows = series.map((own) => own.rows ?? []);
  const data = { labels, series: drawn, texts, rows, unit: of.unit, open };
  return (
    <figure class="chart card">
      <figcaption>
        <h2>
          {title} {currency ? <span class="currency">{currency}</span> : null}
        </h2>
        <ul class="legend">
          {series.map(({ name, look }) => (
            <li data-look={look}>
              <bdi>{name}</bdi>
            </li>
          ))}
        </ul>
      </figcaption>
      <div class="plot" data-chart={JSON.stringify(data)} aria-hidden="true" />
      <details class="numbers">
        <summary>Numbers</summary>
        <section class="table figures" aria-label={`${title}, numbers`} tabindex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">When</th>
                {series.map(({ name }) => (
                  <th scope="col" class="number">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {labels.map((label, index) => (
                <tr>
                  <td>
                    {label.length > 10 ? label.slice(0, 16).replace("T", " ") : label}
                    {index === open ? <span class="reason"> so far</span> : null}
                  </td>
                  {texts.map((own, place) => (
                    <td class="number">
                      <Opening text={own[index] ?? null} href={rows[place]?.[index] ?? null} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </figure>
  );
}

function textOf(value: string | number | null, currency: string | null, of: Figured): string | null {
  return value === null || of.unit === "counts" ? null : figureText({ value, currency }, of);
}

/** Few bars beside each other: what each row comes to, against the largest. */
export function Bars({ rows }: { rows: readonly { label: Child; value: number; text: string }[] }) {
  const most = Math.max(...rows.map(({ value }) => value), 0);
  return (
    <ul class="bars">
      {rows.map(({ label, value, text }) => (
        <li>
          <bdi class="bar-label">{label}</bdi>
          <span class="bar-text">{text}</span>
          <svg class="bar-line" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
            <rect width={most > 0 ? Math.max(0, (value / most) * 100) : 0} height="4" rx="1" />
          </svg>
        </li>
      ))}
    </ul>
  );
}
