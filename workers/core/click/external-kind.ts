/**
 * Which parameter brought a click's external ID: it tells the platform that the click came from, and a gclid from a wbraid, which the ID alone does not. Kept as it came: these
 * IDs distinguish case, and one that is cut is nobody's.
 */

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
 * Where the link names an ID that a platform hung on too, it is that platform's. One that is too long, or holds what nobody can see, is left out whole.
 */
export function readExternalClick(query: Iterable<readonly [name: string, value: string]>): ExternalClick | null {
  let best: { id: string; rank: number } | null = null;
  let tag: ExternalClick | null = null;
  const kinds = new Map<string, ExternalKind>();
  for (const [name, value] of query) {
    if (!isWhole(value)) continue;
    const rank = name === OWN_NAMES[0] ? 0 : OWN_NAMES.includes(name) ? 1 : null;
    if (rank !== null && rank < (best?.rank ?? OWN_NAMES.length)) best = { id: value, rank };
    const kind = externalKindOf(name);
    if (kind === null) continue;
    tag ??= { id: value, kind };
    if (!kinds.has(value)) kinds.set(value, kind);
  }
  return best ? { id: best.id, kind: kinds.get(best.id) ?? null } : tag;
}

function isWhole(value: string): boolean {
  if (value === "" || /[\u0000-\u001f\u007f-\u009f]/.test(value)) return false;
  return (
    value.length <= MAX_EXTERNAL_ID_LENGTH ||
    [...value.slice(0, 2 * MAX_EXTERNAL_ID_LENGTH + 1)].length <= MAX_EXTERNAL_ID_LENGTH
  );
}
