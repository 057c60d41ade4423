/** A made-up network in the books' database: its programme, conversions, claims and clicks, written with SQL as lists of rows, in the last 28 days before a moment. */
import { timePrefix } from "../../workers/core/books/conversion-id.ts";
import { jsonChunks } from "../../workers/core/json-chunks.ts";
import type { SignalRow } from "../../workers/core/signals/signal-row.ts";
import { DAY_MS, HOUR_MS } from "../../workers/core/time-units.ts";
import { ENDS_MS, type Member } from "./network.ts";

type Values = Record<string, string | number | null>;

/** Writes rows, which are a JSON array, by a statement with one parameter. */
export type WriteRows = (sql: string, rows: string) => Promise<void>;

const OTHERS = JSON.stringify(["0".repeat(26), "1".repeat(26), "2".repeat(26)]);
const DAY_QUARTERS = 96;
const HOUR_QUARTERS = 4;
const OTHER = 1_000_000_000_000;
/** Whose claims stand beside disputed ones: nobody who is drawn, on no offer that is. */
const NOBODY = { affiliate: 0, offer: 0 };

/** Writes the network so that it ends with the day of `nowMs`. Affiliates and offers keep their numbers; an offer's advertiser has the same. */
export async function seedNetwork(members: readonly Member[], nowMs: number, write: WriteRows): Promise<void> {
  const shiftMs = (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS - ENDS_MS;
  for (const [table, rows] of tablesOf(members, shiftMs))
    for (const sql of statements(table, rows)) await write(...sql);
}

function* tablesOf(members: readonly Member[], shiftMs: number): Generator<[string, Values[]]> {
  const offers = [...new Set(members.map(({ offer }) => offer))];
  const stamps = { created_at: 0, updated_at: 0 };
  const named = (what: string, number: number) => ({ number, slug: `${what}-${number}`, name: `${what} ${number}` });
  yield [
    "advertisers",
    offers.map((offer) => ({ ...named("shop", offer), credentials: '[{"version":1,"key":1}]', ...stamps })),
  ];
  yield [
    "offers",
    offers.map((offer) => ({
      ...named("offer", offer),
      ...{ advertiser: offer, destination: "https://www.shop.example/?c={click_id}", currency: "USD" },
      ...stamps,
    })),
  ];
  yield [
    "offer_events",
    offers.map((offer) => ({
      offer,
      name: "sale",
      position: 0,
      payout: '{"percent":100000}',
      revenue: '{"percent":150000}',
    })),
  ];
  yield ["affiliates", members.map(({ affiliate }) => ({ ...named("affiliate", affiliate), ...stamps }))];
  yield [
    "links",
    members.map(({ affiliate, offer }) => ({
      number: affiliate,
      slug: `link-${affiliate}`,
      offer,
      affiliate,
      ...stamps,
    })),
  ];
  yield [
    "coupons",
    members.map(({ affiliate, offer }) => ({
      ...{ number: affiliate, slug: `code-${affiliate}`, advertiser: offer, code: codeOf(affiliate) },
      ...{ folded: codeOf(affiliate).toLowerCase(), link: affiliate, status: "active", ...stamps },
    })),
  ];
  yield [
    "conversions",
    members.flatMap((member) => member.rows.map((row, index) => conversionOf(row, index, shiftMs))),
  ];
  yield ["claims", members.flatMap((member) => claimsOf(member, shiftMs))];
  yield ["click_spans", members.flatMap((member) => spansOf(member, shiftMs))];
}

function* statements(table: string, rows: readonly Values[]): Generator<[sql: string, rows: string]> {
  const columns = Object.keys(rows[0] ?? {});
  const cells = columns.map((_, index) => `value ->> ${index}`).join(", ");
  const sql = `INSERT INTO ${table} (${columns.join(", ")}) SELECT ${cells} FROM json_each(?)`;
  for (const chunk of jsonChunks(rows.map((row) => columns.map((column) => row[column] ?? null)))) yield [sql, chunk];
}

function codeOf(affiliate: number): string {
  return `CODE${affiliate}`;
}

function conversionOf(row: SignalRow, index: number, shiftMs: number): Values {
  const { affiliate, offer, event, status, txid, device, os, browser, sub, customer } = row;
  const id = nameOf(row.occurredAtMs + shiftMs, affiliate * 100_000 + index);
  const occurredAt = row.occurredAtMs + shiftMs;
  return {
    ...{ conversion_id: id, seq: 1, advertiser: offer, offer, affiliate, link: affiliate, event, txid, status },
    ...{ click_id: clickOf(id), currency: "USD", amount: 100_000_000, revenue: 15_000_000, payout: 10_000_000 },
    ...{
      clicked_at: row.clickedAtMs + shiftMs,
      occurred_at: occurredAt,
      received_at: occurredAt,
      settled_at: occurredAt,
    },
    ...{ click_joined: 1, device, os, browser, sub1: sub, customer, test: 0, hold: "", imported: 0 },
    attributed_by: "click",
    referrer: row.isFromShop ? "checkout.shop.example" : "blog.example",
    coupon: row.couponOwner === null ? null : codeOf(row.couponOwner),
    beside: row.beside === 0 ? null : JSON.stringify(JSON.parse(OTHERS).slice(0, row.beside)),
  };
}

/** Where an order is disputed, a claim of another affiliate's stands beside it. */
function claimsOf({ claims, offer }: Member, shiftMs: number): Values[] {
  return claims.flatMap(({ affiliate, event, state, receivedAtMs, isDisputed }, index) => {
    const receivedAt = receivedAtMs + shiftMs;
    const name = affiliate * 100_000 + index;
    const receipt = nameOf(receivedAt, name);
    const claim = {
      ...{ receipt, stage: 1, advertiser: offer, offer, affiliate, link: affiliate, click_id: clickOf(receipt), event },
      ...{ txid: `claimed-${name}`, amount: null, currency: "USD", received_at: receivedAt },
      ...{ settled_at: receivedAt, state, conversion_id: null, test: 0 },
    };
    return isDisputed ? [claim, { ...claim, receipt: nameOf(receivedAt, OTHER + name), ...NOBODY }] : [claim];
  });
}

/** 26 characters, as IDs and receipts have. */
function nameOf(atMs: number, number: number): string {
  return timePrefix(atMs) + String(number).padStart(16, "0");
}

/** 36 characters, as click IDs have. */
function clickOf(name: string): string {
  return name.padStart(36, "0");
}

/** As the rollup has them: by days that are over, and by hours. */
function spansOf({ affiliate, offer, clicks }: Member, shiftMs: number): Values[] {
  const first = Math.floor((ENDS_MS + shiftMs) / DAY_MS) - clicks.length;
  return clicks.flatMap(({ clicks: count, uniques, bots }, index) => {
    const span = {
      ...{ link: affiliate, offer, affiliate, advertiser: offer, test: 0, clicks: count, uniques, bots, embedded: 0 },
      start: (first + index) * DAY_QUARTERS,
    };
    return [
      { unit: "day", ...span },
      { unit: "hour", ...span, start: span.start + (DAY_MS / HOUR_MS / 2) * HOUR_QUARTERS },
    ];
  });
}
