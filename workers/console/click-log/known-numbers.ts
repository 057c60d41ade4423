/** Numbers by slug, of what the archive calls by its slug: looked up once for all that a file names, and kept while the reading lasts. */
import type { Cell } from "../../../schema/columns.ts";
import { CLICK_FACTS } from "../../core/click-log/click-facts.ts";
import { SUBJECTS, type Subject } from "../../core/subjects.ts";

/** More than these are forgotten and looked up again, so that memory stays bounded. */
const MAX_KEPT = 100_000;

const FIND_NUMBERS = {
  advertiser: "SELECT number, slug FROM advertisers WHERE slug IN (SELECT value FROM json_each(?))",
  offer: "SELECT number, slug FROM offers WHERE slug IN (SELECT value FROM json_each(?))",
  affiliate: "SELECT number, slug FROM affiliates WHERE slug IN (SELECT value FROM json_each(?))",
  link: "SELECT number, slug FROM links WHERE slug IN (SELECT value FROM json_each(?))",
} as const satisfies Record<Subject, string>;

/** The facts that are slugs in the archive. */
export const SUBJECT_OF: ReadonlyMap<string, Subject> = new Map(
  CLICK_FACTS.flatMap(({ name, subject }) => (subject ? [[name, subject] as const] : [])),
);

export type KnownNumbers = Record<Subject, Map<string, number>>;

export function noNumbers(): KnownNumbers {
  return { advertiser: new Map(), offer: new Map(), affiliate: new Map(), link: new Map() };
}

/** Adds the numbers of what these columns name and `known` lacks, in one round trip, or in none. */
export async function learnNumbers(
  known: KnownNumbers,
  db: Pick<D1Database, "prepare" | "batch">,
  columns: ReadonlyMap<string, readonly Cell[]>,
): Promise<void> {
  const wanted = SUBJECTS.flatMap((subject) => {
    const slugs = new Set(
      [...columns].flatMap(([name, cells]) => (SUBJECT_OF.get(name) === subject ? [...new Set(cells)] : [])),
    );
    const missing = [...slugs].filter((slug) => slug !== null && !known[subject].has(String(slug)));
    return missing.length > 0 ? [{ subject, missing }] : [];
  });
  if (wanted.length === 0) return;
  const answers = await db.batch<{ number: number; slug: string }>(
    wanted.map(({ subject, missing }) => db.prepare(FIND_NUMBERS[subject]).bind(JSON.stringify(missing))),
  );
  for (const [index, { subject }] of wanted.entries()) {
    if (known[subject].size > MAX_KEPT) known[subject].clear();
    for (const { number, slug } of answers[index]?.results ?? []) known[subject].set(slug, number);
  }
}
