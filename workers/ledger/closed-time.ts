/** How a log's time is closed: what came since the last time is put down in lists, and where closed time ends is moved, all in one transaction. */

/** So late that hardly anything comes behind it: what does is put down by triggers, one row at a time. */
const LATE_MS = 5 * 60_000;
/** So many rows that came since are never much to read. A log in which more come in an hour is closed more often. */
export const MOST_OPEN_ROWS = 20_000;

/** Where time may be closed up to. */
export function closableMs(nowMs: number): number {
  return nowMs - LATE_MS;
}

/**
 * The statement that lists the rows of a view (`kind`, `owner`, `hour`, and the ID by this name) from `?1` to `?2` of a column of it, its order, as long as `condition` holds.
 * A list has at most `MOST_OPEN_ROWS` IDs.
 */
export function listRows(
  { lists, view, id, order }: { lists: string; view: string; id: string; order: string },
  condition: string,
): string {
  return `
    INSERT INTO ${lists} (kind, owner, hour, first, ids)
    SELECT kind, owner, hour, min(${id}), json_group_array(${id} ORDER BY ${order}) FROM ${view}
    WHERE ${order} >= ?1 AND ${order} < ?2 AND ${condition} GROUP BY kind, owner, hour`;
}
