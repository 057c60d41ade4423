/** Which accounts can be sent to, and what is said of those that cannot. */
import { describe, expect, test } from "vitest";
import {
  accountEnd,
  accountWords,
  readAccount,
  type WrittenAccount,
} from "../../../workers/core/payments/bank-account.ts";

const HOLDER = "Month End Ltd";
const DE = "DE02120300000000202051";

describe("by an IBAN", () => {
  test.each([
    ["DE02 1203 0000 0000 2020 51", DE],
    [" de02-1203-0000-0000-2020-51 ", DE],
    ["GB33 BUKB 2020 1555 5555 55", "GB33BUKB20201555555555"],
    ["NO93 8601 1117 947", "NO9386011117947"],
  ])("%s is read", (iban, read) => {
    expect(readAccount({ holder: HOLDER, iban })).toEqual({
      ok: true,
      value: { by: "iban", holder: HOLDER, iban: read, bic: null },
    });
  });

  test("outside SEPA with its BIC, which is written in capitals", () => {
    const written = { holder: "  Month  End Ltd ", iban: "TR330006100519786457841326", bic: "isbktrisxxx" };
    expect(readAccount(written)).toEqual({
      ok: true,
      value: { by: "iban", holder: HOLDER, iban: written.iban, bic: "ISBKTRISXXX" },
    });
  });
});

test("by a number, where a country has no IBAN", () => {
  const written = {
    holder: HOLDER,
    account_number: "1234 5678",
    bank_code: "021000021",
    country: "us",
    bic: "CHASUS33",
  };
  const read = readAccount(written);
  expect(read).toEqual({
    ok: true,
    value: { by: "number", holder: HOLDER, number: "12345678", bankCode: "021000021", country: "US", bic: "CHASUS33" },
  });
  if (!read.ok) return;
  expect(accountWords(read.value)).toBe("Month End Ltd, account 12345678, bank code 021000021 (US), BIC CHASUS33");
  expect(accountEnd(read.value, 4)).toBe("5678");
});

test("its words, and its end", () => {
  const account = { by: "iban", holder: HOLDER, iban: DE, bic: null } as const;
  expect(accountWords(account)).toBe("Month End Ltd, IBAN DE02 1203 0000 0000 2020 51");
  expect(accountEnd(account, 4)).toBe("2051");
});

const REFUSED: [string, WrittenAccount, [string, RegExp][]][] = [
  [
    "nothing",
    {},
    [
      ["holder", /whose account/],
      ["iban", /Write the IBAN/],
    ],
  ],
  [
    "two digits changed about",
    { holder: HOLDER, iban: "DE20120300000000202051" },
    [["iban", /character of it is wrong/]],
  ],
  ["a digit less", { holder: HOLDER, iban: DE.slice(0, -1) }, [["iban", /DE has 22 characters, and this has 21/]]],
  [
    "letters where digits stand",
    { holder: HOLDER, iban: "DE0212030000000020205X" },
    [["iban", /not how an IBAN of DE/]],
  ],
  ["no country", { holder: HOLDER, iban: "XX02120300000000202051" }, [["iban", /two letters of its country/]]],
  ["a text", { holder: HOLDER, iban: "on paper" }, [["iban", /two letters of its country/]]],
  ["outside SEPA without a BIC", { holder: HOLDER, iban: "TR330006100519786457841326" }, [["bic", /outside SEPA/]]],
  ["no BIC", { holder: HOLDER, iban: DE, bic: "COBA" }, [["bic", /no BIC/]]],
  ["both", { holder: HOLDER, iban: DE, account_number: "12345678" }, [["iban", /not both/]]],
  ["a holder in other letters", { holder: "株式会社", iban: DE }, [["holder", /Latin, Greek or Cyrillic/]]],
  ["a holder too long", { holder: "x".repeat(71), iban: DE }, [["holder", /at most 70/]]],
  [
    "a number without its bank",
    { holder: HOLDER, account_number: "123" },
    [
      ["account_number", /5 to 34/],
      ["bank_code", /routing number/],
      ["country", /two letters/],
    ],
  ],
  [
    "a number where accounts have an IBAN",
    { holder: HOLDER, account_number: "202051", bank_code: "12030000", country: "DE" },
    [["iban", /Accounts of DE have an IBAN/]],
  ],
];

test.each(REFUSED)("%s is refused, with what to write instead", (_, written, faults) => {
  const read = readAccount(written);
  expect(read.ok).toBe(false);
  if (read.ok) return;
  expect(read.refusal.map(({ field }) => field)).toEqual(faults.map(([field]) => field));
  for (const [index, [, advice]] of faults.entries()) expect(read.refusal[index]?.advice).toMatch(advice);
});
