/** The real consumer of the postbacks' queue on doubles: what the books are after a list of messages, delivered in their order. */
import type { PostbackMessage } from "../../schema/messages.ts";
import { PIXEL_LIMITS, type PixelLimits } from "../../workers/core/books/pixel-limits.ts";
import type { KeyRing } from "../../workers/core/key-ring.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { createTables } from "../../workers/ledger/object-storage.ts";
import { type SettleParts, settleOrRetry } from "../../workers/ledger/settle.ts";
import type { Delivery } from "../../workers/ledger/settle-step.ts";
import { MemoryDays, NOTHING_ARCHIVED } from "../ledger/click-days.ts";
import { seedSetUp } from "../ledger/seed.ts";
import { ObjectStorage } from "../ledger/sqlite-platform.ts";
import { DAY_MS, NO_TRACKERS, NOBODY_IS_TOLD, START_MS } from "../ledger/world.ts";
import { RolledBackDatabases } from "./rolled-back-databases.ts";

/** Long after every click, so that no message waits for its click. */
const NOW_MS = START_MS + 100 * DAY_MS;

type Row = Record<string, unknown>;

/** What became of messages: the log's rows, and the conversions' with their sums as text. */
export interface Books {
  postbacks: Row[];
  conversions: Row[];
}

/** A batch is what the queue gives at once. */
export type Batches = readonly (readonly PostbackMessage[])[];

/** Books that messages are put into, where no offer takes a claim by itself; `caps` are those of the test programme's first offer, as its row has them. */
export type Booking = (batches: Batches, caps: string) => Promise<Books>;

export function bookingWith(ring: KeyRing): Booking {
  const databases = new RolledBackDatabases();
  return (batches, caps) =>
    databases.takingBack(async () => {
      seedSetUp(databases.DB.db);
      databases.DB.db.prepare("UPDATE offers SET claims = 'ask', caps = ? WHERE number = 1").run(caps);
      const parts = partsOn(databases, ring);
      for (const batch of batches) await settleOrRetry(parts, batch.map(deliveryOf));
      const rows = (query: string, { db } = databases.DB) => db.prepare(query).all();
      return {
        postbacks: rows(
          "SELECT receipt, advertiser, status, reason, duplicate_of FROM postbacks ORDER BY receipt",
          databases.LOG,
        ),
        // Without what the order of delivery decides: the ID, and when it was settled.
        conversions: rows(
          `SELECT advertiser, affiliate, offer, link, event, txid, click_id, status, currency, occurred_at, received_at, attributed_by, coupon, customer, test,
             CAST(amount AS TEXT) AS amount, CAST(revenue AS TEXT) AS revenue, CAST(payout AS TEXT) AS payout FROM conversions
           ORDER BY click_id, event, txid, test`,
        ),
      };
    });
}

/** What settling needs, on these databases; the advertisers' objects are put into `objects`. */
export function partsOn(
  { DB, LOG }: RolledBackDatabases,
  ring: KeyRing,
  objects = new Map<number, ObjectStorage>(),
  limits: PixelLimits = PIXEL_LIMITS,
): SettleParts {
  const objectOf = (advertiser: number) => {
    const storage = objects.get(advertiser) ?? new ObjectStorage();
    if (!objects.has(advertiser)) createTables(storage);
    objects.set(advertiser, storage);
    return storage;
  };
  return {
    ...{ ...NOTHING_ARCHIVED, ...NO_TRACKERS, DB, LOG, ring, days: new MemoryDays(DB).days },
    NOTICES: NOBODY_IS_TOLD,
    POSTBACKS: {
      sendBatch: async () => {
        throw new Error("nothing waits here");
      },
    },
    async decideShare(advertiser, commands, nowMs) {
      const storage = objectOf(advertiser);
      return storage.transaction(() => decideShare(storage, structuredClone(commands), nowMs, { limits }));
    },
    async markDue() {
      throw new Error("the log takes every row");
    },
    reviewCaps: async () => {},
    nowMs: () => NOW_MS,
    chance: () => 0.5,
  };
}

export function deliveryOf(body: PostbackMessage): Delivery {
  const retry = () => {
    throw new Error(`the message ${body.receipt} was not settled`);
  };
  return { body: structuredClone(body), attempts: 1, ack: () => {}, retry };
}
