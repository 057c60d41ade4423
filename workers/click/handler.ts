/** What the click worker answers, routed by hand: a router costs a fifth of this path's time. */
import { type ClickLog, createClickLog } from "./click-log.ts";
import type { Env } from "./index.ts";
import { plain } from "./plain.ts";
import { createRedirect } from "./redirect.ts";
import type { ClickRequest } from "./source.ts";

/** Slugs are written in lower case; systems fold case, and some add a slash. */
const LINK_PATH = /^\/c\/([a-z0-9][a-z0-9_-]{0,62})\/?$/i;

/** A handler with an empty memory, as an isolate has when it starts. Only who measures the redirect by itself gives it another log. */
export function createHandler(log: ClickLog = createClickLog()) {
  const redirect = createRedirect(log);

  function route(request: ClickRequest, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
    const url = URL.parse(request.url);
    // Two Host headers make an address that nobody can read.
    if (!url) return plain(request, 400, "This request cannot be read.");
    const slug = LINK_PATH.exec(url.pathname)?.[1];
    if (slug === undefined) return plain(request, 404, "There is nothing here.");
    if (request.method !== "GET" && request.method !== "HEAD")
      return plain(request, 405, "Links are opened with GET.", { Allow: "GET, HEAD" });
    return redirect({ request, url, slug: slug.toLowerCase() }, env, ctx);
  }

  return {
    async fetch(request, env, ctx) {
      try {
        return await route(request, env, ctx);
      } catch (error) {
        // Whatever went wrong, the visitor gets an answer that says to come back, and the operator one line.
        console.error({ event: "click_failed", error: String(error) });
        return plain(request, 503, "Please try again in a moment.", { "Retry-After": "5" });
      }
    },
  } satisfies ExportedHandler<Env>;
}
