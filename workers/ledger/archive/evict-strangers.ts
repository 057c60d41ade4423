/** Makes room in the postback log: where its database is larger than it may be, what strangers left behind goes first, oldest first. What they did stays counted. */

/** Few enough for one statement, many enough that a run frees what a flood can fill. */
const ROWS_AT_ONCE = 1_000;

const OLDEST = `SELECT receipt FROM postbacks INDEXED BY postbacks_of_strangers WHERE stranger = 1 ORDER BY received_at, receipt LIMIT ${ROWS_AT_ONCE}`;
/** Deleting takes them out of the rollup, so they are added to it once more before; and so are those that it does not count yet. What retention has closed is counted as it is. */
const COUNT_ONCE_MORE = `
  INSERT INTO postback_quarters
  SELECT received_at / 900000, advertiser, coalesce(event, ''), status, coalesce(reason, ''), test, sum(times) FROM postbacks
  WHERE receipt IN (${OLDEST}) AND received_at >= (SELECT from_at FROM kept WHERE log = 'postbacks') GROUP BY 1, 2, 3, 4, 5, 6
  ON CONFLICT DO UPDATE SET postbacks = postbacks + excluded.postbacks`;
const DELETE = `DELETE FROM postbacks WHERE receipt IN (${OLDEST}) RETURNING 1`;
const SIZE = "SELECT 1";

/** Deletes at most `maxRows` rows, and says how many. The archive forgets them too, as far as their hours are here. */
export async function evictStrangers(log: D1Database, maxBytes: number, maxRows: number): Promise<number> {
  let { size_after: sizeBytes } = (await log.prepare(SIZE).all()).meta;
  let rows = 0;
  while (sizeBytes > maxBytes && rows < maxRows) {
    const [, deleted] = await log.batch([log.prepare(COUNT_ONCE_MORE), log.prepare(DELETE)]);
    const count = deleted?.results.length ?? 0;
    if (count === 0) return rows;
    rows += count;
    sizeBytes = deleted?.meta.size_after ?? 0;
  }
  return rows;
}
