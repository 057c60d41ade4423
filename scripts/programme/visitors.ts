/** The visitors of a programme: browsers, some that only look (HEAD), some that are bots. */

import type { Random } from "../random.ts";
import { reach } from "../reach.ts";
import { BOT, BROWSERS } from "./browsers.ts";
import type { Link } from "./programme.ts";
import { LINKS, TEST_LINK } from "./two-shops.ts";

/** How the click log must count a visit. */
type VisitKind = "counted" | "provisional" | "bot";

export interface Visit {
  link: Link;
  kind: VisitKind;
  test: boolean;
  userAgent: string;
}

const BOT_SHARE = 0.02;
const LOOK_SHARE = 0.01;
const TEST_SHARE = 0.01;

/** A visit of this link, or of the one for testing. */
export function drawVisit(random: Random, link: Link = random.pick(LINKS)): Visit {
  const draw = random.next();
  const test = draw > 1 - TEST_SHARE;
  const kind = draw < BOT_SHARE ? "bot" : draw < BOT_SHARE + LOOK_SHARE ? "provisional" : "counted";
  return { link: test ? TEST_LINK : link, kind, test, userAgent: kind === "bot" ? BOT : random.pick(BROWSERS) };
}

/** Sends the visit with these sub-ids. The click ID is read from the redirect; null where the answer is none. */
export async function sendVisit(
  origin: string,
  { link, kind, test, userAgent }: Visit,
  subs: Record<string, string>,
  signal: AbortSignal | null = null,
): Promise<{ clickId: string | null; said: string }> {
  const query = new URLSearchParams({ ...subs, ...(test ? { test: "1" } : {}) });
  const answer = await reach(`${origin}/c/${link.slug}?${query}`, {
    method: kind === "provisional" ? "HEAD" : "GET",
    redirect: "manual",
    headers: { "user-agent": userAgent },
    signal,
  });
  await answer.arrayBuffer();
  const location = answer.headers.get("location") ?? "";
  const clickId = answer.status === 302 ? URL.parse(location)?.searchParams.get("click_id") : null;
  return { clickId: clickId || null, said: `${answer.status} ${location}` };
}
