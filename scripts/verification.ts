/** Walks through all books of a running system over the console's API and collects where objects and D1 disagree. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Disagreement } from "../workers/core/books/verification.ts";
import { type ConsoleFetch, callConsole, itemsOf, textOf } from "./console-api.ts";

const WALKS = ["held_postbacks", "held_conversions", "written_postbacks", "written_conversions"] as const;
/** What disagrees is looked at again after this long: a message may have been between object and D1. */
const SECOND_LOOK_MS = 3_000;
const MAX_REPAIRED_AT_ONCE = 200;

export interface Report {
  checked: number;
  disagreements: (Disagreement & { advertiser: string })[];
}

/** Looks at every row of every advertiser that was settled at least `minAgeS` ago; at what disagrees, again after `secondLookMs`. */
export async function verifyBooks(
  fetchConsole: ConsoleFetch,
  minAgeS: number,
  secondLookMs = SECOND_LOOK_MS,
): Promise<Report> {
  const report: Report = { checked: 0, disagreements: [] };
  for await (const { slug } of itemsOf(fetchConsole, "/api/advertisers")) {
    const advertiser = String(slug);
    for (const walk of WALKS) {
      for (let after: string | null = ""; after !== null; ) {
        const path = `/api/verification/${advertiser}?${new URLSearchParams({ walk, after, min_age_s: String(minAgeS) })}`;
        const page = await look(fetchConsole, path, secondLookMs);
        report.checked += page.checked;
        report.disagreements.push(...page.disagreements.map((disagreement) => ({ ...disagreement, advertiser })));
        after = page.next;
      }
    }
  }
  return report;
}

interface Page {
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
  const { checked, disagreements, next } = await callConsole(fetchConsole, { path });
  return {
    checked: Number(checked),
    disagreements: Array.isArray(disagreements) ? disagreements : [],
    next: textOf(next),
  };
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
