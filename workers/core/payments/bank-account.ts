/** Accounts that money can be sent to: by IBAN, or, where a country has none, by the number and the code of its bank. */
import {
  electronicFormatIBAN,
  friendlyFormatIBAN,
  getCountrySpecifications,
  isValidBIC,
  ValidationErrorsIBAN,
  validateIBAN,
} from "ibantools";
import { accept, type Result, refuse } from "../result.ts";
import { isInSepa } from "./sepa-countries.ts";
import { isWritable } from "./sepa-text.ts";

export interface IbanAccount {
  by: "iban";
  holder: string;
  /** In capitals, without blanks. */
  iban: string;
  /** Null where it may be left out: inside SEPA. */
  bic: string | null;
}

export interface NumberedAccount {
  by: "number";
  holder: string;
  number: string;
  bankCode: string;
  /** ISO 3166-1, two letters: of the bank. */
  country: string;
  bic: string | null;
}

export type BankAccount = IbanAccount | NumberedAccount;

/** An account as people write it. */
export interface WrittenAccount {
  holder?: string | null;
  iban?: string | null;
  bic?: string | null;
  account_number?: string | null;
  bank_code?: string | null;
  country?: string | null;
}

export interface AccountFault {
  field: keyof WrittenAccount;
  /** What to write instead. */
  advice: string;
}

/** A SEPA file has no room for more. */
export const MOST_HOLDER_CHARACTERS = 70;
const NUMBER = /^[A-Z0-9][A-Z0-9./-]{4,33}$/i;
const BANK_CODE = /^[A-Z0-9][A-Z0-9-]{1,34}$/i;

/** Reads an account: by its IBAN where one is written, else by its number. Refuses with what is wrong at which field. */
export function readAccount(written: WrittenAccount): Result<BankAccount, AccountFault[]> {
  const holder = plain(written.holder);
  const bic = compact(written.bic).toUpperCase();
  const faults = [...holderFaults(holder), ...(bic === "" || isValidBIC(bic) ? [] : [BIC_FAULT])];
  const isByNumber = plain(written.iban) === "" && (plain(written.account_number) || plain(written.bank_code)) !== "";
  const rest = isByNumber ? readNumbered(written) : readIban(written, bic);
  if (!rest.ok) return refuse([...faults, ...rest.refusal]);
  return faults.length > 0 ? refuse(faults) : accept({ ...rest.value, holder, bic: bic || null });
}

/** All of it in one line, for people. */
export function accountWords(account: BankAccount): string {
  const { holder, bic } = account;
  const bank = bic === null ? "" : `, BIC ${bic}`;
  return account.by === "iban"
    ? `${holder}, IBAN ${friendlyFormatIBAN(account.iban) ?? account.iban}${bank}`
    : `${holder}, account ${account.number}, bank code ${account.bankCode} (${account.country})${bank}`;
}

/** What it ends with, which says which account is meant. */
export function accountEnd(account: BankAccount, characters: number): string {
  return (account.by === "iban" ? account.iban : account.number).slice(-characters);
}

const BIC_FAULT: AccountFault = {
  field: "bic",
  advice: "This is no BIC: it has 8 or 11 characters, such as COBADEFFXXX.",
};

function holderFaults(holder: string): AccountFault[] {
  if (holder === "") return [{ field: "holder", advice: "Write whose account it is, as the bank has it." }];
  if (holder.length > MOST_HOLDER_CHARACTERS)
    return [{ field: "holder", advice: `Write at most ${MOST_HOLDER_CHARACTERS} characters.` }];
  const advice = "Write it in Latin, Greek or Cyrillic letters, as the bank has it: banks pass no others on.";
  return isWritable(holder) ? [] : [{ field: "holder", advice }];
}

function readIban({ iban, account_number, bank_code, country }: WrittenAccount, bic: string) {
  const text = electronicFormatIBAN(iban ?? "") ?? "";
  const beside = Object.entries({ account_number, bank_code, country }).find(([, value]) => plain(value) !== "");
  const faults: AccountFault[] = [];
  const wrong = ibanFault(text);
  if (wrong !== null) faults.push({ field: "iban", advice: wrong });
  else if (bic === "" && !isInSepa(text))
    faults.push({ field: "bic", advice: "Write the BIC of its bank: outside SEPA it is needed." });
  if (beside) faults.push({ field: "iban", advice: "Write an IBAN, or a number with a bank code: not both." });
  return faults.length > 0 ? refuse(faults) : accept({ by: "iban", iban: text } as const);
}

/** What is wrong with it; null where nothing is. */
function ibanFault(text: string): string | null {
  if (text === "") return "Write the IBAN, such as DE02 1203 0000 0000 2020 51.";
  const { valid, errorCodes } = validateIBAN(text);
  if (valid) return null;
  const country = text.slice(0, 2);
  const length = getCountrySpecifications()[country]?.chars;
  if (errorCodes.includes(ValidationErrorsIBAN.NoIBANCountry) || !length)
    return "An IBAN begins with the two letters of its country, such as DE, and this one's has none.";
  if (errorCodes.includes(ValidationErrorsIBAN.WrongBBANLength))
    return `An IBAN of ${country} has ${length} characters, and this has ${text.length}.`;
  if (errorCodes.includes(ValidationErrorsIBAN.WrongBBANFormat))
    return `This is not how an IBAN of ${country} is written: compare it with the account's own papers.`;
  return "A character of it is wrong: its check digits say so.";
}

function readNumbered(written: WrittenAccount) {
  const [number, bankCode] = [compact(written.account_number), compact(written.bank_code)];
  const country = plain(written.country).toUpperCase();
  const faults: AccountFault[] = [];
  if (!NUMBER.test(number))
    faults.push({ field: "account_number", advice: "Write the number of the account: 5 to 34 letters and digits." });
  if (!BANK_CODE.test(bankCode))
    faults.push({ field: "bank_code", advice: "Write the code of its bank, such as a routing number or sort code." });
  const known = getCountrySpecifications()[country];
  if (!known)
    faults.push({ field: "country", advice: "Write the two letters of the country of its bank, such as US." });
  else if (known.IBANRegistry)
    faults.push({ field: "iban", advice: `Accounts of ${country} have an IBAN: write that.` });
  return faults.length > 0 ? refuse(faults) : accept({ by: "number", number, bankCode, country } as const);
}

/** Without blanks around it, and one at most between words. */
function plain(text: string | null | undefined): string {
  return (text ?? "").replace(/\s+/gu, " ").trim();
}

function compact(text: string | null | undefined): string {
  return (text ?? "").replace(/\s+/gu, "");
}
