/** Once a day each advertiser's object is asked whether what it holds is archived: what was there before there was an archive, and what an alarm was lost of. */
import { HOUR_MS, MINUTE_MS } from "../../core/time-units.ts";

/** UTC. */
const HOUR_OF_DAY = 3;
const HOURS = 24;
const MINUTES = HOUR_MS / MINUTE_MS;

/** A minute's share of them, in one hour of the day. */
export async function tendArchives(
  db: D1Database,
  tend: (advertiser: number) => Promise<void>,
  nowMs: number,
): Promise<void> {
  if (Math.floor(nowMs / HOUR_MS) % HOURS !== HOUR_OF_DAY) return;
  const minute = Math.floor(nowMs / MINUTE_MS) % MINUTES;
  const query = `SELECT number FROM advertisers WHERE number % ${MINUTES} = ?`;
  const { results } = await db.prepare(query).bind(minute).all<{ number: number }>();
  for (const { number } of results)
    await tend(number).catch((error: unknown) =>
      console.error({ event: "archive_not_tended", advertiser: number, error: String(error) }),
    );
}
