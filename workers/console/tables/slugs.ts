/** Slugs by number, looked up once for a whole page of rows and kept while the reading lasts; and the number of one slug. */
import type { Cell } from "../../../schema/columns.ts";
import { type Disguised, isDisguised, isPseudonym, type Pseudonyms } from "../../core/pseudonyms.ts";
import { SUBJECTS, type Subject } from "../../core/subjects.ts";
import type { Caller } from "../web/caller.ts";
import { invalidQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import type { Column, Slugs } from "./column.ts";

/** More links than this are forgotten and looked up again, so that memory stays bounded. */
const MAX_KEPT = 100_000;

const FIND_NUMBER = {
  advertiser: "SELECT number FROM advertisers WHERE slug = ?",
  offer: "SELECT number FROM offers WHERE slug = ?",
  affiliate: "SELECT number FROM affiliates WHERE slug = ?",
  link: "SELECT number FROM links WHERE slug = ?",
} as const satisfies Record<Subject, string>;

const FIND_SLUGS = {
  advertiser: "SELECT number, slug FROM advertisers WHERE number IN (SELECT value FROM json_each(?))",
  offer: "SELECT number, slug FROM offers WHERE number IN (SELECT value FROM json_each(?))",
  affiliate: "SELECT number, slug FROM affiliates WHERE number IN (SELECT value FROM json_each(?))",
  link: "SELECT number, slug FROM links WHERE number IN (SELECT value FROM json_each(?))",
} as const satisfies Record<Subject, string>;

/** Null when there is none. */
async function numberOf(db: D1Database, subject: Subject, slug: string): Promise<number | null> {
  const { results } = await db.prepare(FIND_NUMBER[subject]).bind(slug).all<{ number: number }>();
  return results[0]?.number ?? null;
}

const OWN_NUMBERS = {
  affiliate:
    "SELECT DISTINCT affiliate AS number FROM links WHERE offer IN (SELECT number FROM offers WHERE advertiser = ?)",
  link: "SELECT number FROM links WHERE offer IN (SELECT number FROM offers WHERE advertiser = ?)",
} as const satisfies Record<Disguised, string>;

/** The number of what the caller calls by this name: by a pseudonym where that is what it knows, and then by nothing else. Null when there is none. */
export async function numberFor(
  db: D1Database,
  { scope }: Pick<Caller, "scope">,
  subject: Subject,
  name: string,
): Promise<number | null> {
  if (scope === "everything" || !("advertiser" in scope) || scope.pseudonyms === null || !isDisguised(subject))
    return numberOf(db, subject, name);
  if (!isPseudonym(subject, name)) return null;
  const { advertiser, pseudonyms } = scope;
  const { results } = await db.prepare(OWN_NUMBERS[subject]).bind(advertiser).all<{ number: number }>();
  return results.find(({ number }) => pseudonyms(subject, number) === name)?.number ?? null;
}

/** What is wrong with the slugs that a list is asked for: of whoever sees everything, one that nothing has. */
export async function unknownSlug(
  db: D1Database,
  caller: Pick<Caller, "scope">,
  query: unknown,
): Promise<Problem | null> {
  if (caller.scope !== "everything" || typeof query !== "object" || query === null) return null;
  for (const subject of SUBJECTS) {
    const slug: unknown = Reflect.get(query, subject);
    if (typeof slug === "string" && (await numberOf(db, subject, slug)) === null) return noSuchSlug(subject, slug);
  }
  return null;
}

export function noSuchSlug(subject: string, slug: string | number): Problem {
  return invalidQuery([{ parameter: subject, detail: `There is no ${subject} "${slug}".` }]);
}

export function noSlugs(): Slugs {
  return { advertiser: new Map(), offer: new Map(), affiliate: new Map(), link: new Map() };
}

/** Adds the slugs that these rows name and `slugs` lacks, in one round trip, or in none; of what the caller knows by `pseudonyms`, these. */
export async function learnSlugs(
  slugs: Slugs,
  database: Pick<D1DatabaseSession, "prepare" | "batch">,
  columns: readonly Pick<Column, "kind">[],
  rows: readonly Cell[][],
  pseudonyms: Pseudonyms | null,
): Promise<void> {
  const wanted = SUBJECTS.map((subject) => ({ subject, numbers: missing(slugs[subject], columns, rows, subject) }));
  const asked = wanted.filter(({ subject, numbers }) => {
    if (pseudonyms === null || !isDisguised(subject)) return numbers.length > 0;
    for (const number of numbers) slugs[subject].set(number, pseudonyms(subject, number));
    return false;
  });
  if (asked.length === 0) return;
  const answers = await database.batch<{ number: number; slug: string }>(
    asked.map(({ subject, numbers }) => database.prepare(FIND_SLUGS[subject]).bind(JSON.stringify(numbers))),
  );
  for (const [index, { subject }] of asked.entries()) {
    if (slugs[subject].size > MAX_KEPT) slugs[subject].clear();
    for (const { number, slug } of answers[index]?.results ?? []) slugs[subject].set(number, slug);
  }
}

function missing(
  known: Map<number, string>,
  columns: readonly Pick<Column, "kind">[],
  rows: readonly Cell[][],
  subject: Subject,
): number[] {
  const place = columns.findIndex(({ kind }) => kind === subject);
  const numbers = new Set<number>();
  if (place < 0) return [];
  for (const row of rows) {
    const number = Number(row[place] ?? 0);
    if (!known.has(number)) numbers.add(number);
  }
  return [...numbers];
}
