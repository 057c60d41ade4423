/** The OpenAPI document of a system: all of the console's calls, and what click and postback worker answer. */
import type { Env } from "../env.ts";
import type { Call } from "../web/call.ts";
import { openApiDocument, tagOf } from "../web/openapi.ts";
import { edgePaths } from "./edge-paths.ts";

/** What the calls of each first word of a path are about, in the order in which people read them. */
export const TAGS: Readonly<Record<string, string>> = {
  advertisers: "Who sells, and what proves their postbacks",
  affiliates: "Who sends visitors and is paid for them",
  offers: "What an advertiser pays for",
  admissions: "Which affiliates may promote an offer",
  links: "Affiliates' addresses of offers",
  coupons: "Codes that attribute an order without a click",
  reasons: "Why operators reject conversions, in words for the affiliate",
  review: "What is held for an operator, and decisions on many at once",
  "status-changes": "Many links, offers, affiliates, advertisers or destinations paused, resumed or ended at once",
  notes: "What operators note of what is set up, for one another",
  signals: "What looks wrong of affiliates beside their peers, with the rows that it names",
  "signal-settings": "What each fraud signal does, and how often it was right",
  sources: "Shops' and billing platforms' own webhooks",
  trackers: "Other trackers whose links and postback URLs work here",
  destinations: "Whom the courier tells",
  deliveries: "What was told, and how it went",
  "ready-templates": "Postback URLs of traffic sources",
  "ad-platforms": "What ad platforms are told, and what they need",
  "webhook-schema": "What webhooks are like",
  users: "Who signs in to the console",
  rates: "What currencies were for one euro",
  tokens: "What proves who calls",
  postbacks: "Everything received, with what became of it",
  conversions: "The books",
  "not-counted": "Orders that did not count for an affiliate, and why",
  claims: "What came by the pixel",
  receipts: "What became of a message",
  exports: "Whole tables, as CSV, NDJSON and Parquet",
  audiences: "Who converted, was refunded, went no further",
  archive: "Files of hours that are over",
  statements: "What is due to affiliates, and from advertisers, closed and paid",
  closings: "How far the making of statements is",
  adjustments: "What is added to a statement by hand, or taken off",
  issuer: "Who issues statements",
  payments: "What was paid of statements, as a list",
  reports: "Sums by dimension",
  cohorts: "What became of the customers that began in a month",
  differences: "Why a figure of a report differs from another one",
  metrics: "What reports know",
  alerts: "What is wrong, and since when",
  views: "Lists and reports as somebody wants to see them again",
  columns: "Which columns of a list somebody looks at",
  search: "What a word names, of all that the caller may see",
  reconcile: "An advertiser's list against the books",
  imports: "Files of a sender's words",
  verification: "Rows against the objects that wrote them",
  rebuilding: "Objects that were lost, made anew",
  "set-up-copies": "Nightly copies of the set-up",
  publish: "What the edge knows",
  replay: "Sending again what came",
  "what-ifs": "The books of a period under other rules, looked at and applied",
  personal: "What is held of a person",
  audit: "Who changed what",
  "signed-log": "What proves the books",
  proofs: "A message under a signed checkpoint",
};

/** `origin` is where the console is called. */
export function apiDocument(
  env: Pick<Env, "CLICK_ORIGIN" | "POSTBACK_ORIGIN">,
  calls: readonly Call[],
  origin: string,
): object {
  const used = new Set(calls.map(({ path }) => tagOf(path)));
  const tags = Object.entries(TAGS).flatMap(([name, description]) => (used.has(name) ? [{ name, description }] : []));
  return openApiDocument(calls, origin, tags, edgePaths(env));
}
