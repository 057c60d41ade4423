/** The real ledger with faulty bindings: its database and its objects fail as told with `POST /?books=…&object=…`. */
import type { Env } from "../../../workers/ledger/env.ts";
import ledger, { ClickDay, Conversions } from "../../../workers/ledger/index.ts";

export { ClickDay, Conversions };

/** `before`: the call fails and nothing was done. `after`: everything was done and the call fails all the same. `hang`: a statement alone is never answered, a batch fails. */
type Fault = "none" | "before" | "after" | "overloaded" | "hang";

const PARTS = ["books", "object", "clicks", "log", "keys"] as const;
const faults: Record<(typeof PARTS)[number], Fault> = {
  books: "none",
  object: "none",
  clicks: "none",
  log: "none",
  keys: "none",
};

export default {
  async fetch(request: Request): Promise<Response> {
    const asked = new URL(request.url).searchParams;
    for (const part of PARTS) faults[part] = readFault(asked.get(part));
    return Response.json(faults);
  },

  queue(batch: Parameters<typeof ledger.queue>[0], env: Env): Promise<void> {
    return ledger.queue(batch, {
      ...env,
      DB: faultyDatabase(env.DB, () => faults.books),
      CLICK_DAYS: faultyDays(env.CLICK_DAYS),
      LOG: faultyDatabase(env.LOG, () => faults.log),
      CONVERSIONS: faultyObjects(env.CONVERSIONS),
      CLICK_KEYS: faults.keys === "none" ? env.CLICK_KEYS : "",
    });
  },

  scheduled: ledger.scheduled,
};

function readFault(text: string | null): Fault {
  return text === "before" || text === "after" || text === "overloaded" || text === "hang" ? text : "none";
}

/** Runs `work` under a fault. */
async function under<Value>(fault: Fault, work: () => Promise<Value>): Promise<Value> {
  if (fault === "before" || fault === "hang") throw new Error("the connection was refused");
  if (fault === "overloaded") throw Object.assign(new Error("the object is overloaded"), { overloaded: true });
  const value = await work();
  if (fault === "after") throw new Error("the connection was lost");
  return value;
}

/** Reads of one statement fail too: they go through `prepare`, which is given a fault of its own. */
function faultyDatabase(real: D1Database, fault: () => Fault): D1Database {
  return new Proxy(real, {
    get(target, name) {
      if (name === "batch")
        return (statements: D1PreparedStatement[]) => under(fault(), () => target.batch(statements));
      if (name === "prepare" && fault() === "before") throw new Error("the connection was refused");
      if (name === "prepare" && fault() === "hang") return hangingStatement;
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function hangingStatement() {
  const never = new Promise(() => {});
  return { bind: () => ({ all: () => never, run: () => never }) };
}

/** What hangs is never answered; a write that hangs fails, as one of D1 does here. */
function faultyDays(real: Env["CLICK_DAYS"]): Env["CLICK_DAYS"] {
  return new Proxy(real, {
    get(target, name) {
      if (name !== "getByName") return Reflect.get(target, name);
      return (object: string) => {
        const stub = target.getByName(object);
        return {
          add: (...share: Parameters<typeof stub.add>) => under(faults.clicks, async () => stub.add(...share)),
          find: (...ids: Parameters<typeof stub.find>) =>
            faults.clicks === "hang" ? new Promise(() => {}) : under(faults.clicks, async () => stub.find(...ids)),
        };
      };
    },
  });
}

function faultyObjects(real: Env["CONVERSIONS"]): Env["CONVERSIONS"] {
  return new Proxy(real, {
    get(target, name) {
      if (name !== "getByName") return Reflect.get(target, name);
      return (object: string) => {
        const stub = target.getByName(object);
        return {
          decide: (...share: Parameters<typeof stub.decide>) => under(faults.object, async () => stub.decide(...share)),
          markDue: (...due: Parameters<typeof stub.markDue>) => under(faults.object, async () => stub.markDue(...due)),
        };
      };
    },
  });
}
