/** What of a list of sums due can be a credit transfer, and why the rest cannot: nothing is left out without a word. */

import { minorUnitDigits } from "../minor-units.ts";
import { formatMicros } from "../money.ts";
import type { BankAccount, IbanAccount } from "./bank-account.ts";
import { isInSepa } from "./sepa-countries.ts";

/** A sum that is due to somebody. */
export interface OwedSum {
  /** It is the payment's end-to-end ID: at most 35 of the characters that SEPA allows. */
  id: string;
  currency: string;
  dueMicros: bigint;
  /** Less is not paid. */
  minimumMicros: bigint;
  /** The currency of its account, where that was said. */
  paidIn: string | null;
  account: BankAccount | NoAccount;
}

/** Why no account is known: there is none, it is free text, or what it is sealed under is gone. */
export const NO_ACCOUNTS = ["no_account", "free_text", "cannot_be_opened"] as const;
export type NoAccount = (typeof NO_ACCOUNTS)[number];

/** Why a sum is no payment of the file. */
export const NO_TRANSFER_REASONS = [
  ...NO_ACCOUNTS,
  "other_currency",
  "not_positive",
  "below_minimum",
  "too_little",
  "too_much",
  "needs_bic",
] as const;
export type NoTransferReason = (typeof NO_TRANSFER_REASONS)[number];

/** `SEPA`: a SEPA credit transfer, in EUR between accounts of SEPA. `plain`: any other, with shared charges. */
export const TRANSFER_SCHEMES = ["SEPA", "plain"] as const;
export type TransferScheme = (typeof TRANSFER_SCHEMES)[number];

export interface Transfer {
  id: string;
  scheme: TransferScheme;
  currency: string;
  /** In whole minor units, such as cents; written to their digits. */
  amountMicros: bigint;
  account: BankAccount;
}

export type PlannedSum = { transfer: Transfer } | { leftOut: NoTransferReason; message: string };

/** As SEPA limits a payment. */
const MOST_SEPA_MICROS = 999_999_999_990_000n;
/** Eighteen digits are what the format has room for, five of them behind the point. */
const MOST_PLAIN_MICROS = 9_999_999_999_999_000_000n;

/** The nearest sum that can be paid: whole minor units, half up. */
export function payableMicros(micros: bigint, currency: string): bigint {
  const unit = 10n ** BigInt(6 - minorUnitDigits(currency));
  const half = unit / 2n;
  return micros < 0n ? -(((half - micros) / unit) * unit) : ((micros + half) / unit) * unit;
}

/** Plans one sum, to be paid from `debtor`. */
export function planTransfer(due: OwedSum, debtor: IbanAccount): PlannedSum {
  const { id, currency, account, minimumMicros, paidIn, dueMicros } = due;
  const leave = (leftOut: NoTransferReason, message: string): PlannedSum => ({ leftOut, message });
  if (typeof account === "string") return leave(account, NO_ACCOUNT_WORDS[account]);
  if (paidIn !== null && paidIn !== currency)
    return leave("other_currency", `Its account is in ${paidIn}, and ${currency} is due: settle that by hand.`);
  const amountMicros = payableMicros(dueMicros, currency);
  if (dueMicros <= 0n) return leave("not_positive", "Nothing is to be paid: the sum is not above zero.");
  if (dueMicros < minimumMicros)
    return leave("below_minimum", `Less is due than the least that is paid to it, ${formatMicros(minimumMicros)}.`);
  if (amountMicros === 0n) return leave("too_little", `Less is due than ${currency} has units for.`);
  const isSepa = currency === "EUR" && account.by === "iban" && isInSepa(account.iban) && isInSepa(debtor.iban);
  const most = isSepa ? MOST_SEPA_MICROS : MOST_PLAIN_MICROS;
  if (amountMicros > most)
    return leave("too_much", `More is due than a transfer can have, ${formatMicros(most)} ${currency}.`);
  if (!isSepa && account.by === "iban" && account.bic === null)
    return leave("needs_bic", `A transfer in ${currency} needs the BIC of its bank: write it beside the IBAN.`);
  return { transfer: { id, scheme: isSepa ? "SEPA" : "plain", currency, amountMicros, account } };
}

const NO_ACCOUNT_WORDS: Record<NoAccount, string> = {
  no_account: "There are no bank details.",
  free_text: "Its bank details are free text: a credit transfer needs them in fields, written anew.",
  cannot_be_opened: "Its bank details cannot be opened, since their key is gone: write them anew.",
};
