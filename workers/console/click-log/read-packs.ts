/** Reads clicks from the objects of a day, slot by slot of ten seconds, each in the order of click IDs whatever packs and objects they lie in. */
import type { Cell } from "../../../schema/columns.ts";
import { allPlaces, type DayPlace, dayOf, type StoredPack, slotOfPack } from "../../core/click-log/click-days.ts";
import { type OpenPack, openPack } from "../../core/click-log/click-pack.ts";
import { DAY_MS } from "../../core/time-units.ts";
import type { ClickBlock } from "./click-block.ts";
import { type ClickLogEnv, type DayPlan, dayObject, type TimeSpan } from "./stretches.ts";

/** The clicks of these times, a slot at a time; slots reach over the ends of the span. */
export async function* slotBlocks(
  env: ClickLogEnv,
  plan: DayPlan,
  { fromMs, toMs }: TimeSpan,
): AsyncGenerator<ClickBlock> {
  for (let day = dayOf(fromMs); day * DAY_MS < toMs; day++) {
    const span = { fromMs: Math.max(fromMs, day * DAY_MS), toMs: Math.min(toMs, (day + 1) * DAY_MS) };
    yield* mergedSlots(allPlaces(plan.shards, day).map((place) => placePacks(env, plan, place, span)));
  }
}

/** The packs of all these, each of which is in order, together by slots. */
async function* mergedSlots(sources: readonly AsyncGenerator<StoredPack>[]): AsyncGenerator<ClickBlock> {
  const heads = await Promise.all(sources.map((source) => nextOf(source)));
  for (;;) {
    const slots = heads.flatMap((pack) => (pack ? [slotOfPack(pack)] : []));
    if (slots.length === 0) return;
    const slot = Math.min(...slots);
    const packs: StoredPack[] = [];
    for (const [index, source] of sources.entries()) {
      let head = heads[index] ?? null;
      while (head && slotOfPack(head) === slot) {
        packs.push(head);
        head = await nextOf(source);
      }
      heads[index] = head;
    }
    yield sorted(packs.map(openPack));
  }
}

async function nextOf(source: AsyncGenerator<StoredPack>): Promise<StoredPack | null> {
  const { done, value } = await source.next();
  return done ? null : value;
}

/** The packs of a place, of all its parts, in order of time. */
async function* placePacks(
  env: ClickLogEnv,
  plan: DayPlan,
  place: DayPlace,
  span: TimeSpan,
): AsyncGenerator<StoredPack> {
  const parts: AsyncGenerator<StoredPack>[] = [];
  for (let part = 1; ; part++) {
    const { answer, isFull } = await dayObject(env, plan, place, part).page({ ...span, afterId: 0 });
    parts.push(partPacks(env, plan, { place, part, span }, answer));
    if (!isFull) break;
  }
  yield* inOrder(parts);
}

interface PartSpan {
  place: DayPlace;
  part: number;
  span: TimeSpan;
}

async function* partPacks(
  env: ClickLogEnv,
  plan: DayPlan,
  { place, part, span }: PartSpan,
  first: StoredPack[],
): AsyncGenerator<StoredPack> {
  for (let page = first; ; ) {
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    page = (await dayObject(env, plan, place, part).page({ ...span, afterId: last.id })).answer;
  }
}

/** Packs of several parts, which are few, by their time. */
async function* inOrder(parts: readonly AsyncGenerator<StoredPack>[]): AsyncGenerator<StoredPack> {
  const heads = await Promise.all(parts.map((part) => nextOf(part)));
  for (;;) {
    let least = -1;
    for (const [index, pack] of heads.entries())
      if (pack && (least < 0 || slotOfPack(pack) < slotOfPack(heads[least] ?? pack))) least = index;
    const [head, part] = [heads[least], parts[least]];
    if (!head || !part) return;
    heads[least] = await nextOf(part);
    yield head;
  }
}

/** The clicks of several packs in the order of their IDs. */
function sorted(packs: readonly OpenPack[]): ClickBlock {
  const places = packs.flatMap((pack, index) =>
    Array.from({ length: pack.count }, (_, place) => ({ index, place, clickId: pack.clickId(place) })),
  );
  places.sort((left, right) => (left.clickId < right.clickId ? -1 : left.clickId > right.clickId ? 1 : 0));
  return {
    count: places.length,
    column(name) {
      const columns: ((place: number) => Cell)[] = packs.map((pack) => pack.column(name));
      return (at) => {
        const found = places[at];
        return found ? (columns[found.index]?.(found.place) ?? null) : null;
      };
    },
  };
}
