/** Slugs for what an old tracker calls by names of any form. */
import { SLUG } from "../../workers/core/slug.ts";

const WHOLE = new RegExp(`^${SLUG}$`);
const MAX_LENGTH = 63;

/** Gives every thing of one kind a slug of its own: its name where that makes one nobody has, else with its ID behind it. The same things in the same order have the same slugs. */
export function slugGiver(kind: string): (name: string, id: string | number) => string {
  const given = new Set<string>();
  return (name, id) => {
    const plain = slugOf(name);
    const behind = `-${slugOf(String(id)) || "0"}`;
    const numbered = (plain || kind).slice(0, MAX_LENGTH - behind.length) + behind;
    const slug = plain === "" || given.has(plain) ? numbered : plain;
    if (given.has(slug)) throw new Error(`two things of the old tracker are called “${name}” with the ID ${id}`);
    given.add(slug);
    return slug;
  };
}

/** Letters without their marks, in lower case; what is left out parts words. Empty where nothing is left. */
function slugOf(name: string): string {
  const slug = name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, "-")
    .replaceAll(/^[-_]+|-+$/g, "")
    .slice(0, MAX_LENGTH)
    .replace(/-+$/, "");
  return WHOLE.test(slug) ? slug : "";
}
