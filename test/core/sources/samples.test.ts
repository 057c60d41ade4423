/** The samples: each source has one, and it is a sale of its worth. */
import { expect, it } from "vitest";
import { readSample } from "../../../workers/core/sources/read-sample.ts";
import { SAMPLE_AMOUNT, sampleSale } from "../../../workers/core/sources/source-samples.ts";
import { SOURCE_TABLES } from "../../../workers/core/sources/source-tables.ts";
import { CLICK, heard, NOW_MS } from "./shops.ts";

it.each([...SOURCE_TABLES])("%s sells for what the sample says", (source, table) => {
  const sample = sampleSale(source, { clickId: CLICK, txid: "4711", currency: "USD", nowMs: NOW_MS });
  if (!sample) throw new Error("no sample");
  expect(heard(table, sample)).toMatchObject([
    { clickId: CLICK, event: "sale", status: "approved", txid: "4711", currency: "USD", amountMicros: 40_000_000 },
  ]);
  const read = readSample(table, { events: {} }, { body: sample.body, headers: new Headers(sample.headers) });
  expect(read).toMatchObject({
    ok: true,
    value: {
      why: null,
      fault: null,
      messages: [{ click_id: CLICK, event: "sale", amount: String(Number(SAMPLE_AMOUNT)) }],
    },
  });
});

it("has none where the rules are the operator's", () => {
  expect(sampleSale("custom", { clickId: CLICK, txid: "1", currency: "USD", nowMs: NOW_MS })).toBeNull();
});
