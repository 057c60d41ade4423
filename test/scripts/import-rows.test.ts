/** Rows of a file as an import sends them: where they stand, under which key, and otherwise what the file says. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { inPieces } from "../../scripts/import/pieces.ts";
import { type ImportedTable, openRows, type Row } from "../../scripts/import/rows.ts";
import { makeDialect } from "../../workers/core/postback/dialect.ts";
import { parseJsonObject } from "../../workers/core/postback/parameter.ts";
import type { BatchRow as DoorRow } from "../../workers/core/postback/postback.ts";
import { openRows as openAtDoor } from "../../workers/postback/doors/batch-rows.ts";

const dir = mkdtempSync(join(tmpdir(), "clickback-rows-"));
afterAll(() => rmSync(dir, { recursive: true }));
const KEY = /^row-\d+-[0-9a-f]{24}$/;

const PLAIN: ImportedTable = { mapping: {}, layout: null, columns: [], decimal: null, encoding: null };

async function rowsOf(
  content: string | Buffer,
  table: ImportedTable = PLAIN,
): Promise<{ rows: Row[]; format: string }> {
  const path = join(dir, "rows");
  writeFileSync(path, content);
  const { rows, format } = await openRows(path, table);
  return { rows: await collect(rows), format };
}

/** What the door reads of the rows that would be sent: each as a record of its parameters; of those that would not be, why. */
async function readAtDoor(
  content: string | Buffer,
  table: ImportedTable = PLAIN,
): Promise<Record<string, string | null>[]> {
  const { rows } = await rowsOf(content, table);
  const body = Buffer.concat(rows.flatMap(({ bytes }) => [bytes, Buffer.from("\n")]));
  const read = await openAtDoor("ndjson", makeDialect(undefined), chunksOf(body));
  const said = read.ok ? (await collect(read.value)).map(asRecord) : [];
  return rows.map(({ fault }, index) => (fault ? { fault: fault.reason } : (said[index] ?? {})));
}

async function* chunksOf(body: Buffer): AsyncGenerator<Uint8Array> {
  yield body;
}

function asRecord(row: DoorRow): Record<string, string | null> {
  if (typeof row === "string") return { fault: row };
  return Object.fromEntries(row.map(({ name, text }) => [name, text]));
}

describe("tables", () => {
  test("keep every cell, and every row has a key of its own", async () => {
    const content = '\ufefftxid,amount,meta.note\r\nA,10,"x, ""y""\nz"\r\n\r\nB,,\'=1+1\r\nB,,\'=1+1';
    const read = await readAtDoor(content);
    expect(read.map(({ idempotency_key, ...row }) => [KEY.test(idempotency_key ?? ""), row])).toEqual([
      [true, { txid: "A", amount: "10.00", "meta.note": 'x, "y"\nz' }],
      [true, { txid: "B", "meta.note": "=1+1" }],
      [true, { txid: "B", "meta.note": "=1+1" }],
    ]);
    expect(new Set(read.map(({ idempotency_key }) => idempotency_key)).size).toBe(3);
    expect(await readAtDoor(content)).toEqual(read);
  });

  test.each(["idempotency_key", "Idempotency-Key", " IDEMPOTENCY_KEY "])(
    "a row's own key in a column %s stays, and only rows without one get ours",
    async (own) => {
      const [first, second] = await readAtDoor(`txid,${own}\nA,mine\nB, \n`);
      expect(first).toEqual({ txid: "A", idempotency_key: "mine" });
      expect(second?.idempotency_key).toMatch(KEY);
    },
  );

  test("lines that end with a carriage return alone are lines", async () => {
    const read = await readAtDoor("txid,amount\rA,1\rB,2\r");
    expect(read.map(({ txid, amount }) => [txid, amount])).toEqual([
      ["A", "1.00"],
      ["B", "2.00"],
    ]);
    expect((await rowsOf("txid\rA\r\rB")).rows.map(({ line }) => line)).toEqual([2, 4]);
  });

  test("a row that cannot be read, or said, is named and not sent", async () => {
    const content = 'txid,amount,currency\nA\nB,1,2,3\nC,"1"0,\nD,-3,\nE,$3,\n,4,\nF,$3,usd\nG,1,,\n';
    const read = await readAtDoor(content);
    expect(read.map(({ fault, txid }) => fault ?? txid)).toEqual([
      "cells_missing",
      "too_many_cells",
      "unreadable_amount",
      "negative_amount",
      "ambiguous_currency",
      "no_order_or_click",
      "F",
      "G",
    ]);
    expect(read[6]).toMatchObject({ amount: "3.00", currency: "USD" });
    expect((await rowsOf(content)).rows[2]?.fault).toMatchObject({
      reason: "unreadable_amount",
      parameter: "amount",
      message: expect.stringContaining("“"),
    });
  });

  test("the letters are those of the file", async () => {
    const text = "txid;meta.note\nA;Käse\n";
    const inputs = [
      Buffer.from(text),
      Buffer.from(`\ufeff${text}`),
      Buffer.from(text, "latin1"),
      Buffer.from(`\ufeff${text}`, "utf16le"),
      Buffer.from(text, "utf16le"),
      Buffer.from(`\ufeff${text}`, "utf16le").swap16(),
      Buffer.from(`sep=;\r\n${text}`),
    ];
    for (const input of inputs) expect(await readAtDoor(input)).toMatchObject([{ txid: "A", "meta.note": "Käse" }]);
    const damaged = Buffer.concat([
      Buffer.from("txid;meta.note\nA;Käse für\nB"),
      Buffer.from([0xff]),
      Buffer.from(";x\n"),
    ]);
    expect((await readAtDoor(damaged)).map(({ fault, txid }) => fault ?? txid)).toEqual(["A", "not_text"]);
  });

  test("the mapping is said back to the door, or its words are left to the door where it is not known", async () => {
    const mapping = { names: { Bestellnr: "txid", Wert: "amount", amount: "revenue" }, statuses: { offen: "pending" } };
    const content = "Bestellnr;Zustand;Wert\nK1;offen;10,00\n";
    const known = { ...PLAIN, mapping: { ...mapping, names: { ...mapping.names, Zustand: "status" } } };
    expect(await readAtDoor(content, known)).toMatchObject([{ txid: "K1", status: "offen", sale_amount: "10.00" }]);
    await expect(rowsOf(content, { ...PLAIN, mapping: null })).rejects.toThrow(/Bestellnr .*CONSOLE_TOKEN/s);
    const chosen = { ...PLAIN, mapping: null, columns: [["Bestellnr", "txid"] as const] };
    expect(await readAtDoor(content, chosen)).toMatchObject([{ txid: "K1", Zustand: "offen", Wert: "10,00" }]);
  });

  test.each([
    ["K1,approved,10.00\n", "names a column for the order or the click; the first is “K1 | approved | 10.00”"],
    ["status,amount\napproved,1\n", "names a column"],
    ["Transaction ID,Amount\nx,1\n", "a click at some vendors and an order at others"],
    ["", "no rows"],
    ["txid,click_id,event,kind,clicked_at,unique\n", "These are clicks"],
    ['a,txid\n1,2\n3,"x\n4,5\n', "Quote Not Closed"],
    [`txid,b\n1,2\n3,"${"x".repeat(70_000)}"\n4,5\n`, "60000"],
  ])("%j is refused before a row is sent: %s", async (content, words) => {
    await expect(rowsOf(content)).rejects.toThrow(words);
  });

  test("without a header, columns are chosen by their numbers", async () => {
    const chosen = { ...PLAIN, columns: [["#1", "txid"] as const, ["#3", "amount"] as const] };
    expect(await readAtDoor("K1,approved,10.00\nK2,approved,20.00\n", chosen)).toMatchObject([
      { txid: "K1", amount: "10.00" },
      { txid: "K2", amount: "20.00" },
    ]);
    expect(await readAtDoor("Order ID,x,y\nK2,approved,20.00\n", chosen)).toMatchObject([
      { txid: "K2", amount: "20.00" },
    ]);
  });

  test("lines are counted as an editor counts them", async () => {
    const cell = fc.constantFrom("a", "", "x\ny", "x\r\ny", '"', "1,2", "\r\n\r\n");
    const record = fc.tuple(cell, cell);
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1 }), fc.constantFrom("\n", "\r\n"), async (records, end) => {
        const said = records.filter((cells) => cells.some((text) => text.trim() !== ""));
        fc.pre(said.length > 0);
        const written = [["txid", "q"], ...records].map((cells) =>
          cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(","),
        );
        const starts = written.map(
          (_, index) => written.slice(0, index).join("\n").split("\n").length + (index > 0 ? 1 : 0),
        );
        const { rows } = await rowsOf(written.join(end));
        const spoken = starts.slice(1).filter((_, index) => records[index]?.some((text) => text.trim() !== ""));
        expect(rows.map(({ line }) => line)).toEqual(spoken);
      }),
      { numRuns: 100 },
    );
  });
});

describe("NDJSON", () => {
  test("keeps every byte behind the key: long numbers, separators that are no line ends, nested meta", async () => {
    const lines = ['{"txid":12345678901234567890,"amount":40.10}', '{"coupon":"a\u2028b","meta":{"x":"1"}}', " { } "];
    const read = await readAtDoor(`\ufeff${lines.join("\r\n")}\n\n`);
    expect(
      read.map(({ "idempotency-key": _, idempotency_key, ...row }) => [KEY.test(idempotency_key ?? ""), row]),
    ).toEqual([
      [true, { txid: "12345678901234567890", amount: "40.10" }],
      [true, { coupon: "a\u2028b", "meta.x": "1" }],
      [true, {}],
    ]);
  });

  test("a row's own key stays", async () => {
    const lines = [
      '{"idempotency_key":"mine"}',
      '{"Idempotency-Key":7}',
      '{"idempotency_key":null}',
      '{"idempotency_key":""}',
    ];
    const read = await readAtDoor(lines.join("\n"));
    expect(read.slice(0, 2)).toEqual([{ idempotency_key: "mine" }, { "Idempotency-Key": "7" }]);
    for (const row of read.slice(2)) expect(row["idempotency-key"]).toMatch(KEY);
  });

  test("what cannot be read is left to the door to refuse", async () => {
    const broken = ['{"a":', "[1]", '"x"', `{"a":"${"x".repeat(70_000)}"}`];
    const { rows } = await rowsOf(['{"txid":"A"}', ...broken].join("\n"));
    expect(rows.slice(1, 4).map(({ bytes }) => bytes.toString())).toEqual(broken.slice(0, 3));
    const read = await readAtDoor(['{"txid":"A"}', ...broken, '{"txid":"B"}'].join("\n"));
    expect(read.map(({ fault, txid }) => fault ?? txid)).toEqual([
      "A",
      "malformed_body",
      "malformed_body",
      "malformed_body",
      "too_large",
      "B",
    ]);
  });

  test("any object says the same with its key as without", async () => {
    const object = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null)), {
      maxKeys: 5,
    });
    await fc.assert(
      fc.asyncProperty(object, async (properties) => {
        const line = JSON.stringify(properties);
        const { rows } = await rowsOf(line);
        const sent = asRecord(parseJsonObject(rows[0]?.bytes.toString() ?? ""));
        const { idempotency_key: key, ...rest } = sent;
        expect(key).toMatch(KEY);
        expect(rest).toEqual(asRecord(parseJsonObject(line)));
      }),
      { numRuns: 200 },
    );
  });
});

test("pieces keep the rows in order and within their limits", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(60)),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 30, max: 100 }),
      async (sizes, most, bytes) => {
        const rows = sizes.map((size, index) => ({ number: index + 1, line: index + 1, bytes: Buffer.alloc(size) }));
        const pieces = await collect(inPieces(each(rows), { rows: most, bytes }));
        expect(pieces.flat()).toEqual(rows);
        for (const piece of pieces) {
          const size = piece.reduce((sum, row) => sum + row.bytes.length + 1, 0);
          expect(piece.length).toBeGreaterThan(0);
          expect(piece.length === 1 || (piece.length <= most && size <= bytes)).toBe(true);
        }
      },
    ),
  );
});

test("where reading breaks off, what was read is still a piece", async () => {
  const row = { number: 1, line: 2, bytes: Buffer.from("x") };
  async function* broken() {
    yield row;
    throw new Error("line 3");
  }
  const pieces: Row[][] = [];
  const read = async () => {
    for await (const piece of inPieces(broken(), { rows: 10, bytes: 100 })) pieces.push(piece);
  };
  await expect(read()).rejects.toThrow("line 3");
  expect(pieces).toEqual([[row]]);
});

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
