/** A postback log that is larger than it may be makes room: strangers' refusals first, then what is oldest and archived; what they were stays counted. */
import { beforeEach, expect, test, vi } from "vitest";
import { postbackCells } from "../../workers/core/metrics/postback-cells.ts";
import { evictStrangers } from "../../workers/ledger/archive/evict-strangers.ts";
import { tendArchive } from "../../workers/ledger/archive/tend.ts";
import { closeLog } from "../../workers/ledger/close-log.ts";
import { logRefusals } from "../../workers/ledger/refusals.ts";
import { START_MS } from "../console/books.ts";
import { ERASURE_KEY } from "../ledger/erasure-key.ts";
import { closedMs, DAY_MS, startWorld, type World } from "./archive-world.ts";

const ROWS = 6;
const GB = 1e9;
const LIMITS = { CLICK_DAYS_HOT: "15", LOG_KEPT_GB: "1" };

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
});

async function refuse(world: World, first: number, count: number, said: { stranger?: true; times?: number } = {}) {
  await logRefusals(
    { DB: world.DB, LOG: world.LOG, ERASURE_KEY },
    Array.from({ length: count }, (_, index) => ({
      kind: "refusal" as const,
      receipt: `2${String(first + index).padStart(25, "0")}`,
      advertiser: 1,
      receivedAtMs: START_MS + first + index,
      channel: "get" as const,
      reason: "bad_token",
      params: {},
      ...said,
    })),
  );
}

function counted(world: World): unknown {
  return world.LOG.db.prepare(`SELECT reason, sum(postbacks) AS n FROM ${postbackCells("LOG")} GROUP BY reason`).all();
}

/** Says of each answer that the database is larger than it may be while it has more rows than these. */
function largeAbove(world: World, rows: number): void {
  const get = () => (world.held("postbacks").length > rows ? 2 * GB : GB / 2);
  Object.defineProperty(world.LOG, "sizeBytes", { configurable: true, get });
}

test.each(["no postbacks are", "all postbacks are", "the time of all postbacks was before they came"])(
  "strangers' refusals go first, oldest first, and no more than must; all of them stay counted, where %s closed",
  async (which) => {
    const world = await startWorld(ROWS);
    if (which.startsWith("the")) await closeLog(world, closedMs(ROWS));
    await refuse(world, 0, 1_500, { stranger: true });
    await refuse(world, 2_000, 1, { stranger: true, times: 700 });
    await refuse(world, 3_000, 3);
    const before = counted(world);
    if (which.startsWith("all")) await closeLog(world, closedMs(ROWS));
    expect(counted(world)).toEqual(before);
    largeAbove(world, ROWS + 3 + 501);
    expect(await evictStrangers(world.LOG, GB, 100_000)).toBe(1_000);
    expect(world.held("postbacks")).toHaveLength(ROWS + 3 + 501);
    expect(await evictStrangers(world.LOG, GB, 100_000)).toBe(0);
    largeAbove(world, 0);
    expect(await evictStrangers(world.LOG, GB, 100_000)).toBe(501);
    // Senders' refusals, and what was settled, are not strangers'.
    expect(await evictStrangers(world.LOG, GB, 100_000)).toBe(0);
    expect(world.held("postbacks")).toHaveLength(ROWS + 3);
    expect(counted(world)).toEqual(before);
    await closeLog(world, closedMs(ROWS));
    expect(counted(world)).toEqual(before);
  },
);

test("then what is oldest goes, as far as it is archived, long before its time", async () => {
  const world = await startWorld(ROWS);
  await refuse(world, 0, 4, { stranger: true });
  const before = counted(world);
  largeAbove(world, 3);
  await tendArchive(Object.assign(world, LIMITS), closedMs(ROWS));
  // What no sum counts yet stays.
  expect(world.held("postbacks")).toHaveLength(ROWS);
  await closeLog(world, closedMs(ROWS));
  await tendArchive(Object.assign(world, LIMITS), closedMs(ROWS));
  expect(world.held("postbacks")).toHaveLength(3);
  expect(world.pieces("postbacks").map(({ deleted }) => deleted)).toEqual([true, false]);
  expect((await world.archived("postbacks")).filter((receipt) => receipt.startsWith("2"))).toEqual([]);
  expect(await world.archived("postbacks")).toHaveLength(ROWS);
  expect(counted(world)).toEqual(before);
});

test("a log that is not too large keeps all of it", async () => {
  const world = await startWorld(ROWS);
  await refuse(world, 0, 4, { stranger: true });
  world.LOG.sizeBytes = GB;
  await tendArchive(Object.assign(world, LIMITS), closedMs(ROWS) + DAY_MS);
  expect(world.held("postbacks")).toHaveLength(ROWS + 4);
});
