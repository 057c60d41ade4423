/** How conversions take and free their places under caps. */
import type { CapPlace } from "./caps.ts";
import type { Conversion } from "./conversion.ts";

/** Tests take no place; rejected and wholly reversed conversions free theirs. */
function takesPlace({ test, status }: Conversion): boolean {
  return !test && (status === "pending" || status === "approved");
}

/** How many places more (or fewer) each cap has taken when `before` becomes `after`. */
export function placesMoved(
  before: Conversion | undefined,
  after: Conversion,
): Map<string, { place: CapPlace; by: number }> {
  const moved = new Map<string, { place: CapPlace; by: number }>();
  const count = (conversion: Conversion | undefined, by: number): void => {
    if (!conversion || !takesPlace(conversion)) return;
    for (const place of conversion.caps) moved.set(place.key, { place, by: (moved.get(place.key)?.by ?? 0) + by });
  };
  count(before, -1);
  count(after, 1);
  return moved;
}
