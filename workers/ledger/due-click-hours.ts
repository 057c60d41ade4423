/** Notes hours of the click log that changed: the archive is to write them anew, and hours and days are to be added up again. */

const NOTE = `
  INSERT INTO due_hours (log, hour)
  SELECT log, hours.value FROM (SELECT 'clicks' AS log UNION ALL SELECT 'click_sums') CROSS JOIN json_each(?) AS hours WHERE true
  ON CONFLICT DO UPDATE SET changed = 1 WHERE changed = 0`;

export async function noteDueHours(db: D1Database, hours: readonly number[]): Promise<void> {
  await db.prepare(NOTE).bind(JSON.stringify(hours)).run();
}
