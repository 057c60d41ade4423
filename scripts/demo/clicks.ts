/** The demo's clicks: so many visits, sent side by side, each with the run and its place as sub-ids, and the click log's rows of them. */
import type { FullFetch } from "../console-api.ts";
import { inParallel } from "../parallel.ts";
import { readExport, textOf } from "../programme/books.ts";
import type { PlayedClick } from "../programme/scene.ts";
import { LINKS } from "../programme/two-shops.ts";
import { drawVisit, sendVisit, type Visit } from "../programme/visitors.ts";
import type { Random } from "../random.ts";

const CLICKS_AT_ONCE = 16;

/** `count` visits; every link is visited. */
export function drawVisits(count: number, random: Random): Visit[] {
  return Array.from({ length: count }, (_, index) => drawVisit(random, LINKS[index]));
}

/** Sends the visits, each with `sub1=<run>` and its place among them as `sub2`. Throws when a visitor is not redirected. */
export function visit(origin: string, visits: readonly Visit[], run: string): Promise<PlayedClick[]> {
  return inParallel(visits, CLICKS_AT_ONCE, async (one, index) => {
    const { clickId, said } = await sendVisit(origin, one, { sub1: run, sub2: String(index) });
    if (clickId === null) throw new Error(`the click on ${one.link.slug} answered ${said}`);
    return { link: one.link, clickId, test: one.test };
  });
}

export interface LoggedVisit {
  clickId: string;
  kind: string;
  test: boolean;
}

/** The run's clicks in the click log. */
export async function readVisits(fetchConsole: FullFetch, run: string, fromMs: number): Promise<LoggedVisit[]> {
  const visits: LoggedVisit[] = [];
  for await (const { sub1, click_id, kind, test } of readExport(fetchConsole, "clicks", fromMs))
    if (sub1 === run) visits.push({ clickId: textOf(click_id), kind: textOf(kind), test: test === true });
  return visits;
}
