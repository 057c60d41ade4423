/** How conversions take and free their places under caps. */
import type { CapPlace } from "./caps.ts";
import type { Conversion } from "./conversion.ts";

/** Tests take no place; rejected and wholly reversed conversions free theirs. */
function takesPlace({ test, status }: Conversion): boolean {
  return !test && (status === "pending" || status === "approved");
}

/** So many places more (or fewer, or none) are taken under the cap of this place. */
export interface PlaceMove {
  place: CapPlace;
  by: number;
}

/** How the places of a conversion move when `before` (undefined while there is none) becomes `after`. */
export function placeMoves(before: Conversion | undefined, after: Conversion): PlaceMove[] {
  const moved = new Map<string, PlaceMove>();
  const count = (conversion: Conversion | undefined, by: number): void => {
    if (!conversion || !takesPlace(conversion)) return;
    for (const place of conversion.caps) moved.set(place.key, { place, by: (moved.get(place.key)?.by ?? 0) + by });
  };
  count(before, -1);
  count(after, 1);
  return [...moved.values()];
}
