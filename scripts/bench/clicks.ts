/** The clicks of the benchmark: a link as the edge holds it, and visitors with the headers that browsers send. */
import type { LinkRecord } from "../../schema/records.ts";
import { ACME, DEMO_LINK, SHOES } from "../programme/acme.ts";
import { BROWSERS } from "../programme/browsers.ts";
import type { Request } from "./load.ts";

export const SLUG = DEMO_LINK.slug;
export const LINK: LinkRecord = {
  link: 7,
  offer: 3,
  affiliate: 2,
  advertiser: 1,
  offerSlug: SHOES.slug,
  affiliateSlug: DEMO_LINK.affiliate.slug,
  advertiserSlug: ACME.slug,
  destination: `${SHOES.destination}&placement={sub1}`,
  redirectStatus: 302,
  referrerPolicy: "strict-origin-when-cross-origin",
  deepLinkHosts: [],
};

export const REQUESTS: Request[] = Array.from({ length: 100 }, (_, index) => requestOf(index));

/** A visitor's request; each has an address of its own, and browsers take turns, so that nothing is measured that only a single visitor would bring. */
export function requestOf(visitor: number): Request {
  return {
    path: `/c/${SLUG}?sub1=newsletter-${visitor % 100}&sub2=top%20banner`,
    headers: {
      "User-Agent": BROWSERS[visitor % BROWSERS.length] ?? "",
      Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
      "Accept-Language": "en-US,en;q=0.9",
      "Accept-Encoding": "gzip, deflate, br",
      Referer: "https://blog.example/best-shoes",
      "CF-Connecting-IP": `198.51.${Math.floor(visitor / 256)}.${visitor % 256}`,
    },
  };
}
