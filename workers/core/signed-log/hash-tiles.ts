/** Where the hashes of the log's tree lie as tiles of 256 (c2sp.org/tlog-tiles), and which of them the newest leaf changes. */

export const TILE_WIDTH = 256;

/** A tile of so many hashes: at level 0 those of leaves, at each level above those of full tiles below. */
export interface Tile {
  level: number;
  index: number;
  /** 1 to 256. */
  width: number;
}

/** Below the log's address, such as `tile/0/x001/234.p/7`. */
export function tilePath({ level, index, width }: Tile, of: "hashes" | "entries" = "hashes"): string {
  const groups = String(index).padStart(3, "0");
  const padded = groups.padStart(Math.ceil(groups.length / 3) * 3, "0");
  const parts = padded.match(/\d{3}/g) ?? [];
  const name = parts.map((part, place) => (place === parts.length - 1 ? part : `x${part}`)).join("/");
  const partial = width === TILE_WIDTH ? "" : `.p/${width}`;
  return `tile/${of === "entries" ? "entries" : level}/${name}${partial}`;
}

/** The tiles that the leaf makes a tree of this size by: at level 0 the one that it lies in, and above it those of tiles that it fills. */
export function tilesEndingAt(size: number): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0, count = size; ; level++, count /= TILE_WIDTH) {
    const index = Math.floor((count - 1) / TILE_WIDTH);
    tiles.push({ level, index, width: count - index * TILE_WIDTH });
    if (count % TILE_WIDTH !== 0) return tiles;
  }
}

/** The tile of a level as it is in a tree of this size; null where the tree has none of it. */
export function tileIn(size: number, level: number, index: number): Tile | null {
  const width = Math.min(TILE_WIDTH, Math.floor(size / TILE_WIDTH ** level) - index * TILE_WIDTH);
  return width > 0 ? { level, index, width } : null;
}

/** A bundle of entries: each behind its length in two bytes, the higher first. */
export function writeEntries(entries: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(entries.reduce((sum, entry) => sum + 2 + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    bytes[at++] = entry.length >> 8;
    bytes[at++] = entry.length & 255;
    bytes.set(entry, at);
    at += entry.length;
  }
  return bytes;
}

export function readEntries(bundle: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let at = 0; at + 2 <= bundle.length; ) {
    const length = ((bundle[at] ?? 0) << 8) | (bundle[at + 1] ?? 0);
    entries.push(bundle.slice(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return entries;
}
