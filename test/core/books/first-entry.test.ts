import { expect, test } from "vitest";
import { conversionId } from "../../../workers/core/books/conversion-id.ts";
import { type EntryKey, firstEntryCell, idAt, idBound, isFirstEntry } from "../../../workers/core/books/first-entry.ts";

const AT_MS = Date.UTC(2026, 10, 1);
const receipt = (letter: string) => `0${letter.repeat(25)}`;
const entry = {
  conversion_id: conversionId(AT_MS, receipt("a")),
  seq: 1,
  kind: "accrual",
  status: "approved",
  amount: 40_000_000,
  revenue: 5_000_000,
  payout: 4_000_000,
  receipt: receipt("a"),
  received_at: AT_MS,
  rule: "shoes/sale version 1",
  note: null,
} as const;

test("the first entry lies in its conversion's row, in the order of the view", () => {
  expect(firstEntryCell(entry)).toBe(
    `["accrual","approved",40000000,5000000,4000000,"${entry.receipt}",${AT_MS},"shoes/sale version 1",null]`,
  );
});

test("a later one, and one that was received at another time than the ID says, does not", () => {
  for (const other of [
    { ...entry, seq: 2 },
    { ...entry, received_at: AT_MS + 1 },
  ]) {
    expect(isFirstEntry(other)).toBe(false);
    expect(firstEntryCell(other)).toBeNull();
  }
});

/** First entries at these times, with later entries of theirs in between, in the order of receipt. */
const KEYS = [AT_MS - 1, AT_MS, AT_MS + 1].flatMap((atMs) =>
  ["1", "b", "z"].map((letter) => [atMs, conversionId(atMs, receipt(letter)), 1] as const),
);

test.each<[string, EntryKey]>([
  ["a first entry", [AT_MS, conversionId(AT_MS, receipt("b")), 1]],
  ["what is before it", [AT_MS, conversionId(AT_MS, receipt("b")), 0]],
  ["a later entry of the same time", [AT_MS, conversionId(AT_MS, receipt("b")), 2]],
  ["a later entry of an older conversion", [AT_MS, conversionId(AT_MS - 1, receipt("z")), 2]],
  ["an entry of a conversion whose ID is of a later time", [AT_MS, conversionId(AT_MS + 1, receipt("1")), 2]],
  ["a time alone", [AT_MS, "", 0]],
  ["the end of a time", [AT_MS, "z", 0]],
])("behind %s come those first entries whose IDs are not below its bound", (_, key) => {
  const bound = idBound(key);
  const isBehind = (one: readonly [number, string, number]) =>
    one[0] !== key[0] ? one[0] > key[0] : one[1] !== key[1] ? one[1] > key[1] : one[2] > key[2];
  expect(KEYS.filter(([, id]) => id >= bound)).toEqual(KEYS.filter(isBehind));
});

test("a time is a bound of IDs, and there is none before the first", () => {
  expect(KEYS.filter(([, id]) => id < idAt(AT_MS))).toEqual(KEYS.slice(0, 3));
  expect(idAt(-1)).toBe(idAt(0));
});
