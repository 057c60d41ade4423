/**
 * What comes to another tracker's host, or below `/t/{slug}`: a placed link whose alias names a link of ours is a click on that; one that names none goes on to the old
 * tracker, where that still answers, and else nowhere; everything else is the postback worker's.
 */
import { type AliasRecord, aliasKey, type TrackerRecord, trackerKeyAt } from "../../schema/records.ts";
import { createRecordMemory, type EdgeReader, readFreshMs } from "../core/record-memory.ts";
import { askedTrackers } from "../core/trackers/asked-trackers.ts";
import { placeOnOldHost } from "../core/trackers/old-host.ts";
import { roleOf, type TrackerRole } from "../core/trackers/tracker-role.ts";
import type { TrackerTable } from "../core/trackers/tracker-table.ts";
import { TRACKER_TABLES } from "../core/trackers/tracker-tables.ts";
import type { Env } from "./env.ts";
import { FIRST_RECORD_MS, KEEPING } from "./keeping.ts";
import { NO_SUCH_LINK, plain } from "./plain.ts";
import type { Arrival } from "./redirect.ts";
import type { ClickRequest } from "./source.ts";

interface HeldTracker {
  record: TrackerRecord;
  /** Undefined where this version does not know it. */
  table: TrackerTable | undefined;
}

type PlacedLink = Extract<TrackerRole, { role: "click" }>;
type Redirect = (arrival: Arrival, env: Env, ctx: ExecutionContext) => Response | Promise<Response>;

/** With nothing remembered yet. Gives null where the host is no tracker's, nor the path. */
export function createTrackerHosts(redirect: Redirect) {
  const trackers = createRecordMemory<HeldTracker>({ ...KEEPING, hold: holdTracker, firstReadMs: FIRST_RECORD_MS });
  const aliases = createRecordMemory<AliasRecord>({
    ...KEEPING,
    hold: (stored) => JSON.parse(stored),
    firstReadMs: FIRST_RECORD_MS,
  });

  async function arrive(request: ClickRequest, url: URL, env: Env, ctx: ExecutionContext): Promise<Response | null> {
    const reader = { kv: env.EDGE, freshMs: readFreshMs(env.EDGE_CACHE_S), ctx };
    const found = await standing(reader, url);
    if (!found) return null;
    const { record, table, path } = found;
    const role = table && roleOf(table, { method: request.method, path, query: url.search }, record.subIds);
    if (role?.role !== "click") return env.POSTBACK.fetch(request);
    if (record.closed) return plain(request, 410, "This link is no longer active.");
    const link = await linkOf(reader, record, role);
    if (link !== null) return redirect({ request, slug: link, search: role.query, isTold: false }, env, ctx);
    // The visitor does not wait until it stands in the log that the link has no alias, and is not told what its operator is.
    ctx.waitUntil(told(env.POSTBACK.fetch(request.clone())));
    const place = placeOnOldHost(record, request.url, `${path}${url.search}`);
    return place === null ? plain(request, 404, NO_SUCH_LINK) : sendOn(place);
  }

  async function standing(
    reader: EdgeReader,
    { hostname, pathname }: URL,
  ): Promise<(HeldTracker & { path: string }) | null> {
    for (const { at, path } of askedTrackers(hostname, pathname)) {
      const tracker = await trackers.find(reader, trackerKeyAt(at), Date.now());
      if (tracker) return { ...tracker, path };
    }
    return null;
  }

  /** The slug of the link that a placed link means; null where nobody said. */
  async function linkOf(reader: EdgeReader, { slug }: TrackerRecord, { alias, otherwise }: PlacedLink) {
    for (const name of otherwise === undefined ? [alias] : [alias, otherwise]) {
      const found = await aliases.find(reader, aliasKey(slug, name), Date.now());
      if (found) return found.link;
    }
    return null;
  }

  return arrive;
}

async function told(answer: Promise<Response>): Promise<void> {
  try {
    await (await answer).body?.cancel();
  } catch (error) {
    console.warn({ event: "unknown_alias_untold", error: String(error) });
  }
}

function holdTracker(stored: string): HeldTracker {
  const record: TrackerRecord = JSON.parse(stored);
  return { record, table: TRACKER_TABLES.get(record.dialect) };
}

function sendOn(address: string): Response {
  const headers = { Location: address, "Cache-Control": "no-store", "X-Robots-Tag": "noindex" };
  return new Response(null, { status: 302, headers });
}
