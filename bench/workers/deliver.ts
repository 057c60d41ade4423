/** The courier with a count of what is billed, handed batches of notices by HTTP. `GET /` says what was counted since the last time; an alarm that rings is billed as a call. */
import type { Env } from "../../workers/courier/env.ts";
import courier, { CourierDoor, Destination as CouriersDestination } from "../../workers/courier/index.ts";
import { type Billed, countingEnv, countStorage, noBilled } from "./counting.ts";
import { handBatches } from "./hand-batches.ts";

export { CourierDoor };

const billed = noBilled();

export class Destination extends CouriersDestination {
  constructor(state: DurableObjectState, env: Env) {
    countStorage(state, billed);
    super(state, countingEnv(env, billed));
  }

  override alarm(): Promise<void> {
    billed.objectCalls++;
    return super.alarm();
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (request.method === "GET") return Response.json(sinceLast());
    return handBatches(request, (batch) => courier.queue(batch, countingEnv(env, billed)), "notices");
  },
};

function sinceLast(): Billed {
  const told = { ...billed };
  Object.assign(billed, noBilled());
  return told;
}
