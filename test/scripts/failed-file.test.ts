/** What of an import came to nothing is given back in the form of the file that came, and that file is read as it was. */
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { failedPath, writeFailed } from "../../scripts/import/failed-file.ts";
import { outcomesPath } from "../../scripts/import/outcomes.ts";
import { reportPath } from "../../scripts/import/refused-report.ts";
import { openRows } from "../../scripts/import/rows.ts";
import { makeDialect } from "../../workers/core/postback/dialect.ts";
import { planTable } from "../../workers/core/table-file/table-plan.ts";

const dir = mkdtempSync(join(tmpdir(), "failed-"));
afterAll(() => rmSync(dir, { recursive: true }));

/** Nothing is said of how it is read. */
const AS_FOUND = { layout: null, columns: [], decimal: null, encoding: null };

const lines = (objects: readonly object[]) => objects.map((object) => `${JSON.stringify(object)}\n`).join("");

/** A file, and how its rows ended. */
function plant(name: string, bytes: Uint8Array, ended: { refused?: object[]; outcomes?: object[] }): string {
  const file = join(dir, name);
  writeFileSync(file, bytes);
  writeFileSync(reportPath(file), lines(ended.refused ?? []));
  writeFileSync(outcomesPath(file), lines(ended.outcomes ?? []));
  return file;
}

const GERMAN =
  "M\u00e4rz;;;\r\nOrder number;Amount;Status;Coupon\r\nA-1;12,50;approved;\r\nA-2;zw\u00f6lf;approved;\r\nA-3;1,00;approved;'=M\u00fc;\r\n";
const ENDED = {
  refused: [{ line: 4, row: 2, reason: "unreadable_amount", message: "It cannot be read.", receipt: "" }],
  outcomes: [
    { line: 3, row: 1, status: "duplicate", reason: "same_message", message: null },
    { line: 5, row: 3, status: "unattributed", reason: "unknown_order", message: "No such order." },
  ],
};

test("a table keeps its parts, its letters and its disarmed texts", async () => {
  const file = plant("march.csv", Buffer.from(GERMAN, "latin1"), ENDED);
  const { table } = await openRows(file, { mapping: null, ...AS_FOUND });
  expect(await writeFailed(file, table)).toBe(2);
  expect(readFileSync(failedPath(file, table), "utf8")).toBe(
    [
      "\ufeffclickback_line;clickback_reason;clickback_what_to_do;Order number;Amount;Status;Coupon",
      "4;unreadable_amount;It cannot be read.;A-2;zw\u00f6lf;approved;",
      '5;unknown_order;No such order.;A-3;"1,00";approved;\'=M\u00fc;',
      "",
    ].join("\r\n"),
  );
  const again = await planTable(() => createReadStream(failedPath(file, table)), {
    ...AS_FOUND,
    dialect: makeDialect(undefined),
  });
  expect(again.ok && [...again.value.columns.fields.keys()].sort()).toEqual(["amount", "coupon", "status", "txid"]);
  writeFileSync(reportPath(file), "");
  writeFileSync(outcomesPath(file), lines(ENDED.outcomes.slice(0, 1)));
  expect(await writeFailed(file, table)).toBe(0);
  expect(existsSync(failedPath(file, table))).toBe(false);
});

test("objects stay objects, with why put before", async () => {
  const objects = ['{"txid":"A-1"}', '{"txid":"A-2"}', "oops"].join("\r\n");
  const refused = [{ line: 3, row: 3, reason: "malformed", message: null, receipt: "" }];
  const outcomes = [{ line: 2, row: 2, status: "rejected", reason: "click_expired", message: "Too late." }];
  const file = plant("march.ndjson", Buffer.from(objects), { refused, outcomes });
  expect(await writeFailed(file, null)).toBe(2);
  expect(readFileSync(failedPath(file, null), "utf8")).toBe(
    '{"clickback_line":"2","clickback_reason":"click_expired","clickback_what_to_do":"Too late.","txid":"A-2"}\noops\n',
  );
});
