/** What is to be paid: final statements of affiliates that are not paid yet, with the account that each is paid to. */
import * as v from "valibot";
import { csvTable } from "../../core/csv-table.ts";
import { formatInstant } from "../../core/instant.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type BankDetails, type BankRow, openBankDetails, wordsOf } from "../affiliates/bank-details.ts";
import { MASK } from "../affiliates/fields.ts";
import { othersPaidTo, sameAccountWords } from "../affiliates/same-account.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { currencyCode } from "../web/field-schemas.ts";
import { parameters } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { DAY_TEXT } from "./due-now.ts";
import { decimalOf } from "./read-statements.ts";

/** As the list of what was paid takes: one goes through the bank as it comes back. */
const MOST_UNPAID = 500;
const COLUMNS = [
  "statement",
  "affiliate",
  "name",
  "bank_details",
  "account_holder",
  "iban",
  "bic",
  "bank_details_since",
  "warning",
  "paid_by",
  "note",
  "paid_in",
  "amount",
  "currency",
  "due_on",
  "reference",
  "date",
] as const;

export const unpaidQuery = parameters({
  currency: v.exactOptional(currencyCode),
  due_by: v.exactOptional(DAY_TEXT),
  bom: v.exactOptional(
    v.pipe(
      v.literal("1"),
      v.transform(() => true),
    ),
  ),
});
export type UnpaidQuery = v.InferOutput<typeof unpaidQuery>;

export interface UnpaidRow extends BankRow {
  statement: string;
  currency: string;
  due_units: number;
  due_rest: number;
  due_on: string | null;
  name: string;
  bank_hint: string | null;
  bank_changed_at: number | null;
  bank_changed_by: string | null;
  payment_method: string | null;
  payment_note: string | null;
  payment_currency: string | null;
  minimum_payout: number;
  /** Slugs of other affiliates that are paid to the same account. */
  others: readonly string[];
  /** When the newest statement that was paid became final: its file was drawn no sooner. */
  last_final_at: number | null;
}

/** One that is to be paid, as pages show it. */
export interface UnpaidStatement {
  statement: string;
  affiliate: string;
  name: string;
  /** By their end. */
  account: string | null;
  accountSince: string | null;
  /** What to look at before it is paid. */
  warning: string | null;
  amount: string;
  currency: string;
  dueOn: string | null;
}

const SELECT = `
  SELECT s.number AS statement, s.currency, s.due_units, s.due_rest, s.due_on, coalesce(s.owner_name ->> 'legal_name', s.owner_name ->> 'name', f.name) AS name,
    f.number, f.slug, f.bank_details, f.bank_hint, f.bank_changed_at, f.bank_changed_by, f.payment_method, f.payment_note, f.payment_currency, f.minimum_payout,
    (SELECT max(p.finalized_at) FROM statements p WHERE p.owner_type = 'affiliate' AND p.owner = f.number AND p.state = 'paid') AS last_final_at
  FROM statements s JOIN affiliates f ON f.number = s.owner
  WHERE s.owner_type = 'affiliate' AND s.state = 'final' AND (?1 IS NULL OR s.currency = ?1) AND (?2 IS NULL OR s.due_on <= ?2) ORDER BY s.id LIMIT ?3`;

async function rowsOf({ DB }: Pick<Env, "DB">, query: UnpaidQuery, most: number): Promise<UnpaidRow[]> {
  const { currency = null, due_by = null } = query;
  const { results } = await DB.prepare(SELECT).bind(currency, due_by, most).all<Omit<UnpaidRow, "others">>();
  const others = await othersPaidTo(
    { DB },
    results.map(({ slug }) => slug),
  );
  return results.map((row) => ({ ...row, others: others.get(row.slug) ?? [] }));
}

/** Oldest first, as many as a file has; and whether there are more. */
export async function listUnpaid(
  env: Pick<Env, "DB">,
  query: UnpaidQuery,
): Promise<{ unpaid: UnpaidStatement[]; isMore: boolean }> {
  const rows = await rowsOf(env, query, MOST_UNPAID + 1);
  const unpaid = rows.slice(0, MOST_UNPAID).map((row) => ({
    ...{ statement: row.statement, affiliate: row.slug, name: row.name, currency: row.currency, dueOn: row.due_on },
    account: maskedAccount(row),
    accountSince: sinceOf(row),
    warning: warningOf(row, true),
    amount: amountOf(row),
  }));
  return { unpaid, isMore: rows.length > MOST_UNPAID };
}

export function maskedAccount({ bank_hint }: UnpaidRow): string | null {
  return bank_hint === null ? null : `${MASK}${bank_hint}`;
}

function sinceOf({ bank_changed_at: atMs }: UnpaidRow): string | null {
  return atMs === null ? null : formatInstant(atMs);
}

export function amountOf({ due_units: units, due_rest: rest }: UnpaidRow): string {
  return decimalOf({ units, rest });
}

/**
 * A changed account is how money goes astray: an account that may never have been paid to is to be asked about, by another way than the one that it was told by. When a payment was
 * noted says nothing of which account it went to; that was in a file of after its statement became final. Two that are paid to one account may be one, who was ended, or promotes against itself.
 */
export function warningOf(row: UnpaidRow, isOpened: boolean): string | null {
  const warnings = [accountWarning(row, isOpened), sameAccountWords(row.others)].filter((one) => one !== null);
  return warnings.length === 0 ? null : warnings.join("; ");
}

function accountWarning(
  { bank_details, bank_changed_at, bank_changed_by, last_final_at }: UnpaidRow,
  isOpened: boolean,
): string | null {
  if (bank_details === null) return "no bank details";
  if (!isOpened) return "bank details cannot be opened: their key is gone, so they have to be written anew";
  if (last_final_at === null) return "first payment: nothing was paid to this account yet";
  if (bank_changed_at === null || bank_changed_at <= last_final_at) return null;
  return `account set since the newest paid statement became final, by ${bank_changed_by ?? "nobody known"}: it may not have been paid to yet`;
}

/** As many as a file has; refused where there are more. */
export async function unpaidRows(env: Pick<Env, "DB">, query: UnpaidQuery): Promise<Result<UnpaidRow[], Problem>> {
  const rows = await rowsOf(env, query, MOST_UNPAID + 1);
  if (rows.length <= MOST_UNPAID) return accept(rows);
  const detail = `More than ${MOST_UNPAID} statements wait to be paid: ask for a part of them, by currency or due_by.`;
  return refuse({ name: "too_large", detail });
}

/** Each affiliate once. */
export function affiliatesOf(rows: readonly UnpaidRow[]): UnpaidRow[] {
  return [...new Map(rows.map((row) => [row.number, row])).values()];
}

/** The account in its parts, where it is one with an IBAN; and whole, in words. */
function accountCells(opened: BankDetails | undefined) {
  if (opened === undefined) return { bank_details: null, account_holder: null, iban: null, bic: null };
  const account = "account" in opened ? opened.account : null;
  return {
    ...{ bank_details: wordsOf(opened), account_holder: account?.holder ?? null, bic: account?.bic ?? null },
    iban: account?.by === "iban" ? account.iban : null,
  };
}

/** The file for the bank: with the bank details whole, each look at which is logged. `reference` is the statement's number, and `date` is left to be filled in: so it comes back as what was paid. */
export async function unpaidFile(
  env: Env,
  query: UnpaidQuery,
  change: ChangeStamp,
): Promise<Result<Response, Problem>> {
  const found = await unpaidRows(env, query);
  if (!found.ok) return found;
  const rows = found.value;
  const opened = await openBankDetails(env, affiliatesOf(rows), change);
  const lines = rows.map((row) => ({
    ...{ statement: row.statement, affiliate: row.slug, name: row.name, currency: row.currency, due_on: row.due_on },
    ...{ ...accountCells(opened.get(row.number)), bank_details_since: sinceOf(row) },
    warning: warningOf(row, opened.has(row.number)),
    ...{ paid_by: row.payment_method, note: row.payment_note, paid_in: row.payment_currency },
    ...{ amount: amountOf(row), reference: row.statement, date: null },
  }));
  const text = csvTable({ columns: COLUMNS, numbers: ["amount"] }, lines, query.bom === true);
  const headers = {
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": 'attachment; filename="to-pay.csv"',
    "cache-control": "no-store",
  };
  return accept(new Response(text, { headers }));
}
