/** A checkpoint of the log (c2sp.org/tlog-checkpoint): its name, how many leaves it has, and the root over them, signed as a note. */
import { fromBase64, toBase64 } from "../journal/commitments.ts";
import { HASH_BYTES } from "../journal/merkle.ts";
import { accept, type Result, refuse } from "../result.ts";
import { type NoteKey, type NoteRefusal, openNote } from "./signed-note.ts";

/** The log at a size: checkpoint 512 has 512 leaves, of which the last is minute 512. */
export interface Checkpoint {
  origin: string;
  size: number;
  root: Uint8Array;
}

const TEXT = /^(?<origin>[^\n]+)\n(?<size>0|[1-9]\d{0,15})\n(?<root>[A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*$/;

/** The note's text. */
export function writeCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** What a checkpoint says that one of these keys signed. */
export async function openCheckpoint(note: string, keys: readonly NoteKey[]): Promise<Result<Checkpoint, NoteRefusal>> {
  const opened = await openNote(note, keys);
  if (!opened.ok) return opened;
  const { origin, size, root = "" } = TEXT.exec(opened.value)?.groups ?? {};
  const bytes = fromBase64(root);
  if (origin === undefined || bytes.length !== HASH_BYTES) return refuse("malformed");
  return accept({ origin, size: Number(size), root: bytes });
}
