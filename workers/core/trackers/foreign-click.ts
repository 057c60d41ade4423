/** Click IDs that another tracker issued before its host was moved: known by their shape, and by nothing else here. */
import { peekClickId } from "../click-id.ts";
import { holdsFiller } from "../postback/fillers.ts";
import { shapeOf } from "./tracker-role.ts";
import type { TrackerTable } from "./tracker-table.ts";
import { TRACKER_TABLES } from "./tracker-tables.ts";

/**
 * The click ID as it is looked up among those that were imported, and as an import writes it; null where it is not of the tracker's shape. What has the shape of ours is
 * ours: it is verified, and never looked up.
 */
export function readForeignClick({ clickId }: Pick<TrackerTable, "clickId">, text: string): string | null {
  if (peekClickId(text) !== null) return null;
  if (!shapeOf(clickId.shape).test(text) || holdsFiller(text)) return null;
  return clickId.lower ? text.toLowerCase() : text;
}

/** The same of a click ID in a report that does not say which tracker's it is: in lower case where it is of the shape of one whose case means nothing. */
export function foldForeignClick(text: string): string {
  const isFolded = [...TRACKER_TABLES.values()].some(
    ({ clickId }) => clickId.lower === true && shapeOf(clickId.shape).test(text),
  );
  return isFolded ? text.toLowerCase() : text;
}
