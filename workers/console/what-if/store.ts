/** What-ifs as they are kept: what was asked, what it came to by affiliate and offer, each conversion that comes to something else, and whether it was applied or dropped. */
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import type { WhatIfConversion, WhatIfFamily, WhatIfGroup, WhatIfResult, WhatIfSums } from "../../../schema/tables.ts";
import { type Command, makeCommand } from "../../core/books/command.ts";
import { bookedTotals, type Conversion } from "../../core/books/conversion.ts";
import { shownStatus } from "../../core/books/hold.ts";
import { formatInstant } from "../../core/instant.ts";
import { formatMicros } from "../../core/money.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type ChangedConversion, type ChangedFamily, fullAmong, lookAt } from "../../core/what-if/look-under-rules.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { instant, name, slugOf } from "../web/field-schemas.ts";
import { fields } from "../web/input.ts";
import { invalid, notFound, type Problem } from "../web/problem.ts";
import { type AskedRules, askedRules, rulesByNumber } from "./asked-rules.ts";
import { type LookedPeriod, readFamilies, receiptsOf, rulesOn, subjectOf } from "./looked-messages.ts";

/** So many families are a part: what goes to the ledger at once. */
const PART = 40;

export const newWhatIf = v.pipe(
  fields({
    name,
    advertiser: slugOf("the advertiser"),
    offer: v.exactOptional(slugOf("the offer")),
    from: instant,
    until: instant,
    rules: askedRules,
  }),
  v.check(({ from, until }) => from < until, "until is behind from: it is the first moment that is not looked at."),
);
export type NewWhatIf = v.InferOutput<typeof newWhatIf>;

const sums = v.object({
  status: v.string(),
  amount: v.string(),
  revenue: v.string(),
  payout: v.string(),
  rule: v.string(),
});
const conversionAnswer = v.object({
  /** Null of one that applying makes. */
  conversion: v.nullable(v.string()),
  affiliate: v.string(),
  offer: v.string(),
  event: v.string(),
  currency: v.string(),
  received_at: v.string(),
  test: v.boolean(),
  before: v.nullable(sums),
  after: sums,
  /** It changed after it was looked at, and was left out. */
  left_out: v.boolean(),
});
export type ConversionView = v.InferOutput<typeof conversionAnswer>;

const groupAnswer = v.object({
  affiliate: v.string(),
  offer: v.string(),
  currency: v.string(),
  gained: v.number(),
  lost: v.number(),
  changed: v.number(),
  amount: v.string(),
  revenue: v.string(),
  payout: v.string(),
});

const head = {
  what_if: v.number(),
  name: v.string(),
  advertiser: v.string(),
  offer: v.nullable(v.string()),
  from: v.string(),
  until: v.string(),
  state: v.picklist(["open", "applied", "dropped"]),
  looked_at: v.string(),
  by: v.string(),
  note: v.nullable(v.string()),
  applied_at: v.nullable(v.string()),
  applied_by: v.nullable(v.string()),
  dropped_at: v.nullable(v.string()),
};
export const whatIfLine = v.object(head);
export const whatIfAnswer = v.object({
  ...head,
  rules: v.unknown(),
  /** So many messages of the period were looked at. */
  messages: v.number(),
  /** Differences, after less before, in each currency. */
  groups: v.array(groupAnswer),
  /** Conversions of families that are too large to be booked anew. */
  too_large: v.array(v.string()),
  /** Of its parts so many are not sent to the ledger yet. */
  left: v.number(),
  left_out: v.number(),
});
export type WhatIfView = v.InferOutput<typeof whatIfAnswer>;
export type WhatIfLine = v.InferOutput<typeof whatIfLine>;
export const whatIfConversions = v.object({ items: v.array(conversionAnswer), next: v.nullable(v.string()) });

export interface WhatIfRow {
  number: number;
  name: string;
  advertiser: number;
  offer: number | null;
  advertiserSlug: string;
  offerSlug: string | null;
  from_at: number;
  until_at: number;
  rules: string;
  result: string;
  looked_at: number;
  actor: string;
  note: string | null;
  applied_at: number | null;
  applied_by: string | null;
  dropped_at: number | null;
}

/** What entries call the rules of a what-if. */
export function labelOf({ number }: Pick<WhatIfRow, "number">): string {
  return `what-if ${number}`;
}

/** Looks at the books of a period under other rules, and keeps what that comes to. Nothing of the books is changed. */
export async function makeWhatIf(
  env: Env,
  input: NewWhatIf,
  change: ChangeStamp,
): Promise<Result<WhatIfView, Problem>> {
  const { from, until, rules } = input;
  const place = await placeOf(env, input);
  if (!place.ok) return place;
  const period: LookedPeriod = { ...place.value, fromMs: from, untilMs: until };
  const receipts = await receiptsOf(env, period);
  if (!receipts.ok) return receipts;
  const read = await rulesByNumber(env, period.advertiser, rules);
  if (!read.ok) return read;
  const made = await env.DB.prepare(
    `INSERT INTO what_ifs (name, advertiser, offer, from_at, until_at, rules, result, looked_at, actor)
     VALUES (?, ?, ?, ?, ?, ?, '{"messages":0,"groups":[],"tooLarge":[]}', ?, ?) RETURNING number`,
  )
    .bind(
      input.name,
      period.advertiser,
      period.offer,
      from,
      until,
      JSON.stringify(askedAs(rules)),
      change.atMs,
      change.by.name,
    )
    .first<number>("number");
  if (made === null) throw new Error("SQLite returned no row");
  const after = { name: input.name, advertiser: input.advertiser, offer: input.offer ?? null, rules: askedAs(rules) };
  await logChange(drizzle(env.DB), change, {
    action: "look",
    kind: "what_if",
    subject: String(made),
    before: null,
    after,
  });
  return look(env, String(made), change.atMs);
}

/** The rules as they are kept. */
function askedAs(rules: AskedRules): unknown {
  return rules;
}

/** Looks again: at one that is open in its place; of one that was applied, with its rules, as another one, which finds what was left out. */
export async function lookOnceMore(env: Env, key: string, change: ChangeStamp): Promise<Result<WhatIfView, Problem>> {
  const found = await findWhatIf(env, key);
  if (!found.ok) return found;
  const { number, applied_at: appliedAt, dropped_at: droppedAt } = found.value;
  const log = { action: "look", kind: "what_if", before: null } as const;
  if (appliedAt === null && droppedAt === null) {
    await logChange(drizzle(env.DB), change, { ...log, subject: String(number), after: null });
    return look(env, String(number), change.atMs);
  }
  const again = await env.DB.prepare(
    `INSERT INTO what_ifs (name, advertiser, offer, from_at, until_at, rules, result, looked_at, actor)
     SELECT name, advertiser, offer, from_at, until_at, rules, '{"messages":0,"groups":[],"tooLarge":[]}', ?, ? FROM what_ifs WHERE number = ? RETURNING number`,
  )
    .bind(change.atMs, change.by.name, number)
    .first<number>("number");
  await logChange(drizzle(env.DB), change, { ...log, subject: String(again), after: { again: number } });
  return look(env, String(again), change.atMs);
}

async function look(env: Env, key: string, nowMs: number): Promise<Result<WhatIfView, Problem>> {
  const found = await findWhatIf(env, key);
  if (!found.ok) return found;
  const row = found.value;
  const period = periodOf(row);
  const receipts = await receiptsOf(env, period);
  if (!receipts.ok) return receipts;
  const rules = await rulesOfRow(env, row);
  if (!rules.ok) return rules;
  const read = await readFamilies(env, period, receipts.value, (messages) =>
    rulesOn(env, rules.value, labelOf(row), messages),
  );
  if (!read) return refuse(invalid("/until", "Too many messages have to do with one another: look at a shorter time."));
  const subject = await subjectOf(env, period, read.books, read.here);
  const families = lookAt(subject, read.here, () => causeOf(row.advertiser, nowMs));
  await keep(env, row, families, receipts.value.length, nowMs);
  return readWhatIf(env, key);
}

/** What stands for the operator's word while nothing is said yet. */
export function causeOf(advertiser: number, nowMs: number): Command {
  return makeCommand(
    {
      kind: "postback",
      receipt: NO_RECEIPT,
      advertiser,
      receivedAtMs: nowMs,
      channel: "console",
      content: {},
      amendment: { by: "", note: "", whatIf: 0, seen: "", patches: "[]" },
    },
    null,
    { links: new Map(), credentials: new Map(), coupons: new Map() },
  );
}

const NO_RECEIPT = "0".repeat(26);

async function keep(
  env: Env,
  { number }: WhatIfRow,
  families: readonly ChangedFamily[],
  messages: number,
  nowMs: number,
) {
  const told = families.filter(({ leftOut }) => leftOut === null).map(familyOf);
  const result: WhatIfResult = {
    messages,
    groups: groupsOf(told.flatMap(({ conversions }) => conversions)),
    tooLarge: families.filter(({ leftOut }) => leftOut !== null).flatMap(({ pairs }) => pairs[0]?.own.receipt ?? []),
  };
  const parts = Array.from({ length: Math.ceil(told.length / PART) }, (_, part) =>
    told.slice(part * PART, (part + 1) * PART),
  );
  await env.DB.batch([
    env.DB.prepare("DELETE FROM what_if_parts WHERE what_if = ?").bind(number),
    env.DB.prepare("UPDATE what_ifs SET result = ?, looked_at = ? WHERE number = ?").bind(
      JSON.stringify(result),
      nowMs,
      number,
    ),
    ...parts.map((part, place) =>
      env.DB.prepare("INSERT INTO what_if_parts (what_if, part, families) VALUES (?, ?, ?)").bind(
        number,
        place,
        JSON.stringify(part),
      ),
    ),
  ]);
}

/** A family as it is kept. */
export function familyOf({ pairs, seen, differences }: ChangedFamily): WhatIfFamily {
  return {
    receipts: [...new Set(pairs.map(({ own }) => own.receipt))],
    full: fullAmong(pairs),
    seen,
    conversions: differences.map(conversionOf),
  };
}

function conversionOf({ before, after }: ChangedConversion): WhatIfConversion {
  const { click, event, test, base } = after;
  return {
    conversion: before?.id ?? null,
    affiliate: click.affiliate,
    offer: click.offer,
    event,
    currency: click.currency,
    receivedAtMs: base.receivedAtMs,
    test,
    before: before && sumsOf(before),
    after: sumsOf(after),
  };
}

function sumsOf(conversion: Conversion): WhatIfSums {
  return { status: shownStatus(conversion), ...bookedTotals(conversion), rule: conversion.terms.rule };
}

/** Tests are shown, and counted nowhere. */
function groupsOf(conversions: readonly WhatIfConversion[]): WhatIfGroup[] {
  const counted = conversions.filter(({ test }) => !test);
  const groups = Map.groupBy(counted, ({ affiliate, offer, currency }) => JSON.stringify([affiliate, offer, currency]));
  return [...groups.values()].flatMap((own) => {
    const [first] = own;
    if (!first) return [];
    const gained = own.filter(({ before, after }) => !counts(before) && counts(after)).length;
    const lost = own.filter(({ before, after }) => counts(before) && !counts(after)).length;
    const { affiliate, offer, currency } = first;
    const sum = (name: "amount" | "revenue" | "payout") => String(differenceOf(own, name));
    const money = { amount: sum("amount"), revenue: sum("revenue"), payout: sum("payout") };
    return [{ affiliate, offer, currency, gained, lost, changed: own.length - gained - lost, ...money }];
  });
}

function counts(sums: WhatIfSums | null): boolean {
  return sums?.status === "pending" || sums?.status === "approved";
}

function differenceOf(conversions: readonly WhatIfConversion[], name: "amount" | "revenue" | "payout"): bigint {
  return conversions.reduce((sum, { before, after }) => sum + BigInt(after[name]) - BigInt(before?.[name] ?? 0), 0n);
}

export function periodOf(row: Pick<WhatIfRow, "advertiser" | "offer" | "from_at" | "until_at">): LookedPeriod {
  return { advertiser: row.advertiser, offer: row.offer, fromMs: row.from_at, untilMs: row.until_at };
}

export async function rulesOfRow(env: Pick<Env, "DB">, { advertiser, rules }: WhatIfRow) {
  const asked: AskedRules = JSON.parse(rules);
  return rulesByNumber(env, advertiser, asked);
}

async function placeOf(
  { DB }: Env,
  { advertiser, offer }: NewWhatIf,
): Promise<Result<{ advertiser: number; offer: number | null }, Problem>> {
  const number = await DB.prepare("SELECT number FROM advertisers WHERE slug = ?")
    .bind(advertiser)
    .first<number>("number");
  if (number === null) return refuse(invalid("/advertiser", `There is no advertiser "${advertiser}".`));
  if (offer === undefined) return accept({ advertiser: number, offer: null });
  const own = await DB.prepare("SELECT number FROM offers WHERE slug = ? AND advertiser = ?")
    .bind(offer, number)
    .first<number>("number");
  return own === null
    ? refuse(invalid("/offer", `The advertiser has no offer "${offer}".`))
    : accept({ advertiser: number, offer: own });
}

const WHAT_IFS = `
  SELECT w.*, a.slug AS advertiserSlug, o.slug AS offerSlug FROM what_ifs w
  JOIN advertisers a ON a.number = w.advertiser LEFT JOIN offers o ON o.number = w.offer`;
const MOST_LISTED = 50;

/** The last what-ifs, newest first. */
export async function listWhatIfs(env: Pick<Env, "DB">): Promise<{ items: WhatIfLine[] }> {
  const { results } = await env.DB.withSession("first-primary")
    .prepare(`${WHAT_IFS} ORDER BY w.number DESC LIMIT ${MOST_LISTED}`)
    .all<WhatIfRow>();
  return { items: results.map(lineOf) };
}

export async function findWhatIf(env: Pick<Env, "DB">, key: string): Promise<Result<WhatIfRow, Problem>> {
  const row = /^\d{1,10}$/.test(key)
    ? await env.DB.withSession("first-primary")
        .prepare(`${WHAT_IFS} WHERE w.number = ?`)
        .bind(Number(key))
        .first<WhatIfRow>()
    : null;
  return row ? accept(row) : refuse(notFound("what-if", key));
}

function lineOf(row: WhatIfRow): WhatIfLine {
  const timeOf = (atMs: number | null) => (atMs === null ? null : formatInstant(atMs));
  return {
    what_if: row.number,
    name: row.name,
    advertiser: row.advertiserSlug,
    offer: row.offerSlug,
    from: formatInstant(row.from_at),
    until: formatInstant(row.until_at),
    state: row.dropped_at !== null ? "dropped" : row.applied_at !== null ? "applied" : "open",
    looked_at: formatInstant(row.looked_at),
    by: row.actor,
    note: row.note,
    applied_at: timeOf(row.applied_at),
    applied_by: row.applied_by,
    dropped_at: timeOf(row.dropped_at),
  };
}

export async function readWhatIf(env: Env, key: string): Promise<Result<WhatIfView, Problem>> {
  const found = await findWhatIf(env, key);
  if (!found.ok) return found;
  const row = found.value;
  const result: WhatIfResult = JSON.parse(row.result);
  const slugs = await slugsOf(env, result.groups);
  const parts = await env.DB.withSession("first-primary")
    .prepare(
      "SELECT count(*) FILTER (WHERE sent_at IS NULL) AS unsent, coalesce(sum(json_array_length(left_out)), 0) AS leftOut FROM what_if_parts WHERE what_if = ?",
    )
    .bind(row.number)
    .first<{ unsent: number; leftOut: number }>();
  return accept({
    ...lineOf(row),
    rules: JSON.parse(row.rules),
    messages: result.messages,
    groups: result.groups.map(({ affiliate, offer, amount, revenue, payout, ...group }) => ({
      affiliate: slugs.affiliate(affiliate),
      offer: slugs.offer(offer),
      ...group,
      amount: formatMicros(amount),
      revenue: formatMicros(revenue),
      payout: formatMicros(payout),
    })),
    too_large: result.tooLarge,
    left: row.applied_at === null ? 0 : (parts?.unsent ?? 0),
    left_out: parts?.leftOut ?? 0,
  });
}

/** The conversions of a part; the next part begins at `next`. */
export async function readConversions(
  env: Pick<Env, "DB">,
  key: string,
  part: number,
): Promise<Result<{ items: ConversionView[]; next: string | null }, Problem>> {
  const found = await findWhatIf(env, key);
  if (!found.ok) return found;
  const { results } = await env.DB.withSession("first-primary")
    .prepare("SELECT part, families, left_out FROM what_if_parts WHERE what_if = ? AND part >= ? ORDER BY part LIMIT 2")
    .bind(found.value.number, part)
    .all<{ part: number; families: string; left_out: string | null }>();
  const [own, next] = results;
  if (!own) return accept({ items: [], next: null });
  const families: WhatIfFamily[] = JSON.parse(own.families);
  const leftOut: number[] = JSON.parse(own.left_out ?? "[]");
  const told = families.flatMap(({ conversions }, place) =>
    conversions.map((one) => ({ one, isLeftOut: leftOut.includes(place) })),
  );
  const slugs = await slugsOf(
    env,
    told.map(({ one }) => one),
  );
  const items = told.map(({ one, isLeftOut }): ConversionView => {
    const { receivedAtMs, affiliate, offer, before, after, ...rest } = one;
    return {
      ...rest,
      affiliate: slugs.affiliate(affiliate),
      offer: slugs.offer(offer),
      received_at: formatInstant(receivedAtMs),
      before: before && shownSums(before),
      after: shownSums(after),
      left_out: isLeftOut,
    };
  });
  return accept({ items, next: next ? String(next.part) : null });
}

function shownSums({ status, amount, revenue, payout, rule }: WhatIfSums) {
  return { status, amount: formatMicros(amount), revenue: formatMicros(revenue), payout: formatMicros(payout), rule };
}

async function slugsOf({ DB }: Pick<Env, "DB">, rows: readonly { affiliate: number; offer: number }[]) {
  const asked = (table: "affiliates" | "offers", numbers: readonly number[]) =>
    DB.prepare(`SELECT number, slug FROM json_each(?) k CROSS JOIN ${table} ON number = k.value`).bind(
      JSON.stringify([...new Set(numbers)]),
    );
  const [affiliates, offers] = await DB.batch<{ number: number; slug: string }>([
    asked(
      "affiliates",
      rows.map(({ affiliate }) => affiliate),
    ),
    asked(
      "offers",
      rows.map(({ offer }) => offer),
    ),
  ]);
  const read = (found: typeof affiliates) => new Map((found?.results ?? []).map(({ number, slug }) => [number, slug]));
  const [affiliateSlugs, offerSlugs] = [read(affiliates), read(offers)];
  return {
    affiliate: (number: number) => affiliateSlugs.get(number) ?? String(number),
    offer: (number: number) => offerSlugs.get(number) ?? String(number),
  };
}

/** Drops one that is open: it stays, and cannot be applied. */
export async function dropWhatIf(env: Env, key: string, change: ChangeStamp): Promise<Result<WhatIfView, Problem>> {
  const found = await findWhatIf(env, key);
  if (!found.ok) return found;
  const { number, applied_at: appliedAt, dropped_at: droppedAt } = found.value;
  if (appliedAt !== null)
    return refuse(invalid("#", "It was applied: look again, and what is open of it can be dropped."));
  if (droppedAt === null) {
    await logChange(drizzle(env.DB), change, {
      action: "drop",
      kind: "what_if",
      subject: key,
      before: null,
      after: null,
    });
    await env.DB.prepare("UPDATE what_ifs SET dropped_at = ? WHERE number = ? AND applied_at IS NULL")
      .bind(change.atMs, number)
      .run();
  }
  return readWhatIf(env, key);
}
