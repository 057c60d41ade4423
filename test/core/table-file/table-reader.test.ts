/** The reader of tables: letters, separators, headers, columns by hand, totals, and what it says of itself at the end. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Mapping } from "../../../schema/records.ts";
import { makeDialect } from "../../../workers/core/postback/dialect.ts";
import { encodingOf, readEncoding } from "../../../workers/core/table-file/encoding.ts";
import { separatorOf } from "../../../workers/core/table-file/separator.ts";
import { readChosenColumns } from "../../../workers/core/table-file/table-columns.ts";
import { isUnread } from "../../../workers/core/table-file/table-order.ts";
import { planTable, type TableRequest } from "../../../workers/core/table-file/table-plan.ts";
import { readTable } from "../../../workers/core/table-file/table-reader.ts";
import { ROOT } from "../../house/files.ts";

const CLICK = "0r8jk3vq5x7c9d1f2g4h6j8k0m2n4p6q8s0t";

interface Asked extends Partial<Omit<TableRequest, "dialect" | "columns">> {
  mapping?: Mapping;
  columns?: string;
}

/** What is read of a file, in as many chunks as are asked for: a line for each order or fault, and the summary. */
async function readFile(
  file: string | Uint8Array,
  { mapping, columns = "", ...asked }: Asked = {},
  chunkBytes = 1_000_000,
) {
  const bytes = typeof file === "string" ? new TextEncoder().encode(file) : file;
  const open = async function* () {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  };
  const request = { layout: null, encoding: null, decimal: null, ...asked };
  const plan = await planTable(open, {
    ...request,
    dialect: makeDialect(mapping),
    columns: readChosenColumns(columns) ?? [],
  });
  if (!plan.ok) return { refusal: plan.refusal, rows: [] };
  const table = readTable(open, plan.value);
  const rows: string[] = [];
  for await (const row of table.rows) {
    if (isUnread(row)) rows.push(`${row.line} ${row.fault} ${row.text ?? ""}`.trim());
    else {
      const { line, txid, clickId, event, status, amountMicros, currencies, rest } = row;
      const said = [txid, clickId, event, status, amountMicros, currencies?.join("/"), ...rest.flat()];
      rows.push([line, ...said.filter((one) => one !== null && one !== undefined)].join(" "));
    }
  }
  return { rows, summary: table.summary() };
}

describe("letters", () => {
  test.each([
    ["nothing beyond ASCII", Buffer.from("a,b"), "utf-8", false],
    ["UTF-8", Buffer.from("Käse,€"), "utf-8", false],
    ["UTF-8 with its mark", Buffer.from("\ufeffa"), "utf-8", false],
    ["UTF-8 with a replacement character of its own", Buffer.from("a\ufffd"), "utf-8", false],
    [
      "UTF-8 that is damaged in one place",
      Buffer.concat([Buffer.from("Käse für dich "), Buffer.from([0xff])]),
      "utf-8",
      true,
    ],
    ["Windows-1252", Buffer.from("Käse f\u00fcr", "latin1"), "windows-1252", true],
    ["Windows-1252 with a euro sign", Buffer.from([0x80, 0x20, 0x31]), "windows-1252", true],
    ["UTF-16", Buffer.from("\ufeffab", "utf16le"), "utf-16le", true],
    ["UTF-16 without its mark", Buffer.from("abcd", "utf16le"), "utf-16le", true],
    ["UTF-16 the other way round", Buffer.from("\ufeffab", "utf16le").swap16(), "utf-16be", true],
    ["UTF-16 the other way round without its mark", Buffer.from("abcd", "utf16le").swap16(), "utf-16be", true],
    ["nothing", Buffer.from(""), "utf-8", false],
  ])("%s", async (_, bytes, encoding, damaged) => {
    const chunks = async function* () {
      yield new Uint8Array(bytes);
    };
    expect(await encodingOf(chunks())).toEqual({ encoding, damaged });
  });

  test.each([
    ["latin1", "windows-1252"],
    ["ISO-8859-1", "windows-1252"],
    ["UTF8", "utf-8"],
    ["utf-16", "utf-16le"],
    ["koi8-r", null],
    ["", null],
    ["x", null],
  ])("%j is called %j", (name, encoding) => {
    expect(readEncoding(name)).toBe(encoding);
  });

  test("a file is read alike in whatever pieces it comes", async () => {
    for (const bytes of [Buffer.from("txid;coupon\nA;Käse\n"), Buffer.from("\ufefftxid;coupon\nA;Käse\n", "utf16le")])
      for (const chunk of [1, 2, 3, 5, 1_000])
        expect((await readFile(bytes, {}, chunk)).rows).toEqual(["2 A coupon Käse"]);
  });
});

describe("separators", () => {
  test.each([
    ["a,b\n1,2\n", ",", 0],
    ["a;b\n1,5;2,5\n", ";", 0],
    ["a\tb\n1,5\t2,5\n", "\t", 0],
    ["Report, of November, 2026\n\na;b\n1;2\n", ";", 0],
    ['a,b\n"1;2;3",4\n"5;6;7",8\n', ",", 0],
    ['a,"b\n;;;"\n1,2\n', ",", 0],
    ["sep=;\r\na;b\r\n", ";", 7],
    ['"sep=\t"\na\tb\n', "\t", 8],
    ["SEP=,\ra,b", ",", 6],
    ["txid\nA\n", ",", 0],
    ["", ",", 0],
  ])("%j", (text, separator, skip) => {
    expect(separatorOf(text)).toEqual({ separator, skip });
  });
});

describe("headers", () => {
  test.each([
    ["txid,amount\nA,1.50\n", ["2 A 1500000"]],
    ["Order ID,Order Value\nA,1.50\n", ["2 A 1500000"]],
    ["ORDER-NO.;Summe\nA;1,50\n", ["2 A"]],
    ["Order #,Total\nA,1.50\n", ["2 A 1500000"]],
    ["Click ID,Amount (USD)\nX,1.50\n", ["2 X 1500000 USD"]],
    ["Reference,Goal,State\nA,sale,ok\n", ["2 A sale ok"]],
    ["id,Order ID\n7,A\n", ["2 A"]],
    ["Sales report\n\nfor,ACME,Inc\nOrder ID,Amount\nA,1\n", ["5 A 1000000"]],
    [
      `Transaction ID,Amount\n${CLICK},1\n${CLICK.toUpperCase()},2\n`,
      [`2 ${CLICK} 1000000`, `3 ${CLICK.toUpperCase()} 2000000`],
    ],
    [`Transaction ID,Order ID,Amount\n${CLICK},A,1\n`, [`2 A ${CLICK} 1000000`]],
    ["Transaction ID,Order ID,Amount\nx9,A,1\n", ["2 A 1000000"]],
    ["meta.Shop,txid\n7,A\n", ["2 A meta.Shop 7"]],
    ["txid,Customer,Date\nA,Ann Example,1.11.2026\nB,new,x\n", ["2 A", "3 B customer new"]],
    ["txid,test\nA,true\nB,0\nC,perhaps\n", ["2 A test 1", "3 B", "4 C test perhaps"]],
  ])("%j", async (file, rows) => {
    expect((await readFile(file)).rows).toEqual(rows);
  });

  test.each([
    ["A,1.50\nB,2.50\n", /no line among the first 20 .* the first is “A \| 1.50”/],
    ["A1\n", /the first is “A1”/],
    ["Amount,Status\n1,ok\n", /names a column for the order or the click/],
    ["Transaction ID,Amount\nx9,1\n", /“Transaction ID” is a click at some vendors and an order at others/],
    ["Order ID,order_id\nA,B\n", /two columns may be txid, “Order ID” and “order_id”/],
    ["", /no rows/],
    ["receipt,received_at,duplicate_of,channel,txid\n", /postback log/],
    ["entry_id,conversion_id,seq,kind\n", /lines of conversions' accounts/],
  ])("%j is refused: %s", async (file, refusal) => {
    expect((await readFile(file)).refusal).toMatch(refusal);
  });

  test("the mapping and the preset name columns as at the door", async () => {
    const file = "Bestell-Nr;Zustand;order_id\nA;offen;B\n";
    const mapping = { names: { bestellnr: "txid", Zustand: "status", order_id: "-" } };
    expect((await readFile(file, { mapping })).rows).toEqual(["2 A offen"]);
    expect((await readFile("tid,payout\nA,1\n", { mapping: { preset: "keitaro" } })).rows).toEqual(["2 A"]);
    expect((await readFile(`transaction_id,oid\n${CLICK},7\n`, { mapping: { preset: "everflow" } })).rows).toEqual([
      `2 ${CLICK}`,
    ]);
  });

  test.each([
    ["Bestellnr=txid,Wert=amount", ["2 A 10000000"]],
    ["#1=txid,#3=amount", ["1 unreadable_amount Wert", "2 A 10000000"]],
    ["bestell nr=txid, Wert = amount", ["2 A 10000000"]],
    ["Bestellnr=txid,Wert=meta.value", ["2 A meta.value 10,00"]],
  ])("columns chosen by hand, %j", async (columns, rows) => {
    expect((await readFile("Bestellnr;Zustand;Wert\nA;offen;10,00\n", { columns })).rows).toEqual(rows);
  });

  test("a choice stands before the header's own meaning, and before the layout's", async () => {
    expect((await readFile("txid,ref\nA,B\n", { columns: "ref=txid" })).rows).toEqual(["2 B"]);
    expect((await readFile("txid,amount\nA,1\n", { columns: "amount=-" })).rows).toEqual(["2 A"]);
    const shopify = readFileSync(join(ROOT, "test/core/table-file/inputs/reconcile-shopify-orders.csv"));
    expect((await readFile(shopify, { columns: "Id=txid" })).rows).toMatchObject([
      expect.stringMatching(/^2 555001 /),
      expect.stringMatching(/^4 555002 /),
    ]);
  });

  test.each([
    ["Nope=txid", /there is no column “Nope”: the columns are txid, amount/],
    ["amount=wealth", /a column can be click_id, txid, .* not “wealth”/],
    ["#9=amount", /there is no column “#9”/],
  ])("the choice %j is refused: %s", async (columns, refusal) => {
    expect((await readFile("txid,amount\nA,1\n", { columns })).refusal).toMatch(refusal);
  });

  test.each(["a", "=txid", "a=", ",", "a=txid,b"])("%j is no choice", (text) => {
    expect(readChosenColumns(text)).toBeNull();
  });

  test("headers with commas and equals signs can be chosen", () => {
    expect(readChosenColumns("Amount, net=amount,a=b=txid")).toEqual([
      ["Amount, net", "amount"],
      ["a=b", "txid"],
    ]);
  });
});

describe("rows", () => {
  test("totals behind the rows, blank rows and rows of separators are none; an order that is called so is one", async () => {
    const file = "Order ID,Amount\nA,1\n\n,\n  ,  \nTotal,7\nB,2\nSubtotal,3\n,,\nGrand Total,10\n";
    const { rows, summary } = await readFile(file);
    expect(rows).toEqual(["2 A 1000000", "6 Total 7000000", "7 B 2000000"]);
    expect(summary?.totals).toBe(2);
    for (const word of ["Summe", "GESAMT:", "Итого", "合计", "Total général"])
      expect((await readFile(`Order ID;Amount\nA;1\n${word};1\n`)).rows).toEqual(["2 A 1000000"]);
    expect((await readFile("Date,Order ID,Amount\n1.1.,A,1\n,Total,1\n")).rows).toEqual(["2 A 1000000"]);
  });

  test.each([
    ["txid,amount\nA\n", "2 cells_missing"],
    ["txid,amount\nA,1,234.50\n", "2 too_many_cells"],
    ["txid,amount\n,1\n", "2 no_order_or_click"],
    ["txid,amount\nA,one\n", "2 unreadable_amount one"],
    ['txid,amount\nA,"1,234"\n', "2 ambiguous_amount 1,234"],
    ["txid,amount,currency\nA,€1,USD\n", "2 two_currencies €1"],
    ["txid,Amount (EUR),currency\nA,1,USD\n", "2 two_currencies 1"],
  ])("%j is named: %s", async (file, fault) => {
    expect((await readFile(file)).rows).toEqual([fault]);
  });

  test("what is said of the notation decides what could be two amounts", async () => {
    const file = "txid;amount\nA;1.234\nB;12,50\n";
    expect((await readFile("txid;amount\nA;1.234\n", { decimal: "," })).rows).toEqual(["2 A 1234000000"]);
    expect((await readFile("txid;amount\nA;1.234\n", { decimal: "." })).rows).toEqual(["2 A 1234000"]);
    expect((await readFile(file, { decimal: "." })).rows).toEqual(["2 A 1234000", "3 unreadable_amount 12,50"]);
  });

  test("an order of which one row cannot be read is not added up", async () => {
    const head = "Receipt,Transaction Type,Amount\n";
    const { rows } = await readFile(`${head}A,Sale,10.00\nB,Sale,5.00\nA,Bill,?\nB,Bill,1.00\n`);
    expect(rows).toEqual(["4 unreadable_amount ?", "3 B 6000000"]);
  });

  test("quotes that RFC 4180 does not have are text; one that does not close is an error", async () => {
    expect((await readFile('txid,coupon\nA,5" disk\nB,"x"y\n')).rows).toEqual([
      '2 A coupon 5" disk',
      '3 B coupon "x"y',
    ]);
    await expect(readFile('txid,coupon\nA,"x\nB,y\n')).rejects.toThrow("Quote Not Closed");
  });

  test("any cells come back as they were written, at their lines", async () => {
    const text = fc.string({ unit: fc.constantFrom(..."a ;,\t\"=-'1é\n", "\r\n"), maxLength: 8 });
    const rows = fc.array(text, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom(",", ";", "\t"), async (coupons, separator) => {
        const quoted = coupons.map((coupon, index) => `o${index}${separator}"${coupon.replaceAll('"', '""')}"`);
        const file = ["txid", ...quoted]
          .map((line, index) => (index === 0 ? `txid${separator}coupon` : line))
          .join("\r\n");
        const { rows: read } = await readFile(file);
        expect(read).toHaveLength(coupons.length);
        for (const [index, row] of read.entries()) expect(row).toMatch(new RegExp(`^\\d+ o${index}( coupon |$)`));
      }),
      { numRuns: 300 },
    );
  });
});

test("at the end it says what it read", async () => {
  const file = [
    "Awin transactions",
    "publisher_id;sale_amount;commission_status;extra;type;Site;date",
    "1;10,00;approved;A;Sale;Blog;1.11.2026",
    "1;5,00;approved;;Bonus;Blog;2026-11-01 10:00:00",
    "1;x;approved;B;Sale;Blog;",
    "Total;15,00;;;;;",
  ].join("\r\n");
  const { rows, summary } = await readFile(Buffer.from(file, "latin1"));
  expect(rows).toEqual(["5 unreadable_amount x", "3 A approved 10000000"]);
  expect(summary).toEqual({
    encoding: "utf-8",
    separator: ";",
    layout: "awin",
    header_line: 2,
    columns: [
      { column: "extra", read_as: "txid" },
      { column: "commission_status", read_as: "status" },
      { column: "sale_amount", read_as: "amount" },
      { column: "date", read_as: "occurred_at" },
      { column: "type", read_as: "kind" },
    ],
    columns_not_used: ["publisher_id", "Site"],
    rows: 3,
    unreadable: 1,
    continued: 0,
    totals: 1,
    passed_over: [{ word: "Bonus", rows: 1 }],
    left_out: [{ column: "date", text: "1.11.2026", rows: 1 }],
  });
});

test("a column is the click's where it holds nothing but click IDs", async () => {
  expect((await readFile(`transaction_id,amount\n${CLICK},1\n`)).rows).toEqual([`2 ${CLICK} 1000000`]);
  expect((await readFile(`transaction_id,amount\n${CLICK},1\nA-1,2\n`)).refusal).toContain("“transaction_id”");
});

test("the header is the line that names the most, not a title that names an order", async () => {
  expect((await readFile("order_id\norder_id,amount\nA,1\n")).rows).toEqual(["3 A 1000000"]);
});
