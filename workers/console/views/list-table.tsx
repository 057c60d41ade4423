/** The table of a list: sorted by its heads, with the columns that are chosen, and the form that chooses them. */
import type { Child } from "hono/jsx";
import { sortIn } from "../shell/list-query.ts";
import { Table, type TableColumn } from "../shell/parts/table.tsx";
import { sortText } from "../web/sorting.ts";
import { type ListShape, shownColumns } from "./list-shape.ts";

interface ListTableProps<Row> {
  shape: ListShape;
  label: string;
  columns: readonly TableColumn<Row>[];
  rows: readonly Row[];
  empty: Child;
  /** How the list is sorted where its address does not say. */
  ownSort?: string;
  rowKey?(row: Row): string;
  bodyId?: string;
}

export function ListTable<Row>(props: ListTableProps<Row>) {
  const rows = <ListRows {...props} />;
  return (
    <div class="list-table">
      <ListTools {...props} />
      {props.shape.around?.(rows) ?? rows}
    </div>
  );
}

/** The forms that sort a list and choose its columns, where they stand apart from it. */
export function ListTools<Row>({
  shape,
  columns,
  ownSort,
}: Pick<ListTableProps<Row>, "shape" | "columns" | "ownSort">) {
  const shown = shownColumns(columns, shape.wanted);
  const hasSorts = columns.some(({ sort }) => sort !== undefined);
  return (
    <div class="list-tools">
      {hasSorts && ownSort !== undefined ? (
        <SortChoice columns={columns} shape={shape} sort={sortText(sortIn(shape.url, ownSort))} />
      ) : null}
      {columns.filter(({ key }) => key !== undefined).length > 1 ? (
        <ColumnChoice columns={columns} shown={shown} shape={shape} />
      ) : null}
    </div>
  );
}

/** Its rows. */
export function ListRows<Row>({ shape, columns, ownSort, ...table }: ListTableProps<Row>) {
  const { url, wanted } = shape;
  const sorting = ownSort === undefined ? undefined : { url, sort: sortIn(url, ownSort) };
  return (
    <div class={wanted === null ? "list-rows usual" : "list-rows"}>
      <Table columns={shownColumns(columns, wanted)} sorting={sorting} {...table} />
    </div>
  );
}

/** What the address says besides, for forms that change one thing of it. */
function Kept({ url, without }: { url: URL; without: readonly string[] }) {
  const left = [...url.searchParams].filter(([name, value]) => value !== "" && !without.includes(name));
  return (
    <>
      {left.map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
    </>
  );
}

const OF_PAGE = ["cursor", "back", "done", "sent", "live", "view"];

/** Where heads are not shown, on a small screen. */
function SortChoice<Row>({
  columns,
  shape,
  sort,
}: {
  columns: readonly TableColumn<Row>[];
  shape: ListShape;
  sort: string;
}) {
  const options = columns.flatMap(({ name, sort: first }) => {
    const by = first?.replace(/^-/, "");
    return by === undefined
      ? []
      : [
          { value: by, label: `${name} ↑` },
          { value: `-${by}`, label: `${name} ↓` },
        ];
  });
  return (
    <form method="get" action={shape.url.pathname} class="sort-choice" aria-label="Order">
      <Kept url={shape.url} without={["sort", ...OF_PAGE]} />
      <label>
        <span>Sorted by</span>
        <select name="sort">
          {options.map(({ value, label }) => (
            <option value={value} selected={value === sort}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">Sort</button>
    </form>
  );
}

interface ColumnChoiceProps<Row> {
  columns: readonly TableColumn<Row>[];
  shown: readonly TableColumn<Row>[];
  shape: ListShape;
}

/** Those that are shown in their order, then the others; `columns.client.js` moves them. One button shows them, the other keeps them besides. */
function ColumnChoice<Row>({ columns, shown, shape }: ColumnChoiceProps<Row>) {
  const { url, list, wanted } = shape;
  const choosable = columns.filter(({ key }) => key !== undefined);
  const ordered = [
    ...shown.filter(({ key }) => key !== undefined),
    ...choosable.filter((column) => !shown.includes(column)),
  ];
  return (
    <details class="column-choice">
      <summary class="button">Columns</summary>
      <form method="get" action={url.pathname} aria-label="Columns">
        <Kept url={url} without={["columns", ...OF_PAGE]} />
        <ul data-columns>
          {ordered.map((column) => (
            <li>
              <label class="check">
                <input type="checkbox" name="columns" value={column.key} checked={shown.includes(column)} />
                {column.name}
              </label>
            </li>
          ))}
        </ul>
        <div class="form-actions">
          <button type="submit">Show</button>
          <button type="submit" formmethod="post" formaction={`/views?list=${list}&do=columns`} class="primary">
            Keep
          </button>
          {wanted === null ? null : (
            <button type="submit" formmethod="post" formaction={`/views?list=${list}&do=no-columns`} class="quiet">
              As ever
            </button>
          )}
        </div>
      </form>
    </details>
  );
}
