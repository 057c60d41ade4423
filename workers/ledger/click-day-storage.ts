/**
 * A day of the click log as its object stores it: a row is a pack, the clicks of one queue batch and slot of ten seconds. Rows are billed, and not bytes; time and
 * counter of a click's ID find its pack, so nothing is indexed but the order in which packs came.
 */
import { PACKS_OF_SLOT, SLOT_MS, type StoredPack, slotOf } from "../core/click-log/click-days.ts";
import { type ClickCells, factPlace } from "../core/click-log/click-facts.ts";
import {
  isFirst,
  markFirsts,
  openPack,
  packClicks,
  packOfBlocks,
  readOwnClickId,
  rowsOf,
} from "../core/click-log/click-pack.ts";
import { hasCounter, runsMeet, writeRuns } from "../core/click-log/counter-runs.ts";
import { erasedClickId, erasedVisitor } from "../core/erasure/erased-names.ts";
import { PERSONAL_CLICK_COLUMNS } from "../core/erasure/personal-columns.ts";
import type { HmacKey } from "../core/hmac-sha256.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { HOUR_MS } from "../core/time-units.ts";
import type { AddAnswer, ClickGroup, ClickShare, JudgedVisit } from "./click-share.ts";
import { clickIdOf, counterOf } from "./click-share.ts";
import { cell, WITH_ROWS } from "./json-rows.ts";
import { bytesOf, type Sql } from "./sql.ts";

const PACKS_OF_HOUR = PACKS_OF_SLOT * (HOUR_MS / SLOT_MS);
/** A page of packs ends after so many bytes: an answer over RPC has 32 MiB. */
const PAGE_BYTES = 4_000_000;
const PAGE_PACKS = 500;
const PERSONAL = PERSONAL_CLICK_COLUMNS.map(factPlace);
const ID = factPlace("click_id");
const UNIQUE = factPlace("unique");

/**
 * `seq` numbers packs as they came, since a late one lies among those of its time. Names that are erased are noted by what replaced them: what comes later is met by
 * it. `due_hours`: those that changed otherwise than by a new pack.
 */
const TABLES = `
  CREATE TABLE packs (
    id     INTEGER PRIMARY KEY,
    seq    INTEGER NOT NULL UNIQUE,
    runs   BLOB NOT NULL,
    firsts BLOB NOT NULL,
    clicks BLOB NOT NULL
  ) STRICT;
  CREATE TABLE visits (
    visitor  TEXT PRIMARY KEY,
    click_id TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE erased (
    name TEXT PRIMARY KEY
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE due_hours (
    hour INTEGER PRIMARY KEY
  ) STRICT;
  CREATE TABLE state (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE click_quarters (
    quarter    INTEGER NOT NULL,
    link       INTEGER NOT NULL,
    offer      INTEGER NOT NULL,
    affiliate  INTEGER NOT NULL,
    advertiser INTEGER NOT NULL,
    country    TEXT NOT NULL,
    device     TEXT NOT NULL,
    test       INTEGER NOT NULL,
    clicks     INTEGER NOT NULL,
    uniques    INTEGER NOT NULL,
    bots       INTEGER NOT NULL,
    embedded   INTEGER NOT NULL,
    PRIMARY KEY (quarter, link, offer, affiliate, advertiser, country, device, test)
  ) STRICT, WITHOUT ROWID;`;

/** What an object remembers by name: its UTC day; up to which pack its quarter-hours count; up to which one the hours are known to be due; and whether it is full (1). */
type StateName = "day" | "counted_through" | "noted_through" | "full";

/** False for a day that nothing was written to: reading it makes nothing. */
export function hasTables(sql: Sql): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'packs'").toArray().length > 0;
}

function makeTables(sql: Sql, day: number): void {
  if (hasTables(sql)) return;
  sql.exec(TABLES);
  writeState(sql, "day", day);
}

export function readState(sql: Sql, name: StateName): number {
  return Number(sql.exec("SELECT value FROM state WHERE name = ?", name).toArray()[0]?.value ?? 0);
}

export function writeState(sql: Sql, name: StateName, value: number): void {
  sql.exec(
    "INSERT INTO state VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
    name,
    value,
  );
}

/** A part that was full once stays it, so that whoever reads goes on to the next. */
export function isFull(sql: Sql): boolean {
  return hasTables(sql) && readState(sql, "full") === 1;
}

export function lastSeq(sql: Sql): number {
  return Number(sql.exec("SELECT max(seq) AS seq FROM packs").toArray()[0]?.seq ?? 0);
}

/**
 * Takes a share, less the clicks that are here. A full part takes none: it gives them for the next one, and goes on to judge first visits, whose table is small. Called
 * again it changes nothing and answers the same.
 */
export function addShare(sql: Sql, { day, groups }: ClickShare, key: HmacKey, hasRoom: boolean): AddAnswer {
  makeTables(sql, day);
  if (!hasRoom) writeState(sql, "full", 1);
  const full = isFull(sql);
  const rest: ClickGroup[] = [];
  for (const given of groups) {
    const group = freshPart(sql, given, key);
    if (!group) continue;
    const firsts = group.firsts ?? judgedFirsts(sql, group, key);
    if (full) rest.push({ ...group, firsts, visits: [] });
    else insertPack(sql, { ...group, firsts });
  }
  return { rest };
}

function insertPack(sql: Sql, { slot, runs, clicks, firsts }: ClickGroup & { firsts: Uint8Array }): void {
  const [least, below] = [slot * PACKS_OF_SLOT, (slot + 1) * PACKS_OF_SLOT];
  const last = sql.exec("SELECT max(id) AS id FROM packs WHERE id >= ? AND id < ?", least, below).toArray()[0]?.id;
  const id = typeof last === "number" ? last + 1 : least;
  sql.exec(
    "INSERT INTO packs (id, seq, runs, firsts, clicks) VALUES (?, ?, ?, ?, ?)",
    id,
    lastSeq(sql) + 1,
    runs,
    firsts,
    clicks,
  );
}

/** The clicks of the group that are not here, erased ones as what replaced them; the group itself where that is all of it; null where it is none. */
function freshPart(sql: Sql, group: ClickGroup, key: HmacKey): ClickGroup | null {
  const meeting = packsOfSlot(sql, group.slot).filter(({ runs }) => runsMeet(runs, group.runs));
  const isErasing = sql.exec("SELECT 1 FROM erased LIMIT 1").toArray().length > 0;
  if (meeting.length === 0 && !isErasing) return group;
  const held = new Set(meeting.flatMap(({ id }) => idsOf(readPack(sql, id))));
  const given = openPack({ clicks: group.clicks, firsts: group.firsts ?? new Uint8Array() });
  const clickIds = Array.from({ length: given.count }, (_, place) => given.clickId(place));
  const replaced = isErasing
    ? erasedOnes(sql, new Map(clickIds.map((id) => [id, erasedClickId(key, id)])))
    : new Map<string, string>();
  const places = clickIds.flatMap((id, place) => (held.has(replaced.get(id) ?? id) ? [] : [place]));
  if (places.length === 0) return null;
  if (places.length === given.count && replaced.size === 0) return group;
  const { firsts } = group;
  const kept = places.map((place) => {
    const row = given.row(place);
    const by = replaced.get(clickIdOf(row));
    return { place, issued: counterOf(row), row: by === undefined ? row : erasedRow(row, by) };
  });
  kept.sort(byClickId);
  return {
    slot: group.slot,
    clicks: packClicks(kept.map(({ row }) => row)),
    // A click is looked for under its own counter when it comes again, and under that of what replaced it.
    runs: writeRuns(kept.flatMap(({ issued, row }) => [issued, counterOf(row)])),
    visits: group.visits.flatMap((visit) => {
      const place = kept.findIndex((one) => one.place === visit.place);
      return place < 0 ? [] : [{ ...visit, place, clickId: replaced.get(visit.clickId) ?? visit.clickId }];
    }),
    firsts:
      firsts &&
      markFirsts(
        kept.length,
        kept.flatMap(({ place }, now) => (isFirst(firsts, place) ? [now] : [])),
      ),
  };
}

function byClickId(left: { row: ClickCells }, right: { row: ClickCells }): number {
  return clickIdOf(left.row) < clickIdOf(right.row) ? -1 : 1;
}

function judgedFirsts(sql: Sql, group: ClickGroup, key: HmacKey): Uint8Array {
  const { count } = openCount(group);
  const firsts = claimVisits(sql, group.visits, key);
  return markFirsts(
    count,
    group.visits.flatMap(({ place }, index) => (firsts[index] ? [place] : [])),
  );
}

/** How many clicks there are is known by opening, which is done only where a visitor is judged. */
function openCount(group: ClickGroup): { count: number } {
  return group.visits.length === 0 ? { count: 0 } : openPack({ clicks: group.clicks, firsts: new Uint8Array() });
}

/** Says of each visit whether it is its visitor's first: the first that was ever asked about, of those that are asked about together the first listed. */
export function judgeVisits(sql: Sql, day: number, visits: readonly JudgedVisit[], key: HmacKey): boolean[] {
  makeTables(sql, day);
  return claimVisits(sql, visits, key);
}

const CLAIM = `
  ${WITH_ROWS} INSERT INTO visits (visitor, click_id) SELECT ${cell(0)}, ${cell(1)} FROM given WHERE true ON CONFLICT DO NOTHING`;
const FIND_FIRSTS = `
  ${WITH_ROWS} SELECT ${cell(2)} AS place FROM given CROSS JOIN visits ON visits.visitor = ${cell(0)} WHERE visits.click_id = ${cell(1)}`;

function claimVisits(sql: Sql, visits: readonly JudgedVisit[], key: HmacKey): boolean[] {
  const answers = visits.map(() => false);
  if (visits.length === 0) return answers;
  const isErasing = sql.exec("SELECT 1 FROM erased LIMIT 1").toArray().length > 0;
  const visitors = isErasing
    ? erasedOnes(sql, new Map(visits.map(({ visitor }) => [visitor, erasedVisitor(key, visitor)])))
    : new Map<string, string>();
  const clicks = isErasing
    ? erasedOnes(sql, new Map(visits.map(({ clickId }) => [clickId, erasedClickId(key, clickId)])))
    : new Map<string, string>();
  const rows = visits.map(({ visitor, clickId }, place) => [
    visitors.get(visitor) ?? visitor,
    clicks.get(clickId) ?? clickId,
    place,
  ]);
  for (const chunk of jsonChunks(rows)) {
    sql.exec(CLAIM, chunk);
    for (const { place } of sql.exec(FIND_FIRSTS, chunk).toArray()) answers[Number(place)] = true;
  }
  return answers;
}

/** Of names and what would replace them, those that are erased. */
function erasedOnes(sql: Sql, replacements: ReadonlyMap<string, string>): Map<string, string> {
  const query = "SELECT name FROM erased WHERE name IN (SELECT value FROM json_each(?))";
  const found = jsonChunks([...replacements.values()]).flatMap((chunk) => sql.exec(query, chunk).toArray());
  const erased = new Set(found.map(({ name }) => name));
  return new Map([...replacements].filter(([, replaced]) => erased.has(replaced)));
}

/** Of these click IDs, those that are erased here; given as they are erased or not. */
export function erasedClickIds(sql: Sql, clickIds: readonly string[], key: HmacKey): string[] {
  if (!hasTables(sql)) return [];
  return [...erasedOnes(sql, new Map(clickIds.map((clickId) => [clickId, erasedClickId(key, clickId)]))).keys()];
}

function packsOfSlot(sql: Sql, slot: number): { id: number; runs: Uint8Array }[] {
  const rows = sql
    .exec("SELECT id, runs FROM packs WHERE id >= ? AND id < ?", slot * PACKS_OF_SLOT, (slot + 1) * PACKS_OF_SLOT)
    .toArray();
  return rows.map(({ id, runs }) => ({ id: Number(id), runs: bytesOf(runs) }));
}

function readPack(sql: Sql, id: number): StoredPack {
  const [row] = sql.exec("SELECT id, firsts, clicks FROM packs WHERE id = ?", id).toArray();
  return packOf(row ?? {});
}

function packOf({ id, firsts, clicks }: Record<string, unknown>): StoredPack {
  return { id: Number(id), firsts: bytesOf(firsts), clicks: bytesOf(clicks) };
}

function idsOf(pack: StoredPack): string[] {
  const { count, clickId } = openPack(pack);
  return Array.from({ length: count }, (_, place) => clickId(place));
}

/** Packs that have a run with the counter of one of these clicks, and of each only the blocks in which these may be. */
export function findPacks(sql: Sql, clickIds: readonly string[]): StoredPack[] {
  if (!hasTables(sql)) return [];
  const clicks = clickIds.flatMap((clickId) => {
    const click = readOwnClickId(clickId);
    return click ? [{ clickId, counter: click.counter, slot: slotOf(click.issuedAtMs) }] : [];
  });
  return [...Map.groupBy(clicks, ({ slot }) => slot)].flatMap(([slot, some]) =>
    packsOfSlot(sql, slot).flatMap(({ id, runs }) => {
      const own = some.flatMap(({ clickId, counter }) => (hasCounter(runs, counter) ? [clickId] : []));
      const part = own.length > 0 && packOfBlocks(readPack(sql, id), own);
      return part ? [{ id, ...part }] : [];
    }),
  );
}

/** Packs of these slots behind `afterId`, in order, as many as an answer may have. */
export function pageOfPacks(
  sql: Sql,
  { fromMs, toMs, afterId }: { fromMs: number; toMs: number; afterId: number },
): StoredPack[] {
  if (!hasTables(sql)) return [];
  const least = Math.max(slotOf(fromMs) * PACKS_OF_SLOT, afterId + 1);
  const below = Math.ceil(toMs / SLOT_MS) * PACKS_OF_SLOT;
  const sizes = sql
    .exec(
      "SELECT id, length(clicks) AS bytes FROM packs WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
      least,
      below,
      PAGE_PACKS,
    )
    .toArray();
  let bytes = 0;
  const page: StoredPack[] = [];
  for (const size of sizes) {
    page.push(readPack(sql, Number(size.id)));
    bytes += Number(size.bytes);
    if (bytes >= PAGE_BYTES) break;
  }
  return page;
}

/** Packs that came after this one, in that order. */
export function packsSince(sql: Sql, seq: number, limit: number): { seq: number; pack: StoredPack }[] {
  const rows = sql
    .exec("SELECT seq, id, firsts, clicks FROM packs WHERE seq > ? ORDER BY seq LIMIT ?", seq, limit)
    .toArray();
  return rows.map((row) => ({ seq: Number(row.seq), pack: packOf(row) }));
}

/** Hours (since 1970) that have changed since they were noted last, and up to which pack. */
export function changedHours(sql: Sql): { hours: number[]; through: number } {
  const through = lastSeq(sql);
  const rows = sql
    .exec(
      `SELECT DISTINCT id / ${PACKS_OF_HOUR} AS hour FROM packs WHERE seq > ?1 UNION SELECT hour FROM due_hours ORDER BY 1`,
      readState(sql, "noted_through"),
    )
    .toArray();
  return { hours: rows.map(({ hour }) => Number(hour)), through };
}

/** These hours are noted elsewhere. What came since stays. */
export function strikeHours(sql: Sql, { hours, through }: { hours: readonly number[]; through: number }): void {
  writeState(sql, "noted_through", through);
  sql.exec("DELETE FROM due_hours WHERE hour IN (SELECT value FROM json_each(?))", JSON.stringify(hours));
}

/** Forgets who came. */
export function dropVisits(sql: Sql): void {
  // Dropped and not deleted, so that no row is billed.
  sql.exec(
    "DROP TABLE visits; CREATE TABLE visits (visitor TEXT PRIMARY KEY, click_id TEXT NOT NULL) STRICT, WITHOUT ROWID;",
  );
}

export function hasVisits(sql: Sql): boolean {
  return sql.exec("SELECT 1 FROM visits LIMIT 1").toArray().length > 0;
}

/** Erases clicks, given with what replaces them, and the visitors whose first visits they were. Counts stay. */
export function eraseInDay(
  sql: Sql,
  day: number,
  names: readonly (readonly [clickId: string, replaced: string])[],
  key: HmacKey,
): void {
  makeTables(sql, day);
  note(
    sql,
    names.map(([, replaced]) => replaced),
  );
  for (const [clickId, replaced] of names) {
    erasePack(sql, clickId, replaced);
    const visitors = sql
      .exec("SELECT visitor FROM visits WHERE click_id = ? OR click_id = ?", clickId, replaced)
      .toArray();
    for (const { visitor } of visitors) {
      const by = erasedVisitor(key, String(visitor));
      note(sql, [by]);
      sql.exec(
        "UPDATE OR REPLACE visits SET visitor = ?, click_id = ? WHERE visitor = ?",
        by,
        replaced,
        String(visitor),
      );
    }
  }
}

function note(sql: Sql, names: readonly string[]): void {
  sql.exec(
    "INSERT INTO erased (name) SELECT value FROM json_each(?) WHERE true ON CONFLICT DO NOTHING",
    JSON.stringify(names),
  );
}

function erasePack(sql: Sql, clickId: string, replaced: string): void {
  const click = readOwnClickId(clickId);
  if (!click) return;
  const slot = slotOf(click.issuedAtMs);
  for (const { id, runs } of packsOfSlot(sql, slot).filter((one) => hasCounter(one.runs, click.counter))) {
    const pack = readPack(sql, id);
    const rows = rowsOf(pack).map((row) => ({ row, isFirst: row[UNIQUE] === 1 }));
    const own = rows.find(({ row }) => clickIdOf(row) === clickId);
    if (!own || clickId === replaced) continue;
    own.row = erasedRow(own.row, replaced);
    rows.sort(byClickId);
    const clicks = packClicks(rows.map(({ row }) => row));
    const firsts = markFirsts(
      rows.length,
      rows.flatMap((one, place) => (one.isFirst ? [place] : [])),
    );
    const both = new Uint8Array([...runs, ...writeRuns([counterOf(own.row)])]);
    sql.exec("UPDATE packs SET clicks = ?, firsts = ?, runs = ? WHERE id = ?", clicks, firsts, both, id);
    sql.exec("INSERT INTO due_hours (hour) VALUES (?) ON CONFLICT DO NOTHING", Math.floor(click.issuedAtMs / HOUR_MS));
  }
}

function erasedRow(row: ClickCells, replaced: string): ClickCells {
  return row.map((value, place) => (place === ID ? replaced : PERSONAL.includes(place) ? null : value));
}
