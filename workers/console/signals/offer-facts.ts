/** What signals know of offers: whose they are, how their orders are numbered, and which domains are the shop's own. */
import { getDomain } from "tldts";

interface OfferFact {
  advertiser: number;
  orderSpace: string;
  domains: readonly string[];
}

/** By number. */
export type OfferFacts = ReadonlyMap<number, OfferFact>;

interface OfferRow {
  number: number;
  advertiser: number;
  orderSpace: "advertiser" | "offer";
  destination: string;
  hosts: string;
}

const READ = "SELECT number, advertiser, order_space AS orderSpace, destination, deep_link_hosts AS hosts FROM offers";

/** Of all offers: they are few beside what is counted of them. */
export async function readOfferFacts(db: D1Database): Promise<OfferFacts> {
  const { results } = await db.prepare(READ).all<OfferRow>();
  return new Map(
    results.map(({ number, advertiser, orderSpace, destination, hosts }) => {
      const others: string[] = JSON.parse(hosts);
      const named = [hostOf(destination), ...others].flatMap((host) => (host === null ? [] : [domainOf(host)]));
      return [
        number,
        {
          advertiser,
          orderSpace: orderSpace === "offer" ? `o${number}` : `a${advertiser}`,
          domains: [...new Set(named)],
        },
      ];
    }),
  );
}

/** Whether a host lies in one of these domains. */
export function isOfDomains(host: string, domains: readonly string[]): boolean {
  return domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
}

/** A destination has macros, none of which stands in its host. */
function hostOf(destination: string): string | null {
  return URL.parse(destination)?.hostname ?? null;
}

/** The part of a host that is registered; all of it where that is not known, as of a machine's own name. */
function domainOf(host: string): string {
  return getDomain(host, { allowPrivateDomains: true }) ?? host;
}
