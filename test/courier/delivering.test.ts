/** Runs of an outbox: how far requests are apart, and when the next run is. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { timePrefix } from "../../workers/core/books/conversion-id.ts";
import { CLOSED } from "../../workers/core/courier/circuit-breaker.ts";
import type { Verdict } from "../../workers/core/courier/receivers-answer.ts";
import { importHmacKey } from "../../workers/core/hmac-sha256.ts";
import type { PlatformName } from "../../workers/core/platforms/platform-target.ts";
import { DAY_MS, HOUR_MS } from "../../workers/core/time-units.ts";
import { breakerMemory } from "../../workers/courier/breaker-memory.ts";
import type { Composed } from "../../workers/courier/composed.ts";
import { deliverDue, HELD_MS, RUN_MS } from "../../workers/courier/delivering.ts";
import type { DeliveringParts } from "../../workers/courier/delivery-run.ts";
import { turnOn } from "../../workers/courier/operating-outbox.ts";
import { acceptDeliveries, createOutbox, findByKey } from "../../workers/courier/outbox.ts";
import { readDestination } from "../../workers/courier/set-up-of-destinations.ts";
import { matchedBy } from "../../workers/courier/take-notices.ts";
import { createTold, receiptOf, rememberTold } from "../../workers/courier/told-there.ts";
import { notice } from "../core/courier/notices.ts";
import { settingsFor } from "../core/platforms/facts.ts";
import { ObjectStorage, SqliteD1 } from "../ledger/sqlite-platform.ts";
import { insertDestination } from "./set-up.ts";

const START_MS = Date.UTC(2026, 10, 20, 12);
const KEY = importHmacKey(new Uint8Array(32));
const REQUEST = { method: "GET", url: "https://t.example.com/", headers: [], body: null } as const;

let outbox: ObjectStorage;
let leftAtMs: number[];

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS });
  leftAtMs = [];
  outbox = new ObjectStorage();
  createOutbox(outbox);
  createTold(outbox);
});

afterEach(() => {
  vi.useRealTimers();
});

async function partsOf(ratePerSecond?: number): Promise<DeliveringParts> {
  const books = new SqliteD1("books", "schema/migrations/books", async () => {});
  const said = { slug: "t", url: REQUEST.url, ...(ratePerSecond !== undefined && { ratePerSecond }) };
  const setUp = await readDestination(books, await insertDestination(books, said));
  if (!setUp) throw new Error("no destination");
  return {
    sql: outbox,
    transaction: (work) => outbox.transaction(work),
    setUp,
    breaker: breakerMemory(outbox),
    pace: { nextMs: 0 },
    compose: async () => ({
      request: { ...REQUEST, headers: [], shown: { url: REQUEST.url, headers: [], body: null } },
    }),
    send: async () => {
      leftAtMs.push(Date.now() - START_MS);
      return { kind: "answered", status: 200, body: "OK", retryAfter: null };
    },
    notices: async () => [],
    write: async () => {},
    nowMs: () => Date.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    chance: () => 0.5,
  };
}

function accept({ setUp }: DeliveringParts, ...ids: string[]): void {
  const notices = ids.map((conversionId) => notice({ conversionId }));
  const deliveries = matchedBy(setUp, notices, KEY, "notice").map(({ notice: told, ...matched }) => ({
    ...matched,
    notice: told,
    conversionId: told.conversionId,
    seq: told.seq,
    replay: 0,
    deliveryId: told.conversionId,
  }));
  acceptDeliveries(outbox, deliveries, Date.now());
}

async function run(parts: DeliveringParts): Promise<number | null> {
  const done = deliverDue(parts);
  await vi.runAllTimersAsync();
  return done;
}

test("requests are as far apart as the destination's rate says, over runs too", async () => {
  const parts = await partsOf(2);
  accept(parts, "c1", "c2", "c3");
  await run(parts);
  accept(parts, "c4");
  await run(parts);
  expect(leftAtMs).toEqual([0, 500, 1_000, 1_500]);
});

test("what a rate leaves behind a run has its next one when the next may leave", async () => {
  const parts = await partsOf(1);
  accept(parts, ...Array.from({ length: 25 }, (_, index) => `c${index}`));
  expect(await run(parts)).toBe(START_MS + RUN_MS);
  expect(leftAtMs).toHaveLength(RUN_MS / 1_000);
  vi.setSystemTime(START_MS + RUN_MS);
  expect(await run(parts)).toBeNull();
  expect(leftAtMs).toHaveLength(25);
});

test("what comes while the log is written has a run of its own at once", async () => {
  const parts = await partsOf();
  accept(parts, "c1");
  let isFirst = true;
  parts.write = async () => {
    if (isFirst) accept(parts, "c2");
    isFirst = false;
  };
  expect(await run(parts)).toBe(Date.now());
  expect(await run(parts)).toBeNull();
  expect(leftAtMs).toHaveLength(2);
});

const key = (conversionId: string) => ({ conversionId, seq: notice({}).seq, replay: 0 });
const stateOf = (id: string) => findByKey(outbox, key(id))?.state;

/** A destination of this platform; each try gets the next verdict, with or without a request before it. */
async function atPlatform(name: PlatformName, verdicts: readonly (Verdict & { unasked?: true })[]) {
  const parts = await partsOf();
  parts.setUp.settings.platform = { name, settings: settingsFor(name) };
  const rest = [...verdicts];
  parts.compose = async (): Promise<Composed> => {
    const verdict = rest.shift();
    if (!verdict) throw new Error("nothing more was to be tried");
    if (verdict.unasked) return { verdict };
    return {
      request: { ...REQUEST, headers: [], shown: { url: REQUEST.url, headers: [], body: null } },
      read: () => verdict,
    };
  };
  return parts;
}

const TAKEN = { outcome: "taken", receipt: "r-1", afterMs: HOUR_MS } as const;
const NO_ACCESS = { outcome: "retry", reason: "timed_out", afterMs: null, schedule: "full", unasked: true } as const;

async function runAt(parts: DeliveringParts, afterMs: number): Promise<void> {
  vi.setSystemTime(Date.now() + afterMs);
  await run(parts);
}

test("what an ad platform was told is forgotten after 400 days, by as many runs as that takes", async () => {
  const parts = await atPlatform("meta", []);
  const told = (days: number, index: number) => {
    const key = { conversionId: timePrefix(START_MS - days * DAY_MS) + index, seq: 1, replay: 0 };
    rememberTold(outbox, key, START_MS, null);
  };
  for (let index = 0; index < 2_100; index++) told(401, index);
  told(399, 0);
  const left = [];
  for (let time = 0; time < 4; time++) {
    await run(parts);
    left.push(outbox.exec("SELECT count(*) AS n FROM told").toArray()[0]?.n);
  }
  expect(left).toEqual([1_101, 101, 1, 1]);
});

test("what an ad platform took stays taken where nobody can ask for it, and is asked by the same receipt behind a destination that was off", async () => {
  const off = { outcome: "off", reason: "no_rights_there" } as const;
  const parts = await atPlatform("google", [
    TAKEN,
    NO_ACCESS,
    NO_ACCESS,
    off,
    { ...off, unasked: true },
    TAKEN,
    { outcome: "sent" },
  ]);
  accept(parts, "c1");
  await run(parts);
  for (let asked = 0; asked < 5; asked++) {
    await runAt(parts, 2 * HOUR_MS);
    expect([stateOf("c1"), receiptOf(outbox, key("c1"))]).toEqual(["taken", "r-1"]);
    turnOn(outbox, parts.breaker, Date.now());
  }
  await runAt(parts, 2 * HOUR_MS);
  expect(stateOf("c1")).toBe("sent");
});

test("what was taken ends in doubt where nobody could ask for two days, and where its destination stays off", async () => {
  const parts = await atPlatform("google", [TAKEN, NO_ACCESS, TAKEN]);
  accept(parts, "c1");
  await run(parts);
  await runAt(parts, 3 * DAY_MS);
  expect(findByKey(outbox, key("c1"))).toMatchObject({ state: "in_doubt", reason: "never_said" });
  accept(parts, "c2");
  await run(parts);
  parts.setUp.status = "paused";
  await runAt(parts, HELD_MS - 1);
  expect(stateOf("c2")).toBe("taken");
  await runAt(parts, 2);
  expect(findByKey(outbox, key("c2"))).toMatchObject({ state: "in_doubt", reason: "never_said", wakesAtMs: null });
});

const IN_DOUBT = ["timed_out", "no_answer", "receiver_failed"] as const;

test.each(IN_DOUBT)(
  "what is in doubt (%s) is not repeated once the platform drops repeats no more, however late its turn comes",
  async (reason) => {
    const retry = { outcome: "retry", reason, afterMs: null, schedule: "full" } as const;
    const parts = await atPlatform("tiktok", [retry, retry]);
    accept(parts, "c1");
    await run(parts);
    await runAt(parts, HOUR_MS);
    expect(leftAtMs).toHaveLength(2);
    parts.breaker.set(CLOSED);
    await runAt(parts, 47 * HOUR_MS);
    expect([stateOf("c1"), leftAtMs.length]).toEqual(["in_doubt", 2]);
  },
);

test("a run that breaks off waits for what is under way, which the next one would take for interrupted", async () => {
  const parts = await partsOf();
  accept(parts, "c1", "c2");
  const send = parts.send;
  parts.send = async (...request) => {
    if (leftAtMs.length > 0) throw new Error("broken");
    const answer = await send(...request);
    await parts.sleep(5_000);
    return answer;
  };
  const done = deliverDue(parts).then(
    () => "well",
    () => [stateOf("c1"), stateOf("c2")].sort(),
  );
  await vi.runAllTimersAsync();
  expect(await done).toEqual(["sending", "sent"]);
});

/** A delivery whose click has not landed; gives its notice. */
function acceptClickless() {
  const { click: _, ...without } = notice({ conversionId: "c1" });
  const told = { type: "conversion.created", origin: "notice", deadlineAtMs: null, notice: without } as const;
  acceptDeliveries(outbox, [{ ...key("c1"), deliveryId: "c1", ...told }], Date.now());
  return without;
}

test("a click is looked for also where its delivery lay behind a destination that was off, and as long as the books do not answer", async () => {
  const parts = await partsOf();
  const composed = parts.compose;
  parts.compose = async (setUp, one, nowMs) =>
    one.notice.click ? composed(setUp, one, nowMs) : { waits: "click_never_landed" };
  const without = acceptClickless();
  parts.notices = async () => Promise.reject(new Error("the books are away"));
  await runAt(parts, 5 * HOUR_MS);
  await runAt(parts, 5 * HOUR_MS);
  expect(stateOf("c1")).toBe("waiting");
  parts.notices = async () => [{ ...without, click: {} }];
  await runAt(parts, HOUR_MS);
  expect(stateOf("c1")).toBe("sent");
});

test("a click that never lands is waited for no longer than its hour, once it was looked for", async () => {
  const parts = await partsOf();
  parts.compose = async () => ({ waits: "click_never_landed" });
  acceptClickless();
  await runAt(parts, 5 * HOUR_MS);
  await run(parts);
  expect(findByKey(outbox, key("c1"))).toMatchObject({ state: "skipped", reason: "click_never_landed" });
});

test.each(["EAAB-token+1", "EAAB-token%2B1"])(
  "a receiver that repeats a secret (%s) does not have it shown",
  async (said) => {
    const parts = await partsOf();
    const shown = { url: REQUEST.url, headers: [], body: null };
    parts.compose = async () => ({ request: { ...REQUEST, headers: [], shown }, secrets: ["EAAB-token+1", ""] });
    parts.send = async () => ({
      kind: "answered",
      status: 400,
      body: `Malformed access token ${said}`,
      retryAfter: null,
    });
    accept(parts, "c1");
    await run(parts);
    expect(findByKey(outbox, key("c1"))?.attempts[0]?.answer).toBe("Malformed access token …");
  },
);
