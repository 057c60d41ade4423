/** Tables that scroll in their own box and are lists on small screens, with what to do where there is nothing, and the ways to the other pages. */
import type { Child } from "hono/jsx";
import type { Sort } from "../../web/sorting.ts";
import { isFiltered, sortedAt, unfiltered } from "../list-query.ts";
import { pageLinks } from "../paging.ts";
import { wholeWord } from "./values.tsx";

/** So many find room on every screen. */
const FEW_COLUMNS = 2;

export interface TableColumn<Row> {
  name: string;
  /** Numbers stand at the right. */
  number?: boolean;
  cell(row: Row): Child;
  /** What addresses call it, where it can be chosen. */
  key?: string;
  /** It is shown where it is chosen, and else not. */
  more?: true;
  /** By what the list is sorted by it first: `name`, or `-amount` from the largest down. */
  sort?: string;
}

/** The order of a list, and the address that says it. */
export interface Sorting {
  url: URL;
  sort: Sort;
}

interface TableProps<Row> {
  /** What the table is of, for those who do not see it. */
  label: string;
  columns: readonly TableColumn<Row>[];
  rows: readonly Row[];
  /** What to say, and do, where there are no rows. */
  empty: Child;
  /** Name of each row, for scripts that tell new ones from old ones. */
  rowKey?(row: Row): string;
  bodyId?: string;
  /** Where its heads lead to other orders. */
  sorting?: Sorting | undefined;
}

export function Table<Row>({ label, columns, rows, empty, rowKey, bodyId, sorting }: TableProps<Row>) {
  if (rows.length === 0 && bodyId === undefined) return <Empty>{empty}</Empty>;
  return (
    <section class={columns.length > FEW_COLUMNS ? "table list" : "table"} aria-label={label} tabindex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeadCell column={column} sorting={sorting} />
            ))}
          </tr>
        </thead>
        <tbody id={bodyId}>
          <Rows columns={columns} rows={rows} empty={empty} rowKey={rowKey} />
        </tbody>
      </table>
    </section>
  );
}

/** A head leads to the list in its order, and where that is so already, the other way. */
function HeadCell<Row>({ column, sorting }: { column: TableColumn<Row>; sorting: Sorting | undefined }) {
  const { name, number, sort: first } = column;
  const kind = number ? "number" : undefined;
  if (sorting === undefined || first === undefined)
    return (
      <th scope="col" class={kind}>
        {name}
      </th>
    );
  const { url, sort } = sorting;
  const by = first.replace(/^-/, "");
  const isSorted = sort.name === by;
  return (
    <th scope="col" class={kind} aria-sort={isSorted ? (sort.descending ? "descending" : "ascending") : undefined}>
      <a href={sortedAt(url, isSorted ? (sort.descending ? by : `-${by}`) : first)}>
        {name}
        {isSorted ? <span aria-hidden="true">{sort.descending ? " ↓" : " ↑"}</span> : null}
      </a>
    </th>
  );
}

export function Rows<Row>({
  columns,
  rows,
  empty,
  rowKey,
}: Pick<TableProps<Row>, "columns" | "rows" | "empty"> & { rowKey: ((row: Row) => string) | undefined }) {
  if (rows.length === 0)
    return (
      <tr>
        <td colspan={columns.length}>
          <Empty>{empty}</Empty>
        </td>
      </tr>
    );
  return (
    <>
      {rows.map((row) => (
        <tr data-key={rowKey?.(row)}>
          {columns.map((column, index) => (
            <td class={column.number ? "number" : undefined} data-name={nameInRow(column, index)}>
              {wholeWord(column.cell(row))}
            </td>
          ))}
        </tr>
      ))}
    </>
  );
}

/** What stands before a cell on a small screen. What a row begins with says by itself what it is, but for a number. */
function nameInRow<Row>({ name, number }: TableColumn<Row>, index: number): string | undefined {
  return name === "" || (index === 0 && !number) ? undefined : name;
}

/** What a list says that has no rows: because of its filters, or because nothing is there yet. */
export function NoRows({ url, children }: { url: URL; children?: Child }) {
  if (!isFiltered(url)) return <>{children}</>;
  return (
    <p>
      Nothing fits these filters. <a href={unfiltered(url)}>Show everything</a>
    </p>
  );
}

/** What stands in the place of the rows while a filter is wrong. */
export function WrongFilter() {
  return (
    <Empty>
      <p>Nothing is shown: mend the filter that is marked.</p>
    </Empty>
  );
}

export function Empty({ children }: { children?: Child }) {
  return <div class="empty">{children}</div>;
}

/** What leads back where this leads on. */
const BEFORE = { Next: "Previous", Older: "Newer", Newer: "Older" };

interface PagerProps {
  url: URL;
  /** The cursor that the list gave. */
  next: string | null;
  /** What the next page is called. */
  older?: keyof typeof BEFORE;
  /** Rows of a page, where the address does not say. */
  rows?: number;
}

/** Links to the page before, the next and the first one, and to larger pages. */
export function Pager({ url, next, older = "Next", rows }: PagerProps) {
  const links = pageLinks(url, next, rows);
  if (links.first === null && links.next === null && links.sizes.length === 0) return null;
  return (
    <nav class="pager" aria-label="Pages">
      {links.first === null ? null : (
        <a class="button" href={links.first}>
          First page
        </a>
      )}
      {links.previous === null ? null : (
        <a class="button" href={links.previous} rel="prev">
          {BEFORE[older]}
        </a>
      )}
      {links.next === null ? null : (
        <a class="button" href={links.next} rel="next">
          {older}
        </a>
      )}
      {links.sizes.length === 0 ? null : (
        <span class="sizes">
          Rows
          {links.sizes.map((size) => (
            <a
              href={size.href}
              aria-label={`${size.rows} rows a page`}
              aria-current={size.isChosen ? "true" : undefined}
            >
              {size.rows}
            </a>
          ))}
        </span>
      )}
    </nav>
  );
}

/** The path and query of `url` with another value of one parameter, or without it. */
export function withParameter(url: URL, name: string, value: string | null): string {
  const query = new URLSearchParams(url.search);
  if (value === null) query.delete(name);
  else query.set(name, value);
  return query.size === 0 ? url.pathname : `${url.pathname}?${query}`;
}
