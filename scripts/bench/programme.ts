/** A programme in the books, written with SQL: one advertiser and offer, ten affiliates with two links each. */
import type { Database } from "../local/migrate.ts";

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

const PROGRAMME = [
  `INSERT INTO advertisers (number, slug, name, credentials, created_at, updated_at) VALUES (${ADVERTISER}, 'acme', 'Acme', '[{"version":1,"key":1}]', 0, 0)`,
  `INSERT INTO offers (number, slug, name, advertiser, destination, currency, created_at, updated_at)
   VALUES (${OFFER}, 'shoes', 'Acme Shoes', ${ADVERTISER}, 'https://shop.example/shoes', 'USD', 0, 0)`,
  `INSERT INTO offer_events (offer, name, position, payout, revenue) VALUES (${OFFER}, 'sale', 0, '{"percent":100000}', '{"percent":150000}')`,
  ...Array.from({ length: affiliateOf(LINKS) }, (_, index) => {
    const number = index + 1;
    return `INSERT INTO affiliates (number, slug, name, created_at, updated_at) VALUES (${number}, 'affiliate-${number}', 'Affiliate ${number}', 0, 0)`;
  }),
  ...Array.from({ length: LINKS }, (_, index) => {
    const number = index + 1;
    return `INSERT INTO links (number, slug, offer, affiliate, created_at, updated_at) VALUES (${number}, 'link-${number}', ${OFFER}, ${affiliateOf(number)}, 0, 0)`;
  }),
];
