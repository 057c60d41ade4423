/**
 * Writes the archive of an object's commands anew, where a piece of it was damaged: what lay in that is not known, so all that the object holds is archived once more behind the pieces that
 * there are; once that is complete the pieces before are emptied, in parts. At each moment the archive makes the object anew as far as it did before, so it may die anywhere.
 */
import { commandPieceName, writePiece } from "../../core/books/command-piece.ts";
import type { RewritingBegun } from "../../core/books/rebuilding.ts";
import { type ArchivingStorage, type CommandBucket, putPiece } from "./archive-commands.ts";
import { readArchived, walkAnew } from "./archived.ts";
import { FIRST_WALKED } from "./archived-tables.ts";
import { isBeingRebuilt, listPieces } from "./restore-commands.ts";

/** Pieces that are emptied in one call. */
const EMPTIED_AT_ONCE = 100;

/** Begins it. An object that is made anew, or was lost, holds less than its archive, which is all that is left then. */
export async function beginRewriting(
  storage: ArchivingStorage,
  bucket: CommandBucket,
  advertiser: number,
): Promise<RewritingBegun> {
  if (isBeingRebuilt(storage.sql)) return "being_rebuilt";
  const pieces = await listPieces(bucket, advertiser);
  return storage.transactionSync(() => {
    const archived = readArchived(storage.sql);
    if (archived === null || pieces.some(({ mark }) => mark.object !== archived.object)) return "lost";
    // One that was begun and broke off goes on where it was.
    if (archived.walk?.[2] === undefined) walkAnew(storage.sql, archived, FIRST_WALKED);
    return "begun";
  });
}

/** Empties pieces behind \`after\` that are not needed since the archive was written anew, missing ones too; gives the last one, null at the end. */
export async function emptyBefore(
  bucket: CommandBucket,
  advertiser: number,
  after: number,
  nowMs: number,
): Promise<number | null> {
  const pieces = await listPieces(bucket, advertiser);
  const whole = pieces.findLast(({ mark }) => mark.from !== undefined);
  if (!whole || !pieces.some(({ piece, mark }) => piece >= whole.piece && mark.isComplete)) return null;
  const until = whole.mark.from ?? 1;
  const { object } = whole.mark;
  const some = Array.from({ length: EMPTIED_AT_ONCE }, (_, at) => after + 1 + at).filter((piece) => piece < until);
  for (const piece of some) {
    const mark = pieces.find((one) => one.piece === piece)?.mark ?? { object, atMs: nowMs, journal: 0 };
    const emptied = { object, atMs: mark.atMs, journal: mark.journal, lines: 0, isComplete: false };
    await putPiece(bucket, commandPieceName(advertiser, piece), writePiece([]), emptied);
  }
  const last = some.at(-1);
  return last === undefined || last === until - 1 ? null : last;
}
