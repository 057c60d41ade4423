/**
 * Erasure in the archive of commands. What the object changed, what it just erased with it, is archived first; then of whatever names the person, or is one of the person's messages or
 * conversions, only what is as the object holds it now stays in its piece: a later one has it as it is. So nothing that is needed is lost, and no rebuilding brings back who was erased.
 */
import { type PieceCell, type PieceLine, readPiece, writePiece } from "../../core/books/command-piece.ts";
import type { PersonNames, Replacement } from "../../core/erasure/erased-names.ts";
import { must } from "../../core/must.ts";
import { findPersonal } from "../object-erasure.ts";
import { type ArchivingStorage, archiveCommands, type CommandBucket, putPiece } from "./archive-commands.ts";
import { rowsNamed, tableNamed } from "./archived-tables.ts";
import { listPieces } from "./restore-commands.ts";

/** Pieces that are read in one call. */
const PIECES_AT_ONCE = 50;
/** More than lie unarchived in any object that is archived each hour. */
const MOST_UNARCHIVED = 1_000;

/** Goes through pieces behind `after`; gives the last one that it looked at, null at the end. Done again it changes nothing. */
export async function eraseCommands(
  storage: ArchivingStorage,
  bucket: CommandBucket,
  replacement: Replacement,
  names: PersonNames,
  after: number,
  nowMs: number,
): Promise<number | null> {
  const { sql } = storage;
  if (after === 0 && (await archiveCommands(storage, bucket, nowMs, MOST_UNARCHIVED)) === "more")
    throw new Error("more waits to be archived than one call can: try again");
  const [advertiser] = sql.exec("SELECT advertiser FROM archived").toArray();
  if (!advertiser) return null;
  const pieces = (await listPieces(bucket, Number(advertiser.advertiser))).filter(({ piece }) => piece > after);
  const { messages, conversions } = findPersonal(sql, replacement, names);
  const own = new Set([
    ...messages.map(({ command }) => command.receipt),
    ...conversions.map(({ conversion }) => conversion.id),
  ]);
  // What replaced a name stays.
  const said = new Set([
    ...names.clickIds.filter((name) => replacement.clickId(name) !== name),
    ...names.txids.filter((name) => replacement.txid(name) !== name),
  ]);
  const some = pieces.slice(0, PIECES_AT_ONCE);
  for (const { name, mark } of some) {
    const object = must(await bucket.get(name), "the piece", name);
    const lines = readPiece(new Uint8Array(await object.arrayBuffer()));
    const isAsked = (line: PieceLine) => isNamed(line, own) || says(line, said);
    const outdated = outdatedAmong(storage, lines.filter(isAsked));
    const kept = lines.filter((line) => !outdated.has(line));
    if (kept.length < lines.length) await putPiece(bucket, name, writePiece(kept), { ...mark, lines: kept.length });
  }
  return pieces.length > some.length ? (some.at(-1)?.piece ?? null) : null;
}

function isNamed(line: PieceLine, own: ReadonlySet<PieceCell>): boolean {
  return "row" in line && (own.has(line.row.receipt ?? null) || own.has(line.row.id ?? null));
}

/** True where one of its texts, or of the texts in its JSON, is one of these. */
function says(line: PieceLine, said: ReadonlySet<string>): boolean {
  return said.size > 0 && holds("row" in line ? line.row : line.gone, said);
}

function holds(value: unknown, said: ReadonlySet<string>): boolean {
  if (typeof value === "string") return said.has(value) || (/^[[{]/.test(value) && holds(parsed(value), said));
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((one) => holds(one, said));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Compared is what both versions know: one that came since may have columns more. */
function isSame(
  archived: Readonly<Record<string, PieceCell>>,
  now: Readonly<Record<string, PieceCell>> | undefined,
): boolean {
  return (
    now !== undefined && Object.entries(archived).every(([column, cell]) => !(column in now) || now[column] === cell)
  );
}

/** Those of these lines that do not say how it is now. What is common, and the journal, name nobody, and stay. */
function outdatedAmong({ sql }: ArchivingStorage, lines: readonly PieceLine[]): Set<PieceLine> {
  const outdated = new Set<PieceLine>();
  for (const [name, some] of Map.groupBy(lines, ({ table }) => table)) {
    if (name === "common" || name === "logged" || name === "journal") continue;
    const table = tableNamed(name);
    const nameOf = (line: PieceLine): PieceCell => ("row" in line ? (line.row[table.key] ?? null) : line.gone);
    const now = rowsNamed(sql, table, some.map(nameOf));
    for (const line of some) if (!("row" in line) || !isSame(line.row, now.get(nameOf(line)))) outdated.add(line);
  }
  return outdated;
}
