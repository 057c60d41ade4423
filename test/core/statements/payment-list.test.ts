/** A list of payments: what of it is read, and how each line is held against its statement. */
import { describe, expect, test } from "vitest";
import {
  judgePayments,
  type PayableStatement,
  readPaymentList,
} from "../../../workers/core/statements/payment-list.ts";

const TODAY = "2026-12-06";
const HEAD = "statement,reference,date,amount";

function statement(of: Partial<PayableStatement>): PayableStatement {
  return { state: "final", currency: "EUR", dueMicros: 1_234_500_000n, reference: null, paidOn: null, ...of };
}

const KNOWN = new Map([
  ["2026-0001", statement({})],
  ["2026-0002", statement({ state: "paid", reference: "SEPA 1", paidOn: "2026-12-05" })],
  ["draft-7", statement({ state: "draft" })],
]);

async function verdict(row: string, head = HEAD) {
  const list = await readPaymentList(`${head}\r\n${row}\r\n`, TODAY);
  if (!list.ok) return list.refusal;
  const judged = judgePayments(list.value, KNOWN).at(-1);
  return `${judged?.verdict}: ${judged?.message}`;
}

describe("a line", () => {
  test.each([
    ["2026-0001,SEPA 9,2026-12-05,1234.50", "pay: 1234.50 EUR is noted as paid."],
    ['2026-0001,SEPA 9,2026-12-05,"1,234.50"', "pay: 1234.50 EUR is noted as paid."],
    ["2026-0002,SEPA 1,2026-12-05,1234.50", "paid_so: It was noted so already."],
    [
      "2026-0002,SEPA 2,2026-12-05,1234.50",
      "paid_otherwise: It was noted as paid on 2026-12-05 with the reference SEPA 1.",
    ],
    ["2026-0001,SEPA 9,2026-12-05,1234.49", "amount_differs: The file says 1234.49; 1234.50 EUR is due."],
    ["2026-0001,SEPA 9,2026-12-05,-1234.50", "amount_differs: The file says -1234.50; 1234.50 EUR is due."],
    ["2026-0003,SEPA 9,2026-12-05,1234.50", "unknown: There is no statement 2026-0003."],
    ["draft-7,SEPA 9,2026-12-05,1234.50", "draft: Statement draft-7 is a draft: make it final first."],
    [
      "2026-0001,a,2026-12-05,1234.50\r\n2026-0001,b,2026-12-05,1234.50",
      "twice: Statement 2026-0001 stands in line 2 already.",
    ],
    [",SEPA 9,2026-12-05,1234.50", "unreadable: The line names no statement."],
    ["2026-0001,,2026-12-05,1234.50", "unreadable: The line has no reference."],
    ["2026-0001,SEPA 9,,1234.50", "unreadable: The line has no date."],
    ["2026-0001,SEPA 9,2026-02-30,1234.50", 'unreadable: The line has no date such as 2026-12-01: "2026-02-30".'],
    ["2026-0001,SEPA 9,2026-12-07,1234.50", "unreadable: The line has a date that is not there yet: 2026-12-07."],
    ["2026-0001,SEPA 9,2026-12-05,lots", 'unreadable: The line has no amount that can be read: "lots".'],
  ])("%s", async (row, said) => {
    expect(await verdict(row)).toBe(said);
  });

  test("semicolons and a decimal comma are read, a currency is compared, and a formula's apostrophe is none of the reference", async () => {
    const head = "date;amount;statement;note;reference;currency";
    expect(await verdict("2026-12-05;1.234,50;2026-0001;x;y;EUR", head)).toBe("pay: 1234.50 EUR is noted as paid.");
    expect(await verdict("2026-12-05;1.234,50;2026-0001;x;y;USD", head)).toBe(
      "currency_differs: The file says USD; 1234.50 EUR is due.",
    );
    const read = await readPaymentList(`${HEAD}\n2026-0001,'=1+1,2026-12-05,1\n`, TODAY);
    expect(read.ok && read.value[0]?.reference).toBe("=1+1");
  });
});

test.each([
  ["", "Send CSV whose first line names its columns"],
  ["statement,date,amount\n1,2,3\n", "Missing: reference."],
  [`${HEAD},amount\n1,2,3,4,5\n`, "Two columns are called amount"],
  [`${HEAD}\n`, "There is no payment"],
  [`${HEAD}\n${"2026-0001,a,2026-12-05,1\n".repeat(501)}`, "at most 500"],
])("what is no list is refused: %#", async (text, said) => {
  const read = await readPaymentList(text, TODAY);
  expect(read.ok ? "" : read.refusal).toContain(said);
});
