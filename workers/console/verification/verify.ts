/** Holds what D1 says against what the objects hold, a page at a time, and asks the ledger to write rows anew. */
import type { RepairMessage } from "../../../schema/messages.ts";
import { firstReceivedAtMs } from "../../core/books/attempts.ts";
import { claimRows } from "../../core/books/rows.ts";
import type { StoredBooks, StoredConversion, StoredMessage } from "../../core/books/stored.ts";
import { objectName } from "../../core/books/stored.ts";
import {
  compareClaims,
  compareConversions,
  comparePostbacks,
  type Disagreement,
  stranger,
  VERIFIED,
} from "../../core/books/verification.ts";
import { CLAIMS_HEARD_MS, POSTBACKS_KEPT_MS } from "../../core/retention.ts";
import type { Env } from "../env.ts";
import { keptFromMs } from "../tables/kept.ts";

/** The walks that together see every row: what is held against what is written, and what is written against what is held. */
export const WALKS = [
  "held_postbacks",
  "held_claims",
  "held_conversions",
  "written_postbacks",
  "written_conversions",
] as const;
export type Walk = (typeof WALKS)[number];

export interface Verified {
  /** Whose rows it looked at. */
  database: Database;
  /** False where that database did not answer: nothing is known of its rows then, and the walk ends. */
  answered: boolean;
  checked: number;
  disagreements: Disagreement[];
  /** Where the walk goes on; null at its end. */
  next: string | null;
}

const PAGE = 500;

type Row = Record<string, unknown>;
type Database = (typeof VERIFIED)[keyof typeof VERIFIED];
type VerifyParts = Pick<Env, "DB" | "LOG" | "CONVERSIONS">;
/** What a page of a walk found. */
type Found = Pick<Verified, "checked" | "disagreements" | "next">;

/** Each walk's table. */
const TABLES = {
  held_postbacks: "postbacks",
  held_claims: "claims",
  held_conversions: "conversions",
  written_postbacks: "postbacks",
  written_conversions: "conversions",
} as const satisfies Record<Walk, keyof typeof VERIFIED>;

/** One page of a walk. What was settled within the last `minAgeMs` may be on its way and is passed over. */
export async function verifyPage(
  env: VerifyParts,
  advertiser: number,
  walk: Walk,
  after: string,
  nowMs: number,
  minAgeMs: number,
): Promise<Verified> {
  const database = VERIFIED[TABLES[walk]];
  try {
    const span = { settledBeforeMs: nowMs - minAgeMs };
    return { database, answered: true, ...(await takePage(env, advertiser, walk, after, span, nowMs)) };
  } catch (error) {
    // The one is not to hide how the other is.
    if (await isUp(env[database])) throw error;
    console.error({ event: "database_not_verified", database, error: String(error) });
    return { database, answered: false, checked: 0, disagreements: [], next: null };
  }
}

async function isUp(database: D1Database): Promise<boolean> {
  try {
    await database.prepare("SELECT 1").all();
    return true;
  } catch {
    return false;
  }
}

async function takePage(
  env: VerifyParts,
  advertiser: number,
  walk: Walk,
  after: string,
  span: SettledRange,
  nowMs: number,
): Promise<Found> {
  const object = env.CONVERSIONS.getByName(objectName(advertiser));
  if (walk === "held_postbacks") return heldPostbacks(env, object, after, span, nowMs);
  if (walk === "held_claims") return heldClaims(env, object, after, span, nowMs);
  if (walk === "held_conversions") return heldConversions(env, object, after, span);
  return written(env, object, walk, advertiser, after, span);
}

interface SettledRange {
  settledBeforeMs: number;
}

type Books = DurableObjectStub<StoredBooks>;

async function heldPostbacks(
  env: VerifyParts,
  object: Books,
  after: string,
  span: SettledRange,
  nowMs: number,
): Promise<Found> {
  const keptMs = Math.max(nowMs - POSTBACKS_KEPT_MS, await keptFromMs(env.LOG, "postbacks"));
  const page: StoredMessage[] = await object.messages(after, PAGE);
  const settled = page.filter(
    (message) => message.settledAtMs < span.settledBeforeMs && firstReceivedAtMs(message) >= keptMs,
  );
  const rows = await rowsBy(
    env.LOG,
    "SELECT * FROM postbacks WHERE receipt IN (SELECT value FROM json_each(?))",
    settled.map(({ command }) => command.receipt),
  );
  const byReceipt = new Map(rows.map((row) => [String(row.receipt), row]));
  return {
    checked: settled.length,
    disagreements: comparePostbacks(settled, byReceipt),
    next: nextAfter(page.map(({ command }) => command.receipt)),
  };
}

/** What is open stays as long as it is heard; what is decided, and past the log's retention, may be gone. */
async function heldClaims(
  env: VerifyParts,
  object: Books,
  after: string,
  span: SettledRange,
  nowMs: number,
): Promise<Found> {
  const page: StoredMessage[] = await object.messages(after, PAGE);
  const isKept = (message: StoredMessage): boolean =>
    claimRows(message).every(
      ({ state, received_at: receivedAtMs }) =>
        receivedAtMs >= nowMs - (state === "open" ? CLAIMS_HEARD_MS : POSTBACKS_KEPT_MS),
    );
  const settled = page.filter((message) => message.settledAtMs < span.settledBeforeMs && isKept(message));
  const rows = await rowsBy(
    env.DB,
    "SELECT * FROM claims WHERE receipt IN (SELECT value FROM json_each(?))",
    settled.flatMap(claimRows).map(({ receipt }) => receipt),
  );
  const byReceipt = new Map(rows.map((row) => [String(row.receipt), row]));
  return {
    checked: rows.length,
    disagreements: compareClaims(settled, byReceipt),
    next: nextAfter(page.map(({ command }) => command.receipt)),
  };
}

async function heldConversions(env: VerifyParts, object: Books, after: string, span: SettledRange): Promise<Found> {
  const page: StoredConversion[] = await object.conversions(after, PAGE);
  const settled = page.filter(({ settledAtMs }) => settledAtMs < span.settledBeforeMs);
  const ids = settled.map(({ conversion }) => conversion.id);
  const rows = await rowsBy(
    env.DB,
    "SELECT * FROM conversions WHERE conversion_id IN (SELECT value FROM json_each(?))",
    ids,
  );
  const entries = await rowsBy(
    env.DB,
    "SELECT * FROM all_entries WHERE conversion_id IN (SELECT value FROM json_each(?))",
    ids,
  );
  const byId = new Map(rows.map((row) => [String(row.conversion_id), row]));
  const grouped = Map.groupBy(entries, (row) => String(row.conversion_id));
  return {
    checked: settled.length,
    disagreements: compareConversions(settled, byId, grouped),
    next: nextAfter(page.map(({ conversion }) => conversion.id)),
  };
}

/** Rows that nothing holds. Entries hang on their conversion, so its ID speaks for them; entries without a conversion are looked for with the first page. */
async function written(
  env: VerifyParts,
  object: Books,
  walk: "written_postbacks" | "written_conversions",
  advertiser: number,
  after: string,
  span: SettledRange,
): Promise<Found> {
  const postbacks = walk === "written_postbacks";
  const query = postbacks
    ? "SELECT receipt AS key FROM postbacks WHERE advertiser = ? AND receipt > ? AND stage > 0 AND settled_at < ? ORDER BY receipt LIMIT ?"
    : "SELECT conversion_id AS key FROM conversions WHERE advertiser = ? AND conversion_id > ? AND settled_at < ? ORDER BY conversion_id LIMIT ?";
  const { results } = await env[postbacks ? "LOG" : "DB"]
    .prepare(query)
    .bind(advertiser, after, span.settledBeforeMs, PAGE)
    .all<{ key: string }>();
  const keys = results.map(({ key }) => key);
  const held = await object.find(postbacks ? keys : [], postbacks ? [] : keys);
  const known = new Set(
    postbacks
      ? held.messages.map(({ command }) => command.receipt)
      : held.conversions.map(({ conversion }) => conversion.id),
  );
  const disagreements = keys
    .filter((key) => !known.has(key))
    .map((key) => stranger(postbacks ? "postbacks" : "conversions", key));
  if (!postbacks && after === "") disagreements.push(...(await entriesWithoutConversion(env, span)));
  return { checked: keys.length, disagreements, next: nextAfter(keys) };
}

async function entriesWithoutConversion(env: VerifyParts, span: SettledRange): Promise<Disagreement[]> {
  const query = `
    SELECT DISTINCT conversion_id AS key FROM entries e
    WHERE received_at < ? AND NOT EXISTS (SELECT 1 FROM conversions c WHERE c.conversion_id = e.conversion_id) LIMIT ?`;
  const { results } = await env.DB.prepare(query).bind(span.settledBeforeMs, PAGE).all<{ key: string }>();
  return results.map(({ key }) => stranger("entries", key));
}

async function rowsBy(database: D1Database, query: string, keys: readonly string[]): Promise<Row[]> {
  const { results } = await database.prepare(query).bind(JSON.stringify(keys)).all<Row>();
  return results;
}

/** A full page may have a next one. */
function nextAfter(keys: readonly string[]): string | null {
  return keys.length < PAGE ? null : (keys.at(-1) ?? null);
}

/** Asks the ledger, which alone writes the books, to write these rows anew. */
export async function askForRepair(
  env: Pick<Env, "POSTBACKS">,
  advertiser: number,
  receipts: string[],
  conversions: string[],
): Promise<void> {
  const message: RepairMessage = { kind: "repair", advertiser, receipts, conversions };
  await env.POSTBACKS.send(message);
}
