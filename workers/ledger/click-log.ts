/** The click log at rest: writes a queue batch of clicks, tells first visits, and finds clicks for their conversions. */
import type { Cell } from "../../schema/columns.ts";
import { columnsOf, type SqlRow } from "../../schema/columns.ts";
import type { ClickKind, ClicksMessage, LoggedClick } from "../../schema/messages.ts";
import { clicks, conversions } from "../../schema/tables.ts";
import { TOLD_BY_CLICK_ID } from "../core/books/rows.ts";
import { peekClickId } from "../core/click-id.ts";
import { erasedClickId, erasedVisitor, importErasureKey, readErasedClickId } from "../core/erasure/erased-names.ts";
import { PERSONAL_CLICK_COLUMNS } from "../core/erasure/personal-columns.ts";
import type { HmacKey } from "../core/hmac-sha256.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { withinTime } from "../core/time-limit.ts";
import { DAY_MS } from "../core/time-units.ts";
import { cell, cellsOf, WITH_ROWS } from "./json-rows.ts";
import { createUserAgentReader, type UserAgentVerdict } from "./user-agent.ts";
import { writeAround } from "./write-around.ts";

/** A message can come this late and still tell its day's first visits: as long as a queue keeps it, and a day. */
const VISITS_KEPT_DAYS = 15;
/** A query of D1's may take 30 s; one by primary key takes milliseconds. */
const FIND_MS = 3_000;
/** A statement has 30 s, so a full day is forgotten in several goes. */
const MAX_FORGOTTEN = 50_000;

/** In the order of a row's JSON array; `first_visit` is decided in SQL and stands apart. */
const COLUMNS = columnsOf(clicks).filter((column) => column !== "first_visit");
/** More values of the array: the day and, for clicks that may be a first visit, the visitor; and what the click's ID and the visitor are, should they be erased. */
const DAY = COLUMNS.length;
const VISITOR = DAY + 1;
const ERASED_CLICK = VISITOR + 1;
const ERASED_VISITOR = ERASED_CLICK + 1;

const TOLD: ReadonlySet<string> = new Set(TOLD_BY_CLICK_ID);
const OF_CONVERSIONS = new Set(columnsOf(conversions));
/** Under these names a conversion takes over from its click's row what its ID does not tell. */
export const CLICK_COLUMNS = [
  "click_kind",
  ...COLUMNS.filter((column) => OF_CONVERSIONS.has(column) && !TOLD.has(column)),
];

/** A click's row, as far as its conversions need it. */
export type ClickRow = { click_id: string } & Record<string, string | null>;

/** What is erased already is met here, in the transaction that writes: a message may wait in the queue while it is. */
const WITH_MET = `
${WITH_ROWS}, met AS MATERIALIZED (
  SELECT cells, (SELECT name FROM erased WHERE name = ${cell(ERASED_CLICK)}) AS erased_click,
    (SELECT name FROM erased WHERE name = ${cell(ERASED_VISITOR)}) AS erased_visitor
  FROM given
)`;
const CLICK_ID = `coalesce(erased_click, ${cell(0)})`;
const VISITING = `coalesce(erased_visitor, ${cell(VISITOR)})`;

const CLAIM_VISITS = `
${WITH_MET} INSERT INTO visits (day, visitor, click_id)
SELECT ${cell(DAY)}, ${VISITING}, ${CLICK_ID} FROM met
WHERE ${cell(VISITOR)} IS NOT NULL
ORDER BY ${cell(0)}
ON CONFLICT DO NOTHING`;

const INSERT_CLICKS = `
${WITH_MET} INSERT INTO clicks (${COLUMNS.join(", ")}, first_visit)
SELECT ${COLUMNS.map((column, index) => {
  if (column === "click_id") return CLICK_ID;
  return PERSONAL_CLICK_COLUMNS.includes(column) ? `iif(erased_click IS NULL, ${cell(index)}, NULL)` : cell(index);
}).join(", ")}, EXISTS (
  SELECT 1 FROM visits
  WHERE day = ${cell(DAY)} AND visitor = ${VISITING} AND visits.click_id = ${CLICK_ID}
)
FROM met WHERE true
ON CONFLICT DO NOTHING`;

const FIND_CLICKS = `
SELECT click_id, ${CLICK_COLUMNS.map((column) => (column === "click_kind" ? "kind AS click_kind" : column)).join(", ")}
FROM clicks WHERE click_id IN (SELECT value FROM json_each(?1))`;

const FORGET_VISITS = `
DELETE FROM visits WHERE (day, visitor) IN (SELECT day, visitor FROM visits WHERE day < ?1 ORDER BY day, visitor LIMIT ?2)`;

/**
 * Writes the clicks of a queue batch with one D1 batch, which is one transaction. Delivered again it changes nothing: a click that is there is left as it is, and so
 * is the click that a first visit was given to. Throws unless all are written; of a message that comes alone, the clicks around a poison one are.
 */
export async function logClicks(
  env: { CLICKS: D1Database; ERASURE_KEY: string },
  messages: readonly ClicksMessage[],
  nowMs: number,
): Promise<void> {
  const { rows, unreadable, broken } = readRows(messages, firstKeptDay(nowMs), importErasureKey(env.ERASURE_KEY));
  if (unreadable > 0) console.error({ event: "clicks_unreadable", clicks: unreadable });
  if (messages.length > 1) await writeRows(env.CLICKS, rows);
  else {
    const { fault } = await writeAround(rows, (some) => writeRows(env.CLICKS, some));
    if (fault) throw fault.error;
  }
  if (broken !== null) throw broken;
}

/** The rows to write; how many clicks have no ID of ours; and the error of a click that only a bug can have made. */
function readRows(messages: readonly ClicksMessage[], firstKept: number, erasure: HmacKey) {
  const verdictOf = createUserAgentReader();
  const read: { rows: Cell[][]; unreadable: number; broken: Error | null } = { rows: [], unreadable: 0, broken: null };
  for (const click of messages.flatMap(({ clicks }) => clicks)) {
    try {
      const row = rowOf(click, verdictOf(click.userAgent ?? ""), { firstKept, erasure });
      if (row) read.rows.push(row);
      else read.unreadable++;
    } catch (error) {
      read.broken = new Error("a click could not be read", { cause: error });
    }
  }
  return read;
}

async function writeRows(db: D1Database, rows: readonly Cell[][]): Promise<void> {
  const statements = jsonChunks(rows).flatMap((chunk) =>
    [CLAIM_VISITS, INSERT_CLICKS].map((sql) => db.prepare(sql).bind(chunk)),
  );
  if (statements.length > 0) await db.batch(statements);
}

/** The rows of these clicks that are in the log, by click ID (lower case), with one query. Throws when the log does not answer in time: nobody waits for a statistic. */
export async function findClicks(
  env: { CLICKS: D1Database },
  clickIds: readonly string[],
): Promise<Map<string, ClickRow>> {
  if (clickIds.length === 0) return new Map();
  const query = env.CLICKS.prepare(FIND_CLICKS).bind(JSON.stringify(clickIds));
  const { results } = await withinTime(query.all<ClickRow>(), FIND_MS, globalThis);
  return new Map(results.map((row) => [row.click_id, row]));
}

/** Deletes visits of days that no message can tell of any more, some at a time; their clicks keep their flags. */
export async function forgetVisits(env: { CLICKS: D1Database }, nowMs: number): Promise<void> {
  await env.CLICKS.prepare(FORGET_VISITS).bind(firstKeptDay(nowMs), MAX_FORGOTTEN).run();
}

function firstKeptDay(nowMs: number): number {
  return Math.floor(nowMs / DAY_MS) - VISITS_KEPT_DAYS;
}

/** The click as an array in the order of COLUMNS, or null when its ID is none: then it is no click of ours. */
function rowOf(
  click: LoggedClick,
  { browser, bot }: UserAgentVerdict,
  { firstKept, erasure }: { firstKept: number; erasure: HmacKey },
): Cell[] | null {
  // What could not be settled for a time may have been erased there.
  const id = peekClickId(click.clickId) ?? readErasedClickId(click.clickId);
  if (!id) return null;
  const day = Math.floor(id.issuedAtMs / DAY_MS);
  const kind = kindOf(click, id.provisional, bot);
  // Only what counts at once can be a first visit: a prefetch must not take it from the visit that follows. Where the day's visits are forgotten,
  // as when a message was kept for weeks and is sent again, the first one was counted already.
  const visitor = kind === "counted" && !id.test && day >= firstKept ? (click.visitor ?? null) : null;
  const subs = click.subs ?? [];
  const row: Omit<SqlRow<typeof clicks>, "first_visit"> = {
    click_id: click.clickId,
    link: id.link,
    offer: click.offer,
    affiliate: click.affiliate,
    advertiser: click.advertiser,
    clicked_at: id.issuedAtMs,
    kind: kind === "embedded" ? "provisional" : kind,
    country: click.country ?? null,
    device: click.device ?? null,
    os: click.os ?? null,
    browser,
    referrer: click.referrer ?? null,
    external_id: click.externalId ?? null,
    sub1: subs[0] || null,
    sub2: subs[1] || null,
    sub3: subs[2] || null,
    sub4: subs[3] || null,
    sub5: subs[4] || null,
    sub6: subs[5] || null,
    sub7: subs[6] || null,
    sub8: subs[7] || null,
    sub9: subs[8] || null,
    sub10: subs[9] || null,
    test: id.test ? 1 : 0,
    embedded: kind === "embedded" ? 1 : 0,
  };
  const erasedOnes = [erasedClickId(erasure, click.clickId), visitor && erasedVisitor(erasure, visitor)];
  return [...cellsOf(row, COLUMNS), day, visitor, ...erasedOnes];
}

/** A previewer, or what is embedded, stays that where it is a known bot too; a prefetch is no page's image. An embedded click's ID has the flag of a provisional one. */
function kindOf(click: LoggedClick, isFlagged: boolean, isBot: boolean): ClickKind {
  if (click.provisional) return "provisional";
  if (click.embedded) return "embedded";
  if (isFlagged) return "provisional";
  return isBot || click.bot ? "bot" : "counted";
}
