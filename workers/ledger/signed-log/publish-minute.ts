/** Marks what a minute has as logged, and publishes its tiles, its entry and its checkpoint: all of it written once, or the same again. */
import { fromBase64 } from "../../core/journal/commitments.ts";
import { writeCheckpoint } from "../../core/signed-log/checkpoint.ts";
import { TILE_WIDTH, tilePath, tilesEndingAt, writeEntries } from "../../core/signed-log/hash-tiles.ts";
import { CHECKPOINT, checkpointName, tileName } from "../../core/signed-log/log-names.ts";
import { type LoggedMinute, writeEntry } from "../../core/signed-log/minute.ts";
import { signNote } from "../../core/signed-log/signed-note.ts";
import { hoursLogged } from "./click-heads.ts";
import { type LogBucket, publishedSize, putOnce } from "./log-bucket.ts";
import { type SignedLogParts, tilesOf } from "./signed-log-parts.ts";

const MARKED_AT_ONCE = 50;
const BYTES = "application/octet-stream";
const TEXT = "text/plain; charset=utf-8";

const ENTRIES = "SELECT number, at, minute FROM checkpoints WHERE number > ?1 AND number <= ?2 ORDER BY number";
/** Where a database was taken back, another row may have the number. */
const LINK_LOGGED = "UPDATE audit_chain SET checkpoint = ?3 WHERE number = ?1 AND head = ?2 AND checkpoint IS NULL";
const RESTORATION_LOGGED =
  "UPDATE restorations SET checkpoint = ?3 WHERE number = ?1 AND said_at = ?2 AND checkpoint IS NULL";
export const PUBLISHED = "UPDATE checkpoints SET published_at = ?2 WHERE number = ?1 AND published_at IS NULL";

export async function publishMinute(
  parts: SignedLogParts,
  { number, root }: { number: number; root: string },
  minute: LoggedMinute,
  nowMs: number,
): Promise<void> {
  await markLogged(parts, minute);
  await publishTiles(parts, number);
  const { signers, ARCHIVE, DB } = parts;
  const text = writeCheckpoint({ origin: signers.names.origin, size: number, root: fromBase64(root) });
  const note = await signNote(text, signers.log);
  await putOnce(ARCHIVE, checkpointName(number), note, TEXT);
  await putNewest(ARCHIVE, number, note);
  await DB.prepare(PUBLISHED).bind(number, nowMs).run();
}

async function markLogged({ DB, journalOf }: SignedLogParts, { number, heads }: LoggedMinute): Promise<void> {
  const journals = heads.filter(({ advertiser }) => advertiser !== undefined);
  for (let from = 0; from < journals.length; from += MARKED_AT_ONCE)
    await Promise.all(
      journals
        .slice(from, from + MARKED_AT_ONCE)
        .map(({ advertiser = 0, number: seq, head, rebuilt }) =>
          rebuilt
            ? journalOf(advertiser).markRebuilt(seq, rebuilt.atMs, number)
            : journalOf(advertiser).markLogged(seq, head, number),
        ),
    );
  const statements = [...auditLogged(DB, { number, heads }), ...(await hoursLogged(DB, { heads }))];
  if (statements.length > 0) await DB.batch(statements);
}

/** Says of the audit log's link in a minute, and of what was restored, that they are logged. */
export function auditLogged(
  DB: D1Database,
  { number, heads }: Pick<LoggedMinute, "number" | "heads">,
): D1PreparedStatement[] {
  return heads.flatMap(({ kind, number: of, head, restored }) => {
    if (kind === "audit") return DB.prepare(LINK_LOGGED).bind(of, head, number);
    return restored ? DB.prepare(RESTORATION_LOGGED).bind(of, restored.atMs, number) : [];
  });
}

async function publishTiles({ DB, ARCHIVE }: SignedLogParts, number: number): Promise<void> {
  const read = tilesOf(DB);
  for (const tile of tilesEndingAt(number)) {
    const hashes = (await read(tile.level, tile.index)).slice(0, tile.width);
    await putOnce(ARCHIVE, tileName(tilePath(tile)), new Uint8Array(Buffer.concat(hashes)), BYTES);
    if (tile.level > 0) continue;
    const { results } = await DB.prepare(ENTRIES)
      .bind(tile.index * TILE_WIDTH, number)
      .all<{ number: number; at: number; minute: string }>();
    const entries = results.map((row) => new TextEncoder().encode(writeEntry(row.number, row.at, row.minute)));
    await putOnce(ARCHIVE, tileName(tilePath(tile, "entries")), writeEntries(entries), BYTES);
  }
}

/** The newest checkpoint never gives way to an older one, not even where a run that was thought dead goes on. */
async function putNewest(bucket: LogBucket, number: number, note: string): Promise<void> {
  const { size, etag } = await publishedSize(bucket);
  if (size >= number) return;
  const onlyIf = etag === null ? { etagDoesNotMatch: "*" } : { etagMatches: etag };
  const put = await bucket.put(CHECKPOINT, note, { onlyIf, httpMetadata: { contentType: TEXT } });
  // Somebody else was faster; who wrote a smaller one is written over.
  if (!put) await putNewest(bucket, number, note);
}
