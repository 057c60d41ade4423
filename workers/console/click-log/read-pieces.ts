/** Reads clicks from files of the archive, of which only the facts that are asked for are decoded. */
import type { Cell } from "../../../schema/columns.ts";
import { pieceName } from "../../core/archive-piece.ts";
import { openParquet } from "../../core/parquet-reader.ts";
import type { ClickBlock } from "./click-block.ts";
import { type KnownNumbers, learnNumbers, SUBJECT_OF } from "./known-numbers.ts";
import type { ClickLogEnv, LogPiece } from "./stretches.ts";

/** The bytes of a piece; null where it is another one by now than the manifest said. */
export async function fetchPiece(
  { ARCHIVE }: Pick<ClickLogEnv, "ARCHIVE">,
  piece: LogPiece,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const object = await ARCHIVE.get(pieceName({ log: "clicks", ...piece }));
  if (object?.customMetadata?.sha256 !== piece.sha256) return null;
  return new Uint8Array(await object.arrayBuffer());
}

/** The clicks of a file in the order of their IDs, a row group at a time. */
export async function* pieceBlocks(
  db: ClickLogEnv["DB"],
  bytes: Uint8Array<ArrayBuffer>,
  names: readonly string[],
  known: KnownNumbers,
): AsyncGenerator<ClickBlock> {
  for await (const { rowCount, columns } of openParquet(bytes).columnGroups(names)) {
    const cells = new Map(names.map((name, index) => [name, columns[index] ?? []]));
    await learnNumbers(known, db, cells);
    yield { count: rowCount, column: (name) => columnOf(name, cells, known) };
  }
}

function columnOf(
  name: string,
  cells: ReadonlyMap<string, readonly Cell[]>,
  known: KnownNumbers,
): (place: number) => Cell {
  const own = cells.get(name) ?? [];
  const subject = SUBJECT_OF.get(name);
  if (!subject) return (place) => own[place] ?? null;
  const numbers = known[subject];
  return (place) => {
    const slug = own[place] ?? null;
    // What was never named otherwise stands in the archive by its number.
    return slug === null ? null : (numbers.get(String(slug)) ?? Number(slug));
  };
}
