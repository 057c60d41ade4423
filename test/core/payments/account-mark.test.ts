/** Two accounts have one mark where money for them goes to one place, and marks tell nothing else. */
import { describe, expect, test } from "vitest";
import { importKeyRing, type KeyRing } from "../../../workers/core/key-ring.ts";
import { deriveAccountMarks } from "../../../workers/core/payments/account-mark.ts";
import type { BankAccount } from "../../../workers/core/payments/bank-account.ts";

const IBAN: BankAccount = { by: "iban", holder: "Ida", iban: "DE02120300000000202051", bic: null };
const NUMBER: BankAccount = {
  ...{ by: "number", holder: "Bob", number: "12345678", bankCode: "021000021" },
  ...{ country: "US", bic: null },
};

async function ringOf(signing: number, ...numbers: number[]): Promise<KeyRing> {
  const keys = Object.fromEntries(numbers.map((number) => [number, Buffer.alloc(32, number).toString("base64")]));
  const ring = await importKeyRing(JSON.stringify({ signing, keys }));
  if (!ring.ok) throw new Error(ring.refusal);
  return ring.value;
}

describe("marks of accounts", async () => {
  const { keyed, mark } = await deriveAccountMarks(await ringOf(1, 1));

  test.each<[string, BankAccount | string, BankAccount | string]>([
    ["another holder and BIC", IBAN, { ...IBAN, holder: "Ida & Sons", bic: "BYLADEM1001" }],
    ["free text with the IBAN", IBAN, "Ida, iban de02 1203 0000 0000 2020 51 BYLADEM1001"],
    ["free text with dashes", IBAN, "DE02-1203-0000-0000-2020-51"],
    ["a number with another dash", NUMBER, { ...NUMBER, number: "1234-5678", bankCode: "0210-00021", holder: "B" }],
    ["text with other blanks and capitals", "PayPal: ida@shop.example", "paypal  Ida@shop.example"],
  ])("are one of %s", (_, left, right) => {
    expect(mark(left)).toBe(mark(right));
  });

  test.each<[string, BankAccount | string, BankAccount | string]>([
    ["another IBAN", IBAN, { ...IBAN, iban: "DE02500105170137075030" }],
    ["another bank", NUMBER, { ...NUMBER, bankCode: "021000089" }],
    ["another country", NUMBER, { ...NUMBER, country: "CA" }],
    ["other text", "PayPal: ida@shop.example", "PayPal: ada@shop.example"],
    ["text with a wrong IBAN", IBAN, "DE03 1203 0000 0000 2020 51"],
  ])("differ of %s", (_, left, right) => {
    expect(mark(left)).not.toBe(mark(right));
  });

  test("are of the lowest key, whichever signs, and of another under another", async () => {
    expect(mark(IBAN)).toMatch(/^1-[0-9a-hjkmnp-tv-z]{26}$/);
    expect((await deriveAccountMarks(await ringOf(2, 1, 2))).mark(IBAN)).toBe(mark(IBAN));
    const other = await deriveAccountMarks(await ringOf(2, 2));
    expect([keyed, other.keyed, other.mark(IBAN) === mark(IBAN)]).toEqual(["1-", "2-", false]);
  });
});
