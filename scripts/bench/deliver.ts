/** What delivering costs: notices through matching, outbox and log to a receiver of some milliseconds, against bare fetches of it; and whether receivers that hang slow others down. */
import { setTimeout as sleep } from "node:timers/promises";
import type { NoticesMessage } from "../../schema/messages.ts";
import type { Database } from "../local/migrate.ts";
import { seedProgramme } from "../programme/in-sql.ts";
import { reach } from "../reach.ts";
import { type Cast, startCast } from "./cast.ts";
import type { Effort } from "./effort.ts";
import { makeDestination, takeNotices } from "./notices.ts";
import { alternate, compare, percentile } from "./rounds.ts";
import type { Findings, Measured } from "./rows.ts";
import { type SlowReceiver, startSlowReceiver } from "./slow-receiver.ts";
import { waitFor } from "./wait-for.ts";

const LANES = 4;
/** Each destination hears of one offer. */
const HEALTHY = 1;
const HANGING = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
/** Of each that hangs so many wait: more than go at once. */
const HELD_UP = 20;
/** A notice every so often, and so many of them in a round. */
const PACE_MS = 25;
const PACED_NOTICES = 120;

/** Rows `deliver` and `deliver-beside`. */
export async function measureDelivering(directory: string, effort: Effort): Promise<Findings> {
  if (!effort.wants("deliver", "deliver-beside")) return { rows: {}, cpuMs: {} };
  let isHanging = false;
  const [receiver, hanging] = await Promise.all([startSlowReceiver(), startSlowReceiver(() => isHanging)]);
  const cast = await startDeliveringCast(directory);
  try {
    const books = await cast.miniflare.getD1Database("DB", "deliver");
    await seedProgramme(books);
    await makeDestination(books, receiver.origin, HEALTHY);
    for (const offer of HANGING) await makeDestination(books, hanging.origin, offer);
    const rows: Measured = {};
    if (effort.wants("deliver")) {
      const bare = () => fetchBare(cast, receiver, effort.deliveries);
      const ours = () => deliverAll(cast, receiver, effort.deliveries);
      await ours();
      rows.deliver = compare(await alternate(effort.rounds, bare, ours));
    }
    if (effort.wants("deliver-beside")) {
      const alone = () => pacedP95(cast, receiver);
      const beside = async () => {
        isHanging = true;
        hanging.forget();
        for (const offer of HANGING) await handNotices(cast, takeNotices(HELD_UP, offer).batches);
        await hanging.came(HANGING.length * LANES);
        const p95 = await pacedP95(cast, receiver);
        isHanging = false;
        await hanging.came(HANGING.length * HELD_UP);
        return p95;
      };
      await alone();
      rows["deliver-beside"] = compare(await alternate(effort.rounds, alone, beside));
    }
    return { rows, cpuMs: {} };
  } finally {
    await cast.stop();
    receiver.stop();
    hanging.stop();
  }
}

/** The courier with its books, and the bare worker. */
export function startDeliveringCast(directory: string): Promise<Cast> {
  return startCast(
    [
      {
        name: "deliver",
        section: "courier",
        entry: "bench/workers/deliver.ts",
        bindings: { LOOPBACK_PORTS: "any" },
        queueConsumers: {},
      },
      { name: "bare", section: "click", entry: "bench/workers/bare-fetch.ts" },
    ],
    directory,
  );
}

async function fetchBare(cast: Cast, { origin }: SlowReceiver, count: number): Promise<number> {
  const query = new URLSearchParams({ url: `${origin}/bare`, times: String(count), lanes: String(LANES) });
  const startedMs = performance.now();
  const answer = await reach(`${cast.origin("bare")}/?${query}`);
  if ((await answer.text()) !== "done") throw new Error(`the bare worker answered ${answer.status}`);
  return count / ((performance.now() - startedMs) / 1_000);
}

/** From the notices to the last row of the log. */
export async function deliverAll(cast: Cast, receiver: SlowReceiver, count: number): Promise<number> {
  const { batches } = takeNotices(count, HEALTHY);
  const courier = await cast.miniflare.getD1Database("COURIER", "deliver");
  const before = await sentIn(courier);
  receiver.forget();
  const startedMs = performance.now();
  await handNotices(cast, batches);
  await receiver.came(count);
  await waitFor(async () => (await sentIn(courier)) === before + count, `${count} deliveries in the log`);
  return count / ((performance.now() - startedMs) / 1_000);
}

async function sentIn(courier: Database): Promise<number> {
  const { results } = await courier.prepare("SELECT count(*) AS sent FROM deliveries WHERE status = 'sent'").all();
  const [row]: { sent: number }[] = JSON.parse(JSON.stringify(results));
  return row?.sent ?? 0;
}

/** Milliseconds from handing a notice over to its request. */
async function pacedP95(cast: Cast, receiver: SlowReceiver): Promise<number> {
  receiver.forget();
  const handed: { id: string; atMs: number; done: Promise<void> }[] = [];
  for (let number = 0; number < PACED_NOTICES; number++) {
    const { batches, ids } = takeNotices(1, HEALTHY);
    const atMs = performance.now();
    handed.push({ id: ids[0] ?? "", atMs, done: handNotices(cast, batches) });
    await sleep(PACE_MS);
  }
  await Promise.all(handed.map(({ done }) => done));
  await receiver.came(PACED_NOTICES);
  return percentile(
    handed.map(({ id, atMs }) => (receiver.cameAtMs.get(id) ?? Number.NaN) - atMs),
    0.95,
  );
}

async function handNotices(cast: Cast, batches: readonly NoticesMessage[][]): Promise<void> {
  const answer = await reach(cast.origin("deliver"), { method: "POST", body: JSON.stringify(batches) });
  const taken = await answer.text();
  const messages = batches.flat().length;
  if (taken !== String(messages)) throw new Error(`${taken} of ${messages} messages of notices were taken`);
}
