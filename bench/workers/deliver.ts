/**
 * The courier with a count of what is billed, handed batches of notices by HTTP. `GET /` says what was counted since the last time, how many runs are under way, and how large
 * the last object was after its run; an alarm that rings is billed as a call. `POST /later?destination=…` forgets everything, as the courier does months later.
 */
import { DAY_MS } from "../../workers/core/time-units.ts";
import { forgetDeliveries } from "../../workers/courier/courier-records.ts";
import { destinationName } from "../../workers/courier/destination-name.ts";
import type { Env as CourierEnv } from "../../workers/courier/env.ts";
import courier, { CourierDoor, Destination as CouriersDestination } from "../../workers/courier/index.ts";
import { forgetEnded } from "../../workers/courier/outbox.ts";
import { type Billed, countingEnv, countStorage, noBilled } from "./counting.ts";
import { handBatches } from "./hand-batches.ts";

export { CourierDoor };

type Env = Omit<CourierEnv, "DESTINATIONS"> & { DESTINATIONS: DurableObjectNamespace<Destination> };

const PAGES = { rows: 5_000, pages: 100 };
const billed = noBilled();
let running = 0;
let objectBytes = 0;

export class Destination extends CouriersDestination {
  constructor(state: DurableObjectState, env: Env) {
    countStorage(state, billed);
    super(state, countingEnv(env, billed));
  }

  override async alarm(): Promise<void> {
    billed.objectCalls++;
    running++;
    await super.alarm();
    running--;
    objectBytes = this.ctx.storage.sql.databaseSize;
  }

  /** Not called by anything that is billed. */
  forgetAll(): void {
    const { sql } = this.ctx.storage;
    while (forgetEnded(sql, Date.now() + DAY_MS, PAGES.rows) === PAGES.rows);
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === "GET") return Response.json({ ...sinceLast(), running, objectBytes });
    if (pathname === "/later") return forgetAll(env, Number(searchParams.get("destination")));
    return handBatches(request, (batch) => courier.queue(batch, countingEnv(env, billed)), "notices");
  },
};

async function forgetAll(env: Env, destination: number): Promise<Response> {
  await env.DESTINATIONS.getByName(destinationName(destination)).forgetAll();
  await forgetDeliveries(countingEnv(env, billed).COURIER, [destination], Date.now() + DAY_MS, PAGES);
  return new Response();
}

function sinceLast(): Billed {
  const told = { ...billed };
  Object.assign(billed, noBilled());
  return told;
}
