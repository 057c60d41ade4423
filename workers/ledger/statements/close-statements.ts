/** A closing: makes drafts of all that is due, step by step, each one transaction, so that it goes on where it died: nothing twice, nothing lost. */
import type { SqlRow } from "../../../schema/columns.ts";
import type { StatementCommand } from "../../../schema/messages.ts";
import type { CLOSING_STAGES, closings } from "../../../schema/tables.ts";
import { idAt } from "../../core/books/first-entry.ts";
import { lookOfClosing } from "../../core/statements/closing-look.ts";
import { type Among, dueRows, isUnlisted, type StatementOwner } from "../../core/statements/due.ts";
import { DAY_MS } from "../../core/time-units.ts";
import { discardStatements, freeLinesOf } from "./drafts.ts";

type Stage = (typeof CLOSING_STAGES)[number];
type Closing = SqlRow<typeof closings> & { owner_type: StatementOwner; stage: Stage };

interface ClosingOrder {
  key: string;
  by: string;
  atMs: number;
  command: Extract<StatementCommand, { act: "close" }>;
}

interface ClosingParts {
  DB: D1Database;
  nowMs: () => number;
}

/** One transaction of a closing, and where it stands behind it. */
interface ClosingStep {
  writes: D1PreparedStatement[];
  stage: Stage;
  after: string;
  /** Where it is done: whether it came to something else than was looked at. */
  differs?: boolean;
}

/** How many conversions are looked at in one step, and how many statements are added up. */
const PAGE = 5_000;
const STATEMENTS_AT_ONCE = 100;
/** An invocation ends here, and another goes on: well below what the platform gives one, of time and of queries. */
const RUN_MS = 20_000;
const RUN_STEPS = 120;
/** Behind the bound what can be due by time alone is so old: a month that is closed, and the days after the first approval. */
const YOUNG_DAYS = 31;

/** Begins the closing, or goes on with it. True when it is done, false where another run has to go on. */
export async function runClosing(parts: ClosingParts, order: ClosingOrder): Promise<boolean> {
  await begin(parts.DB, order);
  const untilMs = parts.nowMs() + RUN_MS;
  for (let steps = 0; steps < RUN_STEPS && parts.nowMs() < untilMs; steps++) {
    const closing = await parts.DB.prepare("SELECT * FROM closings WHERE key = ?").bind(order.key).first<Closing>();
    if (!closing || closing.stage === "done") return true;
    const { writes, stage, after, differs = false } = await STAGES[closing.stage](parts.DB, closing);
    // Where another run went on meanwhile this fails, and nothing of the step is written.
    const goOn = parts.DB.prepare(
      "UPDATE closings SET step = ?2, stage = ?3, after = ?4, done_at = iif(?3 = 'done', ?5, NULL), differs = ?6 WHERE key = ?1",
    );
    await parts.DB.batch([
      goOn.bind(closing.key, closing.step + 1, stage, after, parts.nowMs(), differs ? 1 : 0),
      ...writes,
    ]);
  }
  return false;
}

async function begin(db: D1Database, { key, by, atMs, command }: ClosingOrder): Promise<void> {
  const { ownerType, untilMs, timeZone, offers, owners, final } = command;
  await db
    .prepare(
      `INSERT INTO closings (key, owner_type, until, time_zone, offers, owners, made_at, made_by, stage, final_day, due_on, look) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'freeing', ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    )
    .bind(
      key,
      ownerType,
      untilMs,
      timeZone,
      listCell(offers),
      listCell(owners),
      atMs,
      by,
      final?.day ?? null,
      final?.dueOn ?? null,
      final?.look ?? null,
    )
    .run();
}

function listCell(numbers: readonly number[] | undefined): string | null {
  return numbers ? JSON.stringify([...new Set(numbers)].sort((left, right) => left - right)) : null;
}

const STAGES: Record<Exclude<Stage, "done">, (db: D1Database, closing: Closing) => Promise<ClosingStep>> = {
  freeing: freeDrafts,
  tidying: tidy,
  summing: sumPage,
  opening: openDrafts,
  listing: listPage,
  totting: totUp,
};

/** Drafts that an earlier closing made of the same give way. */
async function freeDrafts(db: D1Database, { key, owner_type, offers, owners }: Closing): Promise<ClosingStep> {
  const { results } = await db
    .prepare(
      `SELECT s.id, EXISTS (SELECT 1 FROM statement_lines l WHERE l.statement = s.id) AS has_lines FROM statements s
       WHERE s.owner_type = ? AND s.state = 'draft' AND s.closing <> ? AND s.offers IS ? AND (?4 IS NULL OR s.owner IN (SELECT value FROM json_each(?4)))`,
    )
    .bind(owner_type, key, offers, owners)
    .all<{ id: number; has_lines: number }>();
  const full = results.filter(({ has_lines }) => has_lines === 1).map(({ id }) => id);
  if (full.length > 0) return { writes: [freeLinesOf(db, JSON.stringify(full))], stage: "freeing", after: "" };
  const drafts = results.map(({ id }) => id);
  return { writes: discardStatements(db, drafts), stage: "tidying", after: "" };
}

/** Moves the bound on behind what an earlier closing of everything closed, and keeps of the older ones those of which something may be due. */
async function tidy(db: D1Database, closing: Closing): Promise<ClosingStep> {
  const { owner_type, after } = closing;
  const target = await nextBound(db, closing);
  const bound = await boundOf(db, owner_type);
  if (target === null || target <= after) return { writes: [], stage: "summing", after: "" };
  const isOld = after < bound;
  const upto = isOld ? await pageEnd(db, closing, "unlisted", bound) : await pageEnd(db, closing, "young", target);
  const condition = `c.test = 0 AND c.imported = 0 AND ${isUnlisted(owner_type)}`;
  if (isOld) {
    if (upto === null) return { writes: [], stage: "tidying", after: bound };
    const strike = `DELETE FROM unlisted WHERE owner_type = ?1 AND conversion_id > ?2 AND conversion_id <= ?3
      AND NOT EXISTS (SELECT 1 FROM conversions c WHERE c.conversion_id = unlisted.conversion_id AND ${condition})`;
    return { writes: [db.prepare(strike).bind(owner_type, after, upto)], stage: "tidying", after: upto };
  }
  // Behind an ID comes whatever is longer.
  const next = upto === null ? target : `${upto}0`;
  const keep = `INSERT OR IGNORE INTO unlisted (owner_type, conversion_id)
    SELECT ?1, c.conversion_id FROM conversions c WHERE c.conversion_id > ?2 AND c.conversion_id < ?3 AND ${condition}`;
  const move = "UPDATE listing_bounds SET before_id = max(before_id, ?2) WHERE owner_type = ?1";
  return {
    writes: [db.prepare(keep).bind(owner_type, after, next), db.prepare(move).bind(owner_type, next)],
    stage: "tidying",
    after: next,
  };
}

/** Null where nothing of a closing of everything is final yet. */
async function nextBound(db: D1Database, { owner_type }: Closing): Promise<string | null> {
  const found = await db
    .prepare(
      `SELECT max(c.until) AS until, (SELECT max(payable_after_days) FROM offers) AS days FROM closings c
       WHERE c.owner_type = ? AND c.stage = 'done' AND c.offers IS NULL AND c.owners IS NULL
         AND EXISTS (SELECT 1 FROM statements s WHERE s.closing = c.key AND s.state IN ('final', 'paid'))`,
    )
    .bind(owner_type)
    .first<{ until: number | null; days: number | null }>();
  const until = found?.until ?? null;
  return until === null ? null : idAt(until - ((found?.days ?? 0) + YOUNG_DAYS) * DAY_MS);
}

async function boundOf(db: D1Database, ownerType: StatementOwner): Promise<string> {
  const bound = await db
    .prepare("SELECT before_id FROM listing_bounds WHERE owner_type = ?")
    .bind(ownerType)
    .first<string>("before_id");
  return bound ?? "";
}

/** The last ID of the page that follows; null where nothing does. */
async function pageEnd(db: D1Database, closing: Closing, among: Among, before: string | null): Promise<string | null> {
  const [from, own] = among === "young" ? ["conversions", "?3 = ?3"] : ["unlisted", "owner_type = ?3"];
  const page = `SELECT conversion_id FROM ${from} WHERE conversion_id > ?1 AND (?2 IS NULL OR conversion_id < ?2) AND ${own} ORDER BY conversion_id LIMIT ${PAGE}`;
  const end = await db
    .prepare(`SELECT max(conversion_id) AS upto FROM (${page})`)
    .bind(closing.after, before, closing.owner_type)
    .first<string>("upto");
  return end ?? null;
}

const SUM = `
  INSERT INTO closing_dues (closing, owner, currency, conversions, due_units, due_rest)
  SELECT ?7, owner, currency, count(*), sum(due / 1000000), sum(due % 1000000) FROM due WHERE true GROUP BY owner, currency
  ON CONFLICT DO UPDATE SET conversions = conversions + excluded.conversions, due_units = due_units + excluded.due_units, due_rest = due_rest + excluded.due_rest`;

function sumPage(db: D1Database, closing: Closing): Promise<ClosingStep> {
  return overPages(db, closing, SUM, "opening");
}

const LIST = `
  INSERT INTO statement_lines (conversion_id, owner_type, owner, currency, turn, statement, from_seq, seq, offer, event, status, amount, due, carried)
  SELECT d.conversion_id, ?1, d.owner, d.currency, d.turn, s.id, d.from_seq, d.seq, d.offer, d.event, d.status, d.amount, d.due, d.carried
  FROM due d CROSS JOIN statements s ON s.closing = ?7 AND s.owner = d.owner AND s.currency = d.currency AND s.state = 'draft'`;

function listPage(db: D1Database, closing: Closing): Promise<ClosingStep> {
  return overPages(db, closing, LIST, "totting");
}

/** Has `write` done with what is due of the page that follows; what it lists is decided and written in one transaction. */
async function overPages(db: D1Database, closing: Closing, write: string, then: Stage): Promise<ClosingStep> {
  const { owner_type, after, until, offers, owners, key, stage } = closing;
  const bound = await boundOf(db, owner_type);
  const among = after < bound ? "unlisted" : "young";
  const upto = await pageEnd(db, closing, among, among === "young" ? null : bound);
  if (upto === null)
    return among === "young" ? { writes: [], stage: then, after: "" } : { writes: [], stage, after: bound };
  const query = db.prepare(`WITH ${dueRows(owner_type, among)} ${write}`);
  return { writes: [query.bind(owner_type, after, upto, until, offers, owners, key)], stage, after: upto };
}

/** The least that is closed: what the affiliate wants, and more than nothing. */
const REACHES = `
  iif(abs(due_units) > 1000000000000, due_units > 0,
    due_units * 1000000 + due_rest >= max(1, iif(?2 = 'affiliate', coalesce((SELECT minimum_payout FROM affiliates WHERE number = owner), 0), 0)))`;

/** A draft for each to whom enough is due, adjustments included. */
async function openDrafts(db: D1Database, closing: Closing): Promise<ClosingStep> {
  const { key, owner_type, until, time_zone, offers, owners, made_at } = closing;
  const adjusted = `
    INSERT INTO closing_dues (closing, owner, currency, conversions, due_units, due_rest)
    SELECT ?1, owner, currency, 0, sum(due / 1000000), sum(due % 1000000) FROM adjustments
    WHERE owner_type = ?2 AND statement IS NULL AND (?3 IS NULL OR owner IN (SELECT value FROM json_each(?3))) GROUP BY owner, currency
    ON CONFLICT DO UPDATE SET due_units = due_units + excluded.due_units, due_rest = due_rest + excluded.due_rest`;
  const open = `
    INSERT INTO statements (closing, owner_type, owner, currency, offers, until, time_zone, created_at)
    SELECT closing, ?2, owner, currency, ?3, ?4, ?5, ?6 FROM closing_dues WHERE closing = ?1 AND carried = 0 ON CONFLICT DO NOTHING`;
  const own = "s.closing = ?1 AND s.owner = adjustments.owner AND s.currency = adjustments.currency";
  const take = `
    UPDATE adjustments SET statement = (SELECT s.id FROM statements s WHERE ${own})
    WHERE owner_type = ?2 AND statement IS NULL AND EXISTS (SELECT 1 FROM statements s WHERE ${own})`;
  // What is by hand is of no offer.
  const withAdjustments = offers === null;
  return {
    writes: [
      ...(withAdjustments ? [db.prepare(adjusted).bind(key, owner_type, owners)] : []),
      db.prepare(`UPDATE closing_dues SET carried = 1 WHERE closing = ?1 AND NOT (${REACHES})`).bind(key, owner_type),
      db.prepare(open).bind(key, owner_type, offers, until, time_zone, made_at),
      ...(withAdjustments ? [db.prepare(take).bind(key, owner_type)] : []),
    ],
    stage: "listing",
    after: "",
  };
}

const TOT_UP = `
  UPDATE statements SET line_count = t.line_count, amount_units = t.amount_units, amount_rest = t.amount_rest, due_units = t.due_units + t.by_hand_units, due_rest = t.due_rest + t.by_hand_rest
  FROM (
    SELECT s.id, count(l.turn) AS line_count, coalesce(sum(l.amount / 1000000), 0) AS amount_units, coalesce(sum(l.amount % 1000000), 0) AS amount_rest,
      coalesce(sum(l.due / 1000000), 0) AS due_units, coalesce(sum(l.due % 1000000), 0) AS due_rest,
      (SELECT coalesce(sum(a.due / 1000000), 0) FROM adjustments a WHERE a.statement = s.id) AS by_hand_units,
      (SELECT coalesce(sum(a.due % 1000000), 0) FROM adjustments a WHERE a.statement = s.id) AS by_hand_rest
    FROM statements s LEFT JOIN statement_lines l ON l.statement = s.id
    WHERE s.closing = ?1 AND s.state = 'draft' AND s.id IN (SELECT value FROM json_each(?2)) GROUP BY s.id
  ) AS t WHERE statements.id = t.id`;
const CARRY = `
  INSERT INTO carried_balances (owner_type, owner, currency, until, due_units, due_rest)
  SELECT ?2, owner, currency, ?3, due_units, due_rest FROM closing_dues WHERE closing = ?1 AND carried = 1
  ON CONFLICT DO UPDATE SET until = excluded.until, due_units = excluded.due_units, due_rest = excluded.due_rest`;

/** Adds the drafts up, some at a time; those to which nothing came after all are discarded. */
async function totUp(db: D1Database, closing: Closing): Promise<ClosingStep> {
  const { key, owner_type, until, offers, after } = closing;
  const { results } = await db
    .prepare("SELECT id FROM statements WHERE closing = ? AND state = 'draft' AND id > ? ORDER BY id LIMIT ?")
    .bind(key, Number(after), STATEMENTS_AT_ONCE)
    .all<{ id: number }>();
  const last = results.at(-1);
  if (last) {
    const ids = JSON.stringify(results.map(({ id }) => id));
    return { writes: [db.prepare(TOT_UP).bind(key, ids)], stage: "totting", after: String(last.id) };
  }
  const empty = `
    UPDATE statements SET state = 'discarded' WHERE closing = ? AND state = 'draft' AND line_count = 0
      AND NOT EXISTS (SELECT 1 FROM adjustments a WHERE a.statement = statements.id)`;
  const carried = offers === null ? [db.prepare(CARRY).bind(key, owner_type, until)] : [];
  const differs = closing.look !== null && closing.look !== (await lookAt(db, closing));
  return { writes: [db.prepare(empty).bind(key), ...carried], stage: "done", after: "", differs };
}

const SUMS = `
  SELECT owner, currency, CAST(due_units AS TEXT) AS units, due_rest AS rest, 0 AS carried FROM statements WHERE closing = ?1 AND state <> 'discarded'
  UNION ALL SELECT owner, currency, CAST(due_units AS TEXT), due_rest, 1 FROM closing_dues WHERE closing = ?1 AND carried = 1`;

/** What it came to: its drafts as they were added up, and what it carries over. */
async function lookAt(db: D1Database, { key, owner_type, until, time_zone }: Closing): Promise<string> {
  const { results } = await db
    .prepare(SUMS)
    .bind(key)
    .all<{ owner: number; currency: string; units: string; rest: number; carried: number }>();
  const sums = results.map(({ owner, currency, units, rest, carried }) => ({
    ...{ owner, currency, carried: carried === 1 },
    micros: BigInt(units) * 1_000_000n + BigInt(rest),
  }));
  return lookOfClosing({ ownerType: owner_type, untilMs: until, timeZone: time_zone }, sums);
}
