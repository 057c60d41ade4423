/** Erases clicks from their log, and the visitors whose first visits they were. The counts stay: the visit is known by what replaced the visitor. */
import { peekClickId } from "../../core/click-id.ts";
import { erasedVisitor } from "../../core/erasure/erased-names.ts";
import { PERSONAL_CLICK_COLUMNS } from "../../core/erasure/personal-columns.ts";
import { DAY_MS } from "../../core/time-units.ts";
import { cell, WITH_ROWS } from "../json-rows.ts";
import type { ErasedPerson } from "./erased-person.ts";

const NOTE = `${WITH_ROWS} INSERT INTO erased (name) SELECT ${cell(1)} FROM given WHERE true ON CONFLICT DO NOTHING`;
const FIND_VISITS = `
  ${WITH_ROWS} SELECT visits.day, visits.visitor FROM given CROSS JOIN visits ON visits.day = ${cell(2)} WHERE visits.click_id = ${cell(1)}`;
const ERASE_CLICKS = `
  ${WITH_ROWS} UPDATE clicks SET click_id = ${cell(1)}, ${PERSONAL_CLICK_COLUMNS.map((column) => `${column} = NULL`).join(", ")}
  FROM given WHERE clicks.click_id = ${cell(0)}`;
/** Cells: what it was, what replaces it, the day. */
const ERASE_VISITORS = `
  ${WITH_ROWS} UPDATE OR REPLACE visits SET visitor = ${cell(1)} FROM given WHERE visits.day = ${cell(2)} AND visits.visitor = ${cell(0)}`;
const ERASE_VISITS = `
  ${WITH_ROWS} UPDATE visits SET click_id = ${cell(1)} FROM given WHERE visits.day = ${cell(2)} AND visits.click_id = ${cell(0)}`;

/** What replaces a click is noted and put in its place in one transaction: from then on it comes in no other form, and counts once. */
export async function eraseClicks(
  { CLICKS }: { CLICKS: D1Database },
  { names, replacement, key }: ErasedPerson,
): Promise<void> {
  const rows = names.clickIds.flatMap((clickId) => {
    const click = peekClickId(clickId);
    return click ? [[clickId, replacement.clickId(clickId), Math.floor(click.issuedAtMs / DAY_MS)]] : [];
  });
  if (rows.length === 0) return;
  const given = JSON.stringify(rows);
  const answers = await CLICKS.batch<{ day: number; visitor: string }>([
    CLICKS.prepare(NOTE).bind(given),
    CLICKS.prepare(ERASE_CLICKS).bind(given),
    CLICKS.prepare(ERASE_VISITS).bind(given),
    CLICKS.prepare(FIND_VISITS).bind(given),
  ]);
  const visits = answers.at(-1)?.results ?? [];
  const visitors = JSON.stringify(visits.map(({ day, visitor }) => [visitor, erasedVisitor(key, visitor), day]));
  await CLICKS.batch([CLICKS.prepare(NOTE).bind(visitors), CLICKS.prepare(ERASE_VISITORS).bind(visitors)]);
}
