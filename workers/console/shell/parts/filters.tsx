/** The filters of a list: a form that goes into the address, so that every view can be shared. */
import { createContext, type PropsWithChildren, useContext } from "hono/jsx";
import type { Problem } from "../../web/problem.ts";
import { filterChips, hidesTests, isFiltered, unfiltered, WITH_TESTS } from "../list-query.ts";
import { RANGE_LABELS } from "../usual-ranges.ts";
import { type Option, Suggestions } from "./form.tsx";

interface FiltersProps {
  url: URL;
  /** What is wrong with the address, if anything is. */
  problem?: Problem | null;
  /** The zone in which a day is meant; it goes into the address, so that the view is the same for everybody. */
  timeZone?: string;
}

/** What belongs to one page of a list. */
const OF_PAGE = ["cursor", "back", "live"];

/** What stays as it is when other filters are set. */
const KEPT = ["limit", "sort", "columns"];

const WrongFilters = createContext<Problem | null>(null);

/** Fields within say beside themselves what is wrong with them. */
export const FilterProblem = WrongFilters.Provider;

/** Filters that stand in the address already are kept; `cursor` is not, since it belongs to the list before. */
export function Filters({ url, problem = null, timeZone, children }: PropsWithChildren<FiltersProps>) {
  const kept = KEPT.flatMap((name) => url.searchParams.getAll(name).map((value) => [name, value] as const));
  return (
    <>
      <Chips url={url} />
      <details class="filter-box" open={isFiltered(url)}>
        <summary>Filters</summary>
        <form method="get" action={url.pathname} class="filters" aria-label="Filters">
          {timeZone === undefined ? null : (
            <input type="hidden" name="tz" value={url.searchParams.get("tz") ?? timeZone} />
          )}
          {kept.map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
          <FilterProblem value={problem}>{children}</FilterProblem>
          <div class="filter-actions">
            <button type="submit">Show</button>
            {isFiltered(url) ? (
              <a class="button quiet" href={unfiltered(url)}>
                Clear
              </a>
            ) : null}
          </div>
        </form>
      </details>
    </>
  );
}

/** The filters of an address, each of which can be taken away by itself. */
function Chips({ url }: { url: URL }) {
  const chips = filterChips(url);
  if (chips.length === 0) return null;
  return (
    <ul class="chips" aria-label="Filters that are set">
      {chips.map(({ name, value, without }) => {
        const said = `${name.replaceAll("_", " ")}: ${value}`;
        return (
          <li>
            <a class="chip" href={without} aria-label={`Take away ${said}`}>
              <span>{said}</span> <span aria-hidden="true">×</span>
            </a>
          </li>
        );
      })}
    </ul>
  );
}

/** How tests are shown: not, unless asked for. */
export function TestFilter({ url }: { url: URL }) {
  const options = [
    { value: WITH_TESTS, label: "with tests" },
    { value: "true", label: "only tests" },
  ];
  return <ChoiceFilter url={url} name="test" label="Tests" any="without tests" options={options} />;
}

/** Says above a list that tests are left out, and shows them. */
export function HiddenTests({ url }: { url: URL }) {
  if (!hidesTests(url)) return null;
  const query = new URLSearchParams(url.search);
  for (const name of OF_PAGE) query.delete(name);
  query.set("test", WITH_TESTS);
  return (
    <p class="help">
      Tests are hidden: <a href={`${url.pathname}?${query}`}>show them</a>.
    </p>
  );
}

interface FilterProps {
  url: URL;
  name: string;
  label: string;
}

export function TextFilter(props: FilterProps & { placeholder?: string; suggestions?: readonly (Option | string)[] }) {
  const { url, name, label, placeholder, suggestions } = props;
  const list = `${name}-list`;
  return (
    <label>
      <span>{label}</span>
      <input
        name={name}
        value={url.searchParams.get(name) ?? ""}
        placeholder={placeholder}
        list={suggestions && list}
        autocomplete="off"
        spellcheck={false}
        {...useFault(name)}
      />
      <Suggestions id={list} values={suggestions} />
      <FilterFault name={name} />
    </label>
  );
}

/** A day; `otherwise` is the one that counts where the address says none. */
export function DayFilter({ url, name, label, otherwise = "" }: FilterProps & { otherwise?: string }) {
  const day = (url.searchParams.get(name) ?? otherwise).slice(0, 10);
  return (
    <label>
      <span>{label}</span>
      <input type="date" name={name} value={day} {...useFault(name)} />
      <FilterFault name={name} />
    </label>
  );
}

/** A range that moves with the day, or days. */
export function DaysFilter({ url }: { url: URL }) {
  const options = Object.entries(RANGE_LABELS).map(([value, label]) => ({ value, label }));
  return (
    <>
      <ChoiceFilter url={url} name="range" label="Range" any="the days beside" options={options} />
      <DayFilter url={url} name="from" label="From" />
      <DayFilter url={url} name="to" label="Before" />
    </>
  );
}

export function ChoiceFilter(props: FilterProps & { options: readonly (Option | string)[]; any?: string }) {
  const { url, name, label, options, any = "any" } = props;
  const chosen = url.searchParams.get(name) ?? "";
  return (
    <label>
      <span>{label}</span>
      <select name={name} {...useFault(name)}>
        <option value="">{any}</option>
        {options.map((option) => {
          const { value, label } = typeof option === "string" ? { value: option, label: option } : option;
          return (
            <option value={value} selected={value === chosen}>
              {label}
            </option>
          );
        })}
      </select>
      <FilterFault name={name} />
    </label>
  );
}

/** What is wrong with a field, below it. */
export function FilterFault({ name }: { name: string }) {
  const faults = faultsOf(useContext(WrongFilters), name);
  if (faults.length === 0) return null;
  return (
    <span class="fault" id={`${name}-fault`}>
      {faults.join(" ")}
    </span>
  );
}

/** Attributes of an input that say whether it is wrong. */
export function useFault(name: string) {
  const isWrong = faultsOf(useContext(WrongFilters), name).length > 0;
  return isWrong ? { "aria-invalid": "true" as const, "aria-describedby": `${name}-fault` } : {};
}

function faultsOf(problem: Problem | null, name: string): string[] {
  return (problem?.errors ?? []).flatMap((fault) =>
    "parameter" in fault && fault.parameter === name ? [fault.detail] : [],
  );
}
