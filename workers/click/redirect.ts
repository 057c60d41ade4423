/** A click: link record → click ID → destination → redirect; the log takes it afterwards. */
import { type CapRecord, capKey, type LinkRecord, linkKey } from "../../schema/records.ts";
import { mendQuery } from "../core/click/carried-query.ts";
import { type ClickParameters, NO_PARAMETERS, readClickParameters } from "../core/click/click-parameters.ts";
import { readDeepLink } from "../core/click/deep-link.ts";
import { type PassedParameter, writeDeepLink, writeDestination } from "../core/click/destination.ts";
import { closedReason } from "../core/click/link-state.ts";
import type { ClickFacts } from "../core/click/macros.ts";
import { isShopsPage, pageWords } from "../core/click/page-click.ts";
import { readQuery } from "../core/click/query.ts";
import { findRule } from "../core/click/targeting.ts";
import { issueClickId } from "../core/click-id.ts";
import { rememberKeyRing } from "../core/key-ring.ts";
import { createRecordMemory, type EdgeReader, readFreshMs } from "../core/record-memory.ts";
import { whenHere } from "../core/when-here.ts";
import { createAgentReader } from "./agents.ts";
import type { ClickCollector, ClickSink } from "./click-collector.ts";
import { createCounter } from "./counter.ts";
import type { Env } from "./env.ts";
import { FIRST_RECORD_MS, KEEPING } from "./keeping.ts";
import { type HeldRule, holdLink, type Link } from "./link.ts";
import { NO_SUCH_LINK, plain } from "./plain.ts";
import { type ClickRequest, type ClickSource, readSource } from "./source.ts";

/** Where the setting cannot be read, clicks are logged all the same. */
const USUAL_MOMENT_MS = 1_000;
const RANDOM_BELOW = 1_000_000_000;

/** A request for a link, as it came. */
export interface Arrival {
  request: ClickRequest;
  slug: string;
  /** The query with its question mark; empty when there is none. */
  search: string;
  /** The shop's own page asks: it is told the click ID, and leads nowhere. */
  isTold: boolean;
}

/** An arrival at a link that there is, before it is known whether it becomes a click. */
interface Hit {
  arrival: Arrival;
  link: Link;
  parameters: ClickParameters;
  source: ClickSource;
  atMs: number;
}

/** The redirect of one isolate, with nothing remembered yet; it hands its clicks to `log`. */
export function createRedirect(log: ClickCollector) {
  const links = createRecordMemory<Link>({ ...KEEPING, hold: readLink, firstReadMs: FIRST_RECORD_MS });
  const caps = createRecordMemory<CapRecord>({ ...KEEPING, hold: (stored) => JSON.parse(stored) });
  const readRing = rememberKeyRing("CLICK_KEYS");
  const nextCounter = createCounter();
  const readAgent = createAgentReader();

  function redirect(arrival: Arrival, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
    const reader = { kv: env.EDGE, freshMs: readFreshMs(env.EDGE_CACHE_S), ctx };
    return whenHere(links.find(reader, linkKey(arrival.slug), Date.now()), (link) => {
      if (!link) return plain(arrival.request, 404, NO_SUCH_LINK);
      return whenHere(link.record.capped ? capOf(reader, link.record.offer) : null, (cap) => {
        const hit = hitOf(arrival, link);
        const rule = findRule(link.rules, hit.source);
        if (closedReason(link.record, cap, hit.atMs) || rule?.block) return turnAway(hit);
        const momentMs = Number(env.CLICK_LOG_MS) || USUAL_MOMENT_MS;
        return whenHere(readRing(env.CLICK_KEYS), (ring) =>
          leadOn(hit, rule, { queue: env.CLICK_LOG, momentMs, ring, ctx }),
        );
      });
    });
  }

  function hitOf(arrival: Arrival, link: Link): Hit {
    const { request, search } = arrival;
    const parameters = search === "" ? NO_PARAMETERS : readClickParameters(readQuery(asMeant(search)));
    return { arrival, link, parameters, source: readSource(request, readAgent), atMs: Date.now() };
  }

  /** Without an answer from KV there is no cap: the redirect never fails for its sake, and conversions are counted exactly elsewhere. */
  async function capOf(reader: EdgeReader, offer: number): Promise<CapRecord | null> {
    try {
      return await caps.find(reader, capKey(offer), Date.now());
    } catch (error) {
      console.error({ event: "cap_unknown", offer, error: String(error) });
      return null;
    }
  }

  function leadOn(hit: Hit, rule: HeldRule | null, sink: ClickSink): Response {
    const { link, parameters, source, atMs } = hit;
    const { record } = link;
    if (hit.arrival.isTold) return tellPage(hit, sink);
    const clickId = issue(hit, source, sink);
    const address = addressFor(hit, rule, factsOf(hit, parameters.consent ? clickId : ""));
    if (address === null) return turnAway(hit);
    log.add({ clickId, atMs, record, parameters, source }, sink);
    return redirectTo(address, record.redirectStatus, link);
  }

  function issue({ link: { record }, parameters, atMs }: Hit, source: ClickSource, { ring }: ClickSink): string {
    return issueClickId(ring, {
      issuedAtMs: atMs,
      link: record.link,
      counter: nextCounter(),
      test: parameters.test && record.test === true,
      provisional: source.provisional || source.embedded,
    });
  }

  /** The click ID of a visit to a page of the shop's, to that page; without consent it is counted, and has none. */
  function tellPage(hit: Hit, sink: ClickSink): Response {
    const { arrival, link, parameters, atMs } = hit;
    const { record } = link;
    const origin = arrival.request.headers.get("Origin") ?? "";
    if (!isShopsPage(origin, record)) return pageAnswer(arrival, 403, null);
    const { referrer, isFramed } = pageWords(parameters.unknown);
    // The browser's own words are about the request of the script, which every page of that host can send.
    const source = { ...hit.source, referrer, embedded: isFramed };
    const clickId = issue(hit, source, sink);
    log.add({ clickId, atMs, record, parameters, source }, sink);
    return pageAnswer(arrival, 200, parameters.consent ? clickId : null);
  }

  return redirect;
}

/** To whoever asked, since a redirect tells everybody the same. */
function pageAnswer({ request }: Arrival, status: number, clickId: string | null): Response {
  const headers = {
    "Access-Control-Allow-Origin": request.headers.get("Origin") ?? "*",
    "Cache-Control": "no-store",
    Vary: "Origin",
  };
  return Response.json({ click_id: clickId }, { status, headers });
}

/** Nearly all have no second question mark. */
function asMeant(search: string): string {
  return search.indexOf("?", 1) < 0 ? search : mendQuery(search);
}

function readLink(stored: string): Link {
  const record: LinkRecord = JSON.parse(stored);
  return holdLink(record);
}

function factsOf({ arrival, link: { record }, parameters, source, atMs }: Hit, clickId: string): ClickFacts {
  return {
    clickId,
    subs: parameters.subs,
    externalId: parameters.externalId,
    externalKind: parameters.externalKind,
    affiliate: record.affiliateSlug,
    offer: record.offerSlug,
    link: arrival.slug,
    advertiser: record.advertiserSlug,
    country: source.country,
    device: source.device,
    os: source.os,
    clickedAtMs: atMs,
    random: Math.floor(Math.random() * RANDOM_BELOW),
  };
}

/** A rule's destination goes before a deep link: the operator knows where these visitors can buy. Null when the record's address is unreadable. */
function addressFor({ link, parameters }: Hit, rule: HeldRule | null, facts: ClickFacts): string | null {
  const passed: readonly PassedParameter[] = link.record.passThrough ? parameters.unknown : [];
  if (rule?.leadsTo) return writeDestination(rule.leadsTo, facts, passed);
  if (!link.destination) return null;
  const page = parameters.deepLink === undefined ? null : readDeepLink(parameters.deepLink, link.record.deepLinkHosts);
  return page
    ? writeDeepLink(page, link.destination, facts, passed)
    : writeDestination(link.destination, facts, passed);
}

/** To the offer's fallback, without a click ID: one would prove that the link was live. */
function turnAway(hit: Hit): Response {
  const { link, arrival } = hit;
  if (arrival.isTold) return pageAnswer(arrival, 410, null);
  if (!link.fallback) return plain(arrival.request, 410, "This link is no longer active.");
  return redirectTo(writeDestination(link.fallback, factsOf(hit, ""), []), 302, link);
}

function redirectTo(address: string, status: number, { headers }: Link): Response {
  headers.set("Location", address);
  return new Response(null, { status, headers });
}
