/** The filters of a list: a form that goes into the address, so that every view can be shared. */
import type { PropsWithChildren } from "hono/jsx";
import { type Option, Suggestions } from "./form.tsx";

/** Filters that stand in the address already are kept; `cursor` is not, since it belongs to the list before. */
export function Filters({ url, children }: PropsWithChildren<{ url: URL }>) {
  const isFiltered = [...url.searchParams.keys()].some((name) => name !== "cursor" && name !== "done");
  return (
    <details class="filter-box" open={isFiltered}>
      <summary>Filters</summary>
      <form method="get" action={url.pathname} class="filters" aria-label="Filters">
        {children}
        <div class="filter-actions">
          <button type="submit">Show</button>
          {isFiltered ? (
            <a class="button quiet" href={url.pathname}>
              Clear
            </a>
          ) : null}
        </div>
      </form>
    </details>
  );
}

interface FilterProps {
  url: URL;
  name: string;
  label: string;
}

export function TextFilter(props: FilterProps & { placeholder?: string; suggestions?: readonly string[] }) {
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
      />
      <Suggestions id={list} values={suggestions} />
    </label>
  );
}

export function DayFilter({ url, name, label }: FilterProps) {
  return (
    <label>
      <span>{label}</span>
      <input type="date" name={name} value={(url.searchParams.get(name) ?? "").slice(0, 10)} />
    </label>
  );
}

export function ChoiceFilter(props: FilterProps & { options: readonly (Option | string)[]; any?: string }) {
  const { url, name, label, options, any = "any" } = props;
  const chosen = url.searchParams.get(name) ?? "";
  return (
    <label>
      <span>{label}</span>
      <select name={name}>
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
    </label>
  );
}
