/** An older install's postback log moves from the books' database to its own: nothing is lost, counted twice or archived by halves, wherever the move dies. */
import { beforeEach, expect, test, vi } from "vitest";
import { postbackCells } from "../../workers/core/metrics/postback-cells.ts";
import { tendArchive } from "../../workers/ledger/archive/tend.ts";
import { closeLog } from "../../workers/ledger/close-log.ts";
import { isLogMoved, moveLog } from "../../workers/ledger/move-log.ts";
import { closedMs, World } from "../archive/archive-world.ts";
import { conversionRow, plant, plantSetUp, postbackRow } from "../console/books.ts";

const ROWS = 6;
const PIECE = {
  log: "postbacks",
  hour: 400_000,
  piece: 1,
  row_count: 3,
  first_key: '[1,"a"]',
  last_key: '[2,"b"]',
  bytes: 100,
  sha256: "0".repeat(64),
  archived_at: 5,
  deleted_at: 6,
};

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
});

/** The books' database as an older install has it: the log with its rollup, what the archive holds of it, and an hour that is counted and gone. */
async function olderInstall(): Promise<World> {
  const world = new World();
  await plantSetUp(world.DB);
  const conversions = Array.from({ length: ROWS }, (_, number) => conversionRow(number));
  await plant(world.DB, "conversions", conversions);
  await plant(
    world.DB,
    "postbacks",
    conversions.map((row) => postbackRow(row, { params: "{}" })),
  );
  await plant(world.DB, "postbacks", [
    postbackRow(conversionRow(0), { receipt: "3".repeat(26), conversion_id: null, click_id: null, status: "refused" }),
  ]);
  await plant(world.DB, "archive_pieces", [PIECE]);
  world.DB.db.exec("UPDATE kept SET from_at = 1000 WHERE log = 'postbacks'");
  world.DB.db.exec("INSERT INTO postback_quarters VALUES (1, 1, 'sale', 'attributed', '', 0, 7)");
  return world;
}

const all = ({ db }: World["DB"], sql: string) => db.prepare(sql).all();
const OLD_COLUMNS =
  "receipt, stage, advertiser, received_at, settled_at, status, reason, duplicate_of, conversion_id, click_id, event, txid, channel, test, params, error";

function counted(world: World): number {
  const sumOf = (database: "DB" | "LOG") => `SELECT sum(postbacks) AS n FROM ${postbackCells(database)}`;
  return (["DB", "LOG"] as const).reduce((n, name) => n + Number(world[name].db.prepare(sumOf(name)).get()?.n ?? 0), 0);
}

test("rows, figures and what the archive says of them go over as they are; then the move rests", async () => {
  const world = await olderInstall();
  const rows = all(world.DB, `SELECT ${OLD_COLUMNS} FROM postbacks ORDER BY receipt`);
  expect([await isLogMoved(world.DB), counted(world)]).toEqual([false, ROWS + 1 + 7]);
  expect(await moveLog(world)).toBe(ROWS + 1);
  expect(all(world.LOG, `SELECT ${OLD_COLUMNS} FROM postbacks ORDER BY receipt`)).toEqual(rows);
  expect(all(world.DB, "SELECT 1 FROM postbacks")).toEqual([]);
  expect(all(world.LOG, "SELECT * FROM archive_pieces")).toEqual([PIECE]);
  expect(all(world.LOG, "SELECT from_at FROM kept")).toEqual([{ from_at: 1000 }]);
  expect(counted(world)).toBe(ROWS + 1 + 7);
  await closeLog(world, closedMs(ROWS));
  expect(counted(world)).toBe(ROWS + 1 + 7);
  // Whose they are is told as they go.
  const [first] = all(world.LOG, "SELECT link, offer, affiliate, proven, times FROM postbacks ORDER BY receipt");
  expect(first).toEqual({ link: 1, offer: 1, affiliate: 1, proven: 1, times: 1 });
  expect([await isLogMoved(world.DB), await moveLog(world)]).toEqual([true, 0]);
});

test("wherever it dies it goes on, and what the log has by then of a later stage stays", async () => {
  for (let death = 0; ; death++) {
    const world = await olderInstall();
    const [{ receipt } = {}] = all(world.DB, "SELECT receipt FROM postbacks WHERE status = 'attributed'");
    let awaits = 0;
    world.happens = async (point) => {
      if (awaits++ === death) throw new Error(`died: ${point}`);
    };
    const died = await moveLog(world).then(
      () => false,
      () => true,
    );
    world.happens = async () => {};
    // What is moved after its time is closed is counted as it comes.
    if (death % 2 === 0) await closeLog(world, closedMs(ROWS));
    world.LOG.db.exec(`UPDATE postbacks SET stage = 2, status = 'updated' WHERE receipt = '${receipt}'`);
    const settledSince = all(world.LOG, "SELECT 1 FROM postbacks WHERE stage = 2").length;
    await moveLog(world);
    expect([death, all(world.LOG, "SELECT 1 FROM postbacks").length, counted(world)]).toEqual([
      death,
      ROWS + 1,
      ROWS + 1 + 7,
    ]);
    expect(all(world.LOG, "SELECT 1 FROM postbacks WHERE stage = 2")).toHaveLength(settledSince);
    expect([await isLogMoved(world.DB), all(world.LOG, "SELECT * FROM archive_pieces")]).toEqual([true, [PIECE]]);
    if (!died) break;
  }
});

test("the archive of postbacks waits until all is moved, that of the others does not", async () => {
  const world = Object.assign(await olderInstall(), {
    CLICK_DAYS_HOT: "15",
    LOG_KEPT_GB: "8",
  });
  await plant(world.DB, "archive_pieces", [{ ...PIECE, hour: 400_001 }]);
  await tendArchive(world, closedMs(ROWS));
  expect([...world.ARCHIVE.objects.keys()].filter((name) => name.startsWith("postbacks/"))).toEqual([]);
  await moveLog(world);
  await tendArchive(world, closedMs(ROWS));
  const archived = [...world.ARCHIVE.objects.keys()].filter((name) => name.startsWith("postbacks/"));
  expect(archived).toHaveLength(2);
  expect(world.dueHours("postbacks")).toEqual([]);
});
