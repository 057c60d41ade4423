/** What is to be paid as a file of credit transfers, which a bank carries out: first what would be in it and what cannot, then the file. */
import * as v from "valibot";
import { localDate } from "../../core/metrics/time-zone.ts";
import { formatMicros, joinMicros } from "../../core/money.ts";
import type { BankAccount, IbanAccount } from "../../core/payments/bank-account.ts";
import { batchesOf, creditTransferFile } from "../../core/payments/credit-transfer.ts";
import {
  NO_TRANSFER_REASONS,
  type NoAccount,
  type NoTransferReason,
  planTransfer,
  TRANSFER_SCHEMES,
  type Transfer,
} from "../../core/payments/transfer-plan.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { DAY_MS, HOUR_MS } from "../../core/time-units.ts";
import { type BankDetails, openBankDetails, unsealBankDetails } from "../affiliates/bank-details.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { invalidQuery, parameters } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { DAY_TEXT } from "./due-now.ts";
import { logIssuerLook, unsealIssuerAccount } from "./issuer-account.ts";
import {
  affiliatesOf,
  amountOf,
  maskedAccount,
  type UnpaidQuery,
  type UnpaidRow,
  unpaidQuery,
  unpaidRows,
  warningOf,
} from "./unpaid.ts";

/** So far ahead a bank may be told to pay. */
const MOST_DAYS_AHEAD = 365;
/** West of us it may be yesterday still. */
const WESTERNMOST_MS = 12 * HOUR_MS;
/** Of what cannot be in it a refusal names so many. */
const MOST_TOLD = 20;

const { currency, due_by } = unpaidQuery.entries;
export const transfersQuery = parameters({
  execute_on: DAY_TEXT,
  currency,
  due_by,
  left_out: v.exactOptional(v.picklist(["refuse", "pass_over"])),
});
export const transferPlanQuery = parameters({ currency, due_by });

const dueAnswer = {
  statement: v.string(),
  /** Slug. */
  affiliate: v.string(),
  name: v.string(),
  /** By its end. */
  account: v.nullable(v.string()),
  currency: v.string(),
  due: v.string(),
  /** What to look at before it is paid. */
  warning: v.nullable(v.string()),
};
const scheme = v.picklist(TRANSFER_SCHEMES);
export const transferPlanAnswer = v.object({
  batches: v.array(v.object({ scheme, currency: v.string(), payments: v.number(), amount: v.string() })),
  payments: v.array(
    v.object({ ...dueAnswer, scheme, /** What is due, in whole units that can be paid. */ amount: v.string() }),
  ),
  left_out: v.array(v.object({ ...dueAnswer, reason: v.picklist(NO_TRANSFER_REASONS), message: v.string() })),
});
export type TransferPlan = v.InferOutput<typeof transferPlanAnswer>;

/** A statement that is to be paid, with what becomes of it. */
type Planned = { row: UnpaidRow; warning: string | null } & (
  | { transfer: Transfer }
  | { leftOut: NoTransferReason; message: string }
);

/** What would be in the file, and what cannot: nobody is shown an account. */
export async function planTransfers(
  env: Env,
  query: UnpaidQuery,
  atMs: number,
): Promise<Result<TransferPlan, Problem>> {
  const planned = await plan(env, query, atMs);
  if (!planned.ok) return planned;
  const rows = planned.value.planned;
  return accept({
    batches: batchesOf(transfersIn(rows)).map(({ scheme, currency, sumMicros, transfers }) => ({
      ...{ scheme, currency, payments: transfers.length, amount: formatMicros(sumMicros) },
    })),
    payments: rows.flatMap((one) =>
      "transfer" in one
        ? [{ ...dueOf(one), scheme: one.transfer.scheme, amount: formatMicros(one.transfer.amountMicros) }]
        : [],
    ),
    left_out: rows.flatMap((one) =>
      "leftOut" in one ? [{ ...dueOf(one), reason: one.leftOut, message: one.message }] : [],
    ),
  });
}

/** The file, with accounts whole: a look at each is logged before. Refused where a statement cannot be in it, unless that is passed over. */
export async function transferFile(
  env: Env,
  { execute_on: executeOn, left_out = "refuse", ...query }: v.InferOutput<typeof transfersQuery>,
  change: ChangeStamp,
): Promise<Result<Response, Problem>> {
  const wrongDay = dayFault(executeOn, change.atMs);
  if (wrongDay !== null) return refuse(invalidQuery([{ parameter: "execute_on", detail: wrongDay }]));
  const found = await plan(env, query, change.atMs);
  if (!found.ok) return found;
  const { planned, debtor } = found.value;
  const transfers = transfersIn(planned);
  if (left_out === "refuse" && transfers.length < planned.length) return refuse(leftOutProblem(planned));
  if (transfers.length === 0)
    return refuse({ name: "not_now", detail: "No statement that waits to be paid can be in the file." });
  const paid = planned.filter((one) => "transfer" in one).map(({ row }) => row);
  await openBankDetails(env, affiliatesOf(paid), change);
  await logIssuerLook(env, change);
  const headers = {
    "content-type": "application/xml; charset=utf-8",
    "content-disposition": `attachment; filename="credit-transfers-${executeOn}.xml"`,
    "cache-control": "no-store",
  };
  return accept(
    new Response(creditTransferFile({ debtor, executeOn, createdAtMs: change.atMs, transfers }), { headers }),
  );
}

async function plan(
  env: Env,
  query: UnpaidQuery,
  atMs: number,
): Promise<Result<{ debtor: IbanAccount; planned: Planned[] }, Problem>> {
  const debtor = await unsealIssuerAccount(env, atMs);
  if (!debtor.ok) return debtor;
  const rows = await unpaidRows(env, query);
  if (!rows.ok) return rows;
  const opened = await unsealBankDetails(env, affiliatesOf(rows.value), atMs);
  const planned = rows.value.map((row): Planned => {
    const { statement: id, currency, payment_currency: paidIn } = row;
    const due = {
      ...{ id, currency, paidIn, account: accountOf(row, opened.get(row.number)) },
      dueMicros: joinMicros(row.due_units, row.due_rest),
      minimumMicros: BigInt(row.minimum_payout),
    };
    return { row, warning: warningOf(row, opened.has(row.number)), ...planTransfer(due, debtor.value) };
  });
  return accept({ debtor: debtor.value, planned });
}

function accountOf({ bank_details }: UnpaidRow, opened: BankDetails | undefined): BankAccount | NoAccount {
  if (opened !== undefined) return "account" in opened ? opened.account : "free_text";
  return bank_details === null ? "no_account" : "cannot_be_opened";
}

function transfersIn(planned: readonly Planned[]): Transfer[] {
  return planned.flatMap((one) => ("transfer" in one ? [one.transfer] : []));
}

function dueOf({ row, warning }: Planned) {
  return {
    ...{ statement: row.statement, affiliate: row.slug, name: row.name, currency: row.currency },
    ...{ account: maskedAccount(row), due: amountOf(row), warning },
  };
}

function leftOutProblem(planned: readonly Planned[]): Problem {
  const errors = planned.flatMap((one) =>
    "leftOut" in one
      ? [{ pointer: `#/${one.row.statement}`, detail: `Statement ${one.row.statement}: ${one.message}` }]
      : [],
  );
  const told = errors.slice(0, MOST_TOLD);
  const detail = `${errors.length} statements cannot be in the file. ${told.map((one) => one.detail).join(" ")} Mend these, or send left_out=pass_over.`;
  return { name: "not_now", detail, errors: told };
}

function dayFault(day: string, atMs: number): string | null {
  const dayOf = (ms: number) => new Date(localDate("UTC", ms)).toISOString().slice(0, 10);
  if (day < dayOf(atMs - WESTERNMOST_MS))
    return "The bank cannot pay on a day that is over: write today, or a later one.";
  return day > dayOf(atMs + MOST_DAYS_AHEAD * DAY_MS) ? `Write a day within ${MOST_DAYS_AHEAD} days.` : null;
}
