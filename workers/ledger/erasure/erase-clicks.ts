/** Erases clicks from their log, and the visitors whose first visits they were. The counts stay: the visit is known by what replaced the visitor. */
import {
  askParts,
  clickDayName,
  dayOf,
  placesOf,
  type ShardPlan,
  shardsOf,
  visitsName,
} from "../../core/click-log/click-days.ts";
import { readOwnClickId } from "../../core/click-log/click-pack.ts";
import { type ClickLogParts, sharesOf } from "../click-log.ts";
import { type ClickDays, readPlaces } from "../day-objects.ts";
import type { ErasedPerson } from "./erased-person.ts";

/** What replaces a click is noted and put in its place in one transaction of its object: from then on it comes in no other form, and counts once. */
export async function eraseClicks({ DB, days }: ClickLogParts, { names, replacement }: ErasedPerson): Promise<void> {
  const { plan } = await readPlaces(DB);
  for (const { place, items } of sharesOf(names.clickIds, (clickId) => placesOf(plan, clickId))) {
    const own = items.map((clickId): [string, string] => [clickId, replacement.clickId(clickId)]);
    const shards = shardsOf(plan, place.day);
    await askParts((part) => days(clickDayName(place, shards, part)).erase(place.day, own));
  }
  await eraseVisits(days, plan, names.clickIds, replacement.clickId);
}

/** Where days have shards, first visits are judged in objects of their own, by visitor: any of the day's may have it. */
async function eraseVisits(
  days: ClickDays,
  plan: ShardPlan,
  clickIds: readonly string[],
  replaced: (clickId: string) => string,
): Promise<void> {
  for (const clickId of clickIds) {
    const id = readOwnClickId(clickId);
    const day = id ? dayOf(id.issuedAtMs) : 0;
    const shards = shardsOf(plan, day);
    if (!id || shards === 1) continue;
    for (let number = 0; number < shards; number++)
      await days(visitsName(day, number)).erase(day, [[clickId, replaced(clickId)]]);
  }
}

/** Of these click IDs, those that were erased. */
export async function erasedClicks({ DB, days }: ClickLogParts, clickIds: readonly string[]): Promise<string[]> {
  const { plan } = await readPlaces(DB);
  const shares = sharesOf(clickIds, (clickId) => placesOf(plan, clickId));
  const found = await Promise.all(
    shares.map(({ place, items }) => days(clickDayName(place, shardsOf(plan, place.day), 1)).erased(items)),
  );
  return [...new Set(found.flat())];
}
