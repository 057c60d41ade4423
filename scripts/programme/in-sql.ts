/** A programme in the books, written with SQL: Acme's, with ten affiliates of two links each. What stands behind a grown or measured system is of these. */

import { readPricingRule } from "../../workers/core/pricing.ts";
import type { Database } from "../local/migrate.ts";
import { ACME, SHOES } from "./acme.ts";
import type { OfferEvent, Party } from "./programme.ts";

/** Numbers in the books. */
export const ADVERTISER = 1;
export const OFFER = 1;
export const LINKS = 20;

/** The affiliate of a link. */
export function affiliateOf(link: number): number {
  return Math.ceil(link / 2);
}

/** One statement after the other. */
export function programmeSql(): string[] {
  return PROGRAMME;
}

export async function seedProgramme(books: Database): Promise<void> {
  await books.batch(PROGRAMME.map((sql) => books.prepare(sql)));
}

const numbersTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
const partySql = ({ slug, name }: Party) => `'${slug}', '${name}'`;
const ruleSql = (price: OfferEvent["payout"]) => `'${JSON.stringify(readPricingRule(price))}'`;

const PROGRAMME = [
  `INSERT INTO advertisers (number, slug, name, credentials, created_at, updated_at)
   VALUES (${ADVERTISER}, ${partySql(ACME)}, '[{"version":1,"key":1}]', 0, 0)`,
  `INSERT INTO offers (number, slug, name, advertiser, destination, currency, created_at, updated_at)
   VALUES (${OFFER}, ${partySql(SHOES)}, ${ADVERTISER}, '${SHOES.destination}', '${SHOES.currency}', 0, 0)`,
  ...SHOES.events.map(
    ({ name, payout, revenue }, position) =>
      `INSERT INTO offer_events (offer, name, position, payout, revenue)
       VALUES (${OFFER}, '${name}', ${position}, ${ruleSql(payout)}, ${ruleSql(revenue)})`,
  ),
  ...numbersTo(affiliateOf(LINKS)).map(
    (number) =>
      `INSERT INTO affiliates (number, slug, name, created_at, updated_at)
       VALUES (${number}, 'affiliate-${number}', 'Affiliate ${number}', 0, 0)`,
  ),
  ...numbersTo(LINKS).map(
    (number) =>
      `INSERT INTO links (number, slug, offer, affiliate, created_at, updated_at)
       VALUES (${number}, 'link-${number}', ${OFFER}, ${affiliateOf(number)}, 0, 0)`,
  ),
];
