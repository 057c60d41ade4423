/** Clicks as rows of facts, and how the objects of their days take them. */
import { clickDayName, dayOf } from "../../workers/core/click-log/click-days.ts";
import { CLICK_FACTS } from "../../workers/core/click-log/click-facts.ts";
import { markFirsts, openPack } from "../../workers/core/click-log/click-pack.ts";
import { type ClickShare, groupsOf } from "../../workers/ledger/click-share.ts";

type Cell = string | number | null;
/** A click by its facts; what is not said is null. `first_visit` and `embedded` as tables had them. */
export type ClickRow = Record<string, Cell>;

/** What takes the clicks of an object. */
export interface TakesClicks {
  getByName(name: string): { add(share: ClickShare): Promise<unknown>; tend(nowMs: number): Promise<unknown> };
}

/** The shares by which the objects of their days take these clicks, by the objects' names. */
export function sharesOf(rows: readonly ClickRow[]): { name: string; share: ClickShare }[] {
  return [...Map.groupBy(rows, ({ clicked_at }) => dayOf(Number(clicked_at)))].map(([day, own]) => {
    const firsts = new Set(own.flatMap((row) => ((row.unique ?? row.first_visit ?? 0) === 1 ? [row.click_id] : [])));
    const groups = groupsOf(own.map((row) => ({ row: cellsOf(row) }))).map((group) => {
      const { count, clickId } = openPack({ clicks: group.clicks, firsts: new Uint8Array() });
      const places = Array.from({ length: count }, (_, place) => place);
      return {
        ...group,
        firsts: markFirsts(
          count,
          places.filter((place) => firsts.has(clickId(place))),
        ),
      };
    });
    return { name: clickDayName({ day, shard: 0 }, 1, 1), share: { day, groups } };
  });
}

function cellsOf(row: ClickRow): Cell[] {
  const kind = row.embedded === 1 ? "embedded" : (row.kind ?? "counted");
  return CLICK_FACTS.map(({ name }) => (name === "kind" ? kind : (row[name] ?? null)));
}

/** Logs clicks in the objects of their days, which then note their hours, as their alarms have them do. */
export async function plantClicks(days: TakesClicks, rows: readonly ClickRow[]): Promise<void> {
  await Promise.all(
    sharesOf(rows).map(async ({ name, share }) => {
      await days.getByName(name).add(share);
      await days.getByName(name).tend(Date.now());
    }),
  );
}
