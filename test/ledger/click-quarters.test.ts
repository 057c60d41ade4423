/**
 * Any order of delivery, redelivery and death: the objects of the click log hold the same clicks, first visits and counts as a naive model, and hours and days in D1
 * add up to them.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ClicksMessage, LoggedClick } from "../../schema/messages.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { clickDayName } from "../../workers/core/click-log/click-days.ts";
import { CLICK_ROLLUP } from "../../workers/core/metrics/rollups.ts";
import { QUARTER_MS } from "../../workers/core/metrics/time-zone.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../workers/core/time-units.ts";
import { findClicks, logClicks } from "../../workers/ledger/click-log.ts";
import { sumClicks } from "../../workers/ledger/click-sums.ts";
import { MemoryDays, NOTHING_ARCHIVED } from "./click-days.ts";
import { SqliteD1 } from "./sqlite-platform.ts";
import { START_MS, testKeyRing } from "./world.ts";

const ring = await testKeyRing();
const quiet = async () => {};
const BOT = "curl/8.5.0";

interface Drawn {
  minute: number;
  link: number;
  visitor: number;
  kind: "counted" | "bot" | "provisional" | "embedded";
  country: "DE" | "AT" | undefined;
  test: boolean;
  isolate: number;
}

const DRAWN: fc.Arbitrary<Drawn> = fc.record({
  minute: fc.nat(2 * 24 * 60 - 1),
  link: fc.integer({ min: 1, max: 3 }),
  visitor: fc.nat(4),
  kind: fc.constantFrom("counted", "counted", "bot", "provisional", "embedded"),
  country: fc.constantFrom("DE", "AT", undefined),
  test: fc.boolean(),
  isolate: fc.nat(3),
});

/** Isolates begin anywhere, two of them at the same counter and one at the end of all counters. */
const STARTS = [7, 7, 2 ** 28 - 3, 2 ** 27 - 2];

function clicksOf(drawn: readonly Drawn[]): LoggedClick[] {
  const counters = [...STARTS];
  return drawn.map(({ minute, link, visitor, kind, country, test: isTest, isolate }) => {
    const counter = counters[isolate] ?? 0;
    counters[isolate] = counter + 1;
    const issuedAtMs = START_MS + minute * MINUTE_MS;
    const provisional = kind === "provisional" || kind === "embedded";
    const clickId = issueClickId(ring, { issuedAtMs, link, counter, test: isTest, provisional });
    return {
      clickId,
      offer: link,
      affiliate: 1,
      advertiser: 1,
      device: "mobile",
      ...(country && { country }),
      ...(kind === "embedded" && { embedded: true as const }),
      userAgent: kind === "bot" ? BOT : "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
      // The edge's hash is of one day and link.
      visitor: `${"0123"[visitor % 4]}v${visitor}${link}${Math.floor(issuedAtMs / DAY_MS)}`,
    };
  });
}

/** A delivery: which clicks, by their places; then what happens before the next one. */
const HISTORY = fc.record({
  drawn: fc.array(DRAWN, { minLength: 1, maxLength: 40 }),
  messages: fc.array(fc.array(fc.nat(39), { minLength: 1, maxLength: 12 }), { maxLength: 8 }),
  again: fc.array(fc.nat(20), { maxLength: 8 }),
  batch: fc.integer({ min: 1, max: 4 }),
  /** After which batches all objects die, and after which ones their alarms ring. */
  deaths: fc.array(fc.nat(10), { maxLength: 3 }),
  alarms: fc.array(fc.nat(10), { maxLength: 3 }),
  shards: fc.constantFrom(1, 2, 8),
  isSmall: fc.boolean(),
});

type History = typeof HISTORY extends fc.Arbitrary<infer Of> ? Of : never;

/** Books in which the second day has so many shards. */
function booksWith(shards: number): SqliteD1 {
  const DB = new SqliteD1("books", "schema/migrations/books", quiet);
  if (shards > 1)
    DB.db
      .prepare("INSERT INTO settings VALUES ('click_shards', ?)")
      .run(JSON.stringify([{ from: new Date(START_MS + DAY_MS).toISOString().slice(0, 10), shards }]));
  return DB;
}

async function play({ drawn, messages, again, batch, deaths, alarms, shards, isSmall }: History) {
  const DB = booksWith(shards);
  // Some hundred bytes for packs: nearly every batch begins a part.
  const held = new MemoryDays(DB, isSmall ? { maxBytes: 50_000 } : {});
  const clicks = clicksOf(drawn);
  const first = messages.map((places) => places.flatMap((place) => clicks[place] ?? []));
  const rest = clicks.filter((click) => !first.flat().includes(click));
  const all: ClicksMessage[] = [...first, rest].map((some) => ({ kind: "clicks", clicks: some }));
  const delivered = [...all, ...again.flatMap((place) => all[place] ?? []), ...all];
  const parts = { ...NOTHING_ARCHIVED, DB, days: held.days, VISITS: "exact" };
  const batches = batchesOf(delivered, batch);
  for (const [at, some] of batches.entries()) {
    await logClicks(parts, some, START_MS + 2 * DAY_MS);
    if (deaths.includes(at)) held.restart();
    if (alarms.includes(at)) {
      await held.tend(START_MS + 2 * DAY_MS);
      await sumClicks(parts, START_MS + DAY_MS + 5 * HOUR_MS);
    }
  }
  return { DB, held, clicks, parts, batches };
}

function batchesOf(delivered: readonly ClicksMessage[], batch: number): ClicksMessage[][] {
  return Array.from({ length: Math.ceil(delivered.length / batch) }, (_, at) =>
    delivered.slice(at * batch, (at + 1) * batch),
  );
}

/** What clicks come to without packs, objects and shards: each once, and of each visitor the clicks of which one is its first visit. */
function model(
  clicks: readonly LoggedClick[],
  drawn: readonly Drawn[],
  batches: readonly (readonly ClicksMessage[])[],
  shards: number,
) {
  const drawnOf = new Map(clicks.map(({ clickId }, place) => [clickId, drawn[place]]));
  const firsts = new Map<string, string[]>();
  for (const batch of batches) {
    const counted = batch
      .flatMap((message) => message.clicks)
      .filter(({ clickId }) => drawnOf.get(clickId)?.kind === "counted" && !drawnOf.get(clickId)?.test);
    for (const [visitor = "", own] of Map.groupBy(counted, (click) => click.visitor)) {
      if (firsts.has(visitor)) continue;
      const ids = own.map(({ clickId }) => clickId).sort();
      // Shards of a day do not wait for one another: which of a batch's clicks comes first is nobody's to say.
      const isShared = shards > 1 && (drawnOf.get(ids[0] ?? "")?.minute ?? 0) * MINUTE_MS >= DAY_MS;
      firsts.set(visitor, isShared ? ids : ids.slice(0, 1));
    }
  }
  return { kindOf: (clickId: string) => drawnOf.get(clickId)?.kind, firsts: [...firsts.values()] };
}

/** What is held is what the model says. */
function expectModel(held: MemoryDays, clicks: readonly LoggedClick[], expected: ReturnType<typeof model>): void {
  const rows = held.rows();
  expect(rows.map(({ click_id }) => click_id)).toEqual(clicks.map(({ clickId }) => clickId).sort());
  expect(rows.map(({ kind }) => kind)).toEqual(rows.map(({ click_id }) => expected.kindOf(String(click_id))));
  const unique = rows.flatMap(({ unique: isFirst, click_id }) => (isFirst === 1 ? [String(click_id)] : []));
  expect(unique).toHaveLength(expected.firsts.length);
  for (const ids of expected.firsts) expect(unique.filter((clickId) => ids.includes(clickId))).toHaveLength(1);
}

describe("whatever is delivered, in whatever order, as often as it may be", () => {
  test("each click is there once, as it is, each visitor's first visit once, and the counts are theirs", async () => {
    await fc.assert(
      fc.asyncProperty(HISTORY, async (history) => {
        const { DB, held, clicks, parts, batches } = await play(history);
        expectModel(held, clicks, model(clicks, history.drawn, batches, history.shards));
        const rows = held.rows();
        const found = await findClicks(
          parts,
          clicks.map(({ clickId }) => clickId),
        );
        expect([...found.keys()].sort()).toEqual(rows.map(({ click_id }) => click_id));
        expect(await sumsOf(held, ["quarter"])).toEqual(counted(rows));
        await held.tend(START_MS + 3 * DAY_MS);
        await sumClicks(parts, START_MS + 3 * DAY_MS);
        await held.tend(START_MS + 3 * DAY_MS);
        expect(await sumsOf(held, ["quarter"])).toEqual(counted(rows));
        for (const unit of ["hour", "day"])
          expect(spansOf(DB, unit)).toEqual(counted(rows, unit === "hour" ? HOUR_MS : DAY_MS));
      }),
      { numRuns: 12 },
    );
  });
});

const SHORT_HISTORY = fc.record({
  drawn: fc.array(DRAWN, { minLength: 4, maxLength: 8 }),
  batch: fc.integer({ min: 2, max: 4 }),
  isSmall: fc.boolean(),
});
const DIED = "died here";

/** Plays a history that dies at the await of number `at`, before or after its work, and goes on by what queue and alarms bring again. False where it ends before. */
async function playDying(
  DB: SqliteD1,
  history: typeof SHORT_HISTORY extends fc.Arbitrary<infer Of> ? Of : never,
  at: number,
) {
  const { drawn, batch, isSmall } = history;
  let awaits = 0;
  const fault = async () => {
    if (++awaits === at) throw new Error(DIED);
  };
  const held = new MemoryDays(DB, isSmall ? { maxBytes: 50_000 } : {});
  const parts = { ...NOTHING_ARCHIVED, DB, days: held.days, VISITS: "exact" };
  const survive = async (work: () => Promise<unknown>): Promise<void> => {
    for (;;)
      try {
        return void (await work());
      } catch (error) {
        if (!String(error).includes(DIED)) throw error;
        held.restart();
      }
  };
  const clicks = clicksOf(drawn);
  const messages = clicks.map((click): ClicksMessage => ({ kind: "clicks", clicks: [click] }));
  // The last message comes first once more, with what it did not come with before.
  const batches = batchesOf([...messages, ...messages.slice(-1), ...messages.slice(0, 2)], batch);
  held.fault = fault;
  DB.fault = fault;
  for (const some of batches) await survive(() => logClicks(parts, some, START_MS + 2 * DAY_MS));
  await survive(() => held.tend(START_MS + 3 * DAY_MS));
  await survive(() => sumClicks(parts, START_MS + 3 * DAY_MS));
  const isOver = awaits < at;
  held.fault = quiet;
  DB.fault = quiet;
  return { held, clicks, batches, isOver };
}

describe("wherever ledger, object or D1 dies", () => {
  test.each([1, 2])(
    "clicks, first visits and sums are the model's, with %i shards on the second day",
    { timeout: 60_000 },
    async (shards) => {
      const DB = booksWith(shards);
      await fc.assert(
        fc.asyncProperty(SHORT_HISTORY, async (history) => {
          for (let at = 1, isOver = false; !isOver; at++) {
            DB.db.exec("BEGIN");
            try {
              const played = await playDying(DB, history, at);
              const { held, clicks, batches } = played;
              isOver = played.isOver;
              expectModel(held, clicks, model(clicks, history.drawn, batches, shards));
              const rows = held.rows();
              expect(await sumsOf(held, ["quarter"])).toEqual(counted(rows));
              for (const unit of ["hour", "day"])
                expect(spansOf(DB, unit)).toEqual(counted(rows, unit === "hour" ? HOUR_MS : DAY_MS));
            } finally {
              DB.db.exec("ROLLBACK");
            }
          }
        }),
        { numRuns: 1 },
      );
    },
  );
});

test("a quarter-hour is written once, when it is over, however many packs it came in", async () => {
  const DB = booksWith(1);
  const held = new MemoryDays(DB);
  const parts = { ...NOTHING_ARCHIVED, DB, days: held.days, VISITS: "none" };
  const name = clickDayName({ day: Math.floor(START_MS / DAY_MS), shard: 0 }, 1, 1);
  const drawn = Array.from(
    { length: 250 },
    (_, number): Drawn => ({
      minute: number % 15,
      link: 1,
      visitor: 0,
      kind: "counted",
      country: "DE",
      test: false,
      isolate: 0,
    }),
  );
  const clicks = clicksOf(drawn);
  const written = () =>
    Number(
      held.storage(name).exec("SELECT coalesce(sum(clicks), 0) AS clicks FROM click_quarters").toArray()[0]?.clicks,
    );
  let rows = 0;
  for (const [at, click] of clicks.entries()) {
    await logClicks(parts, [{ kind: "clicks", clicks: [click] }], START_MS + at);
    if (at % 25 > 0) continue;
    const before = changesOf(held, name);
    await held.days(name).tend(START_MS + 10 * MINUTE_MS + at);
    if (at > 0) expect(written()).toBe(1);
    rows += changesOf(held, name) - before;
  }
  const before = changesOf(held, name);
  await held.days(name).tend(START_MS + QUARTER_MS + 3 * MINUTE_MS);
  expect(written()).toBe(250);
  // The row, the mark up to which it counts, and that its hour is known.
  expect(changesOf(held, name) - before).toBeLessThanOrEqual(3);
  expect(rows).toBeLessThanOrEqual(13);
});

/** Rows that the object has written so far. */
function changesOf(held: MemoryDays, name: string): number {
  return Number(held.storage(name).exec("SELECT total_changes() AS changes").toArray()[0]?.changes);
}

const { sums: SUMS } = CLICK_ROLLUP;

function add(to: Map<string, number[]>, key: string, counts: readonly number[]): void {
  const known = to.get(key) ?? SUMS.map(() => 0);
  to.set(
    key,
    known.map((value, index) => value + (counts[index] ?? 0)),
  );
}

function counted(rows: ReturnType<MemoryDays["rows"]>, unitMs = QUARTER_MS): Record<string, number[]> {
  const sums = new Map<string, number[]>();
  for (const { clicked_at, link, offer, test: isTest, kind, unique } of rows) {
    if (kind === "provisional") continue;
    const key = [Math.floor(Number(clicked_at) / unitMs), link, offer, isTest].join();
    add(sums, key, [Number(kind === "counted"), Number(unique), Number(kind === "bot"), Number(kind === "embedded")]);
  }
  return Object.fromEntries([...sums].sort());
}

async function sumsOf(held: MemoryDays, by: string[]): Promise<Record<string, number[]>> {
  const keys = [...by, "link", "offer", "test"];
  const sql = `SELECT ${keys.join(", ")}, ${SUMS.map((name) => `sum(${name}) AS ${name}`).join(", ")} FROM click_quarters GROUP BY ${keys.join(", ")}`;
  const sums = new Map<string, number[]>();
  for (const name of held.names)
    for (const row of (await held.days(name).quarters({ sql, values: [] })).answer)
      add(
        sums,
        keys.map((key) => row[key]).join(),
        SUMS.map((sum) => Number(row[sum])),
      );
  return Object.fromEntries([...sums].sort());
}

function spansOf(DB: SqliteD1, unit: string): Record<string, number[]> {
  const quarters = unit === "hour" ? 4 : 96;
  const rows = DB.db.prepare("SELECT * FROM click_spans WHERE unit = ?").all(unit);
  const sums = new Map<string, number[]>();
  for (const row of rows)
    add(
      sums,
      [Number(row.start) / quarters, row.link, row.offer, row.test].join(),
      SUMS.map((sum) => Number(row[sum])),
    );
  return Object.fromEntries([...sums].sort());
}

test("the cells of an object have the columns of the rollup", async () => {
  const DB = new SqliteD1("books", "schema/migrations/books", quiet);
  const held = new MemoryDays(DB);
  await held.days("clicks:2026-11-01").add({ day: 0, groups: [] });
  const columns = held
    .storage("clicks:2026-11-01")
    .db.prepare("SELECT name FROM pragma_table_info('click_quarters')")
    .all();
  const listed = ["quarter", ...CLICK_ROLLUP.keys, ...CLICK_ROLLUP.finer, ...CLICK_ROLLUP.sums];
  expect(columns.map(({ name }) => String(name)).sort()).toEqual([...listed].sort());
});
