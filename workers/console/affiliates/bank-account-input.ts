/** A bank account as calls and forms take it, as it is sealed, and as it is shown whole. */
import * as v from "valibot";
import {
  type AccountFault,
  accountWords,
  type BankAccount,
  readAccount,
  type WrittenAccount,
} from "../../core/payments/bank-account.ts";
import { type Result, refuse } from "../../core/result.ts";
import type { Problem } from "../web/problem.ts";

const MOST_CHARACTERS = 100;
const written = v.exactOptional(
  v.nullable(v.pipe(v.string(), v.maxLength(MOST_CHARACTERS, `Write at most ${MOST_CHARACTERS} characters.`))),
);

/** By its IBAN. */
export const IBAN_FIELDS = { holder: written, iban: written, bic: written };
/** Or, where a country has none, by its number. */
export const ACCOUNT_FIELDS = { ...IBAN_FIELDS, account_number: written, bank_code: written, country: written };

const text = v.nullable(v.string());
export const accountAnswer = v.object({
  /** All of it in one line. */
  details: v.string(),
  holder: text,
  iban: text,
  bic: text,
  account_number: text,
  bank_code: text,
  country: text,
});
export type AccountAnswer = v.InferOutput<typeof accountAnswer>;

const bic = v.nullable(v.string());
/** What is sealed of it. */
export const sealedIban = v.object({ by: v.literal("iban"), holder: v.string(), iban: v.string(), bic });
export const sealedAccount = v.variant("by", [
  sealedIban,
  v.object({
    ...{ by: v.literal("number"), holder: v.string(), number: v.string(), bankCode: v.string(), country: v.string() },
    bic,
  }),
]);

/** The account that is written, or what is wrong with it at which field. */
export function accountWritten(input: WrittenAccount): Result<BankAccount, Problem> {
  const read = readAccount(input);
  return read.ok ? read : refuse(faulty(read.refusal));
}

function faulty(faults: readonly AccountFault[]): Problem {
  const errors = faults.map(({ field, advice }) => ({ pointer: `#/${field}`, detail: advice }));
  const detail = errors.map((one) => `${one.pointer}: ${one.detail}`).join(" ");
  return { name: "invalid_input", detail, errors };
}

/** True where one of the fields of an account says something. */
export function isAccountWritten(input: WrittenAccount): boolean {
  return Object.keys(ACCOUNT_FIELDS).some((name) => Reflect.get(input, name));
}

/** Whole, as a call answers it. */
export function shownAccount(account: BankAccount): AccountAnswer {
  const { holder, bic } = account;
  const details = accountWords(account);
  const none = { iban: null, account_number: null, bank_code: null, country: null };
  return account.by === "iban"
    ? { ...none, details, holder, bic, iban: account.iban }
    : {
        ...{ ...none, details, holder, bic },
        ...{ account_number: account.number, bank_code: account.bankCode, country: account.country },
      };
}

/** The same of what is free text. */
export function shownText(details: string): AccountAnswer {
  const none = { holder: null, iban: null, bic: null, account_number: null, bank_code: null, country: null };
  return { details, ...none };
}
