/** What of everything that the platform bills a delivery takes: runs that differ in how many go out in them alone. */
import { seedProgramme } from "../programme/in-sql.ts";
import { reach } from "../reach.ts";
import type { Cast } from "./cast.ts";
import { deliverAll, startDeliveringCast } from "./deliver.ts";
import { makeDestination, takeNotices } from "./notices.ts";
import { startSlowReceiver } from "./slow-receiver.ts";
import { add, type Counted, more, NO_USAGE, times, type Usage, usageOf } from "./usage.ts";
import { waitFor } from "./wait-for.ts";

export interface DeliveryCounters {
  /** A delivery that is taken at its first try, with what becomes of it later. `rowBytes` lie in D1, `objectBytes` in its destination's object. */
  perDelivery: Usage & { rowBytes: number; objectBytes: number };
  /** What a run of a destination takes, however many go out in it. */
  perDeliveryRun: Usage;
}

/** What the counting worker tells. */
type Told = Counted & { running: number; objectBytes: number };

const DESTINATION = 1;
const ALONE = 20;
const MANY = 400;
const MANY_RUNS = 5;
const QUEUE_UNIT_BYTES = 64_000;
const WRITE_READ_DELETE = 3;

/** Counts on a cast of its own. */
export async function countDeliveries(directory: string): Promise<DeliveryCounters> {
  const [cast, receiver] = await Promise.all([startDeliveringCast(directory), startSlowReceiver()]);
  try {
    const books = await cast.miniflare.getD1Database("DB", "deliver");
    const courier = await cast.miniflare.getD1Database("COURIER", "deliver");
    await seedProgramme(books);
    await makeDestination(books, receiver.origin, DESTINATION);
    const run = async (runs: number, deliveries: number): Promise<{ usage: Usage; objectBytes: number }> => {
      for (let made = 0; made < runs; made++) {
        await deliverAll(cast, receiver, deliveries);
        await waitFor(async () => (await look(cast)).running === 0, "the end of a run");
      }
      const told = await ask(cast);
      return { usage: times(usageOf(told), 1 / runs), objectBytes: told.objectBytes };
    };
    // What the first run of a destination does alone.
    const first = await run(1, 1);
    const { usage: alone } = await run(ALONE, 1);
    const bytesBefore = await bytesOf(courier);
    const cpuBefore = cast.cpuSeconds();
    const { usage: many, objectBytes } = await run(MANY_RUNS, MANY);
    const taken = MANY * MANY_RUNS;
    const cpuMs = ((cast.cpuSeconds() - cpuBefore) * 1_000) / taken;
    const rowBytes = ((await bytesOf(courier)) - bytesBefore) / taken;
    const perDelivery = times(more(many, alone), 1 / (MANY - 1));
    await reach(`${cast.origin("deliver")}/later?destination=${DESTINATION}`, { method: "POST" });
    const later = times(usageOf(await ask(cast)), 1 / (1 + ALONE + taken));
    const [notice] = takeNotices(1, DESTINATION).batches.flat();
    const queueOperations = (JSON.stringify(notice).length / QUEUE_UNIT_BYTES) * WRITE_READ_DELETE;
    return {
      perDelivery: {
        ...add(perDelivery, { ...NO_USAGE, ...later, cpuMs, queueOperations }),
        rowBytes,
        objectBytes: (objectBytes - first.objectBytes) / (ALONE + taken),
      },
      perDeliveryRun: { ...more(alone, perDelivery), queueOperations: WRITE_READ_DELETE },
    };
  } finally {
    await cast.stop();
    receiver.stop();
  }
}

async function bytesOf(database: D1Database): Promise<number> {
  return (await database.prepare("SELECT 1").all()).meta.size_after;
}

let counted: Told | null = null;

/** Adds what was counted to what `ask` gives. */
async function look(cast: Cast): Promise<Told> {
  const told: Told = JSON.parse(await (await reach(cast.origin("deliver"))).text());
  counted = { ...told, ...sumOf(counted, told) };
  return told;
}

async function ask(cast: Cast): Promise<Told> {
  await look(cast);
  const told = counted;
  counted = null;
  if (!told) throw new Error("nothing was counted");
  return told;
}

function sumOf(before: Told | null, told: Told): Counted {
  const sum = add(usageOf(told), before ? usageOf(before) : NO_USAGE);
  const { rowsRead, rowsWritten, objectCalls, objectRowsRead, objectRowsWritten } = sum;
  return { rowsRead, rowsWritten, objectCalls, objectRowsRead, objectRowsWritten };
}
