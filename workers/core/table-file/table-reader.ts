/** The one reader of tables: from a planned file to its orders, its unreadable lines, and what it says of itself at the end. */
import { recordsOf, type TableSource } from "./file-form.ts";
import { plainName } from "./plain-name.ts";
import { type PassedRow, rowReader } from "./row-reader.ts";
import type { RowField } from "./table-columns.ts";
import { placeIn } from "./table-layout.ts";
import { isUnread, type TableOrder, type UnreadLine } from "./table-order.ts";
import type { TablePlan } from "./table-plan.ts";
import type { TableRecord } from "./table-records.ts";
import { saysTotal, withoutTotals } from "./totals.ts";

/** What was read, to be told when all rows are through. `left_out` are texts that nothing was made of. */
export interface TableSummary {
  encoding: string;
  separator: string;
  layout: string | null;
  header_line: number | null;
  columns: { column: string; read_as: string }[];
  columns_not_used: string[];
  rows: number;
  unreadable: number;
  passed_over: { word: string; rows: number }[];
  continued: number;
  totals: number;
  left_out: { column: string; text: string; rows: number }[];
}

export interface TableReading {
  rows: AsyncGenerator<TableOrder | UnreadLine, void>;
  /** To be asked when all rows are through. */
  summary(): TableSummary;
}

/** Beyond it the orders of a file whose rows add up are not held in memory. */
const MAX_SUMMED = 500_000;
/** So many different words are told. */
const MAX_WORDS = 50;

/** Reads a planned file. Rows come in the file's order, each order of a layout whose rows add up where it is named first. Throws where a record makes the rest unreadable. */
export function readTable(open: TableSource, plan: TablePlan): TableReading {
  const counts = { rows: 0, unreadable: 0, continued: 0, totals: 0 };
  const passed = tally();
  const left = new Map<RowField, ReturnType<typeof tally>>();
  const leftOut = (field: RowField, text: string): void => {
    const texts = left.get(field) ?? tally();
    left.set(field, texts);
    texts.add(text);
  };

  async function* singles(): AsyncGenerator<TableOrder | UnreadLine, void> {
    const read = rowReader(plan, leftOut);
    const continues = continuation(plan);
    const isTotal = ({ cells }: TableRecord): boolean => saysTotal(cells);
    for await (const record of withoutTotals(rowsOf(open, plan), isTotal, (count) => (counts.totals += count))) {
      if (continues(record)) counts.continued++;
      else {
        counts.rows++;
        const row = read(record);
        if (isPassed(row)) passed.add(row.passed);
        else yield row;
      }
    }
  }

  async function* counted(): AsyncGenerator<TableOrder | UnreadLine, void> {
    for await (const row of plan.layout?.rows === "summed" ? summed(singles()) : singles()) {
      if (isUnread(row)) counts.unreadable++;
      yield row;
    }
  }

  return {
    rows: counted(),
    summary() {
      const { header, fields } = plan.columns;
      const used = new Map([...fields].map(([field, place]) => [place, field]));
      return {
        encoding: plan.encoding,
        separator: plan.separator,
        layout: plan.layout?.name ?? null,
        header_line: plan.headerLine,
        columns: [...fields].map(([field, place]) => ({ column: header[place]?.trim() ?? "", read_as: field })),
        columns_not_used: header.flatMap((name, place) => (used.has(place) || name.trim() === "" ? [] : [name.trim()])),
        ...counts,
        passed_over: passed.told().map(([word, rows]) => ({ word, rows })),
        left_out: [...left].flatMap(([field, texts]) =>
          texts.told().map(([text, rows]) => ({ column: header[fields.get(field) ?? -1] ?? field, text, rows })),
        ),
      };
    },
  };
}

/** The records behind the header that say something. */
async function* rowsOf(open: TableSource, plan: TablePlan): AsyncGenerator<TableRecord, void> {
  let number = 0;
  for await (const record of recordsOf(open, plan))
    if (++number > plan.ahead && record.cells.some((cell) => cell.trim() !== "")) yield record;
}

/** Tells rows that go on with the order of the row above: they name it again, and say neither its status nor its amount. */
function continuation({ layout, columns }: TablePlan): (record: TableRecord) => boolean {
  if (layout?.rows !== "continued") return () => false;
  const place = placeIn(layout, "txid", columns.header);
  const silent = [columns.fields.get("amount") ?? -1, columns.fields.get("status") ?? -1];
  let above = "";
  return ({ cells }) => {
    const order = cells[place]?.trim() ?? "";
    const goesOn = order !== "" && order === above && silent.every((at) => (cells[at] ?? "").trim() === "");
    above = order;
    return goesOn;
  };
}

/** All rows of an order as one. An order of which a line could not be read is not added up: its lines come as they are told. */
async function* summed(rows: AsyncIterable<TableOrder | UnreadLine>): AsyncGenerator<TableOrder | UnreadLine, void> {
  const orders = new Map<string, TableOrder>();
  const broken = new Set<string>();
  for await (const row of rows) {
    const key = orderKey(row);
    if (isUnread(row)) {
      if (key !== null) broken.add(key);
      yield row;
    } else if (key !== null) {
      const held = orders.get(key);
      orders.set(key, held ? together(held, row) : row);
      if (orders.size > MAX_SUMMED) throw new Error(`more than ${MAX_SUMMED} orders whose rows add up: part the file`);
    }
  }
  for (const [key, order] of orders) if (!broken.has(key)) yield settled(order);
}

function orderKey({ txid, clickId }: TableOrder | UnreadLine): string | null {
  return txid === null && clickId === null ? null : JSON.stringify(txid === null ? [null, clickId] : [txid]);
}

function together(held: TableOrder, row: TableOrder): TableOrder {
  const same = held.status === row.status || (held.means !== null && held.means === row.means);
  return {
    ...held,
    clickId: held.clickId ?? row.clickId,
    status: same || row.status === null ? held.status : `${held.status ?? ""} + ${row.status}`,
    means: same || row.status === null ? held.means : null,
    amountMicros: added(held.amountMicros, row.amountMicros),
    refundedMicros: added(held.refundedMicros, row.refundedMicros),
    revenueMicros: added(held.revenueMicros, row.revenueMicros),
    currencies: bothOf(held.currencies, row.currencies),
  };
}

/** What was given back whole is reversed, whatever its rows said. */
function settled(order: TableOrder): TableOrder {
  const { amountMicros, refundedMicros } = order;
  const isBack =
    amountMicros !== null && refundedMicros !== null && refundedMicros > 0n && refundedMicros >= amountMicros;
  return isBack ? { ...order, means: "reversed" } : order;
}

function added(left: bigint | null, right: bigint | null): bigint | null {
  return left === null && right === null ? null : (left ?? 0n) + (right ?? 0n);
}

function bothOf(left: readonly string[] | null, right: readonly string[] | null): readonly string[] | null {
  if (left === null || right === null) return left ?? right;
  const both = left.filter((currency) => right.includes(currency));
  return both.length > 0 ? both : [...left, ...right];
}

function isPassed(row: TableOrder | UnreadLine | PassedRow): row is PassedRow {
  return "passed" in row;
}

/** Counts texts that are alike, the first of each being told. */
function tally() {
  const counts = new Map<string, { text: string; rows: number }>();
  return {
    add(text: string): void {
      const key = plainName(text);
      const held = counts.get(key);
      if (held) held.rows++;
      else if (counts.size < MAX_WORDS) counts.set(key, { text, rows: 1 });
    },
    told: (): [string, number][] => [...counts.values()].map(({ text, rows }) => [text, rows]),
  };
}
