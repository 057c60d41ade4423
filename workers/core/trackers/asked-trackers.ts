/** Where other trackers may stand that a request asks for: below the path at which one is tried, and on the host that placed links carry. */
import { SLUG } from "../slug.ts";
import { askedHost } from "./tracker-host.ts";

/** One of them, and the request's path as it has it. */
export interface AskedTracker {
  at: { slug: string } | { host: string };
  path: string;
}

const TRIED = new RegExp(`^/t/(${SLUG})(?=/|$)`, "i");

/** In the order in which they count: a tracker's host may have a folder `/t/` of its own. `host` is in lower case and without its port, `path` as sent, without its query. */
export function askedTrackers(host: string, path: string): AskedTracker[] {
  const [below, slug] = TRIED.exec(path) ?? [];
  const asked = askedHost(host);
  return [
    ...(below && slug ? [{ at: { slug: slug.toLowerCase() }, path: path.slice(below.length) || "/" }] : []),
    ...(asked === null ? [] : [{ at: { host: asked }, path }]),
  ];
}
