/** Retention: nothing leaves D1 that the archive does not hold, and nothing is lost, whatever happens in between. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { ArchiveMessage } from "../../schema/messages.ts";
import { LOGS, pieceName } from "../../workers/core/archive-piece.ts";
import { postbackCells } from "../../workers/core/metrics/postback-cells.ts";
import type { ParquetCell } from "../../workers/core/parquet-format.ts";
import { openParquet } from "../../workers/core/parquet-reader.ts";
import { parquetFile } from "../../workers/core/parquet-writer.ts";
import { sha256 } from "../../workers/core/sha256.ts";
import { HOUR_MS } from "../../workers/core/time-units.ts";
import { archiveHours, archivePiece } from "../../workers/ledger/archive/archive-hours.ts";
import { deleteExpired } from "../../workers/ledger/archive/delete-expired.ts";
import type { ArchiveQueue } from "../../workers/ledger/archive/due-pieces.ts";
import { ARCHIVED } from "../../workers/ledger/archive/logs.ts";
import { tendArchive } from "../../workers/ledger/archive/tend.ts";
import { closeLog } from "../../workers/ledger/close-log.ts";
import { conversionRow, plantLog, postbackRow, START_MS } from "../console/books.ts";
import { BOUNDLESS, closedMs, DAY_MS, SMALL, START_HOUR, startWorld, USUAL, type World } from "./archive-world.ts";

const ROWS = 7;
const CLOSED_MS = closedMs(ROWS);
/** Everything is past its time. */
const LATER_MS = CLOSED_MS + 3 * DAY_MS;

/** Of all awaits a run plays a share, other ones each time. */
const STRIDE = 4;
const FIRST = Date.now() % STRIDE;

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
});

async function archivedWorld(rows = ROWS): Promise<World> {
  const world = await startWorld(rows);
  await world.archive(CLOSED_MS);
  return world;
}

function sum(world: World): unknown {
  return world.LOG.db.prepare(`SELECT sum(postbacks) AS n FROM ${postbackCells("LOG")}`).get()?.n;
}

describe("what is past its time", () => {
  test("goes from D1 when the archive holds it; entries and conversions stay, and so do the rollups", async () => {
    const world = await archivedWorld();
    const before = await Promise.all(LOGS.map((log) => world.archived(log)));
    const counted = sum(world);
    const hoursListed = () => world.LOG.db.prepare("SELECT DISTINCT kind, hour FROM postback_lists").all().length;
    expect(hoursListed()).toBe(2 * Math.ceil(ROWS / 3));
    await world.expire(LATER_MS);
    expect(LOGS.map((log) => world.held(log).length)).toEqual([0, 0, ROWS]);
    // Lists go with their hours.
    expect(hoursListed()).toBe(0);
    expect(await Promise.all(LOGS.map((log) => world.archived(log)))).toEqual(before);
    for (const log of LOGS) expect([log, world.dueHours(log)]).toEqual([log, []]);
    expect(world.pieces("clicks").every(({ deleted }) => deleted)).toBe(true);
    expect(world.pieces("entries").some(({ deleted }) => deleted)).toBe(false);
    expect(sum(world)).toEqual(counted);
    const kept = world.DB.db.prepare("SELECT from_at FROM kept WHERE log = 'clicks'").get();
    expect(Number(kept?.from_at)).toBeGreaterThan((START_HOUR + 2) * HOUR_MS);
    expect(world.clicks.names).toEqual([]);
  });

  test("begins when the hour's last millisecond is as old as it may be", async () => {
    const world = await archivedWorld();
    const endMs = START_MS + HOUR_MS;
    await world.expire(endMs + 2 * DAY_MS - 1);
    expect(world.held("postbacks")).toHaveLength(ROWS);
    await world.expire(endMs + 2 * DAY_MS);
    expect(world.held("postbacks")).toHaveLength(ROWS - 3);
    const listed = world.LOG.db
      .prepare("SELECT min(hour) AS hour, count(DISTINCT kind) AS kinds FROM postback_lists")
      .get();
    expect({ ...listed }).toEqual({ hour: START_HOUR + 1, kinds: 2 });
  });

  test("goes in bounded pieces, oldest first", async () => {
    const world = await startWorld(ROWS);
    await world.archive(CLOSED_MS, { ...SMALL, piece: { rows: 2, length: 1_000_000 } });
    const postbacks = { log: "postbacks", keptMs: DAY_MS, ...BOUNDLESS } as const;
    const left: number[] = [];
    while (world.held("postbacks").length > 0) {
      expect(await deleteExpired(world, postbacks, 1, LATER_MS)).toBe(1);
      left.push(world.held("postbacks").length);
    }
    expect(left).toEqual([5, 4, 2, 1, 0]);
    expect(await deleteExpired(world, postbacks, 1_000, LATER_MS)).toBe(0);
  });

  test("goes before its time when its database is too large, but not what is to stay all the same", async () => {
    const world = await archivedWorld();
    const postbacks = { log: "postbacks", keptMs: 90 * DAY_MS, maxBytes: 8e9, keptAtLeastMs: 3 * DAY_MS } as const;
    const endMs = START_MS + HOUR_MS;
    world.LOG.sizeBytes = 8e9;
    expect(await deleteExpired(world, postbacks, 1_000, LATER_MS)).toBe(0);
    world.LOG.sizeBytes = 8e9 + 1;
    expect(await deleteExpired(world, postbacks, 1_000, endMs + 3 * DAY_MS - 1)).toBe(0);
    expect(await deleteExpired(world, postbacks, 1_000, endMs + 3 * DAY_MS)).toBe(1);
    world.LOG.sizeBytes = 7e9;
    expect(await deleteExpired(world, postbacks, 1_000, endMs + 4 * DAY_MS)).toBe(0);
  });
});

describe("nothing goes", () => {
  test("that no sum counts yet, however old", async () => {
    const world = await startWorld(ROWS);
    await archiveHours(world, LOGS, USUAL, CLOSED_MS);
    const postbacks = { log: "postbacks", keptMs: DAY_MS, ...BOUNDLESS } as const;
    expect(await deleteExpired(world, postbacks, 1_000, LATER_MS)).toBe(0);
    await closeLog(world, START_MS + HOUR_MS + 45 * 60_000);
    expect(await deleteExpired(world, postbacks, 1_000, LATER_MS)).toBe(1);
    expect(world.held("postbacks")).toHaveLength(ROWS - 3);
  });

  test("that was never archived, however old", async () => {
    const world = await startWorld(ROWS);
    await world.expire(LATER_MS + 1_000 * DAY_MS);
    expect(world.held("clicks")).toHaveLength(ROWS);
    expect(world.held("postbacks")).toHaveLength(ROWS);
  });

  test("of an hour that changed since, nor of younger ones before it is archived again", async () => {
    const world = await archivedWorld();
    await world.plantClicks(0, "late");
    await world.expire(LATER_MS);
    expect(world.held("clicks")).toHaveLength(ROWS + 1);
    await world.archive(LATER_MS);
    await world.expire(LATER_MS);
    expect(world.held("clicks")).toEqual([]);
    expect(await world.archived("clicks")).toHaveLength(ROWS + 1);
  });

  /** Writes another object and, where it says so, the manifest that fits it. */
  async function replace(
    world: World,
    change: (rows: ParquetCell[][]) => ParquetCell[][],
    fits: boolean,
  ): Promise<void> {
    const [piece] = world.pieces("clicks");
    if (!piece) throw new Error("nothing is archived");
    const { columns, groups } = openParquet(world.ARCHIVE.objects.get(pieceName(piece)) ?? new Uint8Array());
    const file = parquetFile(columns);
    const parts: Uint8Array[] = [];
    let rowCount = 0;
    for await (const group of groups()) {
      const rows = change(group);
      rowCount += rows.length;
      parts.push(file.rowGroup(rows));
    }
    const bytes = new Uint8Array(Buffer.concat([...parts, file.finish()]));
    world.ARCHIVE.objects.set(pieceName(piece), bytes);
    if (fits)
      world.DB.db
        .prepare("UPDATE archive_pieces SET row_count = ?, bytes = ?, sha256 = ? WHERE log = 'clicks' AND hour = ?")
        .run(rowCount, bytes.length, await sha256(bytes), piece.hour);
  }

  const spoils: [string, (world: World) => Promise<unknown>][] = [
    [
      "is missing",
      async (world) => world.ARCHIVE.objects.delete(pieceName({ log: "clicks", hour: START_HOUR - 1, piece: 1 })),
    ],
    [
      "has a flipped bit",
      async (world) => {
        const bytes = world.ARCHIVE.objects.get("clicks/date=2026-10-31/hour=23.parquet");
        if (bytes) bytes[100] = (bytes[100] ?? 0) ^ 1;
      },
    ],
    ["is another one than the manifest says", (world) => replace(world, (rows) => rows.slice().reverse(), false)],
    [
      "fits its manifest and lacks a row of D1",
      (world) => replace(world, (rows) => rows.filter((_, index) => index !== 1), true),
    ],
    [
      "fits its manifest and has a row more",
      (world) => replace(world, ([row, ...rows]) => [row ?? [], row ?? [], ...rows], true),
    ],
    [
      "fits its manifest and has another value in one cell",
      (world) =>
        replace(
          world,
          (rows) => rows.map((row) => row.map((cell) => (cell === "Chrome" || cell === "chrome" ? "Firefox" : cell))),
          true,
        ),
    ],
  ];
  test.each(spoils)("whose object %s; it is archived again, and goes then", async (_, spoil) => {
    const world = await archivedWorld();
    await spoil(world);
    await world.expire(LATER_MS);
    expect(world.held("clicks")).toHaveLength(ROWS);
    expect(world.dueHours("clicks")).toEqual([START_HOUR - 1]);
    await world.archive(LATER_MS);
    await world.expire(LATER_MS);
    expect(world.held("clicks")).toEqual([]);
    expect(await world.archived("clicks")).toHaveLength(ROWS);
  });
});

describe("what comes for an hour whose rows went", () => {
  test("a postback that was parked and is released is there twice, told by its stage", async () => {
    const world = await archivedWorld();
    await world.expire(LATER_MS);
    await plantLog(world, [postbackRow(conversionRow(0), { stage: 2, status: "updated" })]);
    await world.archive(LATER_MS);
    const rows = await world.archivedRows("postbacks");
    const same = rows.filter(([receipt]) => receipt === postbackRow(conversionRow(0)).receipt);
    const places = ["status", "stage"].map((name) => ARCHIVED.postbacks.columns.findIndex((one) => one.name === name));
    expect(same.map((row) => places.map((place) => row[place]))).toEqual([
      ["attributed", 1],
      ["updated", 2],
    ]);
  });
});

describe("at every await", () => {
  test("an outage there loses nothing; the next runs end where no outage would have", async () => {
    let points = 1;
    for (let at = FIRST; at < points + STRIDE; at += STRIDE) {
      const world = await startWorld(4);
      await world.archive(CLOSED_MS, SMALL);
      const all = world.held("clicks");
      let passed = 0;
      world.happens = async (point) => {
        if (passed++ === at) throw new Error(`outage ${point}`);
      };
      await world.expire(LATER_MS).catch(() => {});
      points = Math.max(points, passed);
      world.happens = async () => {};
      expect(new Set([...world.held("clicks"), ...(await world.archived("clicks"))])).toEqual(new Set(all));
      await world.archive(LATER_MS, SMALL);
      await world.expire(LATER_MS);
      expect([world.held("clicks"), await world.archived("clicks")]).toEqual([[], all]);
      expect([world.held("postbacks"), await world.archived("postbacks")]).toEqual([[], expect.any(Array)]);
    }
    expect(points).toBeGreaterThan(25);
  });

  test("a row that comes, or changes, there is in the archive in the end, and exactly once", async () => {
    let points = 1;
    for (let at = FIRST; at < points + STRIDE; at += STRIDE) {
      const world = await startWorld(4);
      await world.archive(CLOSED_MS, SMALL);
      let passed = 0;
      const late = { comes: false, came: false };
      let changed = 0n;
      world.happens = async () => {
        if (late.comes || passed++ !== at) return;
        late.comes = true;
        const change = world.LOG.db.prepare(
          "UPDATE postbacks SET stage = 2, status = 'duplicate' WHERE received_at = ?",
        );
        changed = BigInt(change.run(START_MS + HOUR_MS).changes);
        late.comes = false;
        late.came = true;
      };
      await world.expire(LATER_MS);
      points = Math.max(points, passed);
      world.happens = async () => {};
      for (let run = 1; run <= 3; run++) {
        await world.archive(LATER_MS + run, SMALL);
        await world.expire(LATER_MS + run);
      }
      expect([world.held("clicks"), (await world.archived("clicks")).length]).toEqual([[], 4]);
      const statuses = (await world.archivedRows("postbacks")).map((row) => row[3]);
      expect([at, statuses.filter((status) => status === "duplicate").length]).toEqual([at, Number(changed)]);
    }
    expect(points).toBeGreaterThan(25);
  });
});

test("the chore reads its limits, and does nothing when they cannot be read", async () => {
  vi.spyOn(console, "log").mockImplementation(() => {});
  const world = await startWorld(ROWS);
  const sent: ArchiveMessage[] = [];
  const CLICK_LOG: ArchiveQueue = {
    send: () => Promise.reject(new Error("nothing goes on here")),
    sendBatch: async (messages) => {
      sent.push(...messages.map(({ body }) => body));
    },
  };
  const env = (days: string, logGb = "8") =>
    Object.assign(world, { CLICK_DAYS_HOT: days, LOG_KEPT_GB: logGb, CLICK_LOG });
  for (const wrong of ["", "x", "0", "-1"]) {
    await expect(tendArchive(env(wrong), LATER_MS)).rejects.toThrow("CLICK_DAYS_HOT");
    await expect(tendArchive(env("15", wrong), LATER_MS)).rejects.toThrow("LOG_KEPT_GB");
  }
  expect(sent).toEqual([]);
  await tendArchive(env("0.5"), CLOSED_MS);
  await closeLog(world, CLOSED_MS);
  expect(sent.map(({ hour }) => hour)).toEqual([START_HOUR - 1, START_HOUR, START_HOUR + 1]);
  for (const { hour } of sent) while (await archivePiece(world, "clicks", hour, SMALL.piece, CLOSED_MS));
  // Conversions may still look for clicks of the last three days.
  for (let run = 0; run < 4; run++) await tendArchive(env("0.5"), CLOSED_MS + 2 * DAY_MS + run * HOUR_MS);
  expect(world.held("clicks")).toHaveLength(ROWS);
  for (let run = 0; run < 4; run++) await tendArchive(env("15"), LATER_MS + 2 * DAY_MS + run * HOUR_MS);
  expect(world.held("clicks")).toHaveLength(ROWS);
  for (let run = 0; run < 4; run++) await tendArchive(env("0.5"), LATER_MS + 2 * DAY_MS + run * HOUR_MS);
  expect([world.held("clicks").length, world.held("postbacks").length]).toEqual([0, ROWS]);
  await tendArchive(env("15"), LATER_MS + 180 * DAY_MS);
  expect(LOGS.map((log) => world.held(log).length)).toEqual([0, 0, ROWS]);
});
