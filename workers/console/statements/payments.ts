/** Noting as paid what a list tells: first what it would do, with all that differs, then what fits. */
import * as v from "valibot";
import { addDecimals, formatMicros, joinMicros } from "../../core/money.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import {
  type JudgedPayment,
  judgePayments,
  lastDayPaid,
  PAYMENT_VERDICTS,
  readPaymentList,
} from "../../core/statements/payment-list.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { parameters } from "../web/input.ts";
import { linesProblem } from "../web/lines-problem.ts";
import type { Problem } from "../web/problem.ts";
import { notePayments, queuedAnswer } from "./commands.ts";
import { findStatements } from "./read-statements.ts";

/** In what is not UTF-8 a statement's number could still be read, but not its reference. */
const UTF_8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

export const paymentsQuery = parameters({ differing: v.exactOptional(v.picklist(["refuse", "pass_over"])) });

const paymentAnswer = v.object({
  line: v.number(),
  statement: v.string(),
  reference: v.string(),
  date: v.string(),
  amount: v.nullable(v.string()),
  verdict: v.picklist(PAYMENT_VERDICTS),
  message: v.string(),
});
const sumAnswer = v.object({ currency: v.string(), amount: v.string(), statements: v.number() });
export const paymentsCheckAnswer = v.object({
  /** How many would be noted as paid, how many were already, and how many differ. */
  pays: v.number(),
  paid_so: v.number(),
  differ: v.number(),
  sums: v.array(sumAnswer),
  payments: v.array(paymentAnswer),
});
export type PaymentsCheck = v.InferOutput<typeof paymentsCheckAnswer>;

export const notedAnswer = v.object({ ...queuedAnswer.entries, pays: v.number(), passed_over: v.number() });
type NotedPayments = v.InferOutput<typeof notedAnswer>;

interface Judged {
  payments: JudgedPayment[];
  /** IDs of statements, by number. */
  ids: Map<string, number>;
  currencies: Map<string, string>;
}

/** Says what noting it would do, and does nothing. */
export async function checkPayments(
  env: Env,
  bytes: Uint8Array,
  change: ChangeStamp,
): Promise<Result<PaymentsCheck, Problem>> {
  const judged = await judge(env, bytes, change);
  return judged.ok ? accept(checkOf(judged.value)) : judged;
}

/** Queues what fits. Where a line differs nothing is done, unless that is passed over. */
export async function takePayments(
  env: Env,
  bytes: Uint8Array,
  { differing = "refuse" }: v.InferOutput<typeof paymentsQuery>,
  change: ChangeStamp,
): Promise<Result<NotedPayments, Problem>> {
  const judged = await judge(env, bytes, change);
  if (!judged.ok) return judged;
  const { payments, ids } = judged.value;
  const { pays, differ } = checkOf(judged.value);
  const wrong = payments.filter(({ verdict }) => verdict !== "pay" && verdict !== "paid_so");
  if (wrong.length > 0 && differing === "refuse") return refuse(differProblem(wrong));
  const noted = payments.flatMap(({ verdict, statement: number, reference, paidOn }) => {
    const statement = ids.get(number);
    return verdict === "pay" && statement !== undefined ? [{ number, statement, reference, paidOn }] : [];
  });
  if (noted.length === 0)
    return refuse({
      name: "invalid_input",
      detail: "No line of it is to be noted as paid: all were so already, or differ.",
    });
  const queued = await notePayments(env, noted, change);
  return queued.ok ? accept({ ...queued.value, pays, passed_over: differ }) : queued;
}

function differProblem(wrong: readonly JudgedPayment[]): Problem {
  const said = { before: "Nothing was noted.", behind: "Mend these lines, or send differing=pass_over." };
  return linesProblem(
    { name: "invalid_input", ...said },
    wrong.map(({ line, message: why }) => ({ line, why })),
  );
}

/** Holds the list against the statements. */
async function judge(env: Env, bytes: Uint8Array, { by, atMs }: ChangeStamp): Promise<Result<Judged, Problem>> {
  const text = decode(bytes);
  if (text === null) return refuse({ name: "malformed_request", detail: "Send the list in UTF-8." });
  const list = await readPaymentList(text, lastDayPaid(atMs));
  if (!list.ok) return refuse({ name: "malformed_request", detail: list.refusal });
  const found = await findStatements(env, by, [...new Set(list.value.map(({ statement }) => statement))]);
  const known = [...found].map(([number, row]) => {
    const dueMicros = joinMicros(row.due_units, row.due_rest);
    const { state, currency, reference, paid_on: paidOn } = row;
    return [number, { state, currency, reference, paidOn, dueMicros }] as const;
  });
  return accept({
    payments: judgePayments(list.value, new Map(known)),
    ids: new Map([...found].map(([number, row]) => [number, row.number])),
    currencies: new Map([...found].map(([number, row]) => [number, row.currency])),
  });
}

function decode(bytes: Uint8Array): string | null {
  try {
    return UTF_8.decode(bytes);
  } catch {
    return null;
  }
}

function checkOf({ payments, currencies }: Judged): PaymentsCheck {
  const counted = (verdict: string) => payments.filter((one) => one.verdict === verdict).length;
  const [pays, paid_so] = [counted("pay"), counted("paid_so")];
  const fitting = payments.filter(({ verdict }) => verdict === "pay");
  const sums = [...new Set(fitting.map(({ statement }) => currencies.get(statement) ?? ""))].sort().map((currency) => {
    const own = fitting.filter(({ statement }) => currencies.get(statement) === currency);
    const amount = addDecimals(own.map(({ amountMicros }) => formatMicros(amountMicros ?? 0n)));
    return { currency, amount, statements: own.length };
  });
  return {
    ...{ pays, paid_so, differ: payments.length - pays - paid_so, sums },
    payments: payments.map(({ line, statement, reference, paidOn, amountMicros, verdict, message }) => ({
      ...{ line, statement, reference, date: paidOn, verdict, message },
      amount: amountMicros === null ? null : formatMicros(amountMicros),
    })),
  };
}
