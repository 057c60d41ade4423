/** Rows that came to nothing as a file: as they were, with why before them, and read again as if that were not there. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeDialect } from "../../../workers/core/postback/dialect.ts";
import { failedLines, failedTable } from "../../../workers/core/table-file/failed-rows.ts";
import { type ImportRow, openImport } from "../../../workers/core/table-file/import-rows.ts";
import { readList } from "../../../workers/core/table-file/short-list.ts";

const INPUTS = join(import.meta.dirname, "inputs");
const dialect = makeDialect({ names: { Bestellnr: "txid", Zustand: "status", Wert: "amount" } });
const WHY = { reason: "bad_status", message: 'Say "one", or another' };

async function opened(bytes: Uint8Array) {
  const open = async function* () {
    yield bytes;
  };
  const file = await openImport(open, { dialect, columns: [], layout: null, encoding: null, decimal: null });
  if (!file.ok) throw new Error(file.refusal);
  const rows: ImportRow[] = [];
  for await (const row of file.value.rows) rows.push(row);
  return { open, rows, plan: file.value.plan };
}

/** What a row says, whatever its place. */
function said({ bytes, faulty }: ImportRow): string {
  return (
    faulty?.fault ??
    Buffer.from(bytes)
      .toString()
      .replace(/"idempotency.key":"[^"]*",?/, "")
  );
}

async function failedText(bytes: Uint8Array, lines: readonly number[]): Promise<string> {
  const { open, plan } = await opened(bytes);
  const failed = new Map(lines.map((line) => [line, WHY]));
  if (plan === null) return failedLines(new TextDecoder().decode(bytes), failed);
  let text = "";
  for await (const piece of failedTable(open, plan, failed)) text += piece;
  return text;
}

const files = readdirSync(INPUTS).filter((name) => name !== "README.md");

test.each(files)("%s: failed whole it is read as it was", async (name) => {
  const bytes = new Uint8Array(readFileSync(join(INPUTS, name)));
  const { rows } = await opened(bytes);
  const text = await failedText(
    bytes,
    rows.map(({ line }) => line),
  );
  expect(text).toContain("clickback_reason");
  expect((await opened(new TextEncoder().encode(text))).rows.map(said)).toEqual(rows.map(said));
});

test("only the rows that failed are there, each with its line, why and what to do before its own cells", async () => {
  const file = new TextEncoder().encode('sep=;\nOrder;Status;Note\nK1;paid;"a;b"\nK2;nope;=1+1\nK3;x\n');
  expect(await failedText(file, [4, 5])).toBe(
    [
      "clickback_line;clickback_reason;clickback_what_to_do;Order;Status;Note",
      `4;bad_status;"Say ""one"", or another";K2;nope;'=1+1`,
      `5;bad_status;"Say ""one"", or another";K3;x`,
      "",
    ].join("\r\n"),
  );
});

test("NDJSON: mended, a line is what it would have been without what we put before it", async () => {
  const file = new TextEncoder().encode('{"txid":"a"}\n\n{"txid":"b","amount":1}\nno object\n{ }\n');
  const text = await failedText(file, [3, 4, 5]);
  const [first = "", second, third = ""] = text.split("\n");
  expect(JSON.parse(first)).toEqual({
    clickback_line: "3",
    clickback_reason: WHY.reason,
    clickback_what_to_do: WHY.message,
    txid: "b",
    amount: 1,
  });
  expect([second, Object.keys(JSON.parse(third)).length]).toEqual(["no object", 3]);
  const [row] = (await opened(new TextEncoder().encode(`${first}\n`))).rows;
  expect(row && said(row)).toBe('{"txid":"b","amount":1}');
});

test("a short list is read as every table: sep=, lines as an editor counts them, and no CSV is told", async () => {
  expect(await readList('sep=;\r\nslug;name\r\n\r\na;"two\r\nlines"\r\nb;x')).toEqual([
    { line: 2, cells: ["slug", "name"] },
    { line: 4, cells: ["a", "two\r\nlines"] },
    { line: 6, cells: ["b", "x"] },
  ]);
  expect(await readList('a,b\n1,"open')).toBeNull();
});
