/** A click that the shop's own page asks for, where no redirect stood before it: whose pages may, and what they say beside a link's parameters. */
import type { LinkRecord } from "../../../schema/records.ts";
import { isOnHosts } from "./deep-link.ts";

/** What a page says that a redirect reads from the request. */
export interface PageWords {
  /** Where the visitor came from, as an address; empty where the browser did not say. */
  referrer: string;
  /** It stands in a frame of another page. */
  isFramed: boolean;
}

/**
 * True for pages of hosts that the link leads to: its destination's, those of its rules, and the offer's deep-link hosts; with or without `www.`. A browser writes the header
 * `Origin` itself, so that nobody's page but the shop's makes a visit of its visitors count.
 */
export function isShopsPage(origin: string, { destination, rules = [], deepLinkHosts }: LinkRecord): boolean {
  const host = URL.parse(origin)?.host;
  if (!host) return false;
  const addresses = [destination, ...rules.flatMap((rule) => rule.destination ?? [])];
  const hosts = addresses.flatMap((address) => URL.parse(address)?.host ?? []);
  return isOnHosts([...hosts.map(bare), ...deepLinkHosts.map(bare)], bare(host)) || isOnHosts(deepLinkHosts, host);
}

function bare(host: string): string {
  return host.replace(/^www\./, "");
}

/** `referrer=…` and `framed=1`, among the parameters that are no link's. */
export function pageWords(unknown: readonly (readonly [name: string, value: string])[]): PageWords {
  const said = (name: string) => unknown.find(([own]) => own === name)?.[1];
  return { referrer: said("referrer") ?? "", isFramed: said("framed") === "1" };
}
