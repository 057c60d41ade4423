/** The archive of an advertiser's commands, and its object, as they are and while the one is made of the other. */
import * as v from "valibot";
import { commandPieceName, pieceNumber, piecesPrefix, readMark } from "../../core/books/command-piece.ts";
import type { ArchivedCommands } from "../../core/books/rebuilding.ts";
import { objectName } from "../../core/books/stored.ts";
import { formatInstant } from "../../core/instant.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Env } from "../env.ts";
import type { Problem } from "../web/problem.ts";

export const PIECE_TYPE = "application/gzip";

type Parts = Pick<Env, "ARCHIVE" | "CONVERSIONS">;

export const stateAnswer = v.object({
  object: v.object({
    messages: v.number(),
    conversions: v.number(),
    journal: v.number(),
    archived_pieces: v.number(),
    being_rebuilt: v.boolean(),
  }),
  /** `complete` is the last piece behind which the object was as it was at one moment, and `journal` its last row there; null where there is none. */
  archive: v.object({
    pieces: v.number(),
    lines: v.number(),
    bytes: v.number(),
    complete: v.nullable(v.number()),
    complete_at: v.nullable(v.string()),
    journal: v.nullable(v.number()),
  }),
});

export const rebuildAnswer = v.object({ pieces: v.number(), of: v.number(), done: v.boolean() });

export async function tellState(
  { ARCHIVE, CONVERSIONS }: Parts,
  advertiser: number,
): Promise<v.InferOutput<typeof stateAnswer>> {
  const { messages, conversions, journal, piece, isBeingRebuilt } = await CONVERSIONS.getByName(
    objectName(advertiser),
  ).counts();
  const archive = { pieces: 0, lines: 0, bytes: 0, complete: -1, completeAtMs: 0, journal: 0 };
  for (let cursor: string | undefined; ; ) {
    const page = await ARCHIVE.list({
      prefix: piecesPrefix(advertiser),
      include: ["customMetadata"],
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { key, size, customMetadata } of page.objects) {
      const number = pieceNumber(key);
      if (number === null) continue;
      const mark = readMark(customMetadata, key);
      archive.pieces++;
      archive.lines += mark.lines;
      archive.bytes += size;
      if (mark.isComplete && number > archive.complete)
        Object.assign(archive, { complete: number, completeAtMs: mark.atMs, journal: mark.journal });
    }
    if (!page.truncated) break;
    cursor = page.cursor;
  }
  const { completeAtMs, ...sums } = archive;
  const isAny = archive.complete > 0;
  return {
    object: { messages, conversions, journal, archived_pieces: piece, being_rebuilt: isBeingRebuilt },
    archive: {
      ...sums,
      complete: isAny ? archive.complete : null,
      complete_at: isAny ? formatInstant(completeAtMs) : null,
      journal: isAny ? archive.journal : null,
    },
  };
}

export function findPiece({ ARCHIVE }: Parts, advertiser: number, piece: number): Promise<R2ObjectBody | null> {
  return ARCHIVE.get(commandPieceName(advertiser, piece));
}

export async function archiveNow({ CONVERSIONS }: Parts, advertiser: number): Promise<ArchivedCommands> {
  return CONVERSIONS.getByName(objectName(advertiser)).archive(advertiser);
}

export async function beginRewriting(
  { CONVERSIONS }: Parts,
  advertiser: number,
): Promise<Result<{ begun: true }, Problem>> {
  const begun = await CONVERSIONS.getByName(objectName(advertiser)).rewriteArchive(advertiser);
  if (begun === "begun") return accept({ begun: true });
  const detail =
    begun === "lost"
      ? "The archive is another object's: this one was lost, and the archive is what is left of it. Rebuild it first."
      : "The object is being made anew from its archive. Finish that first.";
  return refuse({ name: "not_now", detail });
}

export async function emptyPieces({ CONVERSIONS }: Parts, advertiser: number, after: number): Promise<number | null> {
  return CONVERSIONS.getByName(objectName(advertiser)).emptyArchive(advertiser, after);
}

export async function rebuildStep(
  { CONVERSIONS }: Parts,
  advertiser: number,
  { over, by }: { over: boolean; by: string },
): Promise<Result<v.InferOutput<typeof rebuildAnswer>, Problem>> {
  const answer = await CONVERSIONS.getByName(objectName(advertiser)).rebuild(advertiser, over, by);
  if (!("refused" in answer)) return accept({ pieces: answer.pieces, of: answer.of, done: answer.isDone });
  const detail =
    answer.refused === "not_empty"
      ? "The object holds books. Say over where they are to go, which nothing brings back but the archive."
      : "The archive has nothing of this advertiser from which its object could be made anew.";
  return refuse({ name: "not_now", detail });
}
