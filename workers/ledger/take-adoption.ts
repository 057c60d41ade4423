/** Adopts clicks of another tracker: each has one click ID of ours, however often it comes. What is adopted already stays as it is. */
import { columnsOf, type SqlRow } from "../../schema/columns.ts";
import type { AdoptedClick, AdoptionMessage } from "../../schema/messages.ts";
import { adoptedClicks } from "../../schema/tables.ts";
import { adoptedClickId } from "../core/adoption/adopted-click-id.ts";
import { subCells } from "../core/click/sub-ids.ts";
import { importErasureKey } from "../core/erasure/erased-names.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import type { KeyRing } from "../core/key-ring.ts";
import { foreignStatements, type KnownForeign } from "./adopted-clicks.ts";
import { foreignErased } from "./erasure/erased-in-log.ts";
import { cell, cells, cellsOf, WITH_ROWS } from "./json-rows.ts";

export interface AdoptionParts {
  DB: D1Database;
  LOG: D1Database;
  ERASURE_KEY: string;
  ring: KeyRing;
  nowMs: () => number;
}

type AdoptedRow = SqlRow<typeof adoptedClicks>;
const COLUMNS = columnsOf(adoptedClicks);
const LINK_AT = COLUMNS.indexOf("link");
const TRACKER_AT = COLUMNS.indexOf("tracker");

/** What names a tracker or a link that is not there cannot be adopted, and holds up nothing else. */
const ADOPT = `
  ${WITH_ROWS} INSERT INTO adopted_clicks (${COLUMNS.join(", ")}) SELECT ${cells(COLUMNS.length)} FROM given
  WHERE EXISTS (SELECT 1 FROM links WHERE number = ${cell(LINK_AT)}) AND EXISTS (SELECT 1 FROM trackers WHERE number = ${cell(TRACKER_AT)})
  ON CONFLICT DO NOTHING`;

/** Beyond it something else is wrong than a counter that two clicks of one moment share. */
const ATTEMPTS = 8;

/** Writes these clicks; of who is erased, none. Says in the log how many were adopted before as something else. */
export async function takeAdoption(parts: AdoptionParts, { tracker, clicks }: AdoptionMessage): Promise<void> {
  const kept = await withoutErased(parts, [...new Map(clicks.map((click) => [click.foreignId, click])).values()]);
  let open = kept;
  let differing = 0;
  for (let attempt = 0; open.length > 0 && attempt < ATTEMPTS; attempt++) {
    const known = await adopt(parts, tracker, open, attempt);
    differing += open.filter((click) => differs(click, known.get(click.foreignId))).length;
    open = open.filter(({ foreignId }) => !known.has(foreignId));
  }
  if (differing + open.length > 0)
    console.warn({ event: "clicks_not_adopted", tracker, differing, without_link: open.length });
}

/** One attempt: writes what is not there, and gives what is there now. */
async function adopt(
  { DB, ring, nowMs }: AdoptionParts,
  tracker: number,
  clicks: readonly AdoptedClick[],
  attempt: number,
): Promise<Map<string, KnownForeign>> {
  const rows = clicks.map((click) => cellsOf(rowOf(ring, tracker, click, { attempt, nowMs: nowMs() }), COLUMNS));
  const asked = clicks.map(({ foreignId }) => ({ tracker, foreignId }));
  const answers = await DB.batch<KnownForeign>([
    ...jsonChunks(rows).map((chunk) => DB.prepare(ADOPT).bind(chunk)),
    ...foreignStatements(DB, asked),
  ]);
  return new Map(answers.flatMap(({ results }) => results).map((row) => [row.foreignId, row]));
}

function rowOf(
  ring: KeyRing,
  tracker: number,
  click: AdoptedClick,
  { attempt, nowMs }: { attempt: number; nowMs: number },
): AdoptedRow {
  const { foreignId, link, clickedAtMs, subs = [] } = click;
  return {
    tracker,
    foreign_id: foreignId,
    click_id: adoptedClickId(ring, tracker, click, attempt),
    link,
    clicked_at: clickedAtMs,
    country: click.country ?? null,
    device: click.device ?? null,
    os: click.os ?? null,
    browser: click.browser ?? null,
    referrer: click.referrer ?? null,
    external_id: click.externalId ?? null,
    ...subCells(subs),
    imported_at: nowMs,
  };
}

/** Another click of this name would move what hangs on it: link and time decide whose a conversion is. */
function differs({ link, clickedAtMs }: AdoptedClick, known: KnownForeign | undefined): boolean {
  return known !== undefined && (known.link !== link || known.clickedAtMs !== clickedAtMs);
}

/** Who was erased is not adopted anew, whatever file still names them. */
async function withoutErased({ LOG, ERASURE_KEY }: AdoptionParts, clicks: AdoptedClick[]): Promise<AdoptedClick[]> {
  const names = clicks.map(({ foreignId }) => foreignId);
  const erased = await foreignErased(LOG, importErasureKey(ERASURE_KEY), names);
  return clicks.filter(({ foreignId }) => !erased.has(foreignId));
}
