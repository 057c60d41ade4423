/** What lies on one click is found from each other, also what no message leads to any more. */
import { expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import { type ConversionRow, conversionRow } from "../../workers/core/books/rows.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { rowsWithBeside } from "../../workers/ledger/object-beside.ts";
import { createTables, pageOfConversions } from "../../workers/ledger/object-storage.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { CLICKS, SET_UP, START_MS } from "./world.ts";

/** The row of a sale on the first click, and the object that has it. */
function oneSale(): { sql: ObjectStorage; row: ConversionRow } {
  const sql = new ObjectStorage();
  createTables(sql);
  const message: PostbackMessage = {
    kind: "postback",
    receipt: "1".padEnd(26, "0"),
    advertiser: 1,
    receivedAtMs: START_MS + 600_000,
    channel: "get",
    content: { event: "sale", txid: "A", clickId: "on-this-click" },
  };
  sql.transaction(() => decideShare(sql, [makeCommand(message, CLICKS[0] ?? null, SET_UP)], START_MS));
  const [stored] = pageOfConversions(sql, "", 1);
  if (!stored) throw new Error("there is no conversion");
  return { sql, row: conversionRow(stored.conversion, 0) };
}

test("a conversion that booking anew has emptied names what took its messages over, and is named by it", () => {
  const { sql, row } = oneSale();
  expect(rowsWithBeside(sql, [row])).toEqual([row]);
  const emptied: ConversionRow = { ...row, conversion_id: "emptied", status: "rejected" };
  const elsewhere: ConversionRow = { ...row, conversion_id: "elsewhere", click_id: "on-another-click" };
  expect(rowsWithBeside(sql, [row, emptied, elsewhere]).map(({ beside }) => beside ?? null)).toEqual([
    '["emptied"]',
    JSON.stringify([row.conversion_id]),
    null,
  ]);
});
