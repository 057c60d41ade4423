/** The places of claims, as the advertiser's object keeps them: of each click and event, and of each order, the claims received first. */
import { type ClaimPlaces, placeKeys } from "../core/books/claim-places.ts";
import type { Command } from "../core/books/command.ts";
import { keyRanges } from "../core/books/conversion-keys.ts";
import { comparePositions, type Position } from "../core/books/order-of-receipt.ts";
import type { PersonNames } from "../core/erasure/erased-names.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { cells, WITH_ROWS } from "./json-rows.ts";
import type { Changed } from "./object-changes.ts";
import type { Sql } from "./sql.ts";

const TABLE = "claim_places";

export const CLAIM_PLACE_TABLE = `
  CREATE TABLE IF NOT EXISTS claim_places (
    key    TEXT PRIMARY KEY,
    places TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** Loads the places under the keys of these claims. */
export function loadPlaces(sql: Sql, claims: readonly Command[]): Map<string, readonly Position[]> {
  return placesUnder(
    sql,
    claims.flatMap((claim) => placeKeys(claim).map(({ key }) => key)),
  );
}

function placesUnder(sql: Sql, all: readonly string[]): Map<string, readonly Position[]> {
  const keys = [...new Set(all)];
  const query = "SELECT p.key, p.places FROM json_each(?) k CROSS JOIN claim_places p ON p.key = k.value";
  const rows = jsonChunks(keys).flatMap((chunk) => sql.exec(query, chunk).toArray());
  return new Map(
    rows.map((row) => {
      const places: [receivedAtMs: number, receipt: string][] = JSON.parse(String(row.places));
      return [String(row.key), places.map(([receivedAtMs, receipt]) => ({ receivedAtMs, row: 0, receipt }))];
    }),
  );
}

/** The receipts of claims that may lose their place to one of `claims`, which was received before them. */
export function rivalsOf(places: ClaimPlaces, claims: readonly Command[]): string[] {
  const later = claims.flatMap((claim) =>
    placeKeys(claim).flatMap(({ key }) =>
      (places.get(key) ?? []).filter((place) => comparePositions(claim, place) < 0),
    ),
  );
  return [...new Set(later.map(({ receipt }) => receipt))];
}

/** Tells what it wrote. */
export function writePlaces(sql: Sql, places: ClaimPlaces): Changed[] {
  const rows = [...places].map(([key, own]) => [
    key,
    JSON.stringify(own.map(({ receivedAtMs, receipt }) => [receivedAtMs, receipt])),
  ]);
  const query = `${WITH_ROWS} INSERT INTO claim_places (key, places) SELECT ${cells(2)} FROM given WHERE true
    ON CONFLICT (key) DO UPDATE SET places = excluded.places WHERE places <> excluded.places`;
  for (const chunk of jsonChunks(rows)) sql.exec(query, chunk);
  return [...places.keys()].map((key) => [TABLE, key]);
}

/** Forgets those of these places of which none is of a message that is there, or was received from `fromMs` on, and could still be pushed out; tells which. */
export function forgetPlaces(
  sql: Sql,
  keys: readonly string[],
  fromMs: number,
  heldOf: (receipts: readonly string[]) => ReadonlySet<string>,
): Changed[] {
  const places = placesUnder(sql, keys);
  const held = heldOf([...places.values()].flatMap((own) => own.map(({ receipt }) => receipt)));
  const gone = [...places].filter(([, own]) =>
    own.every(({ receivedAtMs, receipt }) => receivedAtMs < fromMs && !held.has(receipt)),
  );
  for (const chunk of jsonChunks(gone.map(([key]) => key)))
    sql.exec("DELETE FROM claim_places WHERE key IN (SELECT value FROM json_each(?))", chunk);
  return gone.map(([key]) => [TABLE, key]);
}

/** Puts places under these names, which are erased, under other keys, and tells from which to which. */
export function renamePlaces(
  sql: Sql,
  names: PersonNames,
  renamed: (key: string) => string,
): { from: Changed[]; to: Changed[] } {
  const [gone, changed]: [Changed[], Changed[]] = [[], []];
  for (const { from, to } of keyRanges(names)) {
    const rows = sql.exec("SELECT key, places FROM claim_places WHERE key >= ? AND key < ?", from, to).toArray();
    for (const { key, places } of rows) {
      const next = renamed(String(key));
      if (next === key) continue;
      sql.exec("DELETE FROM claim_places WHERE key = ?", String(key));
      sql.exec("INSERT INTO claim_places (key, places) VALUES (?, ?) ON CONFLICT DO NOTHING", next, String(places));
      gone.push([TABLE, String(key)]);
      changed.push([TABLE, next]);
    }
  }
  return { from: gone, to: changed };
}
