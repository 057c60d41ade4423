/** Parquet: what is written is what another library reads, to the last digit, and the same rows are the same bytes. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ParquetCell, ParquetColumn } from "../../workers/core/parquet-format.ts";
import { openParquet } from "../../workers/core/parquet-reader.ts";
import { parquetFile, rowGroups } from "../../workers/core/parquet-writer.ts";

const COLUMNS: ParquetColumn[] = [
  { name: "id", kind: "text" },
  { name: "amount", kind: "money" },
  { name: "at", kind: "time" },
  { name: "test", kind: "flag" },
  { name: "seq", kind: "whole" },
  { name: "total", kind: "sum" },
];

const or = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });
const row: fc.Arbitrary<ParquetCell[]> = fc.tuple(
  or(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\uFEFFbom", "", "\0", "a"))),
  or(fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n }).map(String)),
  or(fc.integer({ min: 0, max: 8.64e15 })),
  or(fc.constantFrom(0, 1)),
  or(fc.maxSafeInteger()),
  or(fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }).map(String)),
);

function write(groups: readonly ParquetCell[][][]): Uint8Array<ArrayBuffer> {
  const file = parquetFile(COLUMNS);
  const parts = [...groups.map((rows) => file.rowGroup(rows)), file.finish()];
  return new Uint8Array(Buffer.concat(parts));
}

async function readAll(bytes: Uint8Array<ArrayBuffer>): Promise<ParquetCell[][][]> {
  const groups: ParquetCell[][][] = [];
  for await (const rows of openParquet(bytes).groups()) groups.push(rows);
  return groups;
}

test("every value comes back as it was, in the same row groups", async () => {
  const groups = fc.array(fc.array(row, { minLength: 1, maxLength: 40 }), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(groups, async (written) => {
      const bytes = write(written);
      const { columns, rowCount } = openParquet(bytes);
      expect(columns).toEqual(COLUMNS);
      expect(rowCount).toBe(written.flat().length);
      expect(await readAll(bytes)).toEqual(written);
    }),
    { numRuns: 300 },
  );
});

test("no rows are a file with columns", async () => {
  const bytes = write([]);
  expect(openParquet(bytes).columns).toEqual(COLUMNS);
  expect(await readAll(bytes)).toEqual([]);
});

test("half a surrogate pair is written as the mark for what cannot be read", async () => {
  expect(await readAll(write([[["a\uD800b", null, null, null, null, null]]]))).toEqual([
    [["a\uFFFDb", null, null, null, null, null]],
  ]);
});

test("money that the type cannot hold is refused, not written as another sum", () => {
  for (const micros of [10n ** 18n, -(10n ** 18n), 2n ** 63n - 1n])
    expect(() => write([[["x", String(micros), 0, 0, 0, 0]]])).toThrow(/beyond DECIMAL\(18, 6\)/);
  for (const micros of [10n ** 38n, -(10n ** 38n)])
    expect(() => write([[["x", 0, 0, 0, 0, String(micros)]]])).toThrow(/beyond DECIMAL\(38, 6\)/);
});

test("a cut file is not opened, and a spoilt one does not give other rows", async () => {
  const rows = Array.from({ length: 500 }, (_, index): ParquetCell[] => [
    `id-${index}`,
    String(index),
    index,
    0,
    index,
    `-${index}${index}`,
  ]);
  const bytes = write([rows]);
  expect(() => openParquet(bytes.slice(0, -1))).toThrow();
  expect(() => openParquet(bytes.slice(0, 100))).toThrow();
  const spoilt = bytes.slice();
  spoilt.fill(0, 40, 60);
  await expect(readAll(spoilt)).rejects.toThrow();
});

test("the same rows in the same groups are the same bytes", () => {
  const rows = Array.from({ length: 30 }, (_, index): ParquetCell[] => [
    index % 7 ? `id-${index}` : null,
    String(index * 1_000_001),
    1_763_884_800_000 + index,
    index % 2,
    index,
    String(index * 1_000_001),
  ]);
  const once = write([rows.slice(0, 20), rows.slice(20)]);
  expect(write([rows.slice(0, 20), rows.slice(20)])).toEqual(once);
  expect(Buffer.from([...once.slice(0, 4), ...once.slice(-4)]).toString()).toBe("PAR1PAR1");
});

async function groupSizes(rows: readonly ParquetCell[][], pageRows: number): Promise<number[]> {
  async function* pages() {
    for (let at = 0; at < rows.length; at += pageRows) yield rows.slice(at, at + pageRows);
  }
  const sizes: number[] = [];
  for await (const group of rowGroups(pages())) sizes.push(group.length);
  return sizes;
}

test("a row group ends after 10,000 rows, or when its texts reach 4 MB, wherever pages end", async () => {
  const short = Array.from({ length: 25_000 }, (_, index): ParquetCell[] => [index]);
  for (const pageRows of [999, 2_000, 25_000])
    expect(await groupSizes(short, pageRows)).toEqual([10_000, 10_000, 5_000]);
  const long = Array.from({ length: 2_500 }, (): ParquetCell[] => ["x".repeat(4_000), null, 1]);
  for (const pageRows of [1, 700, 2_500]) expect(await groupSizes(long, pageRows)).toEqual([1_000, 1_000, 500]);
  expect(await groupSizes([], 10)).toEqual([]);
});
