/**
 * Where the click log lies: a UTC day is an object, or several by shards, and each may have further parts once it is full. A click's ID alone tells which.
 *
 *     clicks:2026-11-28        the day
 *     clicks:2026-11-28:3      its fourth shard: of eight, the clicks from 09:00 to 12:00
 *     clicks:2026-11-28+2      what came when the first part was full
 *     visits:2026-11-28:3      with shards, who judges first visits: by the visitor, whose clicks lie in all shards
 */
import type { Cell } from "../../../schema/columns.ts";
import type { Click } from "../click-id.ts";
import { DAY_MS } from "../time-units.ts";
import type { Pack } from "./click-pack.ts";
import { readOwnClickId } from "./click-pack.ts";

/** The clicks of a pack lie in one slot, so that time finds it. */
export const SLOT_MS = 10_000;
/** A pack's ID is its slot times this, and a number. */
export const PACKS_OF_SLOT = 2 ** 20;

/** So many clicks wait at most until their counts are written: an object that died counts as many again, in some seconds. */
export const MOST_UNWRITTEN_CLICKS = 2_000_000;

/** From which UTC day (since 1970) on days have how many shards; in order. A day that has begun keeps what it has. */
export type ShardPlan = readonly { fromDay: number; shards: number }[];

/** An object of the log, without its part. */
export interface DayPlace {
  day: number;
  shard: number;
}

/** A pack as it is stored: `id` is its slot × 2^20 and a number, so packs are in order of time. */
export interface StoredPack extends Pack {
  id: number;
}

/** An answer of one part. Where `isFull`, a further part has what came later. */
export interface FromPart<Answer> {
  answer: Answer;
  isFull: boolean;
}

/** A SELECT over the table `click_quarters`, which has the columns of CLICK_ROLLUP, in an object. */
export interface QuartersQuestion {
  sql: string;
  values: Cell[];
}

/** Packs from one time to another; `afterId` is the last pack of the page before, 0 at first. */
export interface PageQuestion {
  fromMs: number;
  toMs: number;
  afterId: number;
}

/** What can be read of a day over RPC; of a day that has no clicks, nothing. */
export interface StoredClicks extends Rpc.DurableObjectBranded {
  /** Packs among whose clicks these may be, and not more of them than is needed to find these; whoever asks compares whole IDs. */
  find(clickIds: string[]): FromPart<StoredPack[]>;
  /** Packs with clicks of slots that lie in this time, wholly or in part, in order of time, some at once: as long as there are any, ask for those behind the last. */
  page(question: PageQuestion): FromPart<StoredPack[]>;
  /** True while D1 has not been told yet of an hour that changed. */
  changed(): FromPart<boolean>;
  /** The rows of the question's answer, with everything that was logged until now. */
  quarters(question: QuartersQuestion): FromPart<Record<string, Cell>[]>;
}

/** The slot whose clicks a pack holds. */
export function slotOfPack({ id }: Pick<StoredPack, "id">): number {
  return Math.floor(id / PACKS_OF_SLOT);
}

/** The name of a day's object; `shards`: how many the day has. */
export function clickDayName({ day, shard }: DayPlace, shards: number, part: number): string {
  return `clicks:${dateOf(day)}${shards > 1 ? `:${shard}` : ""}${part > 1 ? `+${part}` : ""}`;
}

/** The name of the object that judges first visits of a day with several shards. */
export function visitsName(day: number, number: number): string {
  return `visits:${dateOf(day)}:${number}`;
}

/** The date of a UTC day: `2026-11-28`. */
export function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

export function dayOf(atMs: number): number {
  return Math.floor(atMs / DAY_MS);
}

export function slotOf(atMs: number): number {
  return Math.floor(atMs / SLOT_MS);
}

/** The plan as the setting `click_shards` has it: `[{"from":"2026-12-01","shards":8}]`. Null is none: every day is one object. */
export function parseShardPlan(setting: string | null): ShardPlan {
  const said: { from: string; shards: number }[] = setting === null ? [] : JSON.parse(setting);
  return said.map(({ from, shards }) => ({ fromDay: dayOf(Date.parse(from)), shards }));
}

/** How many shards a day has. */
export function shardsOf(plan: ShardPlan, day: number): number {
  return plan.findLast(({ fromDay }) => fromDay <= day)?.shards ?? 1;
}

/** The object of a click. Shards are times of the day, so that a queue's batch, which is of one moment, is one row of one object and not one of each. */
export function placeOf(plan: ShardPlan, { issuedAtMs }: Pick<Click, "issuedAtMs">): DayPlace {
  const day = dayOf(issuedAtMs);
  return { day, shard: Math.floor(((issuedAtMs % DAY_MS) / DAY_MS) * shardsOf(plan, day)) };
}

/** The object in which a click may lie, also once it is erased; none where it is no ID. */
export function placesOf(plan: ShardPlan, clickId: string): DayPlace[] {
  const id = readOwnClickId(clickId);
  return id ? [placeOf(plan, id)] : [];
}

export function allPlaces(plan: ShardPlan, day: number): DayPlace[] {
  return Array.from({ length: shardsOf(plan, day) }, (_, shard) => ({ day, shard }));
}

/** Asks the parts of an object one after the other, as far as they are full, and gives their answers. */
export async function askParts<Answer>(ask: (part: number) => Promise<FromPart<Answer>>): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let part = 1; ; part++) {
    const { answer, isFull } = await ask(part);
    answers.push(answer);
    if (!isFull) return answers;
  }
}
