/** Reading an export of clicks: from the click log, in the order of click IDs, and in pages as other exports have them. */
import type { Cell } from "../../../schema/columns.ts";
import { readOwnClickId } from "../../core/click-log/click-pack.ts";
import { type ClickBlock, pick } from "../click-log/click-block.ts";
import { readClicks } from "../click-log/read-clicks.ts";
import type { ClickLogEnv } from "../click-log/stretches.ts";
import type { Selection } from "../tables/selection.ts";
import type { Compared } from "../tables/sql-condition.ts";
import type { ExportPart } from "./part.ts";
import { PAGE_ROWS } from "./row-pages.ts";

/** The rows of a selection of clicks in pages. */
export async function* clickPages(env: ClickLogEnv, selection: Selection, nowMs: number): AsyncGenerator<Cell[][]> {
  const names = selection.columns.map(({ name }) => name);
  for await (const block of selectedBlocks(env, selection, names, nowMs)) {
    const columns = names.map((name) => block.column(name));
    for (let start = 0; start < block.count; start += PAGE_ROWS) {
      const places = Array.from({ length: Math.min(PAGE_ROWS, block.count - start) }, (_, index) => start + index);
      yield places.map((place) => columns.map((of) => of(place)));
    }
  }
}

/** The first `rows` clicks of `selection`. They are read for it, as far as the selection asks for anything of them. */
export async function cutClickPart(
  env: ClickLogEnv,
  selection: Selection,
  rows: number,
  nowMs: number,
): Promise<ExportPart> {
  let left = rows;
  let last: { clickId: string; atMs: number } | null = null;
  for await (const block of selectedBlocks(env, selection, [], nowMs)) {
    if (last)
      return {
        selection: { ...selection, through: [last.clickId] },
        next: { after: last.clickId, untilMs: last.atMs },
      };
    if (block.count < left) {
      left -= block.count;
      continue;
    }
    const [clickId, atMs] = [block.column("click_id")(left - 1), block.column("clicked_at")(left - 1)];
    last = { clickId: String(clickId), atMs: Number(atMs) };
    if (block.count > left)
      return {
        selection: { ...selection, through: [last.clickId] },
        next: { after: last.clickId, untilMs: last.atMs },
      };
  }
  return { selection, next: null };
}

async function* selectedBlocks(
  env: ClickLogEnv,
  { start, through, conditions }: Selection,
  names: readonly string[],
  nowMs: number,
): AsyncGenerator<ClickBlock> {
  const comparisons = conditions.flatMap(({ compares }) => compares ?? []);
  const bound = (how: Compared["how"]) => comparisons.find((one) => one.what === "clicked_at" && one.how === how);
  const after = start && "after" in start ? String(start.after[0]) : null;
  const afterMs = after === null ? 0 : (readOwnClickId(after)?.issuedAtMs ?? 0);
  const fromMs = Math.max(Number(bound(">=")?.value ?? 0), afterMs);
  const toMs = Number(bound("<")?.value ?? Number.MAX_SAFE_INTEGER);
  const others = comparisons.filter(({ what }) => what !== "clicked_at");
  const facts = [...names, ...others.map(({ what }) => what)];
  const end = through ? String(through[0]) : null;
  for await (const block of readClicks(env, { fromMs, toMs, facts, after }, nowMs)) {
    const clickId = block.column("click_id");
    const asked = others.map(({ what, value }) => ({ of: block.column(what), value }));
    const places: number[] = [];
    for (let place = 0; place < block.count; place++)
      if ((end === null || String(clickId(place)) <= end) && asked.every(({ of, value }) => of(place) === value))
        places.push(place);
    if (places.length > 0) yield places.length === block.count ? block : pick(block, places);
    if (end !== null && String(clickId(block.count - 1)) >= end) return;
  }
}
