/** What a report is asked for: groups, range, filters, metrics; it all goes into the address. */
import { FAMILIES, type Metric } from "../../core/metrics/definitions.ts";
import { type Dimension, FILTERED, FILTERS, type FilterName, labelOf } from "../../core/metrics/dimensions.ts";
import { ChoiceFilter, DayFilter, FilterFault, FilterProblem, TextFilter, useFault } from "../shell/parts/filters.tsx";
import { type Option, Suggestions } from "../shell/parts/form.tsx";
import { CLOCKS } from "../tables/export-table.ts";
import type { Problem } from "../web/problem.ts";
import { COMPARED, COMPARISONS } from "./comparison.tsx";
import type { AskedReport } from "./page-address.ts";

const GROUPS = 3;
/** Zones to choose from; every other one can be written. */
const ZONES = [
  "UTC",
  "Europe/London",
  "Europe/Berlin",
  "Europe/Kyiv",
  "America/New_York",
  "America/Chicago",
  "America/Los_Angeles",
  "America/Sao_Paulo",
  "Asia/Dubai",
  "Asia/Kolkata",
  "Asia/Shanghai",
  "Asia/Tokyo",
  "Australia/Sydney",
];

type FilterSlugs = Partial<Record<FilterName, readonly (Option | string)[] | null>>;

interface ReportFormProps {
  url: URL;
  asked: AskedReport;
  /** Those that the viewer may see. */
  metrics: readonly Metric[];
  /** Those that the viewer may group by. */
  dimensions: readonly string[];
  /** Slugs to choose from; a filter whose list is null is not offered, one that has none is written. */
  slugs: FilterSlugs;
  /** What is wrong with the address, if anything is. */
  problem: Problem | null;
}

/** Tests are asked for beside what rows are told apart by. */
const FIELDS = [...FILTERS, "test"];

/** Parameters that the form has a field for; what is wrong with them is said beside it. */
export const REPORT_FIELDS: readonly string[] = ["from", "tz", "currency", ...FIELDS];

export function ReportForm(props: ReportFormProps) {
  return (
    <FilterProblem value={props.problem}>
      <Fields {...props} />
    </FilterProblem>
  );
}

function Fields({ url, asked, metrics, dimensions, slugs }: ReportFormProps) {
  const offered = dimensions.filter((name) => name !== "advertiser" || slugs.advertiser !== null);
  return (
    <form method="get" action="/reports" class="card" aria-label="Report">
      <div class="filters">
        {Array.from({ length: GROUPS }, (_, index) => (
          <GroupBy index={index} chosen={asked.groups[index] ?? ""} offered={offered} />
        ))}
        <label>
          <span>From</span>
          <input type="date" name="from" value={asked.from} {...useFault("from")} />
          <FilterFault name="from" />
        </label>
        <label>
          <span>Until</span>
          <input type="date" name="until" value={asked.until} />
        </label>
        <label>
          <span>Time zone</span>
          <input
            name="tz"
            value={asked.timeZone}
            list="zones"
            autocomplete="off"
            spellcheck={false}
            {...useFault("tz")}
          />
          <Suggestions id="zones" values={ZONES} />
          <FilterFault name="tz" />
        </label>
        <TextFilter url={url} name="currency" label="Also in currency" />
        <ChoiceFilter url={url} name="clock" label="By the time" options={CLOCK_OPTIONS} any="received" />
        <ChoiceFilter url={url} name={COMPARED.with} label="Compare with" options={COMPARISONS} any="nothing" />
        <DayFilter url={url} name={COMPARED.from} label="that day" />
      </div>
      <details class="more" open={FIELDS.some((name) => url.searchParams.get(name))}>
        <summary>Only some: {[...FILTERS.map(labelOf), "Tests"].join(", ").toLowerCase()}</summary>
        <div class="filters">
          {FILTERS.map((name) => (
            <DimensionFilter url={url} name={name} slugs={slugs[name]} />
          ))}
          <ChoiceFilter
            url={url}
            name="test"
            label="Tests"
            any="without tests"
            options={[{ value: "true", label: "only tests" }]}
          />
        </div>
      </details>
      <details class="more">
        <summary>Metrics: {asked.metrics.length} chosen</summary>
        <div class="metric-choices">
          {FAMILIES.map((family) => (
            <fieldset>
              <legend>{family}</legend>
              {metrics
                .filter((metric) => metric.family === family)
                .map(({ name, label, formula }) => (
                  <label class="check" title={formula}>
                    <input type="checkbox" name="metrics" value={name} checked={asked.metrics.includes(name)} />
                    {label}
                  </label>
                ))}
            </fieldset>
          ))}
        </div>
      </details>
      <div class="form-actions">
        <button type="submit" class="primary">
          Show
        </button>
        <a class="button" href="/reports">
          Start over
        </a>
      </div>
    </form>
  );
}

function DimensionFilter({ url, name, slugs }: { url: URL; name: FilterName; slugs: FilterSlugs[FilterName] }) {
  if (slugs === null) return null;
  const { label, choices }: Dimension = FILTERED[name];
  if (choices) return <ChoiceFilter url={url} name={name} label={label} options={choices} />;
  return <TextFilter url={url} name={name} label={label} {...(slugs && { suggestions: slugs })} />;
}

const CLOCK_OPTIONS = CLOCKS.filter((clock) => clock !== "received");
const ORDINALS = ["Group by", "then by", "then by"];

function GroupBy({ index, chosen, offered }: { index: number; chosen: string; offered: readonly string[] }) {
  return (
    <label>
      <span>{ORDINALS[index]}</span>
      <select name="group_by">
        <option value="">{index === 0 ? "nothing: totals" : "–"}</option>
        {offered.map((name) => (
          <option value={name} selected={name === chosen}>
            {labelOf(name).toLowerCase()}
          </option>
        ))}
      </select>
    </label>
  );
}
