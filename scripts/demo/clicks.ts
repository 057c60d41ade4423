/** The demo's visitors: browsers, some that only look (HEAD), some that are bots. */

import { inParallel } from "./parallel.ts";
import { type DemoLink, LINKS, TEST_LINK } from "./programme.ts";
import type { Random } from "./random.ts";
import type { PlayedClick } from "./scene.ts";

/** How the click log must count a visit. */
export type VisitKind = "counted" | "provisional" | "bot";

export interface Visit {
  link: DemoLink;
  kind: VisitKind;
  test: boolean;
  userAgent: string;
}

const BROWSERS: readonly [string, ...string[]] = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
  "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
];
const BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const BOT_SHARE = 0.02;
const LOOK_SHARE = 0.01;
const TEST_SHARE = 0.01;
const CLICKS_AT_ONCE = 16;

/** `count` visits; every link is visited. */
export function drawVisits(count: number, random: Random): Visit[] {
  return Array.from({ length: count }, (_, index) => {
    const draw = random.next();
    const test = draw > 1 - TEST_SHARE;
    const kind = draw < BOT_SHARE ? "bot" : draw < BOT_SHARE + LOOK_SHARE ? "provisional" : "counted";
    const link = test ? TEST_LINK : (LINKS[index] ?? random.pick(LINKS));
    return { link, kind, test, userAgent: kind === "bot" ? BOT : random.pick(BROWSERS) };
  });
}

/** Sends the visits, each with `sub1=<run>` and its place among them as `sub2`, and gives their click IDs, read from the redirects. Throws when a visitor is not redirected. */
export function visit(origin: string, visits: readonly Visit[], run: string): Promise<PlayedClick[]> {
  return inParallel(visits, CLICKS_AT_ONCE, async ({ link, kind, test, userAgent }, index) => {
    const query = new URLSearchParams({ sub1: run, sub2: String(index), ...(test ? { test: "1" } : {}) });
    const answer = await fetch(`${origin}/c/${link.slug}?${query}`, {
      method: kind === "provisional" ? "HEAD" : "GET",
      redirect: "manual",
      headers: { "user-agent": userAgent },
    });
    await answer.arrayBuffer();
    const location = answer.headers.get("location") ?? "";
    const clickId = URL.canParse(location) ? new URL(location).searchParams.get("click_id") : null;
    if (answer.status !== 302 || !clickId)
      throw new Error(`the click on ${link.slug} answered ${answer.status} ${location}`);
    return { link, clickId, test };
  });
}
