/** Walks through all books of a running system over the console's API and collects where objects and D1 disagree. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Disagreement, VERIFIED } from "../workers/core/books/verification.ts";
import { type ConsoleFetch, callConsole, itemsOf, textOf } from "./console-api.ts";

const WALKS = [
  "held_postbacks",
  "held_claims",
  "held_conversions",
  "written_postbacks",
  "written_conversions",
] as const;
/** What disagrees is looked at again after this long: a message may have been between object and D1. */
const SECOND_LOOK_MS = 3_000;
/** What was settled more recently may be on its way from the object to D1. */
export const MIN_AGE_S = 300;
const MAX_REPAIRED_AT_ONCE = 200;

type Database = (typeof VERIFIED)[keyof typeof VERIFIED];

export interface Report {
  checked: number;
  disagreements: (Disagreement & { advertiser: string })[];
  /** Rows looked at in each database. */
  checkedIn: Record<Database, number>;
  /** Databases that did not answer, so that nothing is known of their rows. */
  silent: Database[];
}

/** Looks at every row of every advertiser, or of one, that was settled at least `minAgeS` ago; at what disagrees, again after `secondLookMs`. */
export async function verifyBooks(
  fetchConsole: ConsoleFetch,
  minAgeS = MIN_AGE_S,
  secondLookMs = SECOND_LOOK_MS,
  only?: string,
): Promise<Report> {
  const report: Report = { checked: 0, disagreements: [], checkedIn: { DB: 0, LOG: 0 }, silent: [] };
  for await (const { slug } of itemsOf(fetchConsole, "/api/advertisers")) {
    const advertiser = String(slug);
    if (only !== undefined && advertiser !== only) continue;
    for (const walk of WALKS) {
      for (let after: string | null = ""; after !== null; ) {
        const path = `/api/verification/${advertiser}?${new URLSearchParams({ walk, after, min_age_s: String(minAgeS) })}`;
        const page = await look(fetchConsole, path, secondLookMs);
        report.checked += page.checked;
        report.checkedIn[page.database] += page.checked;
        if (!page.answered && !report.silent.includes(page.database)) report.silent.push(page.database);
        report.disagreements.push(...page.disagreements.map((disagreement) => ({ ...disagreement, advertiser })));
        after = page.next;
      }
    }
  }
  return report;
}

interface Page {
  database: Database;
  answered: boolean;
  checked: number;
  disagreements: Disagreement[];
  next: string | null;
}

/** A page, looked at twice where it shows a disagreement: only what is there both times counts. */
async function look(fetchConsole: ConsoleFetch, path: string, secondLookMs: number): Promise<Page> {
  const first = await page(fetchConsole, path);
  if (first.disagreements.length === 0) return first;
  await sleep(secondLookMs);
  const again = new Set((await page(fetchConsole, path)).disagreements.map((one) => JSON.stringify(one)));
  return { ...first, disagreements: first.disagreements.filter((one) => again.has(JSON.stringify(one))) };
}

async function page(fetchConsole: ConsoleFetch, path: string): Promise<Page> {
  const { database, answered, checked, disagreements, next } = await callConsole(fetchConsole, { path });
  return {
    database: database === "LOG" ? "LOG" : "DB",
    answered: answered !== false,
    checked: Number(checked),
    disagreements: Array.isArray(disagreements) ? disagreements : [],
    next: textOf(next),
  };
}

/** What a report says of each database, a line for each. */
export function linesOf({ checkedIn, disagreements, silent }: Report): string[] {
  return (["DB", "LOG"] as const).map((database) => {
    if (silent.includes(database)) return `${database}: did not answer, so nothing is known of its rows.`;
    const own = disagreements.filter(({ table }) => VERIFIED[table] === database);
    const kinds = [...Map.groupBy(own, ({ what }) => what)].map(([what, some]) => `${some.length} ${what}`);
    return `${database}: ${checkedIn[database]} rows looked at, ${kinds.length === 0 ? "all well" : kinds.join(", ")}.`;
  });
}

/** Asks for the rows of all disagreements to be written anew, as the objects hold them. */
export async function repairBooks(fetchConsole: ConsoleFetch, { disagreements }: Report): Promise<void> {
  for (const [advertiser, own] of Map.groupBy(disagreements, (one) => one.advertiser)) {
    const receipts = own.filter(({ table }) => table === "postbacks").map(({ key }) => key);
    const conversions = own.filter(({ table }) => table !== "postbacks").map(({ key }) => key.split("/")[0] ?? key);
    for (const [name, keys] of [
      ["receipts", [...new Set(receipts)]],
      ["conversions", [...new Set(conversions)]],
    ] as const) {
      for (let start = 0; start < keys.length; start += MAX_REPAIRED_AT_ONCE) {
        const body = { [name]: keys.slice(start, start + MAX_REPAIRED_AT_ONCE) };
        await callConsole(
          fetchConsole,
          { method: "POST", path: `/api/verification/${advertiser}/repair`, body },
          [202],
        );
      }
    }
  }
}
