/** What can be a credit transfer, and why the rest cannot. */
import { expect, test } from "vitest";
import type { BankAccount } from "../../../workers/core/payments/bank-account.ts";
import { type OwedSum, payableMicros, planTransfer } from "../../../workers/core/payments/transfer-plan.ts";

const DEBTOR = { by: "iban", holder: "Network Ltd", iban: "DE02120300000000202051", bic: null } as const;
const FRENCH = { by: "iban", holder: "Blog SARL", iban: "FR1420041010050500013M02606", bic: null } as const;
const TURKISH = { by: "iban", holder: "Blog AS", iban: "TR330006100519786457841326", bic: "ISBKTRISXXX" } as const;
const AMERICAN: BankAccount = {
  ...{ by: "number", holder: "Blog Inc", number: "12345678", bankCode: "021000021" },
  ...{ country: "US", bic: null },
};

const DUE: OwedSum = {
  ...{ id: "2026-0001", currency: "EUR", dueMicros: 12_500_000n, minimumMicros: 0n, paidIn: null, account: FRENCH },
};
const plan = (more: Partial<OwedSum>, debtor: Parameters<typeof planTransfer>[1] = DEBTOR) =>
  planTransfer({ ...DUE, ...more }, debtor);

test.each([
  ["euros within SEPA", {}, "SEPA", 12_500_000n],
  ["euros out of SEPA", { account: TURKISH }, "plain", 12_500_000n],
  [
    "dollars to an IBAN with its BIC",
    { account: { ...FRENCH, bic: "PSSTFRPP" }, currency: "USD" },
    "plain",
    12_500_000n,
  ],
  ["dollars by a number", { account: AMERICAN, currency: "USD", paidIn: "USD" }, "plain", 12_500_000n],
  ["as much as is the least", { minimumMicros: 12_500_000n }, "SEPA", 12_500_000n],
  ["half a cent up", { dueMicros: 12_505_000n }, "SEPA", 12_510_000n],
  ["less than half a cent down", { dueMicros: 12_504_999n }, "SEPA", 12_500_000n],
  ["yen whole", { currency: "JPY", account: TURKISH, dueMicros: 1_500_000n }, "plain", 2_000_000n],
  ["dinars to a thousandth", { currency: "KWD", account: TURKISH, dueMicros: 1_234_500n }, "plain", 1_235_000n],
] as const)("%s are a transfer", (_, more, scheme, amountMicros) => {
  const { currency, account } = { ...DUE, ...more };
  expect(plan(more)).toEqual({ transfer: { id: "2026-0001", scheme, currency, amountMicros, account } });
});

test.each([
  ["no bank details", { account: "no_account" }, "no_account", /There are no bank details/],
  ["free text", { account: "free_text" }, "free_text", /written anew/],
  ["a key that is gone", { account: "cannot_be_opened" }, "cannot_be_opened", /key is gone/],
  ["an account in another currency", { paidIn: "USD" }, "other_currency", /in USD, and EUR is due/],
  ["nothing", { dueMicros: 0n }, "not_positive", /not above zero/],
  ["less than nothing", { dueMicros: -5_000_000n }, "not_positive", /not above zero/],
  ["less than is paid", { minimumMicros: 50_000_000n }, "below_minimum", /50\.00/],
  ["less than half a cent", { dueMicros: 4_999n }, "too_little", /EUR has units for/],
  ["more than SEPA takes", { dueMicros: 1_000_000_000_000_000n }, "too_much", /999999999\.99 EUR/],
  ["dollars to an IBAN alone", { currency: "USD" }, "needs_bic", /USD needs the BIC/],
] as const)("%s is left out, and it says why", (_, more, leftOut, message) => {
  expect(plan(more)).toEqual({ leftOut, message: expect.stringMatching(message) });
});

test("from outside SEPA euros go as any other money", () => {
  expect(plan({ account: { ...FRENCH, bic: "PSSTFRPP" } }, TURKISH)).toMatchObject({ transfer: { scheme: "plain" } });
});

test("what is below zero is rounded like what is above", () => {
  expect([12_505_000n, -12_505_000n].map((micros) => payableMicros(micros, "EUR"))).toEqual([
    12_510_000n,
    -12_510_000n,
  ]);
});
