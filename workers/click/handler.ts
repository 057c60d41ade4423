/** What the click worker answers, routed by hand: a router costs a fifth of this path's time. */
import { createHealth, HEALTH_PATH } from "../core/health.ts";
import { openKeyRing } from "../core/key-ring.ts";
import { SLUG } from "../core/slug.ts";
import { type ClickCollector, createClickCollector } from "./click-collector.ts";
import type { Env } from "./env.ts";
import { createTrackerHosts } from "./other-trackers.ts";
import { SCRIPT_PATH, scriptAnswer } from "./page-script.ts";
import { plain } from "./plain.ts";
import { createRedirect } from "./redirect.ts";
import type { ClickRequest } from "./source.ts";

/** What sticks to a link where it stands in a text: punctuation and blanks, plain or encoded, and characters that nobody sees; no letters or digits. */
const STICKING = "(?:[^\\w/&%-]|%(?:2[0-57-9a-e]|3[a-f]|40|5[b-f]|60|7[b-f]|[89a-f][0-9a-f]))*";
/** Slugs are written in lower case; systems fold case, and some add a slash. An ampersand may stand for the question mark. */
const LINK_PATH = new RegExp(`^/c/(${SLUG})/?${STICKING}(?:(?:&|%26)(.*))?$`, "i");
/** The whole address of a click as nearly all are written. It needs no parsing, which would change nothing of it and costs a twentieth of a click. */
const PLAIN_ADDRESS = new RegExp(
  `^https?://[a-z0-9-]+(?:\\.[a-z0-9-]+)*(?::\\d{1,5})?/c/(${SLUG})/?(\\?[!$%&(-;=?-Z_a-z~]*)?$`,
  "i",
);

/** A handler with an empty memory, as an isolate has when it starts. Only who measures the redirect by itself gives it another log. */
export function createHandler(log: ClickCollector = createClickCollector()) {
  const redirect = createRedirect(log);
  const arriveAtTracker = createTrackerHosts(redirect);
  const health = createHealth((part, error) => console.error({ event: "part_away", part, error: String(error) }));

  function route(request: ClickRequest, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
    const address = readAddress(request.url);
    // Two Host headers make an address that nobody can read.
    if (!address) return plain(request, 400, "This request cannot be read.");
    const { slug, search } = address;
    if (slug === undefined) return beside(request, env, ctx);
    const { method } = request;
    const isTold = method === "POST";
    if (method !== "GET" && method !== "HEAD" && !isTold)
      return plain(request, 405, "Links are opened with GET.", { Allow: "GET, HEAD, POST" });
    return redirect({ request, slug: slug.toLowerCase(), search, isTold }, env, ctx);
  }

  /** What stands beside the links: the script for shops' pages, the address to watch the worker by, and other trackers' paths. No tracker has a path of ours, so links need not ask for its host. */
  async function beside(request: ClickRequest, env: Env, ctx: ExecutionContext): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === SCRIPT_PATH && request.method === "GET") return scriptAnswer();
    if (url.pathname === HEALTH_PATH && request.method === "GET") return health(partsOf(env), Date.now());
    return (await arriveAtTracker(request, url, env, ctx)) ?? plain(request, 404, "There is nothing here.");
  }

  return {
    fetch(request, env, ctx) {
      try {
        const answer = route(request, env, ctx);
        return answer instanceof Promise ? answer.catch((error: unknown) => sorry(request, error)) : answer;
      } catch (error) {
        return sorry(request, error);
      }
    },
  } satisfies ExportedHandler<Env>;
}

/** Without keys no click ID is issued, and without records no link is known that this isolate has not read. */
function partsOf({ CLICK_KEYS, EDGE }: Env) {
  return { keys: () => openKeyRing("CLICK_KEYS", CLICK_KEYS), records: () => EDGE.get(HEALTH_PATH) };
}

/** Whatever went wrong, the visitor gets an answer that says to come back, and the operator one line. */
function sorry(request: Request, error: unknown): Response {
  console.error({ event: "click_failed", error: String(error) });
  return plain(request, 503, "Please try again in a moment.", { "Retry-After": "5" });
}

/** Slug and query of an address, the slug undefined where it leads to no link. Null when it cannot be read. */
function readAddress(address: string): { slug: string | undefined; search: string } | null {
  const match = PLAIN_ADDRESS.exec(address);
  if (match) return { slug: match[1], search: match[2] ?? "" };
  const url = URL.parse(address);
  if (!url) return null;
  const [, slug, carried] = LINK_PATH.exec(url.pathname) ?? [];
  // Two question marks are told apart where the query is read.
  return { slug, search: carried === undefined ? url.search : `?${carried}${url.search}` };
}
