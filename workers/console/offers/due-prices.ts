/** Prices whose moment came. The ledger prices by the list of them itself, so that nothing hangs on the minute in which they are brought into the set-up. */
import type { Env } from "../env.ts";

const BROUGHT_AT_ONCE = 500;

/** Brings the prices whose moment came into the set-up, where pages and forms read them; gives how many. */
export async function bringInPrices({ DB }: Pick<Env, "DB">, nowMs: number): Promise<number> {
  const { results: due } = await DB.prepare(
    "SELECT number, offer, event, affiliate FROM price_changes WHERE counts = 0 AND from_at <= ? ORDER BY from_at LIMIT ?",
  )
    .bind(nowMs, BROUGHT_AT_ONCE)
    .all<{ number: number; offer: number; event: string; affiliate: number }>();
  if (due.length === 0) return 0;
  const keys = JSON.stringify(due.map(({ offer, event, affiliate }) => [offer, event, affiliate]));
  const last = (column: "payout" | "revenue", other: "payout" | "revenue", of: string) =>
    `(SELECT p.${column} FROM price_changes AS p WHERE p.offer = t.offer AND p.event = ${of} AND p.counts = 1 AND p.sets <> '${other}' ORDER BY p.from_at DESC LIMIT 1)`;
  const everybodys = "t.name AND p.affiliate = 0";
  const own = "t.event AND p.affiliate = t.affiliate";
  // First they count, so that the triggers find what they are told.
  await DB.batch([
    DB.prepare("UPDATE price_changes SET counts = 1 WHERE number IN (SELECT value FROM json_each(?))").bind(
      JSON.stringify(due.map(({ number }) => number)),
    ),
    DB.prepare(
      `UPDATE offer_events AS t SET payout = ${last("payout", "revenue", everybodys)}, revenue = ${last("revenue", "payout", everybodys)}
       WHERE (t.offer, t.name, 0) IN (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?))`,
    ).bind(keys),
    DB.prepare(
      `UPDATE offer_event_overrides AS t SET payout = ${last("payout", "revenue", own)}, revenue = ${last("revenue", "payout", own)}
       WHERE (t.offer, t.event, t.affiliate) IN (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?))`,
    ).bind(keys),
  ]);
  return due.length;
}
