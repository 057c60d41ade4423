/** Commands about statements: logged, then queued to the ledger, which alone writes them. */
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import type { StatementCommand, StatementMessage } from "../../../schema/messages.ts";
import { localDate } from "../../core/metrics/time-zone.ts";
import { parseMicros } from "../../core/money.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { lastDayPaid, MOST_PAYMENTS, MOST_REFERENCE_CHARACTERS } from "../../core/statements/payment-list.ts";
import { type ChangeRecord, type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { trySend } from "../postbacks/queueing.ts";
import { currencyCode } from "../web/field-schemas.ts";
import { fields } from "../web/input.ts";
import { invalid, type Problem } from "../web/problem.ts";
import { beginningOf, DAY_TEXT, daysLater, dueNow, isZone } from "./due-now.ts";
import { findStatements, OF, OWNER_OF } from "./read-statements.ts";

/** In one command: what a message carries, and a transaction takes. */
const MOST_STATEMENTS = MOST_PAYMENTS;
const MOST_LISTED = 500;
const USUAL_DUE_DAYS = 14;
const MOST_DUE_DAYS = 365;

const text = (most: number) =>
  v.pipe(v.string(), v.trim(), v.nonEmpty("Write something."), v.maxLength(most, `Write at most ${most} characters.`));
const slugs = v.pipe(v.array(v.string()), v.minLength(1, "Name one."), v.maxLength(MOST_LISTED, "Name fewer."));
const numbers = v.pipe(
  v.array(v.string()),
  v.minLength(1, "Name a statement."),
  v.maxLength(MOST_STATEMENTS, `Name at most ${MOST_STATEMENTS} statements at once.`),
);

const dueDays = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MOST_DUE_DAYS));

export const newClosing = fields({
  of: v.exactOptional(v.picklist(OF)),
  until: DAY_TEXT,
  tz: v.exactOptional(v.pipe(v.string(), v.check(isZone, "Write a time zone, such as Europe/Berlin or UTC."))),
  offers: v.exactOptional(slugs),
  owners: v.exactOptional(slugs),
  /** Makes the drafts final as well, once they are whole. */
  final: v.exactOptional(v.boolean()),
  due_days: v.exactOptional(dueDays),
  /** What was looked at becomes final, or nothing does. */
  look: v.exactOptional(
    v.pipe(v.string(), v.regex(/^[\da-f]{64}$/, "Send what GET /api/statements/due says as its look.")),
  ),
});
export const manyStatements = fields({ statements: numbers });
export const finalStatements = fields({
  statements: numbers,
  due_days: v.exactOptional(dueDays),
});
export const paidStatements = fields({
  statements: numbers,
  reference: text(MOST_REFERENCE_CHARACTERS),
  paid_on: v.exactOptional(DAY_TEXT),
});
export const newAdjustment = fields({
  of: v.exactOptional(v.picklist(OF)),
  owner: v.string(),
  currency: currencyCode,
  amount: v.pipe(v.string(), v.trim(), v.regex(/^-?\d/, "Write an amount, such as 25.00 or -25.00.")),
  reason: text(500),
});

export const queuedAnswer = v.object({ status: v.literal("queued"), key: v.string() });
export type QueuedCommand = v.InferOutput<typeof queuedAnswer>;

type Queued = Promise<Result<QueuedCommand, Problem>>;

export async function closeDue(env: Env, input: v.InferOutput<typeof newClosing>, change: ChangeStamp): Queued {
  const { of = "affiliates", until, tz = "UTC" } = input;
  const ownerType = OWNER_OF[of];
  const untilMs = beginningOf(until, tz);
  if (untilMs > change.atMs) return refuse(invalid("#/until", "The period is not over yet."));
  const offers = await numbersOf(env.DB, "offers", "offers", input.offers);
  if (!offers.ok) return offers;
  const owners = await numbersOf(env.DB, of, "owners", input.owners);
  if (!owners.ok) return owners;
  const seen = await seenAsItIs(env, input, change.atMs);
  if (!seen.ok) return seen;
  const command: StatementCommand = {
    ...{ act: "close", ownerType, untilMs, timeZone: tz },
    ...(offers.value && { offers: offers.value }),
    ...(owners.value && { owners: owners.value }),
    ...(input.final && { final: { ...finalOn(change.atMs, input.due_days), ...(input.look && { look: input.look }) } }),
  };
  return send(env, command, change, { action: "close", subject: until, after: { ...input, of, tz } });
}

/** Refuses where what was looked at is not any more what a closing would find. The ledger asks once more, of the drafts that it made. */
async function seenAsItIs(
  env: Env,
  { look, final, owners, offers, of, until, tz }: v.InferOutput<typeof newClosing>,
  nowMs: number,
): Promise<Result<null, Problem>> {
  if (look === undefined) return accept(null);
  if (!final || owners || offers)
    return refuse(invalid("#/look", "A look is at all owners and offers, for what becomes final: leave it out."));
  const found = await dueNow(env, { ...(of && { of }), until, ...(tz && { tz }) }, nowMs);
  if (!found.ok) return found;
  return found.value.look === look ? accept(null) : refuse(DIFFERS);
}

const DIFFERS: Problem = {
  name: "not_now",
  detail: "Nothing was closed: what is due is not what was looked at any more. Look again.",
};

/** On which day they become final, and when they are due. */
function finalOn(atMs: number, dueDays = USUAL_DUE_DAYS): { day: string; dueOn: string } {
  const day = new Date(localDate("UTC", atMs)).toISOString().slice(0, 10);
  return { day, dueOn: daysLater(day, dueDays) };
}

export function discardStatements(env: Env, input: v.InferOutput<typeof manyStatements>, change: ChangeStamp): Queued {
  return onStatements(env, input.statements, change, "discard", (statements) => ({ act: "discard", statements }));
}

export function finalizeStatements(
  env: Env,
  { statements: named, due_days }: v.InferOutput<typeof finalStatements>,
  change: ChangeStamp,
): Queued {
  return onStatements(env, named, change, "finalize", (statements) => ({
    ...{ act: "finalize", statements },
    ...finalOn(change.atMs, due_days),
  }));
}

export async function payStatements(
  env: Env,
  { statements: named, reference, paid_on }: v.InferOutput<typeof paidStatements>,
  change: ChangeStamp,
): Queued {
  const paidOn = paid_on ?? new Date(localDate("UTC", change.atMs)).toISOString().slice(0, 10);
  if (paidOn > lastDayPaid(change.atMs)) return refuse(invalid("#/paid_on", "That day is not there yet."));
  return onStatements(env, named, change, "pay", (statements) => ({
    act: "pay",
    payments: statements.map((statement) => ({ statement, reference, paidOn })),
  }));
}

/** The same of several, each with its own reference and day. */
export function notePayments(
  env: Env,
  noted: readonly { number: string; statement: number; reference: string; paidOn: string }[],
  change: ChangeStamp,
): Queued {
  const payments = noted.map(({ statement, reference, paidOn }) => ({ statement, reference, paidOn }));
  const after = noted.map(({ number, reference, paidOn }) => ({ statement: number, reference, paid_on: paidOn }));
  const subject = noted.length === 1 ? (noted[0]?.number ?? "") : `${noted.length} statements`;
  return send(env, { act: "pay", payments }, change, { action: "pay", subject, after });
}

export function unpayStatements(env: Env, input: v.InferOutput<typeof manyStatements>, change: ChangeStamp): Queued {
  return onStatements(env, input.statements, change, "unpay", (statements) => ({ act: "unpay", statements }));
}

export async function adjust(env: Env, input: v.InferOutput<typeof newAdjustment>, change: ChangeStamp): Queued {
  const { of = "affiliates", owner, currency, amount, reason } = input;
  const micros = parseMicros(amount.replace(/^-/, ""));
  if (micros === null || micros === 0) return refuse(invalid("#/amount", "Write an amount, such as 25.00 or -25.00."));
  const found = await numbersOf(env.DB, of, "owner", [owner]);
  if (!found.ok) return found;
  const dueMicros = amount.startsWith("-") ? -micros : micros;
  const whose = { ownerType: OWNER_OF[of], owner: found.value?.[0] ?? 0 };
  const command: StatementCommand = { act: "adjust", ...whose, currency, dueMicros, reason };
  return send(env, command, change, { action: "adjust", subject: owner, after: { ...input, of } });
}

/** In which state a statement has to be. */
const NEEDED = { discard: "draft", finalize: "draft", pay: "final", unpay: "paid" } as const;

/** What is to be done to some statements, by their numbers. */
async function onStatements(
  env: Env,
  named: readonly string[],
  change: ChangeStamp,
  action: keyof typeof NEEDED,
  commandOf: (statements: number[]) => StatementCommand,
): Queued {
  const found = await findStatements(env, change.by, named);
  const needed = NEEDED[action];
  const ids: number[] = [];
  for (const [index, number] of named.entries()) {
    const row = found.get(number);
    const wrong = row ? `is ${row.state}, not ${needed}` : "is not there";
    if (row?.state !== needed) return refuse(invalid(`#/statements/${index}`, `Statement ${number} ${wrong}.`));
    ids.push(row.number);
  }
  const subject = named.length === 1 ? (named[0] ?? "") : `${named.length} statements`;
  const command = commandOf(ids);
  const after = { statements: named, ...(command.act === "pay" ? paymentOf(command) : {}) };
  return send(env, command, change, { action, subject, after });
}

/** What the log tells of a payment: all of one command have it in common. */
function paymentOf({ payments: [first] }: Extract<StatementCommand, { act: "pay" }>) {
  return { reference: first?.reference, paid_on: first?.paidOn };
}

async function send(
  env: Env,
  command: StatementCommand,
  change: ChangeStamp,
  record: Pick<ChangeRecord, "action" | "subject" | "after">,
): Queued {
  const key = crypto.randomUUID();
  await logChange(drizzle(env.DB), change, { ...record, kind: "statement", before: null });
  const message: StatementMessage = { kind: "statement", key, by: change.by.name, atMs: change.atMs, command };
  if (await trySend(env.POSTBACKS, [message])) return accept({ status: "queued", key });
  return refuse({ name: "try_again", detail: "It could not be queued: send the same call again." });
}

const FIND = {
  offers: "SELECT number FROM offers WHERE slug = ?",
  affiliates: "SELECT number FROM affiliates WHERE slug = ?",
  advertisers: "SELECT number FROM advertisers WHERE slug = ?",
} as const;

/** Undefined for all. */
async function numbersOf(
  db: D1Database,
  table: keyof typeof FIND,
  field: string,
  named: readonly string[] | undefined,
): Promise<Result<number[] | undefined, Problem>> {
  if (named === undefined) return accept(undefined);
  const found = await db.batch<{ number: number }>(named.map((slug) => db.prepare(FIND[table]).bind(slug)));
  const missing = found.findIndex(({ results }) => results.length === 0);
  if (missing >= 0) return refuse(invalid(`#/${field}/${missing}`, `There is no "${named[missing]}".`));
  return accept(found.flatMap(({ results }) => results.map(({ number }) => number)));
}
