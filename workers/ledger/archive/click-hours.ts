/** Reads an hour of clicks from the objects of its day, in the order of click IDs: slot by slot, all shards and parts together. */
import {
  allPlaces,
  clickDayName,
  dayOf,
  type StoredPack,
  shardsOf,
  slotOfPack,
} from "../../core/click-log/click-days.ts";
import { type ClickCells, factPlace } from "../../core/click-log/click-facts.ts";
import { readOwnClickId, rowsOf } from "../../core/click-log/click-pack.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import type { ClickLogParts } from "../click-log.ts";
import { type ClickDays, readPlaces } from "../day-objects.ts";
import type { HourPart } from "./logs.ts";

/** Rows that are given at once, as far as a slot has no more. */
const PAGE_ROWS = 2_000;
const ID = factPlace("click_id");

/** Rows as CLICK_FACTS says, numbers and all. */
export async function* readClickHour(
  { DB, days }: ClickLogParts,
  { hour, after, through }: HourPart,
): AsyncGenerator<ClickCells[]> {
  const { plan } = await readPlaces(DB);
  const [fromMs, toMs] = [hour * HOUR_MS, (hour + 1) * HOUR_MS];
  const day = dayOf(fromMs);
  const [afterId, throughId] = [after?.[0], through?.[0]].map((key) => (key === undefined ? null : String(key)));
  // Nothing before the slot of the last click that was read comes any more.
  const startMs = afterId ? (readOwnClickId(afterId)?.issuedAtMs ?? fromMs) : fromMs;
  const objects = allPlaces(plan, day).map((place) =>
    packsOf(days, (part) => clickDayName(place, shardsOf(plan, day), part), { fromMs: startMs, toMs }),
  );
  let page: ClickCells[] = [];
  for await (const packs of bySlot(objects)) {
    const rows = packs.flatMap(rowsOf).filter((row) => {
      const id = String(row[ID]);
      return (!afterId || id > afterId) && (!throughId || id <= throughId);
    });
    rows.sort((left, right) => (String(left[ID]) < String(right[ID]) ? -1 : 1));
    page.push(...rows);
    if (page.length < PAGE_ROWS) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** The packs of a shard, its parts side by side, in the order of time. */
async function* packsOf(
  days: ClickDays,
  nameOf: (part: number) => string,
  time: { fromMs: number; toMs: number },
): AsyncGenerator<StoredPack> {
  const first = await days(nameOf(1)).page({ ...time, afterId: 0 });
  const rest = first.isFull ? [packsOf(days, (part) => nameOf(part + 1), time)] : [];
  const own = pagesFrom(days, nameOf(1), time, first.answer);
  for await (const packs of bySlot([own, ...rest])) yield* packs;
}

async function* pagesFrom(
  days: ClickDays,
  name: string,
  time: { fromMs: number; toMs: number },
  first: StoredPack[],
): AsyncGenerator<StoredPack> {
  for (let page = first; ; ) {
    const last = page.at(-1);
    if (!last) return;
    yield* page;
    page = (await days(name).page({ ...time, afterId: last.id })).answer;
  }
}

/** Packs of several sources, each in the order of time: those of one slot together, slot after slot. */
async function* bySlot(sources: readonly AsyncGenerator<StoredPack>[]): AsyncGenerator<StoredPack[]> {
  const heads = await Promise.all(sources.map(async (source) => ({ source, next: await source.next() })));
  for (;;) {
    const slots = heads.flatMap(({ next }) => (next.done ? [] : [slotOfPack(next.value)]));
    if (slots.length === 0) return;
    const slot = Math.min(...slots);
    const packs: StoredPack[] = [];
    for (const head of heads)
      while (!head.next.done && slotOfPack(head.next.value) === slot) {
        packs.push(head.next.value);
        head.next = await head.source.next();
      }
    yield packs;
  }
}
