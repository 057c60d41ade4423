/** What an advertiser's object archives next: a page of what it holds, until all is archived once, and from then on of what its calls changed. */
import type { PieceCell, PieceLine } from "../../core/books/command-piece.ts";
import { must } from "../../core/must.ts";
import { pageOfJournal } from "../object-journal.ts";
import type { Sql } from "../sql.ts";
import { type Archived, readArchived, writeArchived } from "./archived.ts";
import { ARCHIVED_TABLES, rowsBehind, rowsNamed, tableNamed } from "./archived-tables.ts";

/** Rows that a piece has, more or less: it is made and read as a whole. */
const PAGE_ROWS = 1_000;
const COMMON = tableNamed("common");
const LOGGED = tableNamed("logged");
const JOURNAL = tableNamed("journal");

export interface CommandPage {
  lines: PieceLine[];
  /** What is archived once it is. */
  behind: Archived;
  /** The last row of `changes` in it. */
  changesTo: number;
  /** Behind it nothing is to be archived. */
  isComplete: boolean;
  /** Where with it a walk ends that writes the archive anew, the first piece of that. */
  from: number | undefined;
}

/** Null where there is nothing to archive. To be called while nothing else happens in the object. */
export function nextPage(sql: Sql, pageRows = PAGE_ROWS): CommandPage | null {
  const before = readArchived(sql);
  if (!before || before.restored !== null) return null;
  const page = before.walk ? walkedPage(sql, before, before.walk, pageRows) : changedPage(sql, before, pageRows);
  const common = rowsBehind(sql, COMMON, before.common, pageRows);
  const isLate = common.length === pageRows;
  const lastCommon = Number(common.at(-1)?.number ?? before.common);
  const logged = isLate ? [] : rowsBehind(sql, LOGGED, before.logged, pageRows);
  const lines = [...linesOf("common", common), ...linesOf("logged", logged), ...(isLate ? [] : page.lines)];
  // What is common comes before what refers to it.
  const behind = {
    ...(isLate ? before : page.behind),
    common: lastCommon,
    logged: Number(logged.at(-1)?.seq ?? before.logged),
    piece: before.piece + 1,
  };
  const changesTo = isLate ? 0 : page.changesTo;
  const isComplete = !isLate && page.isComplete;
  const isDone = lines.length === 0 && isComplete && before.walk === null;
  const from = before.walk && behind.walk === null ? before.walk[2] : undefined;
  return isDone ? null : { lines, behind, changesTo, isComplete, from };
}

/** Notes that the page is archived. To be called within one transaction. */
export function noteArchived(sql: Sql, { behind, changesTo }: Pick<CommandPage, "behind" | "changesTo">): void {
  sql.exec("DELETE FROM changes WHERE seq <= CAST(? AS INTEGER)", String(changesTo));
  writeArchived(sql, behind);
}

type FilledPage = Omit<CommandPage, "behind" | "from"> & { behind: Archived };

/** As many tables as have room in it. The journal is walked as far as it reached when the walk began. */
function walkedPage(
  sql: Sql,
  before: Archived,
  [from, after, first]: NonNullable<Archived["walk"]>,
  pageRows: number,
): FilledPage {
  const lines: PieceLine[] = [];
  const tables = ARCHIVED_TABLES.slice(ARCHIVED_TABLES.indexOf(tableNamed(from)));
  for (const table of tables) {
    const found = rowsBehind(sql, table, table.name === from ? after : table.before, pageRows - lines.length);
    const rows = table === JOURNAL ? found.filter(({ seq }) => Number(seq) <= before.journal) : found;
    lines.push(...linesOf(table.name, rows));
    if (lines.length < pageRows) continue;
    const last = must(rows.at(-1)?.[table.order], "the last row of", table.name);
    return {
      lines,
      behind: { ...before, walk: first === undefined ? [table.name, last] : [table.name, last, first] },
      changesTo: 0,
      isComplete: false,
    };
  }
  return { lines, behind: { ...before, walk: null }, changesTo: 0, isComplete: isAllArchived(sql, before.journal, 0) };
}

function changedPage(sql: Sql, before: Archived, pageRows: number): FilledPage {
  const names = new Map<string, Set<PieceCell>>();
  const name = (table: string, one: PieceCell) => names.set(table, (names.get(table) ?? new Set()).add(one));
  let named = 0;
  const journal: number[] = [];
  for (const { seq, leaves } of pageOfJournal(sql, before.journal, pageRows)) {
    if (named >= pageRows) break;
    journal.push(seq);
    for (const leaf of leaves) name(leaf.kind === "m" ? "messages" : "conversions", leaf.name);
    named += 1 + leaves.length;
  }
  let changesTo = 0;
  for (const { seq, names: text } of sql
    .exec(`SELECT seq, names FROM changes ORDER BY seq LIMIT ${pageRows}`)
    .toArray()) {
    if (named >= 2 * pageRows) break;
    const changed: [string, string | number][] = JSON.parse(String(text));
    for (const [table, one] of changed) name(table, one);
    named += changed.length;
    changesTo = Number(seq);
  }
  const lines = ARCHIVED_TABLES.flatMap((table) => changedLines(sql, table, [...(names.get(table.name) ?? [])]));
  const journalTo = journal.at(-1) ?? before.journal;
  return {
    lines: [...lines, ...linesOf("journal", [...rowsNamed(sql, JOURNAL, journal).values()])],
    behind: { ...before, journal: journalTo },
    changesTo,
    isComplete: isAllArchived(sql, journalTo, changesTo),
  };
}

function changedLines(sql: Sql, table: (typeof ARCHIVED_TABLES)[number], names: readonly PieceCell[]): PieceLine[] {
  if (names.length === 0) return [];
  const rows = rowsNamed(sql, table, names);
  const gone = names.filter((one) => !rows.has(one)).map((one): PieceLine => ({ table: table.name, gone: one }));
  return [...gone, ...linesOf(table.name, [...rows.values()])];
}

function linesOf(table: string, rows: readonly Record<string, PieceCell>[]): PieceLine[] {
  return rows.map((row) => ({ table, row }));
}

function isAllArchived(sql: Sql, journalTo: number, changesTo: number): boolean {
  const query = `
    SELECT EXISTS (SELECT 1 FROM journal WHERE seq > json_extract(?1, '$[0]')) OR EXISTS (SELECT 1 FROM changes WHERE seq > json_extract(?1, '$[1]')) AS left`;
  const [row] = sql.exec(query, JSON.stringify([journalTo, changesTo])).toArray();
  return Number(row?.left) === 0;
}
