/** How a file is to be read, found by looking through the whole of it: its letters, its separator, its header, what its columns are, and their notation. */
import type { Dialect } from "../postback/dialect.ts";
import { accept, type Result, refuse } from "../result.ts";
import { type ColumnNotation, columnNotation, type DecimalMark } from "./amount-notation.ts";
import { type ChosenWord, WORD_FIELDS, type WordField } from "./chosen-words.ts";
import { hasClickShape } from "./click-shape.ts";
import type { FileEncoding } from "./encoding.ts";
import { type FileForm, formOf, recordsOf, type TableSource } from "./file-form.ts";
import type { Separator } from "./separator.ts";
import { type ChosenColumns, findColumns, namesOrder, type RowField, type TableColumns } from "./table-columns.ts";
import { recogniseLayout, type TableLayout } from "./table-layout.ts";
import { LAYOUT_NAMES, LAYOUTS, layoutNamed } from "./table-layouts.ts";
import type { TableRecord } from "./table-records.ts";
import { type DateOrder, type TimeNotation, timeNotation } from "./table-time.ts";

/**
 * What somebody says of a table; null and empty for what the table is to tell. `layout` is a name, or `none`. `others`: columns that mean nothing here go along under their
 * own names, since who reads them may know. `events` are the names of the advertiser's offers' events, empty where nobody told them. `usual` are columns that hold where a
 * header has them. `headerLine` is 0 where all lines are rows.
 */
export interface TableRequest {
  dialect: Dialect;
  columns: ChosenColumns;
  layout: string | null;
  encoding: FileEncoding | null;
  decimal: DecimalMark | null;
  separator?: Separator | null;
  headerLine?: number | null;
  usual?: ChosenColumns;
  words?: readonly ChosenWord[];
  dates?: DateOrder | null;
  /** Of times without one. */
  timeZone?: string | null;
  others?: boolean;
  events?: readonly string[];
}

/** `ahead`: so many records stand before the first row, the header being the last of them; `headerLine` is null where there is none. */
export interface TablePlan extends FileForm {
  /** A replacement character may stand for bytes that are no text. */
  damaged: boolean;
  ahead: number;
  headerLine: number | null;
  columns: TableColumns;
  layout: TableLayout | null;
  notations: ReadonlyMap<RowField, ColumnNotation>;
  times: TimeNotation;
  /** What was said of words, and how often which word stands in their columns. */
  chosen: readonly ChosenWord[];
  seen: ReadonlyMap<WordField, ReadonlyMap<string, number>>;
  dialect: Dialect;
  others: boolean;
  events: readonly string[];
  /** The first rows as they stand there. */
  sample: readonly TableRecord[];
}

const MONEY = ["amount", "refunded_total", "revenue"] as const;
/** A header is looked for among so many records: before it stand titles. */
const LOOKED_AT = 20;
const SAMPLE = 8;
/** So many different words are counted of a column. */
const MAX_WORDS = 50;

/** Reads the file through. Refuses, with a sentence that says what to do, one that names no order and no click, or whose rows are none. Throws where its quotes are broken. */
export async function planTable(open: TableSource, request: TableRequest): Promise<Result<TablePlan, string>> {
  if (request.layout !== null && request.layout !== "none" && !layoutNamed(request.layout))
    return refuse(`there is no layout “${request.layout}”: the layouts are ${LAYOUT_NAMES.join(", ")}`);
  const { start: _, damaged, ...form } = await formOf(open, request.encoding, request.separator);
  const records = recordsOf(open, form);
  const first = await take(records, LOOKED_AT);
  if (first.length === 0) return refuse("it holds no rows");
  const header = findHeader(first, request);
  if (!header.ok) return header;
  const { ahead, headerLine, layout, columns } = header.value;
  const look = lookAt(columns, layout, request);
  const sample = first.slice(ahead, ahead + SAMPLE);
  for (const { cells } of first.slice(ahead)) look.note(cells);
  for await (const { cells } of records) look.note(cells);
  const settled = look.settle();
  if (!namesOrder(settled)) return refuse(undecided(columns));
  const { notations, times, seen } = look;
  const { dialect, others = false, events = [], words: chosen = [] } = request;
  const words = { dialect, events, layout, chosen, seen };
  return accept({ ...form, ...words, damaged, ahead, headerLine, columns: settled, notations, times, others, sample });
}

/** The first records of a file, whatever they say. */
export async function firstRecords(
  open: TableSource,
  { encoding, separator }: Pick<TableRequest, "encoding" | "separator">,
): Promise<string[][]> {
  const form = await formOf(open, encoding, separator);
  try {
    return (await take(recordsOf(open, form), SAMPLE)).map(({ cells }) => cells);
  } catch {
    return [];
  }
}

interface FoundHeader {
  ahead: number;
  headerLine: number | null;
  layout: TableLayout | null;
  columns: TableColumns;
}

/** The record that names the most, of those that name an order or a click; none where all columns were chosen by their numbers. */
function findHeader(records: readonly TableRecord[], request: TableRequest): Result<FoundHeader, string> {
  let best: FoundHeader | null = null;
  let refusal: string | null = null;
  const { headerLine: said = null } = request;
  const first = records[0];
  if (said === 0 && first) return withoutHeader(first, request);
  if (said !== null && !records.some(({ line }) => line === said))
    return refuse(`line ${said} begins no row among the first ${LOOKED_AT}: say another line for the header`);
  for (const [index, { cells, line }] of records.entries()) {
    if (said !== null && line !== said) continue;
    const layout = layoutOf(cells, request.layout);
    if (layout?.refused) return refuse(layout.refused);
    const columns = findColumns(cells, chosenOf(request, cells), layout, request.dialect);
    if (!columns.ok) refusal ??= columns.refusal;
    else if (names(columns.value) && columns.value.fields.size > (best?.columns.fields.size ?? -1))
      best = { ahead: index + 1, headerLine: line, layout, columns: columns.value };
  }
  const [head] = records;
  const numbered = request.columns.length > 0 && request.columns.every(([name]) => name.trim().startsWith("#"));
  if (said === null && numbered && head && !records.some((record) => namesAnything(record, request)))
    return withoutHeader(head, request);
  if (best) return accept(best);
  return refuse(refusal ?? unnamed(records.find(({ line }) => line === said)?.cells ?? head?.cells ?? []));
}

/** What was chosen by hand, behind what is usual and stands in this header. */
function chosenOf({ columns, usual = [] }: TableRequest, header: readonly string[]): ChosenColumns {
  const there = new Set(header.map((name) => name.trim()));
  const taken = new Set(columns.map(([, target]) => target));
  return [...usual.filter(([name, target]) => there.has(name) && !taken.has(target)), ...columns];
}

/** True for a record that is a header by itself, whatever was chosen. */
function namesAnything({ cells }: TableRecord, request: TableRequest): boolean {
  const columns = findColumns(cells, [], layoutOf(cells, request.layout), request.dialect);
  return !columns.ok || columns.value.fields.size > 0;
}

function withoutHeader({ cells }: TableRecord, request: TableRequest): Result<FoundHeader, string> {
  const header = cells.map((_, place) => `#${place + 1}`);
  const columns = findColumns(header, request.columns, null, request.dialect);
  if (!columns.ok) return columns;
  if (!names(columns.value)) return refuse(unnamed(cells));
  return accept({ ahead: 0, headerLine: null, layout: null, columns: columns.value });
}

function layoutOf(header: readonly string[], said: string | null): TableLayout | null {
  if (said === "none") return null;
  return said === null ? recogniseLayout(LAYOUTS, header) : layoutNamed(said);
}

function names(columns: TableColumns): boolean {
  return namesOrder(columns) || columns.open.length > 0;
}

function unnamed(cells: readonly string[]): string {
  const shown = cells.slice(0, 8).join(" | ").slice(0, 200);
  return `no line among the first ${LOOKED_AT} names a column for the order or the click; the first is “${shown}”. Choose columns by hand, such as “Order No.=txid”, or “#1=txid” where there is no header`;
}

function undecided({ header, open }: TableColumns): string {
  const column = header[open[0] ?? -1] ?? "";
  return `“${column}” is a click at some vendors and an order at others: say the layout, or choose “${column}=txid” or “${column}=click_id” by hand`;
}

/** Notes every row's money, times and words, and what may be a click. */
function lookAt(
  columns: TableColumns,
  layout: TableLayout | null,
  { decimal, dates = null, timeZone = null }: TableRequest,
) {
  const { fields, open } = columns;
  const times = timeNotation({ order: dates, zone: timeZone ?? (layout?.utc ? "UTC" : null) });
  const seen = new Map(
    WORD_FIELDS.filter((field) => fields.has(field)).map((field) => [field, new Map<string, number>()]),
  );
  const notations = new Map<RowField, ColumnNotation>();
  for (const field of MONEY)
    if (fields.has(field)) notations.set(field, columnNotation(decimal, layout?.decimal ?? null));
  const shapes = new Map(open.map((place) => [place, { clicks: 0, others: 0 }]));
  return {
    notations,
    times,
    seen,
    note(cells: readonly string[]): void {
      times.note(cells[fields.get("occurred_at") ?? -1] ?? "");
      for (const [field, words] of seen) countWord(words, cells[fields.get(field) ?? -1]?.trim() ?? "");
      for (const [field, notation] of notations) notation.note(cells[fields.get(field) ?? -1] ?? "");
      for (const [place, seen] of shapes) {
        const text = cells[place]?.trim() ?? "";
        if (text !== "") seen[hasClickShape(text) ? "clicks" : "others"]++;
      }
    },
    /** The columns, with one that held nothing but click IDs of ours as the click. */
    settle(): TableColumns {
      const click = open.find((place) => {
        const { clicks = 0, others = 0 } = shapes.get(place) ?? {};
        return clicks > 0 && others === 0;
      });
      return click === undefined ? columns : { ...columns, fields: new Map([...fields, ["click_id", click]]) };
    },
  };
}

function countWord(words: Map<string, number>, word: string): void {
  if (word !== "" && (words.has(word) || words.size < MAX_WORDS)) words.set(word, (words.get(word) ?? 0) + 1);
}

/** The first `most` records, as far as there are so many; the others stay to be read. */
async function take(records: AsyncGenerator<TableRecord, void>, most: number): Promise<TableRecord[]> {
  const taken: TableRecord[] = [];
  while (taken.length < most) {
    const next = await records.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}
