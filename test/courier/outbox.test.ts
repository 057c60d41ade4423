/** Which delivery of an outbox is next: one of a conversion at a time, in the order of its entries. */
import { beforeEach, expect, test } from "vitest";
import {
  acceptDeliveries,
  changeDelivery,
  createOutbox,
  type DeliveryKey,
  type NewDelivery,
  takeDue,
} from "../../workers/courier/outbox.ts";
import { notice } from "../core/courier/notices.ts";
import { ObjectStorage } from "../ledger/sqlite-platform.ts";

let outbox: ObjectStorage;

beforeEach(() => {
  outbox = new ObjectStorage();
  createOutbox(outbox);
});

function accept(atMs: number, ...keys: DeliveryKey[]): void {
  const deliveries = keys.map(
    ({ conversionId, seq, replay }): NewDelivery => ({
      conversionId,
      seq,
      replay,
      deliveryId: `${conversionId}-${seq}-${replay}`,
      type: "conversion.approved",
      origin: "notice",
      deadlineAtMs: null,
      notice: notice({ conversionId, seq }),
    }),
  );
  acceptDeliveries(outbox, deliveries, atMs);
}

function take(atMs: number): string | undefined {
  return takeDue(outbox, atMs)?.deliveryId;
}

function end(key: DeliveryKey, atMs: number): void {
  changeDelivery(outbox, key, { state: "sent", reason: null, tries: 1, wakesAtMs: atMs, attempts: [] });
}

const FIRST = { conversionId: "c1", seq: 1, replay: 0 };
const SECOND = { conversionId: "c1", seq: 2, replay: 0 };
const OTHER = { conversionId: "c2", seq: 1, replay: 0 };

test("a later entry waits for the earlier one, and another conversion for neither", () => {
  accept(1, SECOND, FIRST, OTHER);
  expect([take(2), take(2), take(2)].sort()).toEqual(["c1-1-0", "c2-1-0", undefined]);
  end(FIRST, 3);
  expect(take(4)).toBe("c1-2-0");
});

test("what comes in behind a later one that is under way waits for its end", () => {
  accept(1, SECOND);
  expect(take(1)).toBe("c1-2-0");
  accept(2, FIRST, OTHER);
  expect(take(2)).toBe("c2-1-0");
  expect(take(2)).toBeUndefined();
  end(SECOND, 3);
  expect(take(4)).toBe("c1-1-0");
});

test("what is told anew waits for what is under way of its conversion", () => {
  accept(1, FIRST, SECOND);
  expect(take(1)).toBe("c1-1-0");
  end(FIRST, 2);
  expect(take(2)).toBe("c1-2-0");
  accept(3, { ...FIRST, replay: 1 });
  expect(take(3)).toBeUndefined();
  end(SECOND, 4);
  expect(take(4)).toBe("c1-1-1");
});
