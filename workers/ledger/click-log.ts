/** The click log at rest: gives a queue batch of clicks to the objects of their days, and finds clicks for their conversions. */
import { columnsOf } from "../../schema/columns.ts";
import type { ClickKind, ClicksMessage, LoggedClick } from "../../schema/messages.ts";
import { conversions } from "../../schema/tables.ts";
import { ALPHABET } from "../core/base32.ts";
import { TOLD_BY_CLICK_ID } from "../core/books/rows.ts";
import type { Click } from "../core/click-id.ts";
import {
  askParts,
  clickDayName,
  type DayPlace,
  dayOf,
  placeOf,
  placesOf,
  type ShardPlan,
  shardsOf,
  slotOf,
  slotOfPack,
  visitsName,
} from "../core/click-log/click-days.ts";
import { CLICK_FACTS, type ClickCells, clickRow, factPlace } from "../core/click-log/click-facts.ts";
import { markFirsts, openPack, readOwnClickId } from "../core/click-log/click-pack.ts";
import { withinTime } from "../core/time-limit.ts";
import { findAdopted } from "./adopted-clicks.ts";
import { type ArchivedClicksParts, findArchived } from "./archive/archived-clicks.ts";
import { type ClickGroup, groupsOf, type LoggableClick } from "./click-share.ts";
import { type ClickDays, readPlaces } from "./day-objects.ts";
import { VISITS_KEPT_DAYS } from "./open-day.ts";
import { createUserAgentReader, type UserAgentVerdict } from "./user-agent.ts";

/** Packs are found in milliseconds, what the archive alone has in some hundred. */
const FIND_MS = 3_000;

const TOLD: ReadonlySet<string> = new Set(TOLD_BY_CLICK_ID);
const OF_CONVERSIONS = new Set(columnsOf(conversions));
/** What a conversion takes over from its click, as it lies in the row of either. */
const TAKEN_OVER = CLICK_FACTS.flatMap(({ name }, place) =>
  OF_CONVERSIONS.has(name) && !TOLD.has(name) ? [{ name, place }] : [],
);
/** Under these names a conversion takes over from its click what its ID does not tell. */
export const CLICK_COLUMNS = ["click_kind", ...TAKEN_OVER.map(({ name }) => name)];
const KIND = factPlace("kind");

/** A click, as far as its conversions need it. */
export type ClickRow = { click_id: string } & Record<string, string | null>;

/** What the click log needs of the world. */
export interface ClickLogParts extends ArchivedClicksParts {
  days: ClickDays;
}

/** And for logging. */
export interface LoggingParts extends ClickLogParts {
  VISITS: string;
  /** Adds clicks to the archive whose day has left its objects. */
  addLate: (rows: readonly ClickCells[], nowMs: number) => Promise<void>;
}

/**
 * Gives the clicks of a queue batch to the objects of their days, each of which takes its share in one transaction. Delivered again it changes nothing: a click that is
 * there is left as it is, and so is the click that a first visit was given to. Throws unless all are taken; around a poison one the others are.
 */
export async function logClicks(parts: LoggingParts, messages: readonly ClicksMessage[], nowMs: number): Promise<void> {
  const firstKeptDay = parts.VISITS === "none" ? Number.POSITIVE_INFINITY : dayOf(nowMs) - VISITS_KEPT_DAYS;
  const { clicks, unreadable, broken } = readClicks(messages, firstKeptDay);
  if (unreadable > 0) console.error({ event: "clicks_unreadable", clicks: unreadable });
  const isLate = clicks.length > 0 && (await logReadClicks(parts, clicks, nowMs));
  if (broken !== null) throw broken;
  if (isLate) throw new Error("clicks of a day that is leaving its object wait until it has");
}

/** True where a day is on its way into the archive: its clicks are to come again. */
async function logReadClicks(parts: LoggingParts, clicks: readonly LogClick[], nowMs: number): Promise<boolean> {
  const { plan, hotFromMs, finalFromMs } = await readPlaces(parts.DB);
  const hot = clicks.filter(({ id }) => id.issuedAtMs >= hotFromMs);
  const shares = sharesOf(hot, ({ id }) => [placeOf(plan, id)]).map(({ place, items }) => ({
    place,
    groups: groupsOf(items),
  }));
  await Promise.all(
    [...Map.groupBy(shares, ({ place }) => place.day)].map(([day, some]) => addDay(parts.days, plan, day, some)),
  );
  const cold = clicks.filter(({ id }) => id.issuedAtMs < finalFromMs);
  if (cold.length > 0)
    await parts.addLate(
      cold.map(({ row }) => row),
      nowMs,
    );
  return hot.length + cold.length < clicks.length;
}

interface LogClick extends LoggableClick {
  id: Click;
}

/** Items by the places that each of them has a part in. */
export function sharesOf<Item>(items: readonly Item[], placesOfItem: (item: Item) => DayPlace[]) {
  const shares = new Map<string, { place: DayPlace; items: Item[] }>();
  for (const item of items)
    for (const place of placesOfItem(item)) {
      const name = `${place.day}:${place.shard}`;
      const share = shares.get(name) ?? { place, items: [] };
      shares.set(name, share);
      share.items.push(item);
    }
  return [...shares.values()];
}

/** The clicks to log; how many have no ID of ours; and the error of one that only a bug can have made. */
function readClicks(messages: readonly ClicksMessage[], firstKeptDay: number) {
  const verdictOf = createUserAgentReader();
  const read: { clicks: LogClick[]; unreadable: number; broken: Error | null } = {
    clicks: [],
    unreadable: 0,
    broken: null,
  };
  for (const click of messages.flatMap(({ clicks }) => clicks)) {
    try {
      const one = readClick(click, verdictOf(click.userAgent ?? ""), firstKeptDay);
      if (one) read.clicks.push(one);
      else read.unreadable++;
    } catch (error) {
      read.broken = new Error("a click could not be read", { cause: error });
    }
  }
  return read;
}

/** Null when its ID is none: then it is no click of ours. */
function readClick(click: LoggedClick, { browser, bot }: UserAgentVerdict, firstKeptDay: number): LogClick | null {
  // What could not be settled for a time may have been erased there.
  const id = readOwnClickId(click.clickId);
  if (!id) return null;
  const kind = kindOf(click, id.provisional, bot);
  const row = clickRow({ click, id, kind, browser });
  // Only what counts at once can be a first visit: a prefetch must not take it from the visit that follows. Where the day's visits are forgotten,
  // as when a message was kept for weeks and is sent again, the first one was counted already.
  const mayBeFirst = kind === "counted" && !id.test && dayOf(id.issuedAtMs) >= firstKeptDay;
  return mayBeFirst && click.visitor !== undefined ? { id, row, visitor: click.visitor } : { id, row };
}

/** A previewer, or what is embedded, stays that where it is a known bot too; a prefetch is no page's image. An embedded click's ID has the flag of a provisional one. */
function kindOf(click: LoggedClick, isFlagged: boolean, isBot: boolean): ClickKind {
  if (click.provisional) return "provisional";
  if (click.embedded) return "embedded";
  if (isFlagged) return "provisional";
  return isBot || click.bot ? "bot" : "counted";
}

/** What goes to one object. */
interface PlacedGroups {
  place: DayPlace;
  groups: ClickGroup[];
}

async function addDay(days: ClickDays, plan: ShardPlan, day: number, shares: readonly PlacedGroups[]): Promise<void> {
  const shards = shardsOf(plan, day);
  const firstsOf =
    shards > 1
      ? await judged(
          days,
          day,
          shards,
          shares.flatMap(({ groups }) => groups),
        )
      : null;
  await Promise.all(
    shares.map(({ place, groups }) => {
      const given = firstsOf ? groups.map((group) => ({ ...group, visits: [], firsts: firstsOf(group) })) : groups;
      return addShare(days, shards, place, given);
    }),
  );
}

/** One part after the other takes what it has room for. */
async function addShare(days: ClickDays, shards: number, place: DayPlace, given: readonly ClickGroup[]): Promise<void> {
  let groups = [...given];
  for (let part = 1; groups.length > 0; part++)
    groups = (await days(clickDayName(place, shards, part)).add({ day: place.day, groups })).rest;
}

/** A visitor's clicks lie in all shards, so objects of their own say which is the first: each is asked once about all of a batch's. */
async function judged(
  days: ClickDays,
  day: number,
  shards: number,
  groups: readonly ClickGroup[],
): Promise<(group: ClickGroup) => Uint8Array> {
  const visits = groups.flatMap((group) => group.visits.map((visit) => ({ group, visit })));
  const shares = [...Map.groupBy(visits, ({ visit }) => ALPHABET.indexOf(visit.visitor.charAt(0)) % shards)];
  const firsts = await Promise.all(
    shares.map(async ([number, share]) => {
      const asked = share.map(({ visit: { visitor, clickId } }) => ({ visitor, clickId }));
      const answers = await days(visitsName(day, Math.max(0, number))).judge(day, asked);
      return share.filter((_, index) => answers[index]);
    }),
  );
  const placesOfGroup = Map.groupBy(firsts.flat(), ({ group }) => group);
  return (group) => {
    const last = Math.max(0, ...group.visits.map(({ place }) => place));
    return markFirsts(
      last + 1,
      (placesOfGroup.get(group) ?? []).map(({ visit }) => visit.place),
    );
  };
}

/** These clicks, as far as they are in the log or were adopted, by click ID (lower case). Throws when the log does not answer in time: nobody waits for a statistic. */
export async function findClicks(parts: ClickLogParts, clickIds: readonly string[]): Promise<Map<string, ClickRow>> {
  if (clickIds.length === 0) return new Map();
  const { adopted = [], own = [] } = Object.groupBy(clickIds, (id) =>
    readOwnClickId(id)?.adopted ? "adopted" : "own",
  );
  const found = Promise.all([
    own.length === 0 ? [] : findRows(parts, own),
    findAdopted(parts.DB, adopted, CLICK_COLUMNS),
  ]);
  const [logged, imported] = await withinTime(found, FIND_MS, globalThis);
  return new Map([...logged.map(takenOver), ...imported.map(countedRow)].map((row) => [row.click_id, row]));
}

/** An adopted click counts as one that somebody made: the tracker's report lists no others. */
function countedRow(row: Record<string, string | null>): ClickRow {
  return { ...row, click_id: String(row.click_id), click_kind: "counted" };
}

/** The rows of these clicks, whole. */
async function findRows(parts: ClickLogParts, clickIds: readonly string[]): Promise<ClickCells[]> {
  const { plan, hotFromMs } = await readPlaces(parts.DB);
  const isHot = (clickId: string) => (readOwnClickId(clickId)?.issuedAtMs ?? 0) >= hotFromMs;
  const shares = sharesOf(clickIds.filter(isHot), (clickId) => placesOf(plan, clickId));
  const found = await Promise.all([
    ...shares.map(({ place, items }) => findInDay(parts.days, plan, place, items)),
    findArchived(
      parts,
      clickIds.filter((clickId) => !isHot(clickId)),
    ),
  ]);
  return found.flat();
}

async function findInDay(days: ClickDays, plan: ShardPlan, place: DayPlace, clickIds: string[]): Promise<ClickCells[]> {
  const shards = shardsOf(plan, place.day);
  const packs = await askParts((part) => days(clickDayName(place, shards, part)).find(clickIds));
  // A block is opened as soon as a click may be in it, so a pack is asked for the clicks of its time alone.
  const ofSlots = Map.groupBy(clickIds, (clickId) => slotOf(readOwnClickId(clickId)?.issuedAtMs ?? 0));
  return packs.flat().flatMap((pack) => {
    const { placeOf: placeIn, row } = openPack(pack);
    return (ofSlots.get(slotOfPack(pack)) ?? []).flatMap((clickId) => {
      const at = placeIn(clickId);
      return at === null ? [] : [row(at)];
    });
  });
}

/** At rest an embedded click of a conversion is a provisional one. */
function takenOver(row: ClickCells): ClickRow {
  const kind = row[KIND] === "embedded" ? "provisional" : row[KIND];
  const cells = TAKEN_OVER.map(({ name, place }): [string, string | null] => [name, textOf(row[place])]);
  return { click_id: String(row[factPlace("click_id")]), click_kind: textOf(kind), ...Object.fromEntries(cells) };
}

function textOf(cell: ClickCells[number] | undefined): string | null {
  return cell === null || cell === undefined ? null : String(cell);
}
