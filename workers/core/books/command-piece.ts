/**
 * Pieces of the archive of commands: what an advertiser's object took and made of it, as rows of its tables, so that the object can be made anew from them.
 *
 *     commands/advertiser=7/piece=000012.jsonl.gz      the twelfth piece of advertiser 7: gzip of lines of JSON
 *
 *     {"table": "messages", "row": {"seat": 17, "receipt": "…", …}}      the row as it was when the piece was written; a later one of the same name takes its place
 *     {"table": "messages", "gone": "…"}                                 no row of that name is there any more
 *
 * Pieces are read in the order of their numbers. Behind a complete one the object is as it was at one moment; behind another one more was to come. Where an archive was written anew, a
 * piece says from which one on it has all that the object held: those before it are empty.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { must } from "../must.ts";

export type PieceCell = string | number | null;

export type PieceLine = { table: string; row: Record<string, PieceCell> } | { table: string; gone: PieceCell };

/** What stands beside a piece in the bucket. */
export interface PieceMark {
  /** The object that wrote it: one that was lost and begins anew has another one. */
  object: string;
  atMs: number;
  lines: number;
  isComplete: boolean;
  /** The last row of the journal in it, or in a piece before. */
  journal: number;
  /** Of the last piece of a walk that wrote the archive anew, the first: what lies before that is not needed. Absent of others. */
  from?: number;
}

const DIGITS = 6;

/** Where an advertiser's pieces lie. */
export function piecesPrefix(advertiser: number): string {
  return `commands/advertiser=${advertiser}/`;
}

/** `piece` counts from 1. */
export function commandPieceName(advertiser: number, piece: number): string {
  return `${piecesPrefix(advertiser)}piece=${String(piece).padStart(DIGITS, "0")}.jsonl.gz`;
}

/** The number of a piece by its name; null where it is none. */
export function pieceNumber(name: string): number | null {
  const found = /\/piece=(\d{6,})\.jsonl\.gz$/.exec(name);
  return found ? Number(found[1]) : null;
}

export function writePiece(lines: readonly PieceLine[]): Uint8Array<ArrayBuffer> {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  return new Uint8Array(gzipSync(text));
}

export function readPiece(bytes: Uint8Array): PieceLine[] {
  const text = gunzipSync(bytes).toString("utf8");
  return text.split("\n").flatMap((line): PieceLine[] => (line === "" ? [] : [JSON.parse(line)]));
}

/** As R2 keeps it. */
export function writeMark({ object, atMs, lines, isComplete, journal, from }: PieceMark): Record<string, string> {
  const written = { object, at: String(atMs), lines: String(lines), complete: isComplete ? "1" : "0" };
  return { ...written, journal: String(journal), ...(from === undefined ? {} : { from: String(from) }) };
}

/** Throws where it is no mark of ours. */
export function readMark(written: Readonly<Record<string, string>> | undefined, name: string): PieceMark {
  const told = must(written, "what stands beside", name);
  const said = (key: string) => must(told[key], `${key} of`, name);
  return {
    object: said("object"),
    atMs: Number(said("at")),
    lines: Number(said("lines")),
    isComplete: said("complete") === "1",
    journal: Number(said("journal")),
    ...(told.from === undefined ? {} : { from: Number(told.from) }),
  };
}
