/** What a batch costs in round trips, counted and not timed: however many messages and duplicates are in it. */

import { beforeAll, expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { readPlaces } from "../../workers/ledger/day-objects.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { createTables } from "../../workers/ledger/object-storage.ts";
import { settleOrRetry } from "../../workers/ledger/settle.ts";
import type { Delivery } from "../../workers/ledger/settle-step.ts";
import { MemoryDays, NOTHING_ARCHIVED } from "./click-days.ts";
import { seedSetUp } from "./seed.ts";
import { ObjectStorage, SqliteD1 } from "./sqlite-platform.ts";
import { DAY_MS, type IssuedClick, issueClicks, NO_TRACKERS, NOBODY_IS_TOLD, START_MS, testKeyRing } from "./world.ts";

let clicks: IssuedClick[];
let acked: number;

beforeAll(async () => {
  clicks = await issueClicks(await testKeyRing());
});

/** Settles a batch, behind another one if there is one, and tells each of its round trips, in order. */
async function roundTrips(messages: PostbackMessage[], before: PostbackMessage[] = []): Promise<string[]> {
  const trips: string[] = [];
  const count = async (point: string): Promise<void> => {
    if (point.includes("before")) trips.push(point.replace(" before", ""));
  };
  const db = new SqliteD1("books", "schema/migrations/books", count);
  seedSetUp(db.db);
  const objects = new Map<number, ObjectStorage>();
  const parts = {
    DB: db,
    ...NOTHING_ARCHIVED,
    ...NO_TRACKERS,
    days: new MemoryDays(db, { fault: count }).days,
    LOG: new SqliteD1("log", "schema/migrations/log", count),
    markDue: () => Promise.reject(new Error("nothing is due here")),
    NOTICES: NOBODY_IS_TOLD,
    POSTBACKS: { sendBatch: () => Promise.reject(new Error("nothing waits here")) },
    decideShare: async (advertiser: number, commands: Parameters<typeof decideShare>[1], nowMs: number) => {
      trips.push(`object of advertiser ${advertiser}`);
      const storage = objects.get(advertiser) ?? new ObjectStorage();
      if (!objects.has(advertiser)) createTables(storage);
      objects.set(advertiser, storage);
      return storage.transaction(() => decideShare(storage, commands, nowMs));
    },
    reviewCaps: async () => {
      trips.push("caps");
    },
    ring: await testKeyRing(),
    nowMs: () => START_MS + DAY_MS,
    chance: () => 0,
  };
  const settle = (bodies: PostbackMessage[]): Promise<void> =>
    settleOrRetry(
      parts,
      bodies.map((body): Delivery => ({ body, attempts: 1, ack: () => acked++, retry: () => {} })),
    );
  if (before.length > 0) await settle(before);
  // Once a minute.
  await readPlaces(db);
  trips.length = 0;
  acked = 0;
  await settle(messages);
  return trips.sort();
}

function message(number: number, advertiser: number, content: Partial<PostbackMessage["content"]>): PostbackMessage {
  const receipt = `${number}`.padStart(3, "0").padEnd(26, "0");
  return {
    kind: "postback",
    receipt,
    advertiser,
    receivedAtMs: START_MS + 400_000 + number,
    channel: "get",
    content: { event: "sale", amountMicros: 1_000_000, ...content },
  };
}

const ONE_OF_EACH = ["books reading", "books writing", "clicks:2026-11-01", "log writing", "object of advertiser 1"];

test("a hundred fresh orders of one advertiser", async () => {
  const orders = Array.from({ length: 100 }, (_, number) =>
    message(number, 1, { clickId: clicks[number % 3]?.id ?? "", txid: `t${number}` }),
  );
  expect(await roundTrips(orders)).toEqual(ONE_OF_EACH);
  expect(acked).toBe(100);
});

test("a hundred copies of one order", async () => {
  const copies = Array.from({ length: 100 }, (_, number) =>
    message(number, 1, { clickId: clicks[0]?.id ?? "", txid: "same" }),
  );
  expect(await roundTrips(copies)).toEqual(ONE_OF_EACH);
  expect(acked).toBe(100);
});

test("copies of an order that is booked already ask nothing of the books but the set-up", async () => {
  const [first, ...copies] = Array.from({ length: 100 }, (_, number) =>
    message(number, 1, { clickId: clicks[0]?.id ?? "", txid: "same" }),
  );
  const trips = await roundTrips(copies, first ? [first] : []);
  expect(trips).toEqual(["books reading", "clicks:2026-11-01", "log writing", "object of advertiser 1"]);
  expect(acked).toBe(99);
});

test("orders, refunds before their sales, unknown orders and foreign clicks of two advertisers", async () => {
  const mixed = Array.from({ length: 100 }, (_, number) => {
    const advertiser = 1 + (number % 2);
    const txid = `t${number % 20}`;
    if (number % 5 === 0) return message(number, advertiser, { txid, status: "reversed" });
    if (number % 5 === 1) return message(number, advertiser, { txid: `nobody ${number}` });
    return message(number, advertiser, { clickId: clicks[number % 5]?.id ?? "", txid });
  });
  expect(await roundTrips(mixed)).toEqual([...ONE_OF_EACH, "object of advertiser 2"]);
  expect(acked).toBe(100);
});
