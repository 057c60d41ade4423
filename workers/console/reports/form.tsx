/** What a report is asked for: groups, range, filters, metrics; it all goes into the address. */
import type { Metric } from "../../core/metrics/definitions.ts";
import { FAMILIES } from "../../core/metrics/definitions.ts";
import { ChoiceFilter, FilterFault, FilterProblem, TextFilter, useFault } from "../shell/parts/filters.tsx";
import { Suggestions } from "../shell/parts/form.tsx";
import { CLOCKS } from "../tables/table.ts";
import type { Problem } from "../web/problem.ts";
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

interface ReportFormProps {
  url: URL;
  asked: AskedReport;
  /** Those that the viewer may see. */
  metrics: readonly Metric[];
  /** Those that the viewer may group by. */
  dimensions: readonly string[];
  /** Slugs to choose from; a filter whose list is null is not offered. */
  slugs: Record<"advertiser" | "offer" | "affiliate", readonly string[] | null>;
  /** What is wrong with the address, if anything is. */
  problem: Problem | null;
}

const FILTERS = ["advertiser", "offer", "affiliate", "link", "event", "status", "test"];

/** Parameters that the form has a field for; what is wrong with them is said beside it. */
export const REPORT_FIELDS: readonly string[] = ["from", "tz", ...FILTERS];

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
        <ChoiceFilter url={url} name="clock" label="By the time" options={CLOCK_OPTIONS} any="received" />
      </div>
      <details class="more" open={FILTERS.some((name) => url.searchParams.get(name))}>
        <summary>Only some: advertiser, offer, affiliate, link, event, status, tests</summary>
        <div class="filters">
          {slugs.advertiser === null ? null : (
            <TextFilter url={url} name="advertiser" label="Advertiser" suggestions={slugs.advertiser} />
          )}
          <TextFilter url={url} name="offer" label="Offer" suggestions={slugs.offer ?? []} />
          {slugs.affiliate === null ? null : (
            <TextFilter url={url} name="affiliate" label="Affiliate" suggestions={slugs.affiliate} />
          )}
          <TextFilter url={url} name="link" label="Link" />
          <TextFilter url={url} name="event" label="Event" />
          <ChoiceFilter
            url={url}
            name="status"
            label="Status"
            options={["pending", "approved", "rejected", "reversed"]}
          />
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
          Begin anew
        </a>
      </div>
    </form>
  );
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
            {name.replaceAll("_", " ")}
          </option>
        ))}
      </select>
    </label>
  );
}
