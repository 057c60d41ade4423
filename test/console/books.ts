/** Rows of the books and of the click log, planted for tests that read them: a small programme and as many conversions as are asked for. */

import { columnsOf } from "../../schema/columns.ts";
import { conversions } from "../../schema/tables.ts";
import { ALPHABET } from "../../workers/core/base32.ts";
import { conversionId } from "../../workers/core/books/conversion-id.ts";
import { firstEntryCell } from "../../workers/core/books/first-entry.ts";
import type { EntryRow, PostbackRow } from "../../workers/core/books/rows.ts";
import { placeAndWrite } from "../../workers/ledger/log-writer.ts";
import { plantClicks, type TakesClicks } from "../click-log/click-shares.ts";

export const START_MS = Date.UTC(2026, 10, 1);
export const HOUR_MS = 3_600_000;

type Row = Record<string, string | number | null>;

/** Advertisers 1 acme and 2 rival; affiliates 1 blog and 2 deals; offers 1 shoes (acme) and 2 hats (rival); links 1 demo (shoes, blog), 2 deal (shoes, deals), 3 hat (hats, blog). */
export async function plantSetUp(db: D1Database): Promise<void> {
  const created = { created_at: START_MS, updated_at: START_MS };
  for (const slug of ["acme", "rival"])
    await plant(db, "advertisers", [{ slug, name: slug, credentials: '[{"version":1,"key":1}]', ...created }]);
  for (const slug of ["blog", "deals"]) await plant(db, "affiliates", [{ slug, name: slug, ...created }]);
  const offer = { destination: "https://shop.example/", currency: "USD", ...created };
  await plant(db, "offers", [
    { slug: "shoes", name: "Shoes", advertiser: 1, ...offer },
    { slug: "hats", name: "Hats", advertiser: 2, ...offer },
  ]);
  await plant(db, "links", [
    { slug: "demo", offer: 1, affiliate: 1, ...created },
    { slug: "deal", offer: 1, affiliate: 2, ...created },
    { slug: "hat", offer: 2, affiliate: 1, ...created },
  ]);
}

/** Inserts rows of the same columns; integers beyond 53 bits as text. */
export async function plant(db: D1Database, table: string, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  const values = columns.map((name) => `value ->> '${name}'`).join(", ");
  const sql = `INSERT INTO ${table} (${columns.join(", ")}) SELECT ${values} FROM json_each(?)`;
  for (let at = 0; at < rows.length; at += 1_000)
    await db
      .prepare(sql)
      .bind(JSON.stringify(rows.slice(at, at + 1_000)))
      .run();
}

/** Inserts rows of the postback log as the ledger does, which asks the books whose they are. */
export async function plantLog(databases: { DB: D1Database; LOG: D1Database }, rows: readonly Row[]): Promise<void> {
  const typed: PostbackRow[] = JSON.parse(JSON.stringify(rows));
  await placeAndWrite(databases, typed);
}

/** The set-up and these conversions, each with its entry, postback and click. */
export async function plantBooks(
  { DB, LOG, CLICK_DAYS }: Record<"DB" | "LOG", D1Database> & { CLICK_DAYS: TakesClicks },
  conversions: readonly Row[],
): Promise<void> {
  await plantSetUp(DB);
  // Every second one with its first entry in its row, as the ledger writes it; the others as an older one did.
  const entries = conversions.map((row) => entryRow(row));
  const isFolded = (index: number) => index % 2 === 0;
  const cells: EntryRow[] = JSON.parse(JSON.stringify(entries));
  const folded = cells.map((entry, index) => (isFolded(index) ? firstEntryCell(entry) : null));
  await plant(
    DB,
    "conversions",
    conversions.map((row, index) => ({ ...row, first_entry: folded[index] ?? null })),
  );
  await plant(
    DB,
    "entries",
    entries.filter((_, index) => (folded[index] ?? null) === null),
  );
  await plantLog(
    { DB, LOG },
    conversions.map((row) => postbackRow(row)),
  );
  await plantClicks(
    CLICK_DAYS,
    conversions.map((row) => clickRow(row)),
  );
}

/** A receipt's or conversion's 26 characters that end in `number`. */
export function receiptNumber(number: number): string {
  return String(number).padStart(26, "0");
}

/** Which link's click it is, in turns: its offer, affiliate and advertiser go with it. */
const PLACES = [
  { link: 1, offer: 1, affiliate: 1, advertiser: 1 },
  { link: 2, offer: 1, affiliate: 2, advertiser: 1 },
  { link: 3, offer: 2, affiliate: 1, advertiser: 2 },
] as const;

function isTest(number: number): number {
  return number % 7 === 6 ? 1 : 0;
}

/** A click ID as nobody sealed it: of this time, link and counter. */
export function clickIdOf(atMs: number, link: number, counter: number, test = 0): string {
  return (
    base32((1n << 56n) | (BigInt(atMs) << 8n) | (1n << 4n) | (BigInt(test) << 3n)) +
    base32((BigInt(link) << 28n) | BigInt(counter)) +
    base32(0n)
  );
}

/** Sixty bits. */
function base32(bits: bigint): string {
  return Array.from({ length: 12 }, (_, place) => ALPHABET[Number((bits >> BigInt(5 * (11 - place))) & 31n)]).join("");
}

/** The hour of conversion `number` behind the start: three an hour at first, so that they lie in several days, and sixty later, lest many take years. */
function hourOf(number: number): number {
  return number < 600 ? Math.floor(number / 3) : 200 + Math.floor((number - 600) / 60);
}

/** Conversion `number` of the test; `changes` win. */
export function conversionRow(number: number, changes: Row = {}): Row {
  const receivedAtMs = START_MS + hourOf(number) * HOUR_MS;
  const unsaid = Object.fromEntries(columnsOf(conversions).map((column) => [column, null]));
  return {
    ...unsaid,
    hold: "",
    conversion_id: conversionId(receivedAtMs, `0${String(number).padStart(16, "0")}`),
    seq: 1,
    ...PLACES[number % 3],
    event: number % 2 ? "lead" : "sale",
    txid: `order-${number}`,
    click_id: clickIdOf(receivedAtMs - HOUR_MS, PLACES[number % 3]?.link ?? 0, number, isTest(number)),
    status: number % 5 ? "approved" : "pending",
    currency: "USD",
    amount: 40_000_000 + number,
    revenue: 6_000_000,
    payout: 4_000_000,
    clicked_at: receivedAtMs - HOUR_MS,
    occurred_at: receivedAtMs - 60_000,
    received_at: receivedAtMs,
    settled_at: receivedAtMs + 2_000,
    click_joined: 1,
    attributed_by: "click",
    imported: 0,
    country: "DE",
    device: "mobile",
    os: "android",
    browser: "chrome",
    referrer: "blog.example",
    external_id: `ext-${number}`,
    external_kind: "gclid",
    ad_consent: "1",
    sub1: `campaign-${number % 4}`,
    customer: "new",
    test: isTest(number),
    ...changes,
  };
}

/** The one entry that a conversion's row is the sum of. */
export function entryRow(conversion: Row, seq = 1, changes: Row = {}): Row {
  return {
    conversion_id: conversion.conversion_id ?? null,
    seq,
    kind: "accrual",
    status: conversion.status ?? null,
    amount: conversion.amount ?? null,
    revenue: conversion.revenue ?? null,
    payout: conversion.payout ?? null,
    receipt: String(conversion.conversion_id).replace(/^./, "1"),
    received_at: conversion.received_at ?? null,
    rule: "shoes/sale version 1: payout 10 % of the amount, revenue 15 % of the amount",
    note: null,
    ...changes,
  };
}

export function postbackRow(conversion: Row, changes: Row = {}): Row {
  return {
    receipt: String(conversion.conversion_id).replace(/^./, "1"),
    stage: 1,
    advertiser: conversion.advertiser ?? null,
    received_at: conversion.received_at ?? null,
    settled_at: conversion.settled_at ?? null,
    status: "attributed",
    reason: null,
    duplicate_of: null,
    conversion_id: conversion.conversion_id ?? null,
    click_id: conversion.click_id ?? null,
    event: conversion.event ?? null,
    txid: conversion.txid ?? null,
    channel: "get",
    test: conversion.test ?? null,
    params: null,
    error: null,
    credential_version: null,
    address_hash: null,
    attempts: null,
    ...changes,
  };
}

/** The click that a conversion came of. */
export function clickRow(conversion: Row, changes: Row = {}): Row {
  const {
    click_id,
    link,
    offer,
    affiliate,
    advertiser,
    clicked_at,
    country,
    device,
    os,
    browser,
    referrer,
    external_id,
    external_kind,
    ad_consent,
    sub1,
    test,
  } = conversion;
  const columns = {
    click_id,
    link,
    offer,
    affiliate,
    advertiser,
    clicked_at,
    country,
    device,
    os,
    browser,
    referrer,
    external_id,
    external_kind,
    ad_consent,
    sub1,
    test,
  };
  const known = Object.entries(columns).map(([name, value]): [string, string | number | null] => [name, value ?? null]);
  return { ...Object.fromEntries(known), kind: "counted", first_visit: 1, ...changes };
}
