/** The click IDs of the worlds: of each link as many as a world has clicks, issued a minute apart. */
import { issueClickId } from "../../workers/core/click-id.ts";
import { ringOf } from "../core/keys.ts";

export const START_MS = Date.UTC(2026, 10, 1);
export const MOST_LINKS = 8;
export const MOST_CLICKS = 16;

export interface KnownClick {
  id: string;
  link: number;
  atMs: number;
}

const ring = await ringOf({ 1: 0x11 }, 1);

async function issue(link: number, counter: number): Promise<KnownClick> {
  const issuedAtMs = START_MS + (counter * MOST_LINKS + link) * 60_000;
  const id = await issueClickId(ring, { issuedAtMs, link, counter, test: false, provisional: false });
  return { id, link, atMs: issuedAtMs };
}

const all = await Promise.all(
  Array.from({ length: MOST_LINKS * MOST_CLICKS }, (_, index) =>
    issue(1 + (index % MOST_LINKS), Math.floor(index / MOST_LINKS)),
  ),
);
const linkById = new Map(all.map(({ id, link }) => [id, link]));

export function knownClick(link: number, counter: number): KnownClick {
  const found = all.find((click, index) => click.link === link && Math.floor(index / MOST_LINKS) === counter);
  if (!found) throw new Error(`there is no click ${counter} of link ${link}`);
  return found;
}

/** The link of a click ID of the worlds. */
export function linkOfClick(id: string): number | undefined {
  return linkById.get(id);
}
