/** Verification of the archive: a piece is held against where its rows lie, clicks against the objects of their day, and nothing that is on its way is called a fault. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { verifyPieces } from "../../workers/console/archive/piece-check.ts";
import { LOGS, type Log } from "../../workers/core/archive-piece.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { logClicks } from "../../workers/ledger/click-log.ts";
import { plantSetUp, START_MS } from "../console/books.ts";
import { testKeyRing } from "../ledger/world.ts";
import { closedMs, DAY_MS, SMALL, START_HOUR, startWorld, World } from "./archive-world.ts";

const ring = await testKeyRing();

const ROWS = 10;
const NOW_MS = closedMs(ROWS);
const TAILS = ["a0", "a1", "a2", "a3", "a4", "a5"];
const DAY = "clicks:2026-11-01";
const DIFFERENT = "other_rows_than_objects";

beforeEach(() => {
  vi.restoreAllMocks();
  vi.spyOn(console, "error").mockImplementation(() => {});
});

async function faultsOf(world: World, log: Log): Promise<{ name: string; what: string }[]> {
  const env = { DB: world.DB, LOG: world.LOG, ARCHIVE: world.ARCHIVE, CLICK_DAYS: { getByName: world.days } };
  const { faults, checked, rows } = await verifyPieces(env, log, undefined);
  expect([checked, rows]).toEqual([world.pieces(log).length, (await world.archived(log)).length]);
  return faults.map(({ name, what }) => ({ name, what }));
}

/** Hours of few clicks, one of several pieces, archived. */
async function archivedWorld(): Promise<World> {
  const world = await startWorld(ROWS);
  await world.plantClicks(4, ...TAILS);
  await world.archive(NOW_MS, SMALL);
  return world;
}

describe("clicks", () => {
  test("agree with the objects of their days, in one piece and in several", async () => {
    const world = await archivedWorld();
    expect(world.pieces("clicks").map(({ piece }) => piece)).toEqual([1, 1, 2, 3, 1, 1]);
    for (const log of LOGS) expect([log, await faultsOf(world, log)]).toEqual([log, []]);
  });

  test("agree with several shards and parts", async () => {
    const world = new World();
    await plantSetUp(world.DB);
    const plan = JSON.stringify([{ from: "2026-10-01", shards: 4 }]);
    await world.DB.prepare("INSERT INTO settings VALUES ('click_shards', ?)").bind(plan).run();
    world.clicks.maxBytes = 1;
    const counters = [0, 2 ** 25, 2 ** 26, 2 ** 27, 2 ** 27 + 1, 1];
    const issuedAtMs = START_MS + 1_000;
    const ids = counters.map((counter) =>
      issueClickId(ring, { issuedAtMs, link: 1, counter, test: false, provisional: false }),
    );
    for (const clickId of ids)
      await logClicks(
        { DB: world.DB, ARCHIVE: world.ARCHIVE, days: world.days, VISITS: "exact", addLate: async () => {} },
        [{ kind: "clicks", clicks: [{ clickId, offer: 1, affiliate: 1, advertiser: 1, device: "mobile" }] }],
        NOW_MS,
      );
    await world.tellHours();
    await world.archive(NOW_MS, SMALL);
    expect(world.clicks.names.length).toBeGreaterThan(4);
    expect(await faultsOf(world, "clicks")).toEqual([]);
    world.clicks.storage(`${DAY}:0+2`).db.exec("DELETE FROM packs");
    expect((await faultsOf(world, "clicks")).map(({ what }) => what)).toContain(DIFFERENT);
  });

  test.each([
    ["are missing", "DELETE FROM packs WHERE id = (SELECT min(id) FROM packs)"],
    ["say another thing", "UPDATE packs SET firsts = x'01' WHERE id = (SELECT min(id) FROM packs)"],
  ])("that %s in the object are found", async (_, damage) => {
    const world = await archivedWorld();
    world.clicks.storage(DAY).db.exec(damage);
    expect(await faultsOf(world, "clicks")).toEqual([
      { name: "clicks/date=2026-11-01/hour=00.parquet", what: DIFFERENT },
    ]);
  });

  test("that the archive never got are found, and are none while their hour waits", async () => {
    const world = await archivedWorld();
    // The last of the hour.
    await world.plantClicks(5, "zz");
    expect(world.dueHours("clicks")).toHaveLength(1);
    expect(await faultsOf(world, "clicks")).toEqual([]);
    world.DB.db.exec("DELETE FROM due_hours");
    expect(await faultsOf(world, "clicks")).toEqual([
      { name: "clicks/date=2026-11-01/hour=00-3.parquet", what: DIFFERENT },
    ]);
  });

  test("that the object has not told of yet are no fault", async () => {
    const world = await archivedWorld();
    world.logClicks(4, "zz");
    expect(world.dueHours("clicks")).toEqual([]);
    expect(await faultsOf(world, "clicks")).toEqual([]);
    await world.tellHours();
    await world.archive(NOW_MS + 60_000, SMALL);
    expect(await faultsOf(world, "clicks")).toEqual([]);
  });

  test("that are archived anew or leave their object while they are read are no fault", async () => {
    for (const moves of [
      "UPDATE archive_pieces SET sha256 = printf('%064d', 0)",
      "UPDATE archive_pieces SET deleted_at = 1",
    ]) {
      const world = await archivedWorld();
      world.clicks.storage(DAY).db.exec("DELETE FROM packs");
      let moved = false;
      world.clicks.fault = async (point) => {
        if (moved || !point.startsWith(DAY)) return;
        moved = true;
        world.DB.db.exec(`${moves} WHERE log = 'clicks'`);
      };
      expect(await faultsOf(world, "clicks")).toEqual([]);
      expect(moved).toBe(true);
    }
  });

  test("of a day that left its objects are held against the manifest alone", async () => {
    const world = await archivedWorld();
    await world.expire(START_MS + 4 * DAY_MS);
    expect(world.clicks.names).toEqual([]);
    expect(await faultsOf(world, "clicks")).toEqual([]);
  });
});

test.each([
  ["postbacks", "LOG"],
  ["entries", "DB"],
] as const)("%s that D1 lacks are found, and are none while their hour waits", async (log, database) => {
  const world = await archivedWorld();
  if (log === "entries") world.DB.db.exec("DROP TRIGGER entries_are_never_deleted_alone");
  world[database].db.exec(`DELETE FROM ${log} WHERE received_at = (SELECT min(received_at) FROM ${log})`);
  expect(await faultsOf(world, log)).toEqual([]);
  world[database].db.exec("DELETE FROM due_hours");
  expect((await faultsOf(world, log)).map(({ what }) => what)).toEqual(["other_rows_than_d1"]);
  expect(world.pieces(log)[0]?.hour).toBe(START_HOUR);
});
