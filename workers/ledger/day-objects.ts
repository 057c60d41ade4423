/** How the ledger reaches the objects of the click log: by name, and through what D1 says of how days are shared out and since when they are there. */
import { parseShardPlan, type ShardPlan } from "../core/click-log/click-days.ts";
import type { ClickDay } from "./click-day.ts";
import type { DayObject } from "./open-day.ts";

/** The object of a name. */
export type ClickDays = (name: string) => DayObject;

/** A change counts from a day that has not begun, so this long it may go unseen. */
const REMEMBERED_MS = 60_000;

/** Shards and boundary, in one round trip. */
const READ = `
  SELECT (SELECT value FROM settings WHERE name = 'click_shards') AS plan, (SELECT from_at FROM kept WHERE log = 'clicks') AS hot,
    (SELECT from_at FROM kept WHERE log = 'click_objects') AS final`;

/** Where the click log lies. */
export interface LogPlaces {
  plan: ShardPlan;
  /** What is older lies in the archive alone. */
  hotFromMs: number;
  /** And what is older than this changes there alone; between the two a day is on its way. */
  finalFromMs: number;
}

const remembered = new WeakMap<D1Database, { places: LogPlaces; readAtMs: number }>();

/** The objects of a Worker's binding. */
export function clickDaysOf(namespace: DurableObjectNamespace<ClickDay>): ClickDays {
  return (name) => {
    const stub = namespace.getByName(name);
    return {
      add: async (share) => stub.add(share),
      judge: async (day, visits) => stub.judge(day, visits),
      find: async (clickIds) => stub.find(clickIds),
      page: async (question) => stub.page(question),
      quarters: async (question) => stub.quarters(question),
      erase: async (day, names) => stub.erase(day, names),
      erased: async (clickIds) => stub.erased(clickIds),
      changed: async () => stub.changed(),
      tend: async (nowMs) => stub.tend(nowMs),
      forget: async () => stub.forget(),
    };
  };
}

/** What D1 says, once a minute; while it is down, what it said last. */
export async function readPlaces(db: D1Database): Promise<LogPlaces> {
  const nowMs = Date.now();
  const known = remembered.get(db);
  if (known && nowMs - known.readAtMs < REMEMBERED_MS && nowMs >= known.readAtMs) return known.places;
  try {
    const { results } = await db.prepare(READ).all<{ plan: string | null; hot: number | null; final: number | null }>();
    const { plan = null, hot = 0, final = 0 } = results[0] ?? {};
    const places = { plan: parseShardPlan(plan), hotFromMs: hot ?? 0, finalFromMs: final ?? 0 };
    remembered.set(db, { places, readAtMs: nowMs });
    return places;
  } catch (error) {
    if (known) return known.places;
    throw error;
  }
}
