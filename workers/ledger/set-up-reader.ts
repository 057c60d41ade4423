/** Reads the set-up that a batch needs from D1, with one round trip. */
import type { Credential } from "../../schema/records.ts";
import { type CouponTerms, couponKey } from "../core/books/coupons.ts";
import { LINK_JOINS, LINK_TERMS, type LinkTermsRow, readLinkTerms } from "../core/books/link-terms.ts";
import { type ClaimedPlace, claimedKey, ratesKey, type SetUp } from "../core/books/set-up.ts";
import { type DayRate, MAX_RATE_AGE_DAYS } from "../core/rates/rate.ts";

interface CouponRow extends CouponTerms {
  advertiser: number;
  folded: string;
}

/** Those in use of these keys. */
const COUPONS_NAMED = `json_each(?1) k CROSS JOIN coupons c
  ON c.advertiser = json_extract(k.value, '$[0]') AND c.folded = json_extract(k.value, '$[1]') AND c.status = 'active'`;

const LINKS = `${LINK_TERMS} json_each(?1) k CROSS JOIN links l ON l.number = k.value ${LINK_JOINS}`;
const COUPON_LINKS = `${LINK_TERMS} ${COUPONS_NAMED} JOIN links l ON l.number = c.link ${LINK_JOINS}`;
const COUPONS = `
  SELECT c.number, c.advertiser, c.folded, c.link, c.from_at AS fromMs, c.until_at AS untilMs FROM ${COUPONS_NAMED}`;

interface ClaimedRow extends ClaimedPlace {
  advertiser: number;
  txid: string;
}

/** Open claims of orders, and their links. Of an order three claims are heard for each event and order space. */
const CLAIMED = `json_each(?1) k CROSS JOIN claims q
  ON q.advertiser = json_extract(k.value, '$[0]') AND q.txid = json_extract(k.value, '$[1]') AND q.state = 'open'`;
const CLAIMED_PLACES = `SELECT DISTINCT q.advertiser, q.txid, q.link, q.event FROM ${CLAIMED}`;
const CLAIMED_LINKS = `${LINK_TERMS} (SELECT DISTINCT q.link FROM ${CLAIMED}) c JOIN links l ON l.number = c.link ${LINK_JOINS}`;

interface OldNameRow {
  adoptedId: string;
  foreignId: string;
}

const OLD_NAMES = `
  SELECT a.click_id AS adoptedId, a.foreign_id AS foreignId FROM json_each(?) k CROSS JOIN adopted_clicks a ON a.click_id = k.value`;

interface RateRow extends DayRate {
  advertiser: number;
  said: string;
  asOf: string;
}

/**
 * Of each advertiser, currency and day of receipt that is said: the newest rates on that day, or at most so many days before, of the currency itself and of those of the
 * advertiser's offers, unless they are all its own.
 */
const RATES = `
  WITH said AS (SELECT value ->> 0 AS advertiser, value ->> 1 AS currency, value ->> 2 AS day FROM json_each(?)),
  pairs AS (SELECT DISTINCT s.advertiser, s.currency AS said, s.day AS asOf, o.currency AS booked FROM said s
    CROSS JOIN offers o ON o.advertiser = s.advertiser AND o.currency <> s.currency AND o.other_currencies = 'convert'),
  wanted AS (SELECT advertiser, said, asOf, said AS currency FROM pairs UNION SELECT advertiser, said, asOf, booked FROM pairs)
  SELECT w.advertiser, w.said, w.asOf, r.currency, r.day, r.per_euro AS perEuro FROM wanted w
  CROSS JOIN rates r ON r.currency = w.currency
    AND r.day = (SELECT max(day) FROM rates WHERE currency = w.currency AND day BETWEEN date(w.asOf, '-${MAX_RATE_AGE_DAYS} days') AND w.asOf)`;

interface CredentialsRow {
  number: number;
  /** As JSON. */
  credentials: string;
}

const CREDENTIALS = "SELECT number, credentials FROM json_each(?) k CROSS JOIN advertisers ON number = k.value";

/** Whether anybody is told of what is booked: without a destination nothing is sent to the courier. */
interface DestinationsRow {
  hasDestinations: 0 | 1;
}

const HAS_DESTINATIONS = "SELECT EXISTS (SELECT 1 FROM destinations WHERE status <> 'ended') AS hasDestinations";

/** The set-up of a batch. */
export interface BatchSetUp extends SetUp {
  hasDestinations: boolean;
}

/** The set-up of these link and advertiser numbers, of the coupons with these keys, of where the pixel claims these orders (by `claimedKey`), the old names of these adopted clicks, and the rates of these messages' currencies (by `ratesKey`); prices as they counted since `earliestMs`; what does not exist is absent. */
export async function readSetUp(
  db: D1Database,
  links: Iterable<number>,
  advertisers: Iterable<number>,
  coupons: Iterable<string>,
  orders: Iterable<string> = [],
  adopted: readonly string[] = [],
  currencies: Iterable<string> = [],
  earliestMs = 0,
): Promise<BatchSetUp> {
  const asking = (query: string, keys: Iterable<number | string>): D1PreparedStatement =>
    db.prepare(query).bind(JSON.stringify([...new Set(keys)]));
  const askingTerms = (query: string, keys: Iterable<number | string>): D1PreparedStatement =>
    db.prepare(query).bind(JSON.stringify([...new Set(keys)]), earliestMs);
  const named = [...coupons];
  const ofCoupons = named.length === 0 ? [] : [askingTerms(COUPON_LINKS, named), asking(COUPONS, named)];
  const loose = [...orders];
  const ofClaims = loose.length === 0 ? [] : [askingTerms(CLAIMED_LINKS, loose), asking(CLAIMED_PLACES, loose)];
  const ofAdopted = adopted.length === 0 ? [] : [asking(OLD_NAMES, adopted)];
  const said = [...new Set(currencies)].map((key): unknown => JSON.parse(key));
  const ofRates = said.length === 0 ? [] : [db.prepare(RATES).bind(JSON.stringify(said))];
  const always = [askingTerms(LINKS, links), asking(CREDENTIALS, advertisers), db.prepare(HAS_DESTINATIONS)];
  const answers = await db.batch<
    LinkTermsRow | CredentialsRow | CouponRow | ClaimedRow | DestinationsRow | OldNameRow | RateRow
  >([...always, ...ofCoupons, ...ofClaims, ...ofAdopted, ...ofRates]);
  const rows = answers.flatMap(({ results }) => results);
  const setUp: BatchSetUp = { links: new Map(), credentials: new Map(), coupons: new Map(), hasDestinations: false };
  for (const row of rows) {
    if ("events" in row) setUp.links.set(row.link, readLinkTerms(row));
    else if ("adoptedId" in row) enterOldName(setUp, row);
    else if ("perEuro" in row) enterRate(setUp, row);
    else if ("hasDestinations" in row) setUp.hasDestinations = row.hasDestinations === 1;
    else if ("folded" in row) enterCoupon(setUp, row);
    else if ("txid" in row) enterClaimed(setUp, row);
    else setUp.credentials.set(row.number, readCredentials(row));
  }
  return setUp;
}

function enterCoupon({ coupons }: SetUp, { advertiser, folded, ...coupon }: CouponRow): void {
  const key = couponKey(advertiser, folded);
  coupons.set(key, [...(coupons.get(key) ?? []), coupon]);
}

function enterOldName(setUp: SetUp, { adoptedId, foreignId }: OldNameRow): void {
  setUp.oldNames ??= new Map();
  setUp.oldNames.set(adoptedId, foreignId);
}

function enterRate(setUp: SetUp, { advertiser, said, asOf, ...rate }: RateRow): void {
  setUp.rates ??= new Map();
  const key = ratesKey(advertiser, said, asOf);
  setUp.rates.set(key, [...(setUp.rates.get(key) ?? []), rate]);
}

function enterClaimed(setUp: SetUp, { advertiser, txid, link, event }: ClaimedRow): void {
  setUp.claimed ??= new Map();
  const key = claimedKey(advertiser, txid);
  setUp.claimed.set(key, [...(setUp.claimed.get(key) ?? []), { link, event }]);
}

function readCredentials({ credentials }: CredentialsRow): Credential[] {
  return JSON.parse(credentials);
}
