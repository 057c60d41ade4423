/** Heads of hours of the click log: the roots over their files, of those that are due. */
import { clickRoot, type HashedPiece } from "../../core/signed-log/click-root.ts";
import type { LoggedHead, LoggedMinute } from "../../core/signed-log/minute.ts";

const HOURS_AT_ONCE = 48;

const DUE_HOURS = `SELECT hour, changes FROM due_click_roots ORDER BY hour LIMIT ${HOURS_AT_ONCE}`;
const PIECES = `
  SELECT p.hour, p.piece, p.sha256 FROM json_each(?1) AS k CROSS JOIN archive_pieces AS p ON p.log = 'clicks' AND p.hour = k.value
  ORDER BY p.hour, p.piece`;
/** What changed meanwhile stays due. */
const HOUR_LOGGED = "DELETE FROM due_click_roots WHERE hour = ?1 AND changes = ?2";
const HOUR_DUE = "INSERT INTO due_click_roots (hour, changes) VALUES (?, 1) ON CONFLICT DO NOTHING";

export async function clickHeads(DB: D1Database): Promise<LoggedHead[]> {
  const { results: due } = await DB.prepare(DUE_HOURS).all<{ hour: number; changes: number }>();
  const heads = await headsNow(
    DB,
    due.map(({ hour }) => hour),
  );
  return due.map(({ hour, changes }) => ({
    kind: "clicks",
    name: String(hour),
    ...(heads.get(hour) ?? { number: 0, head: clickRoot(hour, []) }),
    changes,
  }));
}

/** Says of the hours of a minute that they are logged, but of those that have other files today that they are due: they changed meanwhile, or the minute is of before a restore. */
export async function hoursLogged(
  DB: D1Database,
  { heads }: Pick<LoggedMinute, "heads">,
): Promise<D1PreparedStatement[]> {
  const logged = heads.filter(({ kind }) => kind === "clicks");
  const now = await headsNow(
    DB,
    logged.map(({ name }) => Number(name)),
  );
  return logged.flatMap(({ name, head, changes }) => {
    const today = now.get(Number(name))?.head ?? clickRoot(Number(name), []);
    if (today === head) return DB.prepare(HOUR_LOGGED).bind(Number(name), changes ?? 0);
    return now.has(Number(name)) ? DB.prepare(HOUR_DUE).bind(Number(name)) : [];
  });
}

/** Of those of the hours that have files, how many, and the root over them. */
async function headsNow(
  DB: D1Database,
  hours: readonly number[],
): Promise<Map<number, Pick<LoggedHead, "number" | "head">>> {
  if (hours.length === 0) return new Map();
  const { results } = await DB.prepare(PIECES).bind(JSON.stringify(hours)).all<HashedPiece & { hour: number }>();
  const own = [...Map.groupBy(results, ({ hour }) => hour)];
  return new Map(own.map(([hour, pieces]) => [hour, { number: pieces.length, head: clickRoot(hour, pieces) }]));
}
