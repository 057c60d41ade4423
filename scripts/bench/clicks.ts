/** The clicks of the benchmark: a link as the edge holds it, and visitors with the headers that browsers send. */
import type { LinkRecord } from "../../schema/records.ts";
import type { Request } from "./load.ts";

export const SLUG = "demo";
export const LINK: LinkRecord = {
  link: 7,
  offer: 3,
  affiliate: 2,
  advertiser: 1,
  offerSlug: "shoes",
  affiliateSlug: "blog",
  advertiserSlug: "acme",
  destination: "https://shop.example/shoes?click_id={click_id}&from={affiliate}&placement={sub1}",
  redirectStatus: 302,
  referrerPolicy: "strict-origin-when-cross-origin",
  deepLinkHosts: [],
};

/** Browsers of the day; each makes its own requests, so that nothing is measured that only a single visitor would bring. */
const BROWSERS = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 399.0.0.26.85 (iPhone15,3; iOS 18_6_2; en_US; en; scale=3.00; 1290x2796)",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
  "Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.7444.102 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/533.0.0.46.109;]",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
  "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
];
export const REQUESTS: Request[] = Array.from({ length: 100 }, (_, index) => requestOf(index));

/** A visitor's request; each has an address of its own. */
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
