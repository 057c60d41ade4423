/** Asks the courier, which may be away for a moment: that is a problem to tell, and nothing fails by it. */
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Problem } from "../web/problem.ts";

export async function askCourier<Courier, Value>(
  { COURIER_CALLS }: { COURIER_CALLS: Courier },
  ask: (courier: Courier) => Promise<Value>,
): Promise<Result<Value, Problem>> {
  try {
    return accept(await ask(COURIER_CALLS));
  } catch (error) {
    console.error({ event: "courier_is_away", error: String(error) });
    return refuse({ name: "try_again", detail: "The courier does not answer at the moment: try again in a minute." });
  }
}
