/** The log of deliveries in `COURIER`: its pages, and what is forgotten, by their keys alone. */
import { expect, test } from "vitest";
import { conversionId } from "../../workers/core/books/conversion-id.ts";
import type { DeliveryQuery } from "../../workers/core/courier/courier-calls.ts";
import { deliveryId } from "../../workers/core/courier/delivery-id.ts";
import { importHmacKey } from "../../workers/core/hmac-sha256.ts";
import { DAY_MS } from "../../workers/core/time-units.ts";
import { forgetDeliveries, listDeliveries, writeDeliveries } from "../../workers/courier/courier-records.ts";
import type { StoredDelivery } from "../../workers/courier/outbox.ts";
import { notice } from "../core/courier/notices.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

const NOW_MS = Date.UTC(2026, 10, 20, 12);
const KEY = importHmacKey(new Uint8Array(32));

/** Of a conversion received so many days ago, told so many days ago. */
function stored(
  destination: number,
  number: number,
  receivedDaysAgo: number,
  toldDaysAgo = receivedDaysAgo,
): StoredDelivery {
  const receivedAtMs = NOW_MS - receivedDaysAgo * DAY_MS;
  const conversion = conversionId(receivedAtMs, `0${String(number).padStart(25, "0")}`);
  const key = { conversionId: conversion, seq: 1, replay: 0 };
  return {
    ...key,
    deliveryId: deliveryId(KEY, { ...key, destination, receivedAtMs }),
    ...{ type: "conversion.approved", origin: "notice", deadlineAtMs: null, reason: null, tries: 1, wakesAtMs: null },
    state: number % 2 === 0 ? "sent" : "gave_up",
    createdAtMs: NOW_MS - toldDaysAgo * DAY_MS,
    revision: 1,
    notice: notice({ conversionId: conversion, seq: 1, receivedAtMs }),
    attempts: [],
  };
}

async function recorded(): Promise<SqliteD1> {
  const COURIER = new SqliteD1("courier", "schema/migrations/courier", async () => {});
  for (const destination of [1, 2])
    await writeDeliveries(
      COURIER,
      destination,
      Array.from({ length: 10 }, (_, number) => stored(destination, number, 1 + number)),
    );
  await writeDeliveries(COURIER, 1, [stored(1, 40, 100), stored(1, 41, 101), stored(1, 42, 102, 3)]);
  return COURIER;
}

async function pages(COURIER: SqliteD1, asked: Partial<DeliveryQuery>): Promise<string[][]> {
  const all: string[][] = [];
  for (let before: string | undefined; ; ) {
    const query = { destinations: [1, 2], limit: 4, ...asked, ...(before !== undefined && { before }) };
    const page = await listDeliveries(COURIER, query);
    if (page.length === 0) return all;
    all.push(page.map(({ deliveryId: id }) => id));
    before = page.at(-1)?.deliveryId;
  }
}

test("pages go on behind each other, over all destinations that were asked for, and miss none", async () => {
  const COURIER = await recorded();
  const ids = (of: readonly number[], passes = (_: number) => true) =>
    [
      ...of.flatMap((one) =>
        Array.from({ length: 10 }, (_, number) => ({ id: stored(one, number, 1 + number).deliveryId, number })),
      ),
      ...(of.includes(1)
        ? [stored(1, 40, 100), stored(1, 41, 101), stored(1, 42, 102, 3)].map(({ deliveryId: id }, place) => ({
            id,
            number: 40 + place,
          }))
        : []),
    ]
      .filter(({ number }) => passes(number))
      .map(({ id }) => id)
      .sort()
      .reverse();
  expect((await pages(COURIER, {})).flat()).toEqual(ids([1, 2]));
  expect((await pages(COURIER, { destinations: [2] })).flat()).toEqual(ids([2]));
  expect((await pages(COURIER, { states: ["gave_up"] })).flat()).toEqual(ids([1, 2], (number) => number % 2 === 1));
  const [first] = await pages(COURIER, {});
  expect(first).toHaveLength(4);
  const { conversionId: of } = stored(1, 3, 4);
  // Both destinations were told of it.
  expect((await pages(COURIER, { conversionId: of })).flat()).toHaveLength(2);
});

test("what was told long ago is forgotten a page at a time, and not what was told lately of an old conversion", async () => {
  const COURIER = await recorded();
  const count = () => Number(COURIER.db.prepare("SELECT count(*) AS n FROM deliveries").get()?.n);
  expect(count()).toBe(23);
  await forgetDeliveries(COURIER, [1, 2], NOW_MS - 90 * DAY_MS, { rows: 1, pages: 1 });
  expect(count()).toBe(22);
  await forgetDeliveries(COURIER, [1, 2], NOW_MS - 90 * DAY_MS, { rows: 1, pages: 10 });
  expect(count()).toBe(21);
  const old = await pages(COURIER, { destinations: [1] });
  expect(old.flat()).toContain(stored(1, 42, 102, 3).deliveryId);
  // What was counted stays.
  expect(COURIER.db.prepare("SELECT sum(deliveries) AS n FROM delivery_quarters").get()?.n).toBe(23);
});
