/** Caps: counted exactly, in the offer's own days, however often and in whatever order messages are delivered. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import type { Cap } from "../../schema/tables.ts";
import { periodOf, placesFor } from "../../workers/core/books/caps.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import type { SetUp } from "../../workers/core/books/set-up.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { capStates, reachedPlaces } from "../../workers/ledger/object-caps.ts";
import { createTables, pageOfConversions } from "../../workers/ledger/object-storage.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { CLICKS, LINKS, SET_UP, START_MS } from "./world.ts";

describe("periods", () => {
  test.each([
    ["2026-11-23T10:00:00Z", "day", "UTC", "2026-11-23", "2026-11-24T00:00:00.000Z"],
    ["2026-11-23T23:30:00Z", "day", "Europe/Berlin", "2026-11-24", "2026-11-24T23:00:00.000Z"],
    ["2026-11-23T04:00:00Z", "day", "America/New_York", "2026-11-22", "2026-11-23T05:00:00.000Z"],
    ["2026-10-25T00:30:00Z", "day", "Europe/Berlin", "2026-10-25", "2026-10-25T23:00:00.000Z"],
    ["2026-03-29T00:30:00Z", "day", "Europe/Berlin", "2026-03-29", "2026-03-29T22:00:00.000Z"],
    ["2026-12-31T23:30:00Z", "month", "UTC", "2026-12", "2027-01-01T00:00:00.000Z"],
    ["2026-12-31T23:30:00Z", "month", "Europe/Berlin", "2027-01", "2027-01-31T23:00:00.000Z"],
    ["2024-02-29T12:00:00Z", "month", "Asia/Kolkata", "2024-02", "2024-02-29T18:30:00.000Z"],
    ["2026-09-06T03:30:00Z", "day", "America/Santiago", "2026-09-05", "2026-09-06T04:00:00.000Z"],
    ["2026-09-06T04:00:00Z", "day", "America/Santiago", "2026-09-06", "2026-09-07T03:00:00.000Z"],
    ["2026-11-23T12:00:00Z", "day", "Pacific/Kiritimati", "2026-11-24", "2026-11-24T10:00:00.000Z"],
  ] as const)("%s is in the %s of %s called %s, which ends at %s", (at, per, zone, name, end) => {
    expect(periodOf(Date.parse(at), per, zone)).toEqual({ name, endsAtMs: Date.parse(end) });
  });
});

function setUpWith(caps: Cap[]): SetUp {
  const links = new Map([...LINKS].map(([number, link]) => [number, { ...link, caps }]));
  return { ...SET_UP, links };
}

function books(caps: Cap[]) {
  const sql = new ObjectStorage();
  createTables(sql);
  const setUp = setUpWith(caps);
  const settle = (...messages: PostbackMessage[]) => {
    const commands = messages.map((message) =>
      makeCommand(message, CLICKS[message.content.test ? 5 : 0] ?? null, setUp),
    );
    const share = sql.transaction(() => decideShare(sql, commands, START_MS));
    const said = share.decided.map((one) =>
      "rows" in one ? one.rows.postbacks.find(({ receipt }) => receipt === one.receipt) : undefined,
    );
    return {
      said: said.map((row) => (row?.reason === "over_cap" ? "over_cap" : row?.status)),
      crossed: share.crossedOffers,
    };
  };
  return { sql, settle };
}

function sale(number: number, content: Partial<PostbackMessage["content"]> = {}, afterMs = number): PostbackMessage {
  const receipt = `${number}`.padStart(3, "0").padEnd(26, "0");
  return {
    kind: "postback",
    receipt,
    advertiser: 1,
    receivedAtMs: START_MS + 1_000 + afterMs,
    channel: "get",
    content: { clickId: "c".repeat(36), event: "sale", txid: `t${number}`, amountMicros: 5, ...content },
  };
}

const DAILY: Cap[] = [{ event: "sale", per: "day", limit: 2 }];

test("what is over the cap is rejected, and says so", () => {
  const { settle } = books(DAILY);
  expect(settle(sale(1), sale(2), sale(3))).toEqual({ said: ["attributed", "attributed", "over_cap"], crossed: [1] });
});

test("other events, tests and duplicates take no place", () => {
  const { settle } = books(DAILY);
  expect(
    settle(sale(1), sale(11, { txid: "t1" }), sale(12, { event: "lead" }), sale(13, { test: true }, 400_000), sale(2))
      .said,
  ).toEqual(["attributed", "duplicate", "attributed", "attributed", "attributed"]);
  expect(settle(sale(3)).said).toEqual(["over_cap"]);
});

test("a rejected and a wholly reversed conversion free their places; a partly reversed one does not", () => {
  const { settle } = books(DAILY);
  settle(sale(1, { status: "pending" }), sale(2));
  expect(settle(sale(3)).said).toEqual(["over_cap"]);
  expect(settle(sale(4, { txid: "t1", status: "rejected" })).crossed).toEqual([1]);
  expect(settle(sale(5)).said).toEqual(["attributed"]);
  expect(settle(sale(6, { txid: "t2", status: "reversed", amountMicros: 1 }), sale(7)).said).toEqual([
    "updated",
    "over_cap",
  ]);
  const whole = sale(10, { txid: "t2", status: "reversed" });
  delete whole.content.amountMicros;
  expect(settle(whole, sale(14)).said).toEqual(["updated", "attributed"]);
});

test("a held conversion keeps its moves, and regains its place, when the cap is reached", () => {
  const { settle } = books(DAILY);
  settle(sale(1, { status: "rejected" }), sale(2), sale(3));
  expect(settle(sale(4, { txid: "t1", status: "approved" }), sale(5)).said).toEqual(["updated", "over_cap"]);
});

test("the next day has places of its own", () => {
  const { settle } = books(DAILY);
  expect(settle(sale(1), sale(2), sale(3), sale(4, {}, 86_400_000)).said).toEqual([
    "attributed",
    "attributed",
    "over_cap",
    "attributed",
  ]);
});

test("what was over the cap takes no key: sent again in time for a free place, it counts", () => {
  const { settle } = books(DAILY);
  settle(sale(1), sale(2), sale(3));
  settle(sale(4, { txid: "t2", status: "reversed", amountMicros: 5 }));
  expect(settle(sale(5, { txid: "t3" })).said).toEqual(["attributed"]);
});

test("a cap that is raised is no longer reached", () => {
  const { sql, settle } = books(DAILY);
  settle(sale(1), sale(2));
  const place = { key: JSON.stringify([1, "sale", "day", "2026-11-01"]), offer: 1, endsAtMs: 0 };
  expect(reachedPlaces(sql, [{ ...place, limit: 2 }])).toHaveLength(1);
  expect(reachedPlaces(sql, [{ ...place, limit: 3 }])).toEqual([]);
});

test("says how full a cap is, and since when, until it is freed", () => {
  const { sql, settle } = books(DAILY);
  const places = placesFor({ offer: 1, caps: DAILY, timeZone: "UTC" }, "sale", START_MS + 1_000);
  const states = () => capStates(sql, places).map(({ taken, fullSinceMs }) => [taken, fullSinceMs]);
  expect(states()).toEqual([[0, null]]);
  settle(sale(1));
  expect(states()).toEqual([[1, null]]);
  settle(sale(2), sale(3));
  expect(states()).toEqual([[2, START_MS]]);
  settle(sale(4, { txid: "t1", status: "reversed", amountMicros: 5 }));
  expect(states()).toEqual([[1, null]]);
  expect(sql.exec("SELECT * FROM full_caps").toArray()).toEqual([]);
});

test("whatever the order, the split into batches and the redelivery, a cap is filled and never exceeded by first conversions", () => {
  const delivery = fc.array(fc.record({ number: fc.integer({ min: 1, max: 12 }), reverse: fc.boolean() }), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(delivery, fc.integer({ min: 1, max: 5 }), (deliveries, limit) => {
      const { sql, settle } = books([{ event: "sale", per: "month", limit }]);
      for (const { number, reverse } of deliveries) {
        settle(
          reverse ? sale(number + 20, { txid: `t${number}`, status: "rejected" }) : sale(number, { status: "pending" }),
        );
      }
      const held = pageOfConversions(sql, "", 100);
      const counted = held.filter(({ conversion: { status } }) => status === "pending" || status === "approved").length;
      const [taken] = sql.exec("SELECT taken FROM caps").toArray();
      expect(Number(taken?.taken ?? 0)).toBe(counted);
      expect(counted).toBeLessThanOrEqual(limit);
    }),
    { numRuns: 500 },
  );
});
