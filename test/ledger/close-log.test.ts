/** The postback log is closed at random moments, while rows come, late ones too, change, are evicted and go with their time, and batches fail: every row is counted once, and found once by whose it is. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pages } from "../../workers/console/exports/row-pages.ts";
import { postbacksTable } from "../../workers/console/tables/postbacks.ts";
import { type KeyRange, placesQuery } from "../../workers/console/tables/row-places.ts";
import { placesFor } from "../../workers/console/tables/selection.ts";
import type { Caller } from "../../workers/console/web/caller.ts";
import type { LogRow } from "../../workers/core/books/rows.ts";
import { OPEN_FROM, postbackCells } from "../../workers/core/metrics/postback-cells.ts";
import { HOUR_MS } from "../../workers/core/time-units.ts";
import { evictStrangers } from "../../workers/ledger/archive/evict-strangers.ts";
import { closeLog } from "../../workers/ledger/close-log.ts";
import { writeLogRows } from "../../workers/ledger/log-writer.ts";
import { SqliteD1 } from "./sqlite-platform.ts";

const MIGRATIONS = "schema/migrations/log";
const START_MS = Date.UTC(2026, 10, 1);
const HOURS = 3;
/** Everything is closed by then. */
const END_MS = START_MS + (HOURS + 1) * HOUR_MS;
const RECEIPTS = 4;

const row = fc.record({
  receipt: fc.nat(RECEIPTS - 1),
  advertiser: fc.constantFrom(1, 2),
  affiliate: fc.constantFrom(1, 2, null),
  proven: fc.constantFrom(0, 1),
  at: fc.nat(HOURS * HOUR_MS - 1),
  event: fc.constantFrom("sale", null),
  status: fc.constantFrom("attributed", "duplicate", "refused"),
  reason: fc.constantFrom("bad_token", null),
  test: fc.constantFrom(0, 1),
  times: fc.constantFrom(1, 1, 3),
  stranger: fc.constantFrom(0, 0, 1),
});
const at = fc.nat(HOURS * HOUR_MS);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant("write"), rows: fc.array(row, { minLength: 1, maxLength: 4 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constant("close"), at, fails: fc.constantFrom(null, null, 0, 1, 2, 3, 4) }),
  },
  fc.record({ what: fc.constant("delete"), receipt: fc.nat(RECEIPTS - 1) }),
  fc.record({ what: fc.constant("evict") }),
  fc.record({ what: fc.constant("forget"), hour: fc.nat(HOURS) }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(() => vi.restoreAllMocks());

let stages = 0;

/** Each time that a row is written it stands above what is there. */
function rowOf({
  receipt,
  at: afterMs,
  ...said
}: typeof row extends fc.Arbitrary<infer Value> ? Value : never): LogRow {
  const received_at = START_MS + afterMs;
  const empty = { duplicate_of: null, conversion_id: null, click_id: null, txid: null, params: null, error: null };
  const proof = { credential_version: null, address_hash: null, attempts: null, link: null, offer: null };
  const name = `0${String(receipt).padStart(25, "0")}`;
  return {
    receipt: name,
    stage: ++stages,
    received_at,
    settled_at: received_at,
    channel: "get",
    ...empty,
    ...proof,
    ...said,
  };
}

const PLACE = "quarter, advertiser, event, status, reason, test";
const CELLS = `
  SELECT received_at / 900000 AS quarter, advertiser, coalesce(event, '') AS event, status, coalesce(reason, '') AS reason, test, sum(times) AS postbacks
  FROM (SELECT * FROM postbacks WHERE received_at >= (SELECT from_at FROM kept)) GROUP BY 1, 2, 3, 4, 5, 6`;

class World {
  readonly LOG: SqliteD1;

  constructor(migrations = MIGRATIONS) {
    this.LOG = new SqliteD1("log", migrations, async () => {});
  }

  /** What is gone and stays counted: a row of the rollup each. */
  readonly gone: Record<string, unknown>[] = [];

  all(sql: string): Record<string, unknown>[] {
    return JSON.parse(JSON.stringify(this.LOG.db.prepare(sql).all()));
  }

  /** What is to be counted: rows, those of closed time as they were when they went. */
  due(): unknown {
    return together([...this.gone, ...this.all(CELLS)]);
  }

  async take(one: Step): Promise<void> {
    const { LOG } = this;
    if ("rows" in one) {
      // What comes for closed time was never counted; the door's rows of strangers change no more.
      const rows = [...new Map(one.rows.map((said) => [said.receipt, rowOf(said)])).values()];
      await writeLogRows(LOG, rows);
    } else if ("fails" in one) await this.close(START_MS + one.at, one.fails);
    else if ("receipt" in one)
      LOG.db.prepare("DELETE FROM postbacks WHERE receipt = ?").run(`0${String(one.receipt).padStart(25, "0")}`);
    else if ("hour" in one) this.forget(START_MS + one.hour * HOUR_MS);
    else {
      this.gone.push(...this.all(CELLS.replace("from_at FROM kept)", "from_at FROM kept) AND stranger = 1")));
      LOG.sizeBytes = 1;
      await evictStrangers(LOG, 0, 1_000);
    }
  }

  /** Two at once, of which the first knows of less that is over, and one may die at any of its awaits. */
  async close(nowMs: number, fails: number | null): Promise<void> {
    let awaits = 0;
    this.LOG.fault = async (point) => {
      if (awaits++ === fails) throw new Error(`died ${point}`);
    };
    await Promise.allSettled([closeLog(this, nowMs - HOUR_MS / 2), closeLog(this, nowMs)]);
    this.LOG.fault = async () => {};
  }

  /** As retention: only closed hours, whose rows stay counted as they are, and whose lists go. */
  forget(fromMs: number): void {
    const [closed] = this.all("SELECT until FROM closed_postbacks");
    if (Number(closed?.until) < fromMs) return;
    this.gone.push(...this.all(CELLS.replace("from_at FROM kept)", `from_at FROM kept) AND received_at < ${fromMs}`)));
    this.LOG.db.exec(
      `UPDATE kept SET from_at = max(from_at, ${fromMs}); DELETE FROM postbacks WHERE received_at < ${fromMs};
      DELETE FROM postback_lists WHERE hour < ${fromMs / HOUR_MS}`,
    );
  }
}

const CALLERS: Caller[] = [1, 2].flatMap((number): Caller[] => [
  { name: "adv", role: "advertiser", scope: { advertiser: number, pseudonyms: null } },
  { name: "aff", role: "affiliate", scope: { affiliate: number } },
]);

/** All rows of a caller: as an export reads them, and as a list does, from the newest backwards, in pages of so many. */
async function ownOf(LOG: SqliteD1, caller: Caller, pageRows: number): Promise<[exported: string[], listed: string[]]> {
  const places = placesFor(postbacksTable, caller, []);
  const columns = postbacksTable.columns.filter(({ name }) => postbacksTable.key.includes(name));
  const empty = { pseudonyms: null, conditions: [], below: null, start: null };
  const exported: string[] = [];
  for await (const page of pages(LOG.withSession(), { ...empty, table: postbacksTable, places, columns, pageRows }))
    exported.push(...page.map((row) => String(row[columns.findIndex(({ name }) => name === "receipt")])));
  const listed: string[] = [];
  let range: KeyRange = {};
  for (;;) {
    const query = { places, select: columns, key: postbacksTable.key, range, conditions: [], limit: pageRows };
    const { sql, values } = placesQuery({ ...query, descending: true });
    const { results } = await LOG.prepare(sql)
      .bind(...values)
      .all<{ received_at: number; receipt: string }>();
    listed.push(...results.map(({ receipt }) => receipt));
    const last = results.at(-1);
    if (!last || results.length < pageRows) return [exported, listed];
    range = { before: [last.received_at, last.receipt] };
  }
}

/** What is open or not past its time, whose lists are kept. */
async function checkOwn(world: World, pageRows: number): Promise<void> {
  for (const caller of CALLERS) {
    const [kind, number] = caller.scope === "everything" ? [] : (Object.entries(caller.scope)[0] ?? []);
    const whose = `${kind} = ${number} ${kind === "affiliate" ? "AND proven = 1" : ""}`;
    const due = world
      .all(`SELECT receipt FROM postbacks WHERE ${whose} ORDER BY received_at, receipt`)
      .map(({ receipt }) => String(receipt));
    expect(await ownOf(world.LOG, caller, pageRows)).toEqual([due, due.toReversed()]);
  }
}

function together(cells: readonly Record<string, unknown>[]): unknown {
  const sums = new Map<string, number>();
  for (const { postbacks, ...place } of cells) {
    const name = JSON.stringify(place);
    sums.set(name, (sums.get(name) ?? 0) + Number(postbacks));
  }
  return [...sums].filter(([, sum]) => sum !== 0).sort();
}

test("sums and what came since are every row, at every moment, and so are lists and what came since; in the end sums and lists are", async () => {
  let closes = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 25 }),
      fc.integer({ min: 1, max: 5 }),
      async (steps, pageRows) => {
        const world = new World();
        for (const one of steps) {
          await world.take(one);
          expect(together(world.all(`SELECT ${PLACE}, postbacks FROM ${postbackCells("LOG")}`))).toEqual(world.due());
          await checkOwn(world, pageRows);
          if ("fails" in one) closes++;
        }
        await closeLog(world, END_MS);
        expect(together(world.all("SELECT * FROM postback_quarters"))).toEqual(world.due());
        await checkOwn(world, pageRows);
      },
    ),
    { numRuns: 60 },
  );
  expect(closes).toBeGreaterThan(20);
});

test("the log of an older install is found and counted as it is", async () => {
  const LATER = readdirSync(MIGRATIONS).filter((file) => file >= "0005");
  const older = mkdtempSync(join(tmpdir(), "clickback-log-"));
  cpSync(MIGRATIONS, older, { recursive: true, filter: (path) => !LATER.some((file) => path.endsWith(file)) });
  const world = new World(older);
  rmSync(older, { recursive: true });
  const said = {
    proven: 1,
    event: "sale",
    reason: null,
    test: 0,
    times: 1,
    status: "attributed",
    stranger: 0,
  } as const;
  const rows = Array.from({ length: 9 }, (_, n) =>
    rowOf({ ...said, receipt: n, advertiser: n % 2 === 0 ? 1 : 2, affiliate: n % 3 === 0 ? 1 : 2, at: n * 1_000_000 }),
  );
  await writeLogRows(world.LOG, rows);
  const counted = world.all("SELECT * FROM postback_quarters");
  for (const file of LATER) world.LOG.db.exec(readFileSync(join(MIGRATIONS, file), "utf8"));
  expect(counted).toHaveLength(9);
  for (const nowMs of [START_MS, END_MS]) {
    await closeLog(world, nowMs);
    await checkOwn(world, 2);
    expect(world.all("SELECT * FROM postback_quarters")).toEqual(counted);
    expect(together(world.all(`SELECT ${PLACE}, postbacks FROM ${postbackCells("LOG")}`))).toEqual(world.due());
  }
});

test("an hour that changes nothing in its cell costs no sum", async () => {
  const world = new World();
  const said = {
    receipt: 1,
    advertiser: 1,
    affiliate: 1,
    proven: 1,
    at: 5,
    event: "sale",
    reason: null,
    test: 0,
    times: 1,
  } as const;
  const one = { ...said, status: "attributed", stranger: 0 } as const;
  await writeLogRows(world.LOG, [rowOf(one)]);
  expect(world.all("SELECT * FROM postback_quarters")).toEqual([]);
  await closeLog(world, END_MS);
  const changes = () => Number(world.all("SELECT total_changes() AS n")[0]?.n);
  const [first] = [changes()];
  await writeLogRows(world.LOG, [rowOf(one)]);
  expect(changes() - first).toBe(1);
  await writeLogRows(world.LOG, [rowOf({ ...one, status: "duplicate" })]);
  expect(changes() - first).toBe(4);
});

test("much that came is closed before its hour is over, and what came long ago in shares", async () => {
  const world = new World();
  const said = {
    receipt: 0,
    advertiser: 1,
    affiliate: 1,
    proven: 1,
    at: 0,
    event: null,
    reason: null,
    test: 0,
    times: 1,
  } as const;
  const one = rowOf({ ...said, status: "attributed", stranger: 0 });
  const MANY = 45_000;
  const received = (index: number) => START_MS + (index < 21_000 ? 5 : index);
  await writeLogRows(
    world.LOG,
    Array.from({ length: MANY }, (_, index) => ({
      ...one,
      receipt: `1${String(index).padStart(25, "0")}`,
      received_at: received(index),
    })),
  );
  const open: unknown[] = [];
  vi.spyOn(world.LOG, "batch").mockImplementation(async (statements) => {
    const answers = await SqliteD1.prototype.batch.call(world.LOG, statements);
    open.push(world.all(`SELECT count(*) AS n FROM postbacks WHERE received_at >= ${OPEN_FROM}`)[0]?.n);
    return answers;
  });
  const closed = async (nowMs: number) => {
    open.length = 0;
    await closeLog(world, nowMs);
    return [...new Set(open)];
  };
  // The first millisecond has more than are closed at once.
  expect(await closed(START_MS + HOUR_MS / 2)).toEqual([MANY, MANY - 21_000, MANY - 41_000]);
  expect(await closed(END_MS)).toEqual([MANY - 41_000, 0]);
  expect(together(world.all("SELECT * FROM postback_quarters"))).toEqual(world.due());
});
