/** How much the pixel left in an advertiser's object, by UTC day, and how far that was forgotten; while a share is decided, what it may still leave. */
import type { Command } from "../core/books/command.ts";
import type { Position } from "../core/books/order-of-receipt.ts";
import { dayOf, type PixelDays, type PixelLimits, pixelBytes, refusePixel } from "../core/books/pixel-limits.ts";
import { type OwnedRow, untakenRow } from "../core/books/rows.ts";
import { DAY_MS } from "../core/time-units.ts";
import type { Changed } from "./object-changes.ts";
import type { Sql } from "./sql.ts";

/** What the pixel said is found in the order of receipt by an index, so that what was there before is forgotten too. */
export const PIXEL_TABLES = `
  CREATE TABLE IF NOT EXISTS pixel_days (
    day   INTEGER PRIMARY KEY,
    bytes INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS pixel_forgotten (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    received_at INTEGER NOT NULL,
    receipt     TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS messages_by_pixel ON messages (command ->> '$.receivedAtMs', receipt) WHERE command ->> '$.channel' = 'pixel';`;

/** The pixel's days while a share is decided. */
export interface OpenPixelDays extends PixelDays {
  readonly limits: PixelLimits;
  readonly bytes: Map<number, number>;
  /** Bytes that this share adds. */
  taken: number;
  /** The rows of what this share does not take, by receipt. */
  readonly untaken: Map<string, OwnedRow>;
}

/** Loads the days of those of these commands that came by the pixel. */
export function loadPixelDays(
  sql: Sql,
  commands: readonly Command[],
  nowMs: number,
  limits: PixelLimits,
): OpenPixelDays {
  const asked = commands.flatMap(({ channel, receivedAtMs }) => (channel === "pixel" ? dayOf(receivedAtMs) : []));
  const query = "SELECT d.day, d.bytes FROM json_each(?) k CROSS JOIN pixel_days d ON d.day = k.value";
  const rows = asked.length === 0 ? [] : sql.exec(query, JSON.stringify([...new Set(asked)])).toArray();
  return {
    limits,
    firstDay: dayOf(nowMs) - limits.days,
    forgottenTo: loadForgotten(sql),
    bytes: new Map(rows.map(({ day, bytes }) => [Number(day), Number(bytes)])),
    taken: 0,
    untaken: new Map(),
  };
}

/** The last message that was looked at to forget it; null as long as none was. */
export function loadForgotten(sql: Sql): Position | null {
  const [row] = sql.exec("SELECT received_at, receipt FROM pixel_forgotten").toArray();
  return row ? { receivedAtMs: Number(row.received_at), row: 0, receipt: String(row.receipt) } : null;
}

/** True where a message by the pixel that is new may be decided; where it may not, its row says why. */
export function admitPixel(days: OpenPixelDays, command: Command, nowMs: number): boolean {
  const refusal = refusePixel(command, days, days.limits);
  if (refusal !== null) days.untaken.set(command.receipt, untakenRow(command, refusal, nowMs));
  return refusal === null;
}

/** Counts a message that was taken. */
export function countPixel(days: OpenPixelDays, command: Command): void {
  const bytes = pixelBytes(command);
  const day = dayOf(command.receivedAtMs);
  days.bytes.set(day, (days.bytes.get(day) ?? 0) + bytes);
  days.taken += bytes;
}

/** Tells the days that it wrote, and those that are gone. */
export function writePixelDays(sql: Sql, { taken, bytes, firstDay }: OpenPixelDays): Changed[] {
  if (taken === 0) return [];
  for (const [day, sum] of bytes)
    sql.exec(
      `INSERT INTO pixel_days (day, bytes) VALUES (CAST(? AS INTEGER), CAST(? AS INTEGER))
       ON CONFLICT DO UPDATE SET bytes = excluded.bytes WHERE bytes <> excluded.bytes`,
      String(day),
      String(sum),
    );
  const gone = sql.exec("DELETE FROM pixel_days WHERE day < CAST(? AS INTEGER) RETURNING day", String(firstDay));
  return [...bytes.keys(), ...gone.toArray().map(({ day }) => Number(day))].map((day) => ["pixel_days", day]);
}

/** When the first day begins that is still taken. */
export function firstTakenMs({ firstDay }: PixelDays): number {
  return firstDay * DAY_MS;
}
