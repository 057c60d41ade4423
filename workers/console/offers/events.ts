/** The events of offers: what each pays and earns, and what single affiliates earn instead. */
import { type AnyColumn, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { affiliates, offerEventOverrides, offerEvents } from "../../../schema/tables.ts";
import { kindByName } from "../../core/event-kinds.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { changedColumns, newColumns } from "../set-up/field-values.ts";
import type { Scope } from "../web/caller.ts";
import { fixedAfterCreation, invalid, type Problem } from "../web/problem.ts";
import { merge } from "../web/saving.ts";
import { type EventInput, eventFields, type OfferEvent, type Override, overrideFields } from "./event-fields.ts";

/** An event of which nothing was said but its name, which says what it is. */
function blankEvent(name: string, position: number): OfferEvent {
  const columns = { ...newColumns(eventFields, { name }), kind: kindByName(name) };
  return { ...columns, position, version: 1, overrides: [], ownPayout: null };
}

/** The events of some offers (by number), in the offers' order; where an affiliate looks, with what it is paid itself. */
export async function eventsOf(
  db: DrizzleD1Database,
  offers: readonly number[],
  scope: Scope,
): Promise<Map<number, OfferEvent[]>> {
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
  for (const { offer, ...event } of events) byOffer.get(offer)?.push({ ...event, overrides: [], ownPayout: null });
  for (const { row, affiliate } of overrides) {
    const event = byOffer.get(row.offer)?.find(({ name }) => name === row.event);
    if (!event) throw new Error(`an override of ${affiliate} without its event ${row.event}`);
    event.overrides.push({ ...row, affiliate });
    if (scope !== "everything" && "affiliate" in scope && scope.affiliate === row.affiliate)
      event.ownPayout = row.payout;
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
  const changed = merge(present, changedColumns(eventFields, input));
  return {
    ...changed,
    version: isNew ? 1 : versionAfter(present, changed),
    overrides: input.overrides ? changeOverrides(present.overrides, input.overrides) : present.overrides,
  };
}

/** The list that is given replaces the one that is there. An override that is left out keeps its row, without rules, so that its version goes on counting. */
function changeOverrides(present: readonly Override[], given: NonNullable<EventInput["overrides"]>): Override[] {
  const kept = given.map((input) => {
    const { affiliate } = input;
    const columns = newColumns(overrideFields, input);
    const found = present.find((override) => override.affiliate === affiliate);
    return { ...columns, affiliate, version: found ? versionAfter(found, columns) : 1 };
  });
  const dropped = present.filter(({ affiliate }) => !given.some((input) => input.affiliate === affiliate));
  const nothing = newColumns(overrideFields, {});
  const emptied = dropped.map((override) => ({ ...override, ...nothing, version: versionAfter(override, nothing) }));
  return [...kept, ...emptied].sort((left, right) => (left.affiliate < right.affiliate ? -1 : 1));
}

/** What its prices hang on; an override has its event's digits. */
interface PricingColumns {
  payout: unknown;
  revenue: unknown;
  digits?: number | null;
}

/** A version rises when a price becomes another one. The statement that writes it counts by itself; this is what it comes to. */
function versionAfter(present: PricingColumns & { version: number }, next: PricingColumns): number {
  const priced = ({ payout, revenue, digits }: PricingColumns) => JSON.stringify([payout, revenue, digits]);
  return present.version + (priced(present) === priced(next) ? 0 : 1);
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
  const overrides = events.flatMap((event) => event.overrides.map((override) => ({ ...override, event: event.name })));
  const { offer, name } = offerEvents;
  const ofOverride = [offerEventOverrides.offer, offerEventOverrides.event, offerEventOverrides.affiliate];
  return [
    db
      .insert(offerEvents)
      .select(
        sql`SELECT ${columnsOf(offerEvents, { offer: sql`offers.number` })} FROM offers, ${rowsOf(offerEvents, events)}
        WHERE offers.slug = ${slug}`,
      )
      .onConflictDoUpdate({ target: [offer, name], set: excluded(offerEvents, [offer, name]) }),
    db
      .insert(offerEventOverrides)
      .select(
        sql`SELECT ${columnsOf(offerEventOverrides, { offer: sql`offers.number`, affiliate: sql`affiliates.number` })}
        FROM offers, ${rowsOf(offerEventOverrides, overrides)}
        JOIN affiliates ON affiliates.slug = given.value ->> 'affiliate' WHERE offers.slug = ${slug}`,
      )
      .onConflictDoUpdate({ target: ofOverride, set: excluded(offerEventOverrides, ofOverride) }),
  ] as const;
}

/** The columns that prices hang on. */
const PRICING: readonly string[] = ["payout", "revenue", "digits"] satisfies (keyof PricingColumns)[];

type Priced = typeof offerEvents | typeof offerEventOverrides;

/** The rows as `given` holds them, each column as it is stored. */
function rowsOf(table: Priced, rows: readonly object[]): SQL {
  const columns = Object.entries(getTableColumns(table));
  const stored = rows.map((row) =>
    Object.fromEntries(
      columns.map(([property, column]) => {
        const value: unknown = Reflect.get(row, property) ?? null;
        return [property, value === null ? null : column.mapToDriverValue(value)] as const;
      }),
    ),
  );
  return sql`json_each(${JSON.stringify(stored)}) AS given`;
}

/** Every column of a new row: those that are looked up, the rest as given; it begins with version 1. */
function columnsOf(table: Priced, lookedUp: Record<string, SQL>): SQL {
  const known: Record<string, SQL> = { ...lookedUp, version: sql`1` };
  const columns = Object.keys(getTableColumns(table));
  return sql.join(
    columns.map((property) => known[property] ?? sql.raw(`given.value ->> '${property}'`)),
    sql`, `,
  );
}

/** What becomes of a row that is there: all but its key is as given, and the version rises where a price is another one. */
function excluded(table: Priced, key: readonly AnyColumn[]) {
  const { version } = table;
  const pricing = Object.entries(getTableColumns(table)).filter(([property]) => PRICING.includes(property));
  const isOther = pricing.map(([, column]) => sql`${column} IS NOT ${sql.raw(`excluded.${column.name}`)}`);
  const columns = Object.entries(getTableColumns(table)).filter(([, column]) => !key.includes(column));
  return {
    ...Object.fromEntries(columns.map(([property, column]) => [property, sql.raw(`excluded.${column.name}`)] as const)),
    version: sql`${version} + (${sql.join(isOther, sql` OR `)})`,
  };
}
