/** Reads pieces of the archive of an advertiser's commands back: all are there and whole, and what they have of the journal is what the object has. */
import * as v from "valibot";
import { commandPieceName, type PieceLine, piecesPrefix, readMark, readPiece } from "../../core/books/command-piece.ts";
import { objectName } from "../../core/books/stored.ts";
import { sha256 } from "../../core/sha256.ts";
import type { Env } from "../env.ts";

const PAGE_PIECES = 20;

const FAULTS = ["missing", "other_bytes", "unreadable", "other_lines", "other_rows_than_object"] as const;

export const commandsAnswer = v.object({
  checked: v.number(),
  lines: v.number(),
  faults: v.array(v.object({ name: v.string(), what: v.picklist(FAULTS) })),
  next: v.nullable(v.string()),
});

type Parts = Pick<Env, "ARCHIVE" | "CONVERSIONS">;
type CheckedObject = ReturnType<Parts["CONVERSIONS"]["getByName"]>;
type CommandsFault = (typeof FAULTS)[number];

/** The pieces behind that number. */
export async function verifyCommands(
  { ARCHIVE, CONVERSIONS }: Parts,
  advertiser: number,
  after: number,
): Promise<v.InferOutput<typeof commandsAnswer>> {
  const object = CONVERSIONS.getByName(objectName(advertiser));
  const { piece: last, isBeingRebuilt } = await object.counts();
  const page: v.InferOutput<typeof commandsAnswer> = { checked: 0, lines: 0, faults: [], next: null };
  for (let number = after + 1; number <= after + PAGE_PIECES; number++) {
    const name = commandPieceName(advertiser, number);
    const piece = await ARCHIVE.get(name);
    if (!piece && number > last && !(await isAnyBehind(ARCHIVE, advertiser, name))) return page;
    const read = piece ? await readWhole(piece, name) : "missing";
    page.checked++;
    if (typeof read === "string") page.faults.push({ name, what: read });
    else {
      page.lines += read.length;
      if (!isBeingRebuilt && !(await agrees(object, read))) page.faults.push({ name, what: "other_rows_than_object" });
    }
  }
  return { ...page, next: String(after + PAGE_PIECES) };
}

async function readWhole(piece: R2ObjectBody, name: string): Promise<PieceLine[] | CommandsFault> {
  const bytes = new Uint8Array(await piece.arrayBuffer());
  const stored = piece.checksums.toJSON().sha256;
  if (stored !== undefined && stored !== sha256(bytes)) return "other_bytes";
  try {
    const lines = readPiece(bytes);
    return lines.length === readMark(piece.customMetadata, name).lines ? lines : "other_lines";
  } catch {
    return "unreadable";
  }
}

/** True where the object has all rows of the journal that are in these lines, with the same heads. */
async function agrees(object: CheckedObject, lines: readonly PieceLine[]): Promise<boolean> {
  const archived = lines.flatMap((line) => (line.table === "journal" && "row" in line ? [line.row] : []));
  if (archived.length === 0) return true;
  const held = await object.journalRows(archived.map(({ seq }) => Number(seq)));
  const heads = new Map(held.map(({ seq, head }) => [seq, head]));
  return archived.every(({ seq, head }) => heads.get(Number(seq)) === head);
}

async function isAnyBehind(bucket: Env["ARCHIVE"], advertiser: number, name: string): Promise<boolean> {
  const { objects } = await bucket.list({ prefix: piecesPrefix(advertiser), startAfter: name, limit: 1 });
  return objects.length > 0;
}
