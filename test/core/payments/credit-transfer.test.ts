/** The file of credit transfers: one as it is written, and whatever is ordered, by the rules of its schema and with exact sums. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { minorUnitDigits } from "../../../workers/core/minor-units.ts";
import { readMicros } from "../../../workers/core/money.ts";
import type { BankAccount } from "../../../workers/core/payments/bank-account.ts";
import { creditTransferFile, messageIdOf, type TransferOrder } from "../../../workers/core/payments/credit-transfer.ts";
import { type PlannedSum, planTransfer } from "../../../workers/core/payments/transfer-plan.ts";
import { at, faultsOf, readXml, textAt } from "./pain-rules.ts";

const DEBTOR = { by: "iban", holder: "Nétwork & Co", iban: "DE02120300000000202051", bic: "BYLADEM1001" } as const;
const FRENCH: BankAccount = { by: "iban", holder: "Blog SARL", iban: "FR1420041010050500013M02606", bic: null };
const TURKISH: BankAccount = { by: "iban", holder: "Blog AŞ", iban: "TR330006100519786457841326", bic: "ISBKTRISXXX" };
const AMERICAN: BankAccount = {
  ...{ by: "number", holder: "O'Blog <Inc>", number: "12345678", bankCode: "021000021" },
  ...{ country: "US", bic: null },
};

const ORDER: TransferOrder = {
  ...{ debtor: DEBTOR, executeOn: "2026-12-05", createdAtMs: Date.UTC(2026, 11, 1, 8, 30, 15, 250) },
  transfers: [
    { id: "2026-0001", scheme: "SEPA", currency: "EUR", amountMicros: 120_500_000n, account: FRENCH },
    { id: "2026-0002", scheme: "plain", currency: "USD", amountMicros: 33_330_000n, account: AMERICAN },
    {
      id: "2026-0003",
      scheme: "SEPA",
      currency: "EUR",
      amountMicros: 10_000n,
      account: { ...FRENCH, bic: "PSSTFRPP" },
    },
    { id: "2026-0004", scheme: "plain", currency: "JPY", amountMicros: 5_000_000_000n, account: TURKISH },
  ],
};

test("a file as it is written", async () => {
  await expect(creditTransferFile(ORDER)).toMatchFileSnapshot("credit-transfer.golden.xml");
});

test("a batch for each currency, with its own count and sum", () => {
  const document = readXml(creditTransferFile(ORDER));
  const batches = at(document, "CstmrCdtTrfInitn/PmtInf");
  const told = batches.map((one) => [
    at(one, "CdtTrfTxInf/Amt/InstdAmt")[0]?.attributes,
    ...["NbOfTxs", "CtrlSum", "ChrgBr", "PmtTpInf/SvcLvl/Cd"].map((path) => textAt(one, path)),
  ]);
  expect(told).toEqual([
    ['Ccy="EUR"', "2", "120.51", "SLEV", "SEPA"],
    ['Ccy="JPY"', "1", "5000", "SHAR", ""],
    ['Ccy="USD"', "1", "33.33", "SHAR", ""],
  ]);
  expect(textAt(document, "CstmrCdtTrfInitn/GrpHdr/CtrlSum")).toBe("5153.84");
});

describe("its name", () => {
  test("is the same for the same order, whenever it is written", () => {
    expect(messageIdOf({ ...ORDER, createdAtMs: 0 })).toBe(messageIdOf(ORDER));
  });
  const [first, ...others] = ORDER.transfers;
  test.each<[string, Partial<TransferOrder>]>([
    ["another day", { executeOn: "2026-12-06" }],
    ["another payer", { debtor: { ...DEBTOR, iban: "GB33BUKB20201555555555" } }],
    ["a payment less", { transfers: others }],
    ["another amount", { transfers: first ? [{ ...first, amountMicros: 1n }, ...others] : [] }],
    ["another account", { transfers: first ? [{ ...first, account: TURKISH }, ...others] : [] }],
  ])("is another one for %s", (_, more) => {
    expect(messageIdOf({ ...ORDER, ...more })).not.toBe(messageIdOf(ORDER));
  });
});

const accounts = fc
  .tuple(fc.constantFrom(FRENCH, TURKISH, AMERICAN), fc.string({ unit: "grapheme", maxLength: 69 }))
  .map(([account, name]): BankAccount => ({ ...account, holder: `A${name}` }));
const sums = fc.array(
  fc.record({
    currency: fc.constantFrom("EUR", "EUR", "USD", "JPY", "KWD"),
    dueMicros: fc.bigInt({ min: -1_000_000n, max: 2_000_000_000_000_000n }),
    account: accounts,
  }),
  { minLength: 1, maxLength: 20 },
);

test("whatever is due, the file keeps the rules, has every payment once, and adds up", () => {
  fc.assert(
    fc.property(sums, (dues) => {
      const planned = dues.map(
        (due, index): PlannedSum =>
          planTransfer({ ...due, id: `2026-${index}`, minimumMicros: 0n, paidIn: null }, DEBTOR),
      );
      const transfers = planned.flatMap((one) => ("transfer" in one ? [one.transfer] : []));
      expect(transfers.length + planned.filter((one) => "leftOut" in one).length).toBe(dues.length);
      if (transfers.length === 0) return;
      const document = readXml(creditTransferFile({ ...ORDER, transfers }));
      expect(faultsOf(document)).toEqual([]);
      const ids = at(document, "CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf/PmtId/EndToEndId").map(({ text }) => text);
      expect(ids.sort()).toEqual(transfers.map(({ id }) => id).sort());
      const whole = at(document, "CstmrCdtTrfInitn/GrpHdr");
      const batches = at(document, "CstmrCdtTrfInitn/PmtInf");
      for (const part of [...whole, ...batches]) {
        const own = part.name === "GrpHdr" ? batches : [part];
        const amounts = own.flatMap((one) => at(one, "CdtTrfTxInf/Amt/InstdAmt"));
        expect(textAt(part, "NbOfTxs")).toBe(String(amounts.length));
        const sum = amounts.reduce((total, { text }) => total + readMicros(text), 0n);
        expect(readMicros(textAt(part, "CtrlSum"))).toBe(sum);
        for (const { text, attributes } of amounts)
          expect((text.split(".")[1] ?? "").length).toBe(minorUnitDigits(attributes.slice(5, 8)));
      }
    }),
  );
});

test("what breaks a rule is found", () => {
  const file = creditTransferFile(ORDER);
  for (const [from, to] of [
    ["<NbOfTxs>4</NbOfTxs>\n", ""],
    ["<PmtMtd>TRF</PmtMtd>", "<PmtMtd>CHK</PmtMtd>"],
    ["<Nm>Blog SARL</Nm>", "<Nm>Blög</Nm>"],
    ["<EndToEndId>2026-0001</EndToEndId>", `<EndToEndId>${"2".repeat(36)}</EndToEndId>`],
    ["<BICFI>BYLADEM1001</BICFI>", "<BICFI>BYLA</BICFI>"],
  ] as const) {
    expect(file).toContain(from);
    expect(faultsOf(readXml(file.replace(from, to)))).not.toEqual([]);
  }
});
