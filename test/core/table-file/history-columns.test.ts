/** Rows of another tracker's history: what each column is read as, what names a row, and why one is not taken. */
import { describe, expect, test } from "vitest";
import {
  findHistoryColumns,
  HISTORY_COLUMNS,
  type HistoryColumn,
  readHistory,
} from "../../../workers/core/table-file/history-columns.ts";

const NOW_MS = Date.UTC(2026, 10, 1);
const RECEIVED = "2025-10-01 12:00:00";
const ROW = { conversion_id: "77", link: "demo", received_at: RECEIVED };

type Cells = Partial<Record<HistoryColumn, string>>;

function read(row: Cells, more: string[] = []) {
  const header = [...HISTORY_COLUMNS];
  const columns = findHistoryColumns(header);
  if (!columns) throw new Error("the header names too little");
  const cells = [...header.map((name) => row[name] ?? ""), ...more];
  return readHistory({ cells }, columns, { cellsInHeader: header.length, nowMs: NOW_MS });
}

test("all columns are read", () => {
  const subs = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`sub${index + 1}`, `s${index + 1}`]));
  const row: Cells = {
    ...{ tracker: "old", conversion_id: "77", link: "demo", offer: "shoes", affiliate: "blog", event: "sale" },
    ...{
      txid: "A-1",
      click_id: "51abc",
      status: "Pending",
      currency: "eur",
      amount: "40.5",
      revenue: "7",
      payout: "4",
    },
    ...{ clicked_at: "1759312700", occurred_at: "2025-10-01T11:59:00+02:00", received_at: RECEIVED },
    ...{ country: "de", external_id: "gclid", coupon: "SPRING", original_status: "hold" },
    ...subs,
  };
  expect(Object.keys(row).sort()).toEqual([...HISTORY_COLUMNS].sort());
  expect(read(row)).toEqual({
    ok: true,
    value: {
      name: ["history", "old", "conversion", "77"],
      slugs: { link: "demo", offer: "shoes", affiliate: "blog" },
      content: {
        ...{ clickId: "51abc", txid: "A-1", event: "sale", status: "pending", currency: "EUR" },
        ...{ amountMicros: 40_500_000, revenueMicros: 7_000_000, occurredAtMs: Date.UTC(2025, 9, 1, 9, 59) },
        ...{ coupon: "SPRING", originalStatus: "hold" },
      },
      history: {
        ...{ payoutMicros: 4_000_000, clickedAtMs: 1_759_312_700_000, receivedAtMs: Date.UTC(2025, 9, 1, 12) },
        ...{ externalId: "gclid", country: "DE", subs: Object.values(subs) },
      },
    },
  });
});

test("what is left out is nothing, approved, and of the one time that is told", () => {
  expect(read(ROW)).toMatchObject({
    ok: true,
    value: {
      content: { status: "approved", amountMicros: 0, revenueMicros: 0, occurredAtMs: Date.UTC(2025, 9, 1, 12) },
      history: { payoutMicros: 0, clickedAtMs: Date.UTC(2025, 9, 1, 12), receivedAtMs: Date.UTC(2025, 9, 1, 12) },
    },
  });
});

test.each([
  ["2025-10-01T12:00:00+02:00", Date.UTC(2025, 9, 1, 10)],
  ["2025-10-01 12:00:00", Date.UTC(2025, 9, 1, 12)],
  ["2025-10-01", Date.UTC(2025, 9, 1)],
  ["1759312700", 1_759_312_700_000],
  ["1759312700123", 1_759_312_700_123],
])("the time %s is read", (received_at, receivedAtMs) => {
  expect(read({ ...ROW, received_at })).toMatchObject({ value: { history: { receivedAtMs } } });
});

describe("a row is named by", () => {
  const named = (row: Cells) => {
    const result = read({ ...ROW, conversion_id: "", ...row });
    return result.ok ? JSON.stringify(result.value.name) : result.refusal.fault;
  };
  test("its ID alone, whatever else it says, and whose ID that is", () => {
    const own = named({ conversion_id: "1" });
    expect(named({ conversion_id: "1", status: "rejected", amount: "9", txid: "x" })).toBe(own);
    for (const other of [{ conversion_id: "2" }, { conversion_id: "1", tracker: "b" }])
      expect(named(other)).not.toBe(own);
  });
  test("its order and event, else its click and time", () => {
    expect(named({ txid: "x", event: "sale" })).not.toBe(named({ txid: "x", event: "lead" }));
    expect(named({ txid: "x", received_at: "2025-01-01T00:00:00Z" })).toBe(named({ txid: "x" }));
    expect(named({ click_id: "x", received_at: "2025-01-01T00:00:00Z" })).not.toBe(named({ click_id: "x" }));
  });
});

test.each<[string, Cells, string[]?]>([
  ["names_no_row", { conversion_id: "" }],
  ["no_place", { link: "" }],
  ["no_place", { link: "", offer: "shoes" }],
  ["unknown_status", { status: "lead" }],
  ["unreadable_amount", { payout: "-1" }],
  ["unreadable_amount", { amount: "1,000.00" }],
  ["unreadable_currency", { currency: "EURO" }],
  ["unreadable_time", { clicked_at: "yesterday" }],
  ["no_time", { received_at: "" }],
  ["in_future", { received_at: "2026-11-02T00:00:00Z" }],
  ["too_long", { sub3: "x".repeat(257) }],
  ["too_long", { coupon: "x".repeat(257) }],
  ["too_many_cells", {}, ["more"]],
])("%s: %o", (fault, row, more = []) => {
  expect(read({ ...ROW, ...row }, more)).toMatchObject({ ok: false, refusal: { fault } });
});

test.each([
  [["conversion_id", "link", "received_at"], true],
  [["Conversion ID", "Offer", "Affiliate", "Occurred at", "whatever"], true],
  [["conversion_id", "offer", "received_at"], false],
  [["link", "received_at"], false],
  [["conversion_id", "link"], false],
])("the header %j is enough: %s", (header, enough) => {
  expect(findHistoryColumns(header) !== null).toBe(enough);
});

test.each([
  ["102F9C6A1B2C3D4E5F60718293A4B5", "102f9c6a1b2c3d4e5f60718293a4b5"],
  ["5F1D7A84B9E3C20001A2B3C4", "5f1d7a84b9e3c20001a2b3c4"],
  ["wUHBTLI5MVGHQU9M170TMJ8U", "wUHBTLI5MVGHQU9M170TMJ8U"],
  ["51Abc", "51Abc"],
])("a click ID is spelled as late words name it: %s", (click_id, clickId) => {
  expect(read({ ...ROW, click_id })).toMatchObject({ ok: true, value: { content: { clickId } } });
});
