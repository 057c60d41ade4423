/** Destinations: who is told, in which form; set up by the programme, and by affiliates and advertisers for themselves. */
import { and, count, desc, eq, ne, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { advertisers, affiliates, destinations } from "../../../schema/tables.ts";
import { DEFAULT_FILTERS } from "../../core/courier/destination-filters.ts";
import type { DestinationOwner } from "../../core/courier/destination-settings.ts";
import { rotatedVersions } from "../../core/courier/webhook-signing.ts";
import { must } from "../../core/must.ts";
import { isTestable } from "../../core/platforms/platform-events.ts";
import { PLATFORMS } from "../../core/platforms/platforms.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { ChangeStamp } from "../audit/change.ts";
import { logDeed } from "../audit/deeds.ts";
import type { Env } from "../env.ts";
import type { Viewer } from "../set-up/field.ts";
import { newColumns } from "../set-up/field-values.ts";
import { type FoundPage, lifeOf } from "../set-up/life.ts";
import { stampedNow } from "../set-up/stamps.ts";
import type { Caller } from "../web/caller.ts";
import type { ListPage } from "../web/listing.ts";
import { invalid, type Problem } from "../web/problem.ts";
import { isTaken } from "../web/saving.ts";
import { askCourier } from "./ask-courier.ts";
import {
  type DestinationChange,
  type DestinationList,
  type DestinationView,
  destinationFields,
  destinationView,
  type NewDestination,
  type ShownDestination,
} from "./fields.ts";
import { EMPTY_CONFIG, keptConfig } from "./kept-config.ts";
import { settingsOf } from "./settings.ts";

/** An affiliate or an advertiser has so many that have not ended: each is asked of every conversion. */
export const MOST_OF_AN_OWNER = 20;
const NUMBER_TRIES = 5;
const MOST_LISTED = 1_000;

/** `caller` says which offers may be named; nothing but that depends on it. */
function lifeFor(env: Env, caller: Caller, isNew = false) {
  return lifeOf({
    kind: "destination",
    one: "a destination",
    table: destinations,
    fields: destinationFields,
    view: (destination: ShownDestination, viewer: Viewer) => destinationView(destination, viewer),
    find: findDestinations,
    insert: (db, row) => db.insert(destinations).values(row).returning(),
    update: (db, number, columns) => db.update(destinations).set(columns).where(eq(destinations.number, number)),
    async beside<Destination extends ShownDestination>(
      db: DrizzleD1Database,
      present: Destination,
      input: DestinationChange,
    ) {
      const settings = await settingsOf(env, caller, present, input);
      if (!settings.ok) return settings;
      const { offers, config, filters, secrets, keyNumber } = settings.value;
      const columns = { config: { ...config }, filters: { ...filters }, secrets, keyNumber };
      const thing = { ...present, config, filters, offers, row: { ...present.row, ...columns } };
      const statement = db.update(destinations).set(columns).where(eq(destinations.number, present.row.number));
      // A new row has them already: written again it would be of a second version.
      return accept({ thing, statements: isNew ? [] : [statement] });
    },
  });
}

/** The destination, when the caller may see it. */
export async function findDestination(
  env: Env,
  caller: Caller,
  key: string,
): Promise<Result<ShownDestination, Problem>> {
  return lifeFor(env, caller).find(env, caller, key);
}

export async function readDestination(
  env: Env,
  caller: Caller,
  key: string,
): Promise<Result<DestinationView, Problem>> {
  return lifeFor(env, caller).read(env, caller, key);
}

export async function listDestinations(
  env: Env,
  caller: Caller,
  query: DestinationList,
): Promise<ListPage<DestinationView>> {
  return lifeFor(env, caller).list(env, caller, query);
}

/** Creates a destination; an affiliate's and an advertiser's is its own, whatever is said. */
export async function createDestination(
  env: Env,
  input: NewDestination,
  change: ChangeStamp,
): Promise<Result<DestinationView, Problem>> {
  const placed = await ownerFor(env, change.by, input);
  if (!placed.ok) return placed;
  const { owner, ...names } = placed.value;
  const full = await fullness(env, owner);
  if (full) return refuse(full);
  const ownColumns = {
    ownerType: owner.type,
    owner: owner.type === "programme" ? null : owner.number,
    offer: null,
    config: {},
    filters: {},
    secrets: {},
    version: 1,
    keyNumber: null,
  };
  const columns = { ...newColumns(destinationFields, input), ...stampedNow(change.atMs), ...ownColumns };
  // Secrets are sealed to the number, so it is chosen here; nothing is deleted, so the next is free.
  for (let tries = 0; tries < NUMBER_TRIES; tries++) {
    const row = { ...columns, number: await nextNumber(env) };
    const made = { row, ...names, config: EMPTY_CONFIG, filters: DEFAULT_FILTERS, offers: [] };
    try {
      const created = await lifeFor(env, change.by, true).create(env, made, input, change);
      if (!created.ok) return created;
      await testWhereItCan(env, input.slug, change);
      return readDestination(env, change.by, input.slug);
    } catch (error) {
      if (!isTaken(error, "destinations.number")) throw error;
    }
  }
  throw new Error(`no free number in ${NUMBER_TRIES} tries`);
}

/** Changes what is given, and tells the courier. */
export async function changeDestination(
  env: Env,
  key: string,
  input: DestinationChange,
  change: ChangeStamp,
): Promise<Result<DestinationView, Problem>> {
  const found = await findDestination(env, change.by, key);
  if (!found.ok) return found;
  const { row } = found.value;
  if (row.status === "ended" && input.status !== undefined && input.status !== "ended") {
    const full = await fullness(env, ownerIn(row));
    if (full) return refuse(full);
  }
  const changed = await lifeFor(env, change.by).change(env, key, input, change);
  if (!changed.ok) return changed;
  // Where it cannot be told, it sees the new version with the next notice.
  await askCourier(env, (courier) => courier.changed(row.number));
  if (TESTED_FIELDS.some((name) => input[name] !== undefined)) await testWhereItCan(env, key, change);
  return readDestination(env, change.by, key);
}

/** What an ad platform's test would show to be wrong. */
const TESTED_FIELDS = ["values", "secrets", "event_names"] as const;

/** An ad platform that can be told a test is told one as soon as it is set up: what is wrong with it then stands in its log. */
async function testWhereItCan(env: Env, key: string, change: ChangeStamp): Promise<void> {
  const found = await findDestination(env, change.by, key);
  if (!found.ok) return;
  const { row, config } = found.value;
  if (!config.platform || row.status !== "active") return;
  if (!isTestable(PLATFORMS[config.platform.name], config.platform.settings)) return;
  const sent = await askCourier(env, (courier) => courier.sendTest(row.number));
  if (!sent.ok) return;
  const deed = { action: "test", kind: "destination", subject: key, after: { delivery_id: sent.value } } as const;
  await logDeed(env, change, deed);
}

/** A new secret for a webhook: the one before it signs too until then. */
export async function rotateSecret(
  env: Env,
  key: string,
  untilMs: number,
  change: ChangeStamp,
): Promise<Result<null, Problem>> {
  const found = await findDestination(env, change.by, key);
  if (!found.ok) return found;
  const { row, config } = found.value;
  if (row.kind !== "webhook")
    return refuse(invalid("#", "Only a webhook is signed: the secrets of a template are set with it."));
  const keys = await askCourier(env, (courier) => courier.keyNumbers());
  if (!keys.ok) return keys;
  const signing = rotatedVersions(config.signing ?? [], keys.value, { untilMs, nowMs: change.atMs });
  const db = drizzle(env.DB);
  const isUnchanged = and(eq(destinations.number, row.number), eq(destinations.version, row.version));
  const [rotated] = await db
    .update(destinations)
    .set({ config: { ...config, signing }, updatedAtMs: change.atMs })
    .where(isUnchanged)
    .returning();
  if (!rotated)
    return refuse({
      name: "try_again",
      detail: "Somebody else changed this destination at this moment: look, and try again.",
    });
  await logDeed(env, change, { action: "rotate", kind: "destination", subject: key, after: signing });
  // Where it cannot be told, it sees the new version with the next notice.
  await askCourier(env, (courier) => courier.changed(row.number));
  return accept(null);
}

function ownerIn({ ownerType, owner }: ShownDestination["row"]): DestinationOwner {
  return ownerType === "programme" || owner === null ? { type: "programme" } : { type: ownerType, number: owner };
}

interface PlacedOwner {
  owner: DestinationOwner;
  affiliate: string | null;
  advertiser: string | null;
}

async function ownerFor(
  env: Env,
  { scope }: Caller,
  { affiliate = null, advertiser = null }: NewDestination,
): Promise<Result<PlacedOwner, Problem>> {
  if (scope !== "everything") {
    const [type, number] =
      "affiliate" in scope ? (["affiliate", scope.affiliate] as const) : (["advertiser", scope.advertiser] as const);
    const own = await ownSlug(env, type, eq(tableOf(type).number, number));
    const named = type === "affiliate" ? affiliate : advertiser;
    const other = type === "affiliate" ? advertiser : affiliate;
    if (!own || other !== null || (named !== null && named !== own.slug))
      return refuse(
        invalid(
          `#/${named !== null ? type : "affiliate"}`,
          "A destination that you set up is your own: leave this out.",
        ),
      );
    return accept(placedAt(type, own));
  }
  if (affiliate !== null && advertiser !== null)
    return refuse(
      invalid("#/advertiser", "A destination is an affiliate's or an advertiser's, not both: leave one out."),
    );
  const [type, slug] = affiliate === null ? (["advertiser", advertiser] as const) : (["affiliate", affiliate] as const);
  if (slug === null) return accept({ owner: { type: "programme" }, affiliate, advertiser });
  const found = await ownSlug(env, type, eq(tableOf(type).slug, slug));
  return found
    ? accept(placedAt(type, found))
    : refuse(invalid(`#/${type}`, `There is no ${type} "${slug}": create it first.`));
}

function tableOf(type: "affiliate" | "advertiser") {
  return type === "affiliate" ? affiliates : advertisers;
}

async function ownSlug(env: Env, type: "affiliate" | "advertiser", where: SQL) {
  const table = tableOf(type);
  const [row] = await drizzle(env.DB).select({ number: table.number, slug: table.slug }).from(table).where(where);
  return row;
}

function placedAt(type: "affiliate" | "advertiser", { number, slug }: { number: number; slug: string }): PlacedOwner {
  return {
    owner: { type, number },
    affiliate: type === "affiliate" ? slug : null,
    advertiser: type === "advertiser" ? slug : null,
  };
}

/** Why this owner may have no other one; null where it may. */
async function fullness(env: Env, owner: DestinationOwner): Promise<Problem | null> {
  if (owner.type === "programme") return null;
  const own = and(eq(destinations.ownerType, owner.type), eq(destinations.owner, owner.number));
  const [row] = await drizzle(env.DB)
    .select({ open: count() })
    .from(destinations)
    .where(and(own, ne(destinations.status, "ended")));
  if (must(row, "a count of", "destinations").open < MOST_OF_AN_OWNER) return null;
  return invalid(
    "#",
    `An ${owner.type} has at most ${MOST_OF_AN_OWNER} destinations that have not ended: end one first.`,
  );
}

async function nextNumber(env: Env): Promise<number> {
  const [row] = await drizzle(env.DB)
    .select({ last: sql<number>`coalesce(max(${destinations.number}), 0)` })
    .from(destinations);
  return must(row, "the last number of", "destinations").last + 1;
}

async function findDestinations(
  db: DrizzleD1Database,
  caller: Caller,
  conditions: readonly (SQL | undefined)[],
  page: FoundPage,
): Promise<ShownDestination[]> {
  const found = await db
    .select({
      row: destinations,
      affiliate: affiliates.slug,
      advertiser: advertisers.slug,
      offers: sql<string>`(SELECT json_group_array(o.slug) FROM json_each(${destinations.filters}, '$.offers') k JOIN offers o ON o.number = k.value)`,
    })
    .from(destinations)
    .leftJoin(affiliates, and(eq(destinations.ownerType, "affiliate"), eq(affiliates.number, destinations.owner)))
    .leftJoin(advertisers, and(eq(destinations.ownerType, "advertiser"), eq(advertisers.number, destinations.owner)))
    .where(and(visibleTo(caller), ...conditions))
    .orderBy(...page.order)
    .limit(page.limit);
  return found.map(({ offers, ...one }) => ({
    ...one,
    config: keptConfig(one.row.config),
    filters: { ...DEFAULT_FILTERS, ...one.row.filters },
    offers: JSON.parse(offers),
  }));
}

/** An affiliate and an advertiser see their own. */
function visibleTo({ scope }: Caller): SQL | undefined {
  if (scope === "everything") return undefined;
  const [type, number] =
    "affiliate" in scope ? (["affiliate", scope.affiliate] as const) : (["advertiser", scope.advertiser] as const);
  return and(eq(destinations.ownerType, type), eq(destinations.owner, number));
}

/** A destination by the names that deliveries are listed under. */
export interface NamedDestination {
  number: number;
  slug: string;
  kind: string;
}

/** Those that the caller may see, the newest first, and those that have ended among them: what they told is kept for a while. */
export async function namedDestinations(
  env: Pick<Env, "DB">,
  caller: Caller,
  limit = MOST_LISTED,
): Promise<NamedDestination[]> {
  const { number, slug, kind } = destinations;
  return drizzle(env.DB)
    .select({ number, slug, kind })
    .from(destinations)
    .where(visibleTo(caller))
    .orderBy(desc(number))
    .limit(limit);
}
