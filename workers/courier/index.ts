/** The messenger: tells affiliates and other systems what the books say. */
import type { CourierMessage } from "../../schema/messages.ts";
import { DAY_MS, MINUTE_MS } from "../core/time-units.ts";
import { readByTime, readNamed } from "./books-reader.ts";
import { compareWithBooks } from "./comparing.ts";
import { CourierDoor } from "./courier-door.ts";
import { courierKeys } from "./courier-keys.ts";
import { eraseRecords, forgetDeliveries } from "./courier-records.ts";
import { destinationName } from "./destination-name.ts";
import { Destination } from "./destination-object.ts";
import type { Env } from "./env.ts";
import { everyDestination, readDestinations } from "./set-up-of-destinations.ts";
import { matchedBy, takeNotices } from "./take-notices.ts";
import { tellStatements } from "./tell-statements.ts";

export { CourierDoor, Destination };

const RECORDS_KEPT_MS = 90 * DAY_MS;
/** What is forgotten in an hour, at most. */
const FORGET = { rows: 5_000, pages: 60 };

export default {
  async queue(batch: MessageBatch<CourierMessage>, env: Env): Promise<void> {
    const { shareKey } = await courierKeys(env.COURIER_KEYS);
    await takeNotices(
      {
        // Read for each batch, as the ledger does: who is told is what is set up now.
        destinations: () => readDestinations(env.DB),
        shareKey,
        readNamed: (names) => readNamed(env.DB, names),
        nowMs: Date.now,
        accept: async (number, matched) => {
          await objectOf(env, number).accept(number, matched);
        },
        erase: async (number, conversions) => objectOf(env, number).erase(conversions),
        eraseRecords: (conversions) => eraseRecords(env.COURIER, conversions),
        everyDestination: () => everyDestination(env.DB),
        chance: Math.random,
      },
      batch.messages,
    );
  },

  async scheduled(_controller: ScheduledController, env: Env): Promise<void> {
    const nowMs = Date.now();
    const chores = {
      compare: () => compare(env, nowMs),
      tellStatements: () => tellStatementNews(env),
      forget: () => forget(env, nowMs),
    };
    // One chore that fails does not keep the others from being done; the next minute brings another try.
    const done = Object.entries(chores).map(([chore, work]) =>
      work().catch((error: unknown) => console.error({ event: "chore_failed", chore, error: String(error) })),
    );
    await Promise.all(done);
  },
} satisfies ExportedHandler<Env, CourierMessage>;

/** Once an hour: rows of history that was told lately are old by their IDs, and are read each time. */
async function forget(env: Env, nowMs: number): Promise<void> {
  if (Math.floor(nowMs / MINUTE_MS) % 60 !== 0) return;
  await forgetDeliveries(env.COURIER, await everyDestination(env.DB), nowMs - RECORDS_KEPT_MS, FORGET);
}

async function tellStatementNews(env: Env): Promise<void> {
  await tellStatements({
    ...{ DB: env.DB, COURIER: env.COURIER, destinations: () => readDestinations(env.DB) },
    accept: async (number, matched) => objectOf(env, number).accept(number, matched),
  });
}

async function compare(env: Env, nowMs: number): Promise<void> {
  const { shareKey } = await courierKeys(env.COURIER_KEYS);
  const missing = await compareWithBooks(
    {
      COURIER: env.COURIER,
      destinations: () => readDestinations(env.DB),
      readByTime: (after, toMs, limit) => readByTime(env.DB, after, toMs, limit),
      readNamed: (names) => readNamed(env.DB, names),
      match: (setUp, notices) => matchedBy(setUp, notices, shareKey, "compared"),
      accept: async (number, matched) => objectOf(env, number).accept(number, matched),
    },
    nowMs,
  );
  if (missing > 0) console.error({ event: "notices_were_lost", deliveries: missing });
}

function objectOf(env: Env, destination: number): DurableObjectStub<Destination> {
  return env.DESTINATIONS.getByName(destinationName(destination));
}
