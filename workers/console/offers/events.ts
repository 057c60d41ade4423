/** The events of offers: what each pays and earns, and what single affiliates earn instead. */
import { eq, sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { affiliates, offerEventOverrides, offerEvents, type StoredPricing } from "../../../schema/tables.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { fixedAfterCreation, invalid, type Problem } from "../web/problem.ts";
import type { EventInput } from "./fields.ts";

/** What one affiliate earns instead; an absent rule leaves the event's own. */
export interface Override {
  affiliate: string;
  payout: StoredPricing | null;
  revenue: StoredPricing | null;
  version: number;
}

export interface OfferEvent {
  name: string;
  position: number;
  payout: StoredPricing;
  revenue: StoredPricing;
  repeat: "per_txid" | "once_per_click";
  restate: "ignore" | "replace";
  windowDays: number | null;
  version: number;
  overrides: Override[];
}

/** An event of which nothing was said but its name: it pays nothing, and earns what each postback says. */
function blankEvent(name: string, position: number): OfferEvent {
  return {
    name,
    position,
    payout: { flat: 0 },
    revenue: "posted",
    repeat: "per_txid",
    restate: "ignore",
    windowDays: null,
    version: 1,
    overrides: [],
  };
}

/** The events of some offers (by number), in the offers' order. */
export async function eventsOf(db: DrizzleD1Database, offers: readonly number[]): Promise<Map<number, OfferEvent[]>> {
  const among = (column: typeof offerEvents.offer | typeof offerEventOverrides.offer) =>
    sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(offers)}))`;
  const [events, overrides] = await db.batch([
    db.select().from(offerEvents).where(among(offerEvents.offer)).orderBy(offerEvents.offer, offerEvents.position),
    db
      .select({ row: offerEventOverrides, affiliate: affiliates.slug })
      .from(offerEventOverrides)
      .innerJoin(affiliates, eq(affiliates.number, offerEventOverrides.affiliate))
      .where(among(offerEventOverrides.offer))
      .orderBy(affiliates.slug),
  ]);
  const byOffer = new Map(offers.map((offer): [number, OfferEvent[]] => [offer, []]));
  for (const { offer, ...event } of events) byOffer.get(offer)?.push({ ...event, overrides: [] });
  for (const { row, affiliate } of overrides) {
    const event = byOffer.get(row.offer)?.find(({ name }) => name === row.event);
    event?.overrides.push({ affiliate, payout: row.payout, revenue: row.revenue, version: row.version });
  }
  return byOffer;
}

/**
 * The events as they are after a change: those named get what is said of them, new ones come last, the others stay.
 * Refuses a version that is not the present one: whoever sent it has seen other rules than those that are there.
 */
export function changeEvents(
  present: readonly OfferEvent[],
  given: readonly EventInput[],
): Result<OfferEvent[], Problem> {
  let position = present.reduce((last, event) => Math.max(last, event.position), -1);
  const changed = new Map(present.map((event) => [event.name, event]));
  for (const [index, input] of given.entries()) {
    const found = changed.get(input.name);
    if (input.version !== undefined && input.version !== (found?.version ?? 1))
      return refuse(fixedAfterCreation("an event", [`events/${index}/version`]));
    changed.set(input.name, changeEvent(found ?? blankEvent(input.name, ++position), input, found === undefined));
  }
  return accept([...changed.values()]);
}

function changeEvent(present: OfferEvent, input: EventInput, isNew: boolean): OfferEvent {
  const rules = { payout: input.payout ?? present.payout, revenue: input.revenue ?? present.revenue };
  return {
    ...present,
    ...rules,
    repeat: input.repeat ?? present.repeat,
    restate: input.restate ?? present.restate,
    windowDays: input.window_days === undefined ? present.windowDays : input.window_days,
    version: isNew ? 1 : versionAfter(present, rules),
    overrides: input.overrides ? changeOverrides(present.overrides, input.overrides) : present.overrides,
  };
}

/** The list that is given replaces the one that is there. An override that is left out keeps its row, without rules, so that its version goes on counting. */
function changeOverrides(present: readonly Override[], given: NonNullable<EventInput["overrides"]>): Override[] {
  const kept = given.map(({ affiliate, payout = null, revenue = null }) => {
    const found = present.find((override) => override.affiliate === affiliate);
    return { affiliate, payout, revenue, version: found ? versionAfter(found, { payout, revenue }) : 1 };
  });
  const dropped = present.filter(({ affiliate }) => !given.some((input) => input.affiliate === affiliate));
  const nothing = { payout: null, revenue: null };
  const emptied = dropped.map((override) => ({ ...override, ...nothing, version: versionAfter(override, nothing) }));
  return [...kept, ...emptied].sort((left, right) => (left.affiliate < right.affiliate ? -1 : 1));
}

/** A version rises when a rule becomes another one. The statement that writes it counts by itself; this is what it comes to. */
function versionAfter(
  present: { payout: unknown; revenue: unknown; version: number },
  rules: { payout: unknown; revenue: unknown },
): number {
  const same = JSON.stringify([present.payout, present.revenue]) === JSON.stringify([rules.payout, rules.revenue]);
  return present.version + (same ? 0 : 1);
}

/** Every affiliate that an override names must be there: the first one that is not, by its place. */
export async function checkOverrides(db: DrizzleD1Database, given: readonly EventInput[]): Promise<Problem | null> {
  const named = given.flatMap((event) => event.overrides?.map(({ affiliate }) => affiliate) ?? []);
  if (named.length === 0) return null;
  const known = await db
    .select({ slug: affiliates.slug })
    .from(affiliates)
    .where(sql`${affiliates.slug} IN (SELECT value FROM json_each(${JSON.stringify(named)}))`);
  const slugs = new Set(known.map(({ slug }) => slug));
  for (const [at, event] of given.entries()) {
    const overrides = event.overrides ?? [];
    const unknown = overrides.findIndex(({ affiliate }) => !slugs.has(affiliate));
    if (unknown >= 0)
      return invalid(
        `#/events/${at}/overrides/${unknown}/affiliate`,
        `There is no affiliate "${overrides[unknown]?.affiliate}": create it first.`,
      );
    const twice = overrides.findIndex(
      ({ affiliate }, index) => overrides.findIndex((one) => one.affiliate === affiliate) !== index,
    );
    if (twice >= 0)
      return invalid(
        `#/events/${at}/overrides/${twice}/affiliate`,
        "This affiliate has an override already: leave one out.",
      );
  }
  return null;
}

/** Statements that write events and overrides of the offer called `slug`. Versions are counted here, where nobody can come between. */
export function writeEvents(db: DrizzleD1Database, slug: string, events: readonly OfferEvent[]) {
  const eventRows = events.map((event) => ({
    ...event,
    payout: JSON.stringify(event.payout),
    revenue: JSON.stringify(event.revenue),
  }));
  const overrideRows = events.flatMap((event) =>
    event.overrides.map(({ affiliate, payout, revenue }) => ({
      event: event.name,
      affiliate,
      payout: payout && JSON.stringify(payout),
      revenue: revenue && JSON.stringify(revenue),
    })),
  );
  return [
    db
      .insert(offerEvents)
      .select(
        sql`SELECT offers.number, given.value ->> 'name', given.value ->> 'position', given.value ->> 'payout',
          given.value ->> 'revenue', given.value ->> 'repeat', given.value ->> 'restate', given.value ->> 'windowDays', 1
        FROM offers, json_each(${JSON.stringify(eventRows)}) AS given WHERE offers.slug = ${slug}`,
      )
      .onConflictDoUpdate({
        target: [offerEvents.offer, offerEvents.name],
        set: {
          payout: sql`excluded.payout`,
          revenue: sql`excluded.revenue`,
          repeat: sql`excluded.repeat`,
          restate: sql`excluded.restate`,
          windowDays: sql`excluded.window_days`,
          version: raised(offerEvents),
        },
      }),
    db
      .insert(offerEventOverrides)
      .select(
        sql`SELECT offers.number, given.value ->> 'event', affiliates.number, given.value ->> 'payout', given.value ->> 'revenue', 1
        FROM offers, json_each(${JSON.stringify(overrideRows)}) AS given
        JOIN affiliates ON affiliates.slug = given.value ->> 'affiliate' WHERE offers.slug = ${slug}`,
      )
      .onConflictDoUpdate({
        target: [offerEventOverrides.offer, offerEventOverrides.event, offerEventOverrides.affiliate],
        set: { payout: sql`excluded.payout`, revenue: sql`excluded.revenue`, version: raised(offerEventOverrides) },
      }),
  ] as const;
}

function raised({ version, payout, revenue }: typeof offerEvents | typeof offerEventOverrides) {
  return sql`${version} + (${payout} IS NOT excluded.payout OR ${revenue} IS NOT excluded.revenue)`;
}
