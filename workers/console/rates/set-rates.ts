/** Sets rates of exchange, an operator's or the bank's: what is there already is changed where that is said, and told else, since conversions may have been booked by it. */
import { sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import { RATE_SOURCES, rates } from "../../../schema/tables.ts";
import { isDay } from "../../core/instant.ts";
import { readRate } from "../../core/rates/decimal.ts";
import { BASE_CURRENCY, type DayRate, utcDay } from "../../core/rates/rate.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type Actor, type ChangeRecord, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { currencyCode, flag } from "../web/field-schemas.ts";
import { fields } from "../web/input.ts";
import { invalid, type Problem } from "../web/problem.ts";

/** Of the bank's all days of a quarter are one call. */
const MAX_RATES = 2_500;
const MAX_NOTE_LENGTH = 200;

const currency = v.pipe(
  currencyCode,
  v.notValue(BASE_CURRENCY, "One euro is one euro: write what another currency is for it."),
);
const day = v.pipe(v.string(), v.trim(), v.check(isDay, "Write a day, such as 2026-11-27."));
const decimal = v.pipe(
  v.string(),
  v.trim(),
  v.check(
    (text) => readRate(text) !== null,
    "Write how many units are one euro, such as 1.0853: at most 9 digits and 12 decimals.",
  ),
  v.transform((text) => readRate(text) ?? text),
);

export const ratesInput = fields({
  source: v.exactOptional(v.picklist(RATE_SOURCES), "hand"),
  /** Where an operator has them from. */
  note: v.exactOptional(
    v.pipe(v.string(), v.trim(), v.maxLength(MAX_NOTE_LENGTH, `A note has at most ${MAX_NOTE_LENGTH} characters.`)),
    "",
  ),
  replace: v.exactOptional(flag, false),
  rates: v.pipe(
    v.array(fields({ currency, day, rate: decimal })),
    v.minLength(1, "Send one rate at least."),
    v.maxLength(MAX_RATES, `Send at most ${MAX_RATES} rates at once.`),
  ),
});
export type RatesInput = v.InferOutput<typeof ratesInput>;

const difference = v.object({ currency: v.string(), day: v.string(), known: v.string(), sent: v.string() });

export const ratesSetAnswer = v.object({
  added: v.number(),
  same: v.number(),
  /** Where another rate was known, and is replaced. */
  replaced: v.array(difference),
  /** Where another rate is known, and stays. */
  kept: v.array(difference),
});
export type RatesSet = v.InferOutput<typeof ratesSetAnswer>;

const KNOWN = `SELECT r.currency, r.day, r.per_euro AS perEuro FROM json_each(?) k
  CROSS JOIN rates r ON r.currency = k.value ->> 0 AND r.day = k.value ->> 1`;

/** Sets them. Refuses a day that has not come, two rates for one day, and an operator's without a note of where they are from. */
export async function setRates(
  env: Pick<Env, "DB">,
  input: RatesInput,
  change: { by: Actor; atMs: number },
): Promise<Result<RatesSet, Problem>> {
  const fault = faultIn(input, utcDay(change.atMs));
  if (fault) return refuse(fault);
  const rows = JSON.stringify(input.rates.map(({ currency: unit, day: of, rate }) => [unit, of, rate]));
  const { results } = await env.DB.prepare(KNOWN).bind(rows).all<DayRate>();
  const told = compareRates(input, results);
  if (told.added + told.replaced.length === 0) return accept(told);
  const db = drizzle(env.DB);
  await db.batch([writing(db, input, rows, change.atMs), logChange(db, change, auditedRates(input, told))]);
  return accept(told);
}

/** Columns in their order. */
function writing(db: DrizzleD1Database, { source, note, replace }: RatesInput, rows: string, atMs: number) {
  const added = db
    .insert(rates)
    .select(
      sql`SELECT value ->> 0, value ->> 1, value ->> 2, ${source}, ${note === "" ? null : note}, ${atMs} FROM json_each(${rows}) WHERE true`,
    );
  if (!replace) return added.onConflictDoNothing();
  return added.onConflictDoUpdate({
    target: [rates.currency, rates.day],
    set: {
      perEuro: sql`excluded.per_euro`,
      source: sql`excluded.source`,
      note: sql`excluded.note`,
      setAtMs: sql`excluded.set_at`,
    },
    setWhere: sql`excluded.per_euro <> ${rates.perEuro}`,
  });
}

function faultIn({ source, note, rates: sent }: RatesInput, today: string): Problem | null {
  if (source === "hand" && note === "")
    return invalid("#/note", "Say where the rate is from: whoever is paid by it may ask.");
  const known = new Map<string, string>();
  for (const [place, { currency: unit, day: of, rate }] of sent.entries()) {
    if (of > today) return invalid(`#/rates/${place}/day`, "This day has not come: nobody knows its rate.");
    const other = known.get(`${unit} ${of}`);
    if (other !== undefined && other !== rate)
      return invalid(`#/rates/${place}/rate`, `This is the second rate of ${unit} for ${of}: send one.`);
    known.set(`${unit} ${of}`, rate);
  }
  return null;
}

/** What setting them does, by what is known. */
function compareRates({ rates: asked, replace }: RatesInput, known: readonly DayRate[]): RatesSet {
  const before = new Map(known.map((rate) => [`${rate.currency} ${rate.day}`, rate.perEuro]));
  const sent = new Map(asked.map((rate) => [`${rate.currency} ${rate.day}`, rate]));
  const told: RatesSet = { added: 0, same: 0, replaced: [], kept: [] };
  for (const [key, { currency: unit, day: of, rate }] of sent) {
    const own = before.get(key);
    if (own === undefined) told.added++;
    else if (own === rate) told.same++;
    else told[replace ? "replaced" : "kept"].push({ currency: unit, day: of, known: own, sent: rate });
  }
  return told;
}

function auditedRates({ source, note, rates: sent }: RatesInput, { added, replaced }: RatesSet): ChangeRecord {
  const days = sent.map(({ day: of }) => of).sort();
  const [first = "", last = ""] = [days[0], days.at(-1)];
  const asAudited = (name: "known" | "sent") =>
    Object.fromEntries(replaced.map((one) => [`${one.currency} of ${one.day}`, one[name]]));
  return {
    action: replaced.length > 0 ? "change" : "create",
    kind: "rates",
    subject: first === last ? first : `${first} to ${last}`,
    before: replaced.length > 0 ? asAudited("known") : null,
    after: { source, note, added, ...asAudited("sent") },
  };
}
