/** The first conversions of an affiliate on an offer are held, each decided once, whatever is delivered late, again, or booked anew. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PostbackContent, PostbackMessage } from "../../schema/messages.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import { conversionRow } from "../../workers/core/books/rows.ts";
import type { EventTerms, LinkTerms } from "../../workers/core/books/set-up.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { createTables, pageOfConversions } from "../../workers/ledger/object-storage.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { CLICKS, LINKS, SET_UP, START_MS } from "./world.ts";

/** Counters of clicks in the test programme: two of one affiliate, one of another, a test of the first. */
const BLOG = 1;
const BLOG_TOO = 2;
const MAG = 3;
const TEST = 6;

function books(reviewFirst: number, change: Partial<LinkTerms> = {}) {
  const sql = new ObjectStorage();
  createTables(sql);
  const links = new Map([...LINKS].map(([number, link]) => [number, { ...link, reviewFirst, ...change }]));
  const stored = () => pageOfConversions(sql, "", 100).map(({ conversion }) => conversion);
  return {
    settle: (...messages: PostbackMessage[]) => {
      const clickOf = ({ content }: PostbackMessage) =>
        CLICKS.find(({ counter }) => content.clickId === clickId(counter)) ?? null;
      const commands = messages.map((message) => makeCommand(message, clickOf(message), { ...SET_UP, links }));
      sql.transaction(() => decideShare(sql, commands, START_MS));
    },
    stored,
    /** Orders with what they are held for. */
    held: () =>
      Object.fromEntries(
        stored()
          .map((one) => conversionRow(one, 0))
          .map(({ txid, hold, hold_reason }) => [txid, hold === "held" ? hold_reason : hold]),
      ),
    taken: () => sql.exec("SELECT key, taken FROM firsts ORDER BY key").toArray(),
  };
}

function clickId(counter: number): string {
  return String(counter).padStart(36, "c");
}

/** An order by its number, received at that second unless said otherwise. */
function sale(
  txid: string,
  second: number,
  click = BLOG,
  content: PostbackContent = {},
  receipt = second,
): PostbackMessage {
  return {
    kind: "postback",
    receipt: `0${String(receipt).padStart(3, "0")}`.padEnd(26, "0"),
    advertiser: 1,
    receivedAtMs: START_MS + 700_000 + second * 1_000,
    channel: "get",
    content: { event: "sale", clickId: clickId(click), txid, amountMicros: 1_000_000, ...content },
  };
}

function word(act: "release" | "hold", conversion: string, second: number): PostbackMessage {
  return {
    ...sale("", second),
    channel: "console",
    named: true,
    content: {},
    correction: { conversion, by: "ann", note: "seen", act },
  };
}

test("so many of each affiliate are held, and no more", () => {
  const { settle, held, taken } = books(2);
  settle(sale("a", 1), sale("b", 2, BLOG_TOO), sale("c", 3), sale("d", 4, MAG));
  expect(held()).toEqual({ a: "first_conversions", b: "first_conversions", c: "", d: "first_conversions" });
  expect(taken()).toEqual([
    { key: "[1,1]", taken: 2 },
    { key: "[1,2]", taken: 1 },
  ]);
});

test("a test is none of them, and neither is what repeats, moves or misses a conversion", () => {
  const { settle, held, taken } = books(1);
  settle(sale("t", 1, TEST), sale("r", 2, BLOG, { status: "reversed" }), sale("x", 3, BLOG, { currency: "EUR" }));
  expect(taken()).toEqual([]);
  settle(sale("a", 4), sale("a", 5, BLOG, { amountMicros: 2 }), sale("b", 6));
  expect(held()).toEqual({ t: "", a: "first_conversions", b: "" });
});

test("what is held for something else is one of them too", () => {
  const { settle, held, taken } = books(1, { inReview: true });
  settle(sale("a", 1), sale("b", 2));
  expect(held()).toEqual({ a: "affiliate_review", b: "affiliate_review" });
  expect(taken()).toEqual([{ key: "[1,1]", taken: 1 }]);
});

test("all of an event are held where it says so", () => {
  const events = LINKS.get(1)?.events.map(
    (event): EventTerms => ({ ...event, review: event.name === "sale" ? "all" : "none" }),
  );
  const { settle, held } = books(0, { events: events ?? [] });
  settle(sale("a", 1), sale("l", 2, BLOG_TOO, { event: "lead" }));
  expect(held()).toEqual({ a: "event_review", l: "" });
});

test("what an operator released stays released when an earlier message of its order comes late", () => {
  const { settle, held, stored } = books(1);
  settle(sale("a", 5));
  settle(word("release", stored()[0]?.id ?? "", 6));
  settle(sale("a", 3));
  expect(held()).toEqual({ a: "" });
  expect(stored()[0]?.base.receivedAtMs).toBe(START_MS + 703_000);
});

test("what is held stays held when an earlier message of its order comes after the others were counted", () => {
  const { settle, held, taken } = books(1);
  settle(sale("a", 5), sale("b", 6));
  settle(sale("a", 3));
  expect(held()).toEqual({ a: "first_conversions", b: "" });
  expect(taken()).toEqual([{ key: "[1,1]", taken: 1 }]);
});

test("what was never held is not held by an earlier message of its order, though more are looked at now", () => {
  const { settle, held } = books(0);
  settle(sale("a", 5));
  const later = books(3);
  later.settle({ ...sale("a", 5) });
  expect(held()).toEqual({ a: "" });
  expect(later.held()).toEqual({ a: "first_conversions" });
});

test("what a cap turns away is none of them", () => {
  const { settle, held, taken } = books(5, { caps: [{ event: "sale", per: "day", limit: 1 }] });
  settle(sale("a", 1), sale("b", 2));
  expect(held()).toEqual({ a: "first_conversions" });
  expect(taken()).toEqual([{ key: "[1,1]", taken: 1 }]);
});

test("whatever the order, the split and the redelivery: as many are held as are looked at, each decided once", () => {
  const delivery = fc.array(fc.record({ number: fc.nat(9), batch: fc.integer({ min: 1, max: 4 }) }), {
    minLength: 1,
    maxLength: 25,
  });
  fc.assert(
    fc.property(delivery, fc.integer({ min: 1, max: 4 }), (deliveries, limit) => {
      const { settle, held, stored, taken } = books(limit);
      const decided = new Map<string, unknown>();
      for (const { number, batch } of deliveries) {
        settle(
          ...Array.from({ length: batch }, (_, index) => {
            const order = (number + index) % 10;
            // A later one of the same order, and an earlier one, each with a receipt of its own.
            const at = 50 + order + (index % 2 === 0 ? 0 : -20 * (1 + (number % 2)));
            return sale(`t${order}`, at, BLOG, {}, order * 10 + (at % 7));
          }),
        );
        for (const [txid, hold] of Object.entries(held())) {
          if (decided.has(txid)) expect(hold).toBe(decided.get(txid));
          decided.set(txid, hold);
        }
      }
      const first = Object.values(held()).filter((hold) => hold === "first_conversions");
      expect(first).toHaveLength(Math.min(limit, stored().length));
      expect(taken()).toEqual([{ key: "[1,1]", taken: first.length }]);
    }),
    { numRuns: 60 },
  );
});
