/** The table of adopted clicks: by the tracker's name for a click, and by ours; and when its rows are forgotten. */
import { columnsOf } from "../../schema/columns.ts";
import { adoptedClicks } from "../../schema/tables.ts";
import { peekClickId } from "../core/click-id.ts";
import { clickIdFloor } from "../core/click-id-time.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { adoptedKeptMs, LONGEST_WINDOW } from "../core/retention.ts";
import { cell, WITH_ROWS } from "./json-rows.ts";

/** What a tracker calls a click. */
export interface ForeignClick {
  /** Number. */
  tracker: number;
  foreignId: string;
}

/** Which click that is here, and whose. */
export interface KnownForeign extends ForeignClick {
  clickId: string;
  link: number;
  clickedAtMs: number;
  /** The link's, by number. */
  advertiser: number;
  /** Whether that takes what nobody vouches for: at its own door, and by the pixel. */
  isOpen: 0 | 1;
  hasPixel: 0 | 1;
}

const FIND = `
  ${WITH_ROWS} SELECT a.tracker, a.foreign_id AS foreignId, a.click_id AS clickId, a.link, a.clicked_at AS clickedAtMs, o.advertiser,
    v.auth = 'open' AND v.allowed_ips = '[]' AS isOpen, v.pixel AS hasPixel
  FROM given CROSS JOIN adopted_clicks AS a ON a.tracker = ${cell(0)} AND a.foreign_id = ${cell(1)}
  JOIN links AS l ON l.number = a.link JOIN offers AS o ON o.number = l.offer JOIN advertisers AS v ON v.number = o.advertiser`;

const OWN_COLUMNS = new Set(columnsOf(adoptedClicks));

/** A run deletes so many at most; the next one goes on. */
const MOST_AT_ONCE = 5_000;
/** Click IDs sort by time, so that their index finds the oldest. */
const FORGET = `
  DELETE FROM adopted_clicks WHERE click_id IN (SELECT click_id FROM adopted_clicks WHERE click_id < ? ORDER BY click_id LIMIT ${MOST_AT_ONCE})`;

/** The statements that find these clicks. */
export function foreignStatements(db: D1Database, asked: readonly ForeignClick[]): D1PreparedStatement[] {
  return jsonChunks(asked.map(({ tracker, foreignId }) => [tracker, foreignId])).map((chunk) =>
    db.prepare(FIND).bind(chunk),
  );
}

/** True for the ID of an adopted click: the click log does not have it. */
function isAdopted(clickId: string): boolean {
  return peekClickId(clickId)?.adopted === true;
}

/** Rows of adopted clicks, as far as they are there: `columns` under their names, null for what is not known of an adopted one. */
export async function findAdopted(
  db: D1Database,
  clickIds: readonly string[],
  columns: readonly string[],
): Promise<Record<string, string | null>[]> {
  if (clickIds.length === 0) return [];
  const told = columns.map((column) => (OWN_COLUMNS.has(column) ? `a.${column}` : `NULL AS ${column}`)).join(", ");
  const query = `SELECT a.click_id, ${told} FROM json_each(?) AS k CROSS JOIN adopted_clicks AS a ON a.click_id = k.value`;
  const statements = jsonChunks(clickIds).map((chunk) => db.prepare(query).bind(chunk));
  const answers = await db.batch<Record<string, string | null>>(statements);
  return answers.flatMap(({ results }) => results);
}

const NAMES = "SELECT foreign_id AS name FROM adopted_clicks WHERE click_id IN (SELECT value FROM json_each(?))";
const ERASE = "DELETE FROM adopted_clicks WHERE click_id IN (SELECT value FROM json_each(?))";

/** What their trackers call these clicks, as far as that is not among `clickIds` itself. The other way round a name may be two trackers', and so two persons'. */
export async function foreignNames(db: D1Database, clickIds: readonly string[]): Promise<string[]> {
  const adopted = clickIds.filter(isAdopted);
  if (adopted.length === 0) return [];
  const { results } = await db.prepare(NAMES).bind(JSON.stringify(adopted)).all<{ name: string }>();
  return results.map(({ name }) => name).filter((name) => !clickIds.includes(name));
}

/** Deletes these clicks: what names them comes to nobody's click from then on. */
export async function eraseAdopted(db: D1Database, clickIds: readonly string[]): Promise<void> {
  const adopted = clickIds.filter(isAdopted);
  if (adopted.length > 0) await db.prepare(ERASE).bind(JSON.stringify(adopted)).run();
}

/** Deletes what nothing can hang on any more, and gives how many rows those were. */
export async function forgetAdopted({ DB }: { DB: D1Database }, nowMs: number): Promise<number> {
  const longest = await DB.prepare(LONGEST_WINDOW).first<{ days: number | null }>();
  const { meta } = await DB.prepare(FORGET)
    .bind(clickIdFloor(nowMs - adoptedKeptMs(longest?.days ?? 0)))
    .run();
  return meta.changes;
}
