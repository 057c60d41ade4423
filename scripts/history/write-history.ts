/** Writes the business and its ninety days: set-up over the console's API, what came by the queues that clicks and postbacks come by, and statements. A note in the database says that it began, and that it ended. */
import type { ClicksMessage, PostbackMessage, RefusalMessage } from "../../schema/messages.ts";
import { importKeyRing } from "../../workers/core/key-ring.ts";
import { must } from "../../workers/core/must.ts";
import { DAY_MS } from "../../workers/core/time-units.ts";
import { type ConsoleFetch, callConsole, recordsIn } from "../console-api.ts";
import type { Database } from "../local/migrate.ts";
import type { Platform } from "../platform.ts";
import { ensureProgramme } from "../programme/programme.ts";
import { until } from "../until.ts";
import { businessLinks, COUPONS, PIXEL_ADVERTISER, STATEMENTS } from "./business.ts";
import { drawHistory, type Numbers } from "./draw-history.ts";

/** Under which the console finds the note too. */
const NOTE = "demo_history";
/** A send may be 256 KB. */
const MESSAGES_AT_ONCE = 25;
/** So many messages may wait in a queue before more are sent. */
const MOST_WAITING = 200;
const SETTLED = { withinMs: 10 * 60_000, everyMs: 50 };

/** What is noted of the seeding; a moment is Unix milliseconds. */
export interface Note {
  /** Everything is drawn for this moment, at whichever start it is written. */
  beganAtMs: number;
  endedAtMs: number | null;
}

/** Null where nothing was ever begun. */
export async function readNote(database: Database): Promise<Note | null> {
  const { results } = await database.prepare("SELECT value FROM settings WHERE name = ?").bind(NOTE).all();
  const [row] = recordsIn(results);
  if (row === undefined) return null;
  const { beganAtMs, endedAtMs } = JSON.parse(String(row.value));
  return { beganAtMs: Number(beganAtMs), endedAtMs: endedAtMs === null ? null : Number(endedAtMs) };
}

/** Notes that it begins, or that it ended. */
export async function writeNote(database: Database, note: Note): Promise<void> {
  await database
    .prepare("INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2")
    .bind(NOTE, JSON.stringify(note))
    .all();
}

export interface HistoryParts {
  platform: Pick<Platform, "database" | "sendAll" | "waiting">;
  fetchConsole: ConsoleFetch;
  /** The origin of the shop to which links lead. */
  shop: string;
  /** The secret with which click IDs are sealed. */
  clickKeys: string;
  /** True once the platform is to end: then nothing more is sent. */
  isStopped: () => boolean;
}

/** Writes all that is not there yet, and notes its end. Begun anew it changes nothing of what is there. False where it was stopped. */
export async function writeHistory(parts: HistoryParts, { beganAtMs }: Note): Promise<boolean> {
  const { platform, fetchConsole, shop, clickKeys, isStopped } = parts;
  await ensureBusiness(fetchConsole, shop);
  const ring = await importKeyRing(clickKeys);
  if (!ring.ok) throw new Error(ring.refusal);
  const numbers = await readNumbers(platform.database);
  const numbersOf = (link: string) => must(numbers.get(link), "the link", link);
  const { clicks, postbacks, refusals } = drawHistory(beganAtMs, numbersOf, ring.value);
  // Clicks are there before what is said of them.
  if (!(await sendAll(parts, "clicks", clicks))) return false;
  if (!(await sendAll(parts, "postbacks", postbacks))) return false;
  if (!(await sendAll(parts, "refusals", refusals))) return false;
  await ensureStatements(fetchConsole, beganAtMs);
  if (isStopped()) return false;
  await writeNote(platform.database, { beganAtMs, endedAtMs: Date.now() });
  return true;
}

async function ensureBusiness(fetchConsole: ConsoleFetch, shop: string): Promise<void> {
  await ensureProgramme(fetchConsole, businessLinks(shop));
  const path = `/api/advertisers/${PIXEL_ADVERTISER.slug}`;
  await callConsole(fetchConsole, { method: "PATCH", path, body: { pixel: true } });
  const listed = await callConsole(fetchConsole, { path: "/api/coupons?limit=100" });
  const codes = recordsIn(listed.items).map(({ code }) => code);
  for (const { code, offer, affiliate } of COUPONS) {
    if (codes.includes(code)) continue;
    const body = { code, offer: offer.slug, affiliate: affiliate.slug };
    await callConsole(fetchConsole, { method: "POST", path: "/api/coupons", body }, [201]);
  }
}

/** By the links' slugs. */
async function readNumbers(database: Database): Promise<ReadonlyMap<string, Numbers>> {
  const sql = `SELECT l.slug, l.number AS link, l.offer, l.affiliate, o.advertiser FROM links l JOIN offers o ON o.number = l.offer`;
  const { results } = await database.prepare(sql).all();
  return new Map(
    recordsIn(results).map(({ slug, link, offer, affiliate, advertiser }) => [
      String(slug),
      { link: Number(link), offer: Number(offer), affiliate: Number(affiliate), advertiser: Number(advertiser) },
    ]),
  );
}

/** As fast as they are settled, and until they are. False where the platform is to end. */
async function sendAll(
  { platform, isStopped }: HistoryParts,
  queue: string,
  messages: readonly (ClicksMessage | PostbackMessage | RefusalMessage)[],
): Promise<boolean> {
  const fewWait = (most: number) => async () => isStopped() || (await platform.waiting(queue)) <= most;
  for (let from = 0; from < messages.length; from += MESSAGES_AT_ONCE) {
    if (!(await until(fewWait(MOST_WAITING), SETTLED))) throw new Error(`the queue ${queue} does not move on`);
    if (isStopped()) return false;
    await platform.sendAll(queue, messages.slice(from, from + MESSAGES_AT_ONCE));
  }
  if (!(await until(fewWait(0), SETTLED))) throw new Error(`the queue ${queue} does not run dry`);
  return !isStopped();
}

/** One that is paid, one that is final, and a draft, of three affiliates; who has one is left as it is. */
async function ensureStatements(fetchConsole: ConsoleFetch, beganAtMs: number): Promise<void> {
  const endOf = (daysAgo: number) => new Date(beganAtMs - daysAgo * DAY_MS).toISOString().slice(0, 10);
  const wanted = [
    { owner: STATEMENTS.paid, until: endOf(45), final: true },
    { owner: STATEMENTS.final, until: endOf(20), final: true },
    { owner: STATEMENTS.draft, until: endOf(10), final: false },
  ];
  for (const { owner, until: day, final } of wanted) {
    if ((await statementsOf(fetchConsole, owner)).length > 0) continue;
    const body = { of: "affiliates", until: day, owners: [owner], ...(final && { final }) };
    await callConsole(fetchConsole, { method: "POST", path: "/api/statements", body }, [202]);
  }
  const isFinal = async () =>
    (await statementsOf(fetchConsole, STATEMENTS.paid)).some(({ state }) => state !== "draft");
  if (!(await until(isFinal, { withinMs: 30_000, everyMs: 200 }))) return;
  const unpaid = (await statementsOf(fetchConsole, STATEMENTS.paid)).filter(({ state }) => state === "final");
  if (unpaid.length === 0) return;
  const body = { statements: unpaid.map(({ number }) => number), reference: "DEMO-TRANSFER-1" };
  await callConsole(fetchConsole, { method: "POST", path: "/api/statements/pay", body }, [202]);
}

async function statementsOf(fetchConsole: ConsoleFetch, owner: string): Promise<Record<string, unknown>[]> {
  const query = new URLSearchParams({ of: "affiliates", affiliate: owner, limit: "10" });
  return recordsIn((await callConsole(fetchConsole, { path: `/api/statements?${query}` })).items);
}
