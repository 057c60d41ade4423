/** What we write, we can read: an export imported or reconciled again means the same orders, whatever the texts. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { issueClickId } from "../../../workers/core/click-id.ts";
import { csvText } from "../../../workers/core/csv.ts";
import { makeDialect } from "../../../workers/core/postback/dialect.ts";
import { holdsFiller } from "../../../workers/core/postback/fillers.ts";
import type { Parameter } from "../../../workers/core/postback/parameter.ts";
import { understand } from "../../../workers/core/postback/parameter-meanings.ts";
import { isPlainText } from "../../../workers/core/postback/plain-text.ts";
import { readPostback, trimBlanks } from "../../../workers/core/postback/postback-reader.ts";
import { compareWith } from "../../../workers/core/reconciliation/compare.ts";
import { sentLineReader } from "../../../workers/core/reconciliation/sent-line.ts";
import { orderSayer } from "../../../workers/core/table-file/say-order.ts";
import { isUnread, type TableOrder } from "../../../workers/core/table-file/table-order.ts";
import { planTable } from "../../../workers/core/table-file/table-plan.ts";
import { readTable } from "../../../workers/core/table-file/table-reader.ts";
import { ringOf } from "../keys.ts";

const HEADER = "conversion_id,advertiser,event,txid,click_id,status,currency,amount,settled_at,coupon,test,meta";
/** What the door takes as an order's number, and its trimming leaves as it is. */
const isTaken = (text: string): boolean =>
  text !== "" && trimBlanks(text) === text && isPlainText(text, 128) && !holdsFiller(text);
const odd = fc.string({
  unit: fc.constantFrom(..."=+-@';,\"aé1.\u3000\u00a0＝👟|{}%", "'=", ";=", ";'"),
  minLength: 1,
  maxLength: 14,
});
const texts = fc.oneof(odd, fc.string({ unit: "grapheme", minLength: 1 })).filter(isTaken);

const ring = await ringOf({ 1: 7 }, 1);
const clickIdIn = (counter: number): string =>
  issueClickId(ring, { issuedAtMs: 1_793_000_000_000, link: 1, counter, test: false, provisional: false });

/** A mapping that means something else by our own words, in part. */
const MAPPINGS = [
  undefined,
  { preset: "everflow" },
  { names: { txid: "revenue", order_id: "-" }, statuses: { approved: "pending", ok: "approved" } },
  { names: { amount: "revenue" }, events: { sale: "lead", kauf: "sale" } },
];

/** Texts of a run: other ones each time. `TEXTS=10000 npx vitest run test/core/table-file/own-export.test.ts` plays as many as wanted, `SEED` the same again. */
const TEXTS = Number(process.env.TEXTS ?? 2_000);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const MANY_MS = 30_000 + 30 * TEXTS;

test.each(MAPPINGS)(
  `an export of any texts is imported and reconciled without a change, mapping %j, SEED=${SEED}`,
  { timeout: MANY_MS },
  async (mapping) => {
    const runs = mapping === undefined ? TEXTS : Math.min(TEXTS, 500);
    const txids = [...new Set(fc.sample(texts, { numRuns: runs, seed: SEED }))];
    const coupons = fc.sample(texts, { numRuns: txids.length, seed: SEED + 1 });
    const lines = txids.map((txid, index) => {
      const meta = csvText(JSON.stringify({ note: coupons[index] }));
      const cells = [
        csvText("sale"),
        csvText(txid),
        clickIdIn(index + 1),
        "approved",
        "EUR",
        "1.234",
        "2026-11-01T10:00:00.000Z",
      ];
      return `x${index},acme,${cells.join()},${csvText(coupons[index] ?? "")},false,${meta}`;
    });
    const file = new TextEncoder().encode([HEADER, ...lines, ""].join("\r\n"));
    const open = async function* () {
      yield file;
    };
    const dialect = makeDialect(mapping);
    const plan = await planTable(open, { dialect, columns: [], layout: null, encoding: null, decimal: null });
    if (!plan.ok) throw new Error(plan.refusal);
    expect(plan.value.layout?.name).toBe("conversions");
    const orders: TableOrder[] = [];
    for await (const row of readTable(open, plan.value).rows) if (!isUnread(row)) orders.push(row);
    expect(orders).toHaveLength(txids.length);

    const say = orderSayer(plan.value);
    for (const [index, order] of orders.entries()) {
      const said = say(order);
      if (!said.ok) throw new Error(said.refusal);
      expect(said.value).toHaveLength(1);
      const parameters: Parameter[] = (said.value[0] ?? []).map(([name, text]) => ({ name, text }));
      const reading = readPostback(understand(dialect, [], parameters), dialect, ring);
      expect(reading).toMatchObject({
        ok: true,
        value: {
          content: {
            event: "sale",
            txid: txids[index],
            clickId: clickIdIn(index + 1),
            status: "approved",
            currency: "EUR",
            amountMicros: 1_234_000,
            coupon: coupons[index],
            meta: { note: coupons[index] },
          },
        },
      });
    }

    const lineOf = sentLineReader({ dialect, events: ["sale"], layout: plan.value.layout }, () => {});
    const comparison = compareWith(orders.map(lineOf), { txids: new Set(), clickIds: new Set() });
    for (const [index, txid] of txids.entries())
      comparison.meet({
        conversionId: `x${index}`,
        txid,
        clickId: clickIdIn(index + 1),
        event: "sale",
        status: "approved",
        currency: "EUR",
        amountMicros: 1_234_000n,
        inRange: true,
        isAsked: true,
      });
    expect(comparison.finish()).toEqual({ orders: txids.length, agreeing: txids.length, differences: [] });
  },
);
