/**
 * Which parameter brought a click's external ID: it tells the platform that the click came from, and a gclid from a wbraid, which the ID alone does not. Kept as it came: these
 * IDs distinguish case, and one that is cut is nobody's.
 */

import { withoutControls } from "./plain-value.ts";

/** The click IDs that platforms hang on links: Google (3), Meta, TikTok, Microsoft, Snap, Pinterest, Reddit, LinkedIn, X, Taboola, Outbrain. */
export const EXTERNAL_KINDS = [
  "gclid",
  "gbraid",
  "wbraid",
  "fbclid",
  "ttclid",
  "msclkid",
  "ScCid",
  "epik",
  "rdt_cid",
  "li_fat_id",
  "twclid",
  "tblci",
  "dicbo",
] as const;
export type ExternalKind = (typeof EXTERNAL_KINDS)[number];

/** Characters (code points) of an external ID; fbclids of more than 256 are seen. */
export const MAX_EXTERNAL_ID_LENGTH = 512;

/** Names by which the same ID comes, too. */
const OTHER_NAMES: Record<string, ExternalKind> = { sccid: "ScCid", ob_click_id: "dicbo", obclid: "dicbo" };
const KINDS = new Map<string, ExternalKind>([
  ...EXTERNAL_KINDS.map((kind) => [kind, kind] as const),
  ...Object.entries(OTHER_NAMES),
]);

/** Our own name, then what trackers call it. */
const OWN_NAMES: readonly string[] = ["external_id", "externalid", "externalId", "aff_click_id"];
/** All parameters that bring an external ID, each with the kind that it is of, or how it ranks among our names. */
const SOURCES = new Map<string, { kind: ExternalKind } | { rank: number }>([
  ...OWN_NAMES.map((name, index): [string, { rank: number }] => [name, { rank: Math.min(index, 1) }]),
  ...[...KINDS].map(([name, kind]): [string, { kind: ExternalKind }] => [name, { kind }]),
]);
export const EXTERNAL_NAMES: readonly string[] = [...SOURCES.keys()];

/** An external ID, and what brought it: null where the link names it as ours, which does not tell the platform. */
export interface ExternalClick {
  id: string;
  kind: ExternalKind | null;
}

/** The kind that a parameter of this name brings; null where it brings none. */
export function externalKindOf(name: string): ExternalKind | null {
  return KINDS.get(name) ?? null;
}

/**
 * Reads decoded query parameters; null where none brings an ID. Our own name wins over what others call it, and both over what a platform hangs on by itself; of these the first.
 * Where the link names an ID that a platform hung on too, it is that platform's. One that is too long is left out whole; what nobody can see is left out of it.
 */
export function readExternalClick(query: Iterable<readonly [name: string, value: string]>): ExternalClick | null {
  let named: { id: string; rank: number } | null = null;
  const tags: { id: string; kind: ExternalKind }[] = [];
  for (const [name, value] of query) {
    const source = SOURCES.get(name);
    const id = source ? withoutControls(value) : "";
    if (!source || id === "" || isTooLong(id)) continue;
    if ("kind" in source) tags.push({ id, kind: source.kind });
    else if (!named || source.rank < named.rank) named = { id, rank: source.rank };
  }
  if (!named) return tags[0] ?? null;
  const { id } = named;
  return { id, kind: tags.find((tag) => tag.id === id)?.kind ?? null };
}

function isTooLong(value: string): boolean {
  return (
    value.length > MAX_EXTERNAL_ID_LENGTH &&
    [...value.slice(0, 2 * MAX_EXTERNAL_ID_LENGTH + 1)].length > MAX_EXTERNAL_ID_LENGTH
  );
}
