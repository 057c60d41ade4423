/** Makes what a plan says, through the console's API. What is there already is left as it is, so that it can be done again, and goes on where it broke off. */
import { type ConsoleFetch, callConsole } from "../console-api.ts";
import type { MovePlan, PlannedThing } from "./move-plan.ts";

/** Makes everything that is not here. Says how many were made. Throws, with the console's own words, at the first that the console refuses. */
export async function applyMove(
  fetchConsole: ConsoleFetch,
  plan: MovePlan,
  tell: (made: PlannedThing) => void,
): Promise<number> {
  if (plan.inTheWay.length > 0) throw new Error(`${plan.inTheWay.join("; ")}: choose a --prefix, or rename them there`);
  let made = 0;
  for (const thing of plan.things) {
    const { kind, slug, body, isHere, pause } = thing;
    if (!isHere) {
      // Somebody else may have made it meanwhile: a slug is taken once.
      await callConsole(fetchConsole, { method: "POST", path: `/api/${kind}`, body }, [201, 409]);
      made++;
      tell(thing);
    }
    if (!pause) continue;
    const path = `/api/${kind}/${encodeURIComponent(slug)}`;
    const present = await callConsole(fetchConsole, { path });
    // Only what the move has just made, or did not come to pause: what is started again here stays so.
    if (!isHere || present.updated_at === present.created_at)
      await callConsole(fetchConsole, { method: "PATCH", path, body: { status: "paused" } });
  }
  return made;
}
