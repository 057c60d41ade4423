/** Who speaks in a row of the postback log, and in which words: an advertiser at our own doors, or by another tracker's postback URL. */
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Mapping } from "../../../schema/records.ts";
import { advertisers, trackers } from "../../../schema/tables.ts";
import { type Dialect, makeDialect } from "../../core/postback/dialect.ts";
import { makeTrackerDialect, spokenDialect } from "../../core/trackers/tracker-dialect.ts";
import { TRACKER_TABLES } from "../../core/trackers/tracker-tables.ts";
import type { LoggedMessage } from "./stored-message.ts";

/** How the senders of rows speak, by `speakerOf`. */
export type Dialects = ReadonlyMap<string, Dialect>;

/** Who speaks in a row: its advertiser, or its advertiser by a tracker's postback URL. */
export function speakerOf({ advertiser, channel }: LoggedMessage): string {
  return channel.startsWith("tracker:") ? `${advertiser} ${channel}` : String(advertiser);
}

/** How those speak by now who speak in these rows. */
export async function readDialects(db: D1Database, rows: readonly LoggedMessage[]): Promise<Dialects> {
  const numbers = [...new Set(rows.map(({ advertiser }) => advertiser))];
  const senders = await drizzle(db)
    .select({ number: advertisers.number, mapping: advertisers.mapping })
    .from(advertisers)
    .where(sql`${advertisers.number} IN (SELECT value FROM json_each(${JSON.stringify(numbers)}))`);
  const own = new Map(senders.map(({ number, mapping }) => [String(number), makeDialect(mapping ?? undefined)]));
  const byTracker = await readTrackers(db, rows);
  for (const row of rows) {
    const sender = own.get(String(row.advertiser));
    const tracker = byTracker.get(row.channel);
    if (sender && tracker) own.set(speakerOf(row), spokenDialect(tracker.dialect, sender, tracker.mapping));
  }
  return own;
}

/** A tracker's words, and set-up's for it. */
interface SpokenBy {
  dialect: Dialect;
  mapping: Mapping | undefined;
}

/** The trackers by whose postback URLs rows came, by their channel. */
async function readTrackers(db: D1Database, rows: readonly LoggedMessage[]): Promise<ReadonlyMap<string, SpokenBy>> {
  const slugs = [...new Set(rows.flatMap(({ channel }) => (channel.startsWith("tracker:") ? [channel.slice(8)] : [])))];
  if (slugs.length === 0) return new Map();
  const found = await drizzle(db)
    .select({ slug: trackers.slug, dialect: trackers.dialect, mapping: trackers.mapping })
    .from(trackers)
    .where(sql`${trackers.slug} IN (SELECT value FROM json_each(${JSON.stringify(slugs)}))`);
  return new Map(
    found.flatMap(({ slug, dialect, mapping }): [string, SpokenBy][] => {
      const table = TRACKER_TABLES.get(dialect);
      const own = mapping ?? undefined;
      return table ? [[`tracker:${slug}`, { dialect: makeTrackerDialect(table, own), mapping: own }]] : [];
    }),
  );
}
