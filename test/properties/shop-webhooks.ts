/** Webhooks of shops, signed and forged, as anybody may post them to an advertiser's sources, and how many messages each can be. */
import fc from "fast-check";
import type { SourceRecord } from "../../schema/records.ts";
import { must } from "../../workers/core/must.ts";
import { readCustomRules } from "../../workers/core/sources/custom-rules.ts";
import { sampleSale } from "../../workers/core/sources/source-samples.ts";
import { signSource } from "../../workers/core/sources/source-signing.ts";
import type { SourceTable } from "../../workers/core/sources/source-table.ts";
import { CUSTOM, SOURCE_TABLES } from "../../workers/core/sources/source-tables.ts";
import { sourceRecord } from "../postback/door.ts";

const SECRET = "whsec_c2hvcHMnIG93biBzZWNyZXQ=";
const IV = new Uint8Array(16).fill(7);
/** A sale and what was given back of it. */
const MESSAGES_OF_SALE = 2;

/** Rules of an operator's own: an order of many items is as many sales, each with as much beside it as the books keep. */
const BY_ITEM = must(
  orNull(
    readCustomRules({
      proof: { scheme: "hmac", header: "X-Signature", encoding: "hex" },
      event: "type",
      message: "id",
      fields: {
        txid: "@.id",
        coupon: "note",
        meta: Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`note${index}`, "note"])),
      },
      rules: [{ says: [{ event: "sale", status: "approved", each: "items", amount: "@.price" }] }],
    }),
  ),
  "rules that can be read",
  CUSTOM,
);
const TABLES: ReadonlyMap<string, SourceTable> = new Map([...SOURCE_TABLES, [CUSTOM, BY_ITEM]]);

/** The sources of advertiser `advertiser`, each at the path of its name. */
export function shopRecords(advertiser: number): Promise<SourceRecord[]> {
  return Promise.all(
    [...TABLES.keys()].map((source) =>
      sourceRecord(source, SECRET, { advertiser, ...(source === CUSTOM ? { table: BY_ITEM } : {}) }),
    ),
  );
}

/** One webhook, and how often it comes: each time of another order, or the same again. */
export interface ShopWebhook {
  source: string;
  proof: "signed" | "by a guess" | "with no signature";
  click: number;
  /** Of the order. */
  items: number;
  noteLength: number;
  letter: string;
  /** Of what no rule picks. */
  fillingBytes: number;
  isOneOrder: boolean;
  minute: number;
  times: number;
}

const few = { items: fc.nat(5), times: fc.integer({ min: 1, max: 60 }) };
/** More than the queue takes at once, and than are taken of one webhook. */
const many = { items: fc.nat(1_050), times: fc.constant(1) };

/** A webhook within so many minutes. */
export function shopWebhook(mostMinutes: number): fc.Arbitrary<ShopWebhook> {
  const rest = {
    source: fc.oneof(fc.constant(CUSTOM), fc.constantFrom(...TABLES.keys())),
    proof: fc.constantFrom("signed", "by a guess", "with no signature"),
    click: fc.nat(8),
    noteLength: fc.oneof(fc.nat(20), fc.nat(300)),
    letter: fc.constantFrom("a", '"', "\u20ac"),
    fillingBytes: fc.oneof(fc.nat(500), fc.nat(200_000)),
    isOneOrder: fc.boolean(),
    minute: fc.nat(mostMinutes),
  } as const;
  return fc.oneof({ weight: 4, arbitrary: fc.record({ ...rest, ...few }) }, fc.record({ ...rest, ...many }));
}

/** The most that the books are told by it; what is refused is one row of the log. */
export function mostMessagesOf({ source, items }: ShopWebhook): number {
  return Math.max(source === CUSTOM ? items : MESSAGES_OF_SALE, 1);
}

/** The request that posts it for the `number`th time, about a click. */
export function webhookRequest(
  one: ShopWebhook,
  { clickId, number, nowMs }: { clickId: string; number: number; nowMs: number },
): [path: string, init: RequestInit] {
  const table = must(TABLES.get(one.source), "the source", one.source);
  const { headers, body } = bodyOf(one, table, clickId, one.isOneOrder ? 1 : number + 2, nowMs);
  const path = `/p/acme/${one.source}`;
  if (one.proof === "with no signature") return [path, { method: "POST", headers, body }];
  const signed = signSource(table.proof, one.proof === "signed" ? SECRET : "whsec_Z3Vlc3NlZA==", body, {
    nowMs,
    iv: IV,
  });
  return [`${path}${signed.query}`, { method: "POST", headers: { ...headers, ...signed.headers }, body: signed.body }];
}

function bodyOf(
  { source, items, noteLength, letter, fillingBytes }: ShopWebhook,
  { body }: SourceTable,
  clickId: string,
  order: number,
  nowMs: number,
): { headers: Record<string, string>; body: string } {
  const note = letter.repeat(noteLength);
  const filling = "y".repeat(fillingBytes);
  const sample = sampleSale(source, { clickId, txid: String(order), currency: "USD", nowMs });
  if (!sample) {
    const listed = Array.from({ length: items }, (_, item) => ({ id: `${order}-${item}`, price: "1.50" }));
    const said = { type: "paid", id: order, click_id: clickId, note, items: listed, filling };
    return { headers: {}, body: JSON.stringify(said) };
  }
  if (body === "form")
    return { headers: sample.headers, body: `${sample.body}&${new URLSearchParams({ note, filling })}` };
  const refunds = Array.from({ length: items }, (_, id) => ({ id: id + 1, total: "-0.50" }));
  return { headers: sample.headers, body: JSON.stringify({ ...JSON.parse(sample.body), refunds, note, filling }) };
}

function orNull<Value>(read: { ok: true; value: Value } | { ok: false }): Value | null {
  return read.ok ? read.value : null;
}
