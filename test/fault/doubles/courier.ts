/** The real courier by a clock that runs faster: told `/?from=…&speed=…`, it lives so many times as fast since that moment, and a receiver's hour is a minute. Until it is told, nothing leaves. */
import type { Env } from "../../../workers/courier/env.ts";
import courier, { CourierDoor, Destination as RealDestination } from "../../../workers/courier/index.ts";

export { CourierDoor };

const UNTOLD_AGAIN_MS = 500;
const realNow = Date.now;
/** All processes of a run are told the same, so that a start anew goes on where time was. */
let clock: { fromMs: number; speed: number } | null = null;

function fast(realMs: number): number {
  return clock ? clock.fromMs + (realMs - clock.fromMs) * clock.speed : realMs;
}

function real(fastMs: number): number {
  return clock ? clock.fromMs + (fastMs - clock.fromMs) / clock.speed : fastMs;
}

Date.now = () => Math.floor(fast(realNow()));

export default {
  async fetch(request: Request): Promise<Response> {
    const asked = new URL(request.url).searchParams;
    clock = { fromMs: Number(asked.get("from")), speed: Number(asked.get("speed")) };
    return Response.json(clock);
  },

  queue: courier.queue,

  scheduled: courier.scheduled,
};

export class Destination extends RealDestination {
  readonly #realStorage: DurableObjectStorage;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#realStorage = state.storage;
    // The platform takes only a state of its own, so that what stands before it is put there afterwards.
    Object.defineProperty(this, "ctx", { value: standingBefore(state, { storage: fastAlarms(state.storage) }) });
  }

  override async alarm(): Promise<void> {
    if (clock) return super.alarm();
    await this.#realStorage.setAlarm(realNow() + UNTOLD_AGAIN_MS);
  }
}

function fastAlarms(storage: DurableObjectStorage): DurableObjectStorage {
  return standingBefore(storage, {
    getAlarm: async () => {
      const atMs = await storage.getAlarm();
      return atMs === null ? null : fast(atMs);
    },
    setAlarm: async (at: number | Date) => storage.setAlarm(real(Number(at))),
  });
}

/** `own` where it says something, `target` elsewhere. */
function standingBefore<Target extends object>(target: Target, own: Partial<Target>): Target {
  return new Proxy(target, {
    get(_, name) {
      if (name in own) return Reflect.get(own, name);
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
