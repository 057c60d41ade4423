/** News of statements, from the books into outboxes: each once, to whom it is to hear of it, wherever it dies. */
import { beforeEach, expect, test } from "vitest";
import type { Notice, StatementCommand } from "../../schema/messages.ts";
import { writeStatement } from "../../workers/core/courier/statement-notice.ts";
import { must } from "../../workers/core/must.ts";
import { readDestinations } from "../../workers/courier/set-up-of-destinations.ts";
import type { MatchedNotice } from "../../workers/courier/take-notices.ts";
import { tellStatements } from "../../workers/courier/tell-statements.ts";
import { takeStatement } from "../../workers/ledger/statements/take-statement.ts";
import { seedSetUp } from "../ledger/seed.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";
import { insertDestination } from "./set-up.ts";

const NOW_MS = Date.UTC(2026, 11, 1, 8);
const TYPES = { types: ["statement.finalized", "statement.paid"] as const };

let DB: SqliteD1;
let COURIER: SqliteD1;
/** Each destination's outbox: a repeat of what is there is none. */
let outboxes: Map<number, Map<string, MatchedNotice>>;
let names: Record<string, number>;
let commands = 0;

beforeEach(async () => {
  DB = new SqliteD1("books", "schema/migrations/books", async () => {});
  COURIER = new SqliteD1("courier", "schema/migrations/courier", async () => {});
  outboxes = new Map();
  seedSetUp(DB.db);
  const make = (slug: string, more: object = {}) =>
    insertDestination(DB, {
      ...{ slug, kind: "webhook", url: "https://hooks.example.com/", filters: { types: [...TYPES.types] } },
      ...more,
    });
  names = {
    all: await make("all"),
    own: await make("own", { owner: { type: "affiliate", number: 1 } }),
    other: await make("other", { owner: { type: "affiliate", number: 2 } }),
    advertisers: await make("advertisers", { owner: { type: "advertiser", number: 1 } }),
    paid: await make("paid", { filters: { types: ["statement.paid"] } }),
    conversions: await make("conversions", { filters: {} }),
    template: await make("template", { kind: "postback" }),
    younger: await insertDestination(
      DB,
      { slug: "younger", kind: "webhook", url: "https://hooks.example.com/", filters: { types: [...TYPES.types] } },
      NOW_MS + 1,
    ),
  };
  await command({
    act: "adjust",
    ownerType: "affiliate",
    owner: 1,
    currency: "EUR",
    dueMicros: 5_000_000,
    reason: "a bonus",
  });
  await command({
    ...{ act: "close", ownerType: "affiliate", untilMs: NOW_MS, timeZone: "UTC" },
    final: { day: "2026-12-01", dueOn: "2026-12-15" },
  });
});

async function command(said: StatementCommand): Promise<void> {
  const POSTBACKS = { send: async () => ({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } }) };
  const message = { kind: "statement", key: `key-${commands++}`, by: "ann", atMs: NOW_MS, command: said } as const;
  await takeStatement({ DB, POSTBACKS, nowMs: () => NOW_MS }, message);
}

const pay = (reference: string) =>
  command({ act: "pay", payments: [{ statement: 1, reference, paidOn: "2026-12-05" }] });

function tell(): Promise<number> {
  return tellStatements({
    ...{ DB, COURIER, destinations: () => readDestinations(DB) },
    accept: async (destination, matched) => {
      const outbox = outboxes.get(destination) ?? new Map<string, MatchedNotice>();
      outboxes.set(destination, outbox);
      for (const one of matched) {
        const key = `${one.notice.conversionId} ${one.notice.seq}`;
        const there = outbox.get(key);
        if (there) expect(one).toEqual(there);
        outbox.set(key, one);
      }
    },
  });
}

/** What an outbox holds, in its order. */
function told(name: string): string[] {
  return [...(outboxes.get(must(names[name], "the destination", name))?.values() ?? [])].map(
    ({ type, notice: { seq, statement } }) => `${seq} ${type} ${statement?.state} ${statement?.reference}`,
  );
}

test("each hears of what it is to hear of, the state of then and not of now", async () => {
  await pay("SEPA 17");
  await command({ act: "unpay", statements: [1] });
  await pay("SEPA 18");
  await tell();
  const all = [
    "1 statement.finalized final null",
    "2 statement.paid paid SEPA 17",
    "3 statement.finalized final null",
    "4 statement.paid paid SEPA 18",
  ];
  expect(told("all")).toEqual(all);
  expect(told("own")).toEqual(all);
  expect(told("paid")).toEqual(all.filter((one) => one.includes("paid")));
  for (const name of ["other", "advertisers", "conversions", "template"])
    expect([name, told(name)]).toEqual([name, []]);
  // It hears of what came to be since it was made: a payment that was taken back just now.
  expect(told("younger").every((one) => one.startsWith("3 "))).toBe(true);
});

test("wherever it dies nothing is lost, and nothing is there twice", async () => {
  await pay("SEPA 17");
  for (let deaths = 0; deaths < 12; deaths++) {
    let points = deaths;
    for (const database of [DB, COURIER])
      database.fault = async (point) => {
        if (points-- === 0) throw new Error(`died: ${point}`);
      };
    await tell().catch((error: unknown) => {
      if (!String(error).includes("died: ")) throw error;
    });
  }
  for (const database of [DB, COURIER]) database.fault = async () => {};
  await tell();
  expect(told("all")).toEqual(["1 statement.finalized final null", "2 statement.paid paid SEPA 17"]);
  expect(await tell()).toBe(0);
});

test("the body of a webhook", async () => {
  await tell();
  const [first] = outboxes.get(must(names.own, "the destination", "own"))?.values() ?? [];
  const { seq, receivedAtMs: atMs, statement }: Notice = must(first, "a delivery", "own").notice;
  const body = writeStatement("d-1", "statement.finalized", { seq, atMs, statement: must(statement, "it", "told") });
  expect(JSON.parse(body)).toEqual({
    type: "statement.finalized",
    timestamp: "2026-12-01T08:00:00.000Z",
    data: {
      ...{ delivery_id: "d-1", statement: "2026-0001", sequence: 1, of: "affiliate", state: "final" },
      ...{ owner: statement?.owner, currency: "EUR", conversions: 0, amount: "0.00", due: "5.00", reference: null },
      ...{ until: "2026-12-01T08:00:00.000Z", time_zone: "UTC", finalized_at: "2026-12-01T08:00:00.000Z" },
      ...{ due_on: "2026-12-15", paid_on: null },
    },
  });
});
