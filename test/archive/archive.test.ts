/** The archive: closed hours, each once and as they are, whatever comes late, breaks off or runs twice. */
import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { clicksTable } from "../../workers/console/tables/clicks.ts";
import { entriesTable } from "../../workers/console/tables/entries.ts";
import { postbacksTable } from "../../workers/console/tables/postbacks.ts";
import { LOGS, pieceName } from "../../workers/core/archive-piece.ts";
import { CLICK_FACTS } from "../../workers/core/click-log/click-facts.ts";
import { HOUR_MS } from "../../workers/core/time-units.ts";
import { CLOSED_AFTER_MS } from "../../workers/ledger/archive/archive-hours.ts";
import { ARCHIVED } from "../../workers/ledger/archive/logs.ts";
import { hourQuery } from "../../workers/ledger/archive/read-hour.ts";
import { START_MS } from "../console/books.ts";
import { closedMs, SMALL, START_HOUR, startWorld, USUAL, type World } from "./archive-world.ts";

const ROWS = 10;
const NOW_MS = closedMs(ROWS);

/** Of all awaits a run plays a share, other ones each time. */
const STRIDE = 4;
const FIRST = Date.now() % STRIDE;

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
});

async function expectWhole(world: World): Promise<void> {
  for (const log of LOGS) {
    expect([log, await world.archived(log)]).toEqual([log, world.held(log)]);
    expect([log, world.dueHours(log)]).toEqual([log, []]);
    const named = world.pieces(log).map((piece) => pieceName(piece));
    expect([...world.ARCHIVE.objects.keys()].filter((name) => name.startsWith(log)).sort()).toEqual(named.sort());
  }
}

describe("closed hours", () => {
  test("each is one object, laid out by date and hour, and the manifest says what is in it", async () => {
    const world = await startWorld(ROWS);
    await world.archive(NOW_MS);
    await expectWhole(world);
    const names = [...world.ARCHIVE.objects.keys()];
    // Clicks are an hour older than their conversions.
    expect(names.filter((name) => name.startsWith("clicks"))).toEqual([
      "clicks/date=2026-10-31/hour=23.parquet",
      "clicks/date=2026-11-01/hour=00.parquet",
      "clicks/date=2026-11-01/hour=01.parquet",
      "clicks/date=2026-11-01/hour=02.parquet",
    ]);
    for (const log of LOGS)
      for (const piece of world.pieces(log)) {
        const bytes = world.ARCHIVE.objects.get(pieceName(piece)) ?? new Uint8Array();
        const sha256 = createHash("sha256").update(bytes).digest("hex");
        expect(piece).toMatchObject({
          bytes: bytes.length,
          sha256,
          rowCount: piece.hour === START_HOUR + 3 ? 1 : expect.any(Number),
        });
        expect(world.ARCHIVE.metadata.get(pieceName(piece))).toMatchObject({ rows: String(piece.rowCount), sha256 });
      }
    expect(world.pieces("postbacks")[0]).toMatchObject({
      firstKey: [START_MS, expect.stringMatching(/^1/)],
      rowCount: 3,
    });
  });

  test("an hour is open until ten minutes after its end", async () => {
    const world = await startWorld(ROWS);
    const endMs = START_MS + HOUR_MS;
    await world.archive(endMs + CLOSED_AFTER_MS - 1);
    expect(world.pieces("postbacks")).toEqual([]);
    await world.archive(endMs + CLOSED_AFTER_MS);
    expect(world.pieces("postbacks").map(({ hour }) => hour)).toEqual([START_HOUR]);
  });

  test("archived again, it is the same bytes", async () => {
    const world = await startWorld(ROWS);
    await world.archive(NOW_MS);
    const [before, pieces] = [new Map(world.ARCHIVE.objects), LOGS.map((log) => world.pieces(log))];
    for (const log of LOGS)
      world
        .database(log)
        .db.exec(
          `INSERT INTO due_hours (log, hour) SELECT DISTINCT log, hour FROM archive_pieces WHERE log = '${log}'`,
        );
    expect(await world.archive(NOW_MS + HOUR_MS)).toBe(3 * ROWS);
    expect(world.ARCHIVE.objects).toEqual(before);
    expect(LOGS.map((log) => world.pieces(log))).toEqual(pieces);
    expect(await world.archive(NOW_MS + HOUR_MS)).toBe(0);
  });

  test("its columns are those of the export but what is known later, and behind them what only the table has", () => {
    const exports = { clicks: clicksTable, postbacks: postbacksTable, entries: entriesTable };
    for (const log of LOGS) {
      const exported = exports[log].columns.filter(({ onPage }) => onPage !== true).map(({ name }) => name);
      expect([log, ARCHIVED[log].columns.slice(0, exported.length).map(({ name }) => name)]).toEqual([log, exported]);
    }
    expect(ARCHIVED.postbacks.columns.slice(-11).map(({ name }) => name)).toEqual([
      "settled_at",
      "stage",
      "params",
      "error",
      "attempts",
      "link",
      "offer",
      "affiliate",
      "proven",
      "stranger",
      "times",
    ]);
  });

  test("every column of the table is in it: what is deleted from D1 is nowhere else", async () => {
    const world = await startWorld(0);
    const columns = world.LOG.db.prepare("SELECT name FROM pragma_table_info('postbacks')").all();
    const archived = (ARCHIVED.postbacks.inSql?.columns ?? []).flatMap(({ sql }) =>
      [...sql.matchAll(/\b\w\.(\w+)/g)].map(([, name = ""]) => name),
    );
    expect(columns.map(({ name }) => String(name)).sort()).toEqual(archived.sort());
    expect(ARCHIVED.clicks.columns.map(({ name }) => name)).toEqual(CLICK_FACTS.map(({ name }) => name));
  });

  test("a page is read along an index, not by looking at everything", async () => {
    const world = await startWorld(1);
    for (const log of ["postbacks", "entries"] as const)
      for (const after of [null, JSON.parse(log === "postbacks" ? '[1,"a"]' : '[1,"a",1]')]) {
        const { inSql } = ARCHIVED[log];
        if (!inSql) throw new Error(`${log} is not in SQL`);
        const { sql, values } = hourQuery(inSql, { hour: START_HOUR, after, through: null });
        const plan = world
          .database(log)
          .db.prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .all(...values);
        const text = plan.map(({ detail }) => String(detail)).join("; ");
        const searches = plan.map(({ detail }) => String(detail)).filter((detail) => /^SEARCH [kpe] /.test(detail));
        expect([log, ...searches]).toEqual([
          log,
          expect.stringMatching(/^SEARCH [kpe] USING (?:INDEX \w+_by_time|PRIMARY KEY) \(.*[<>]/),
        ]);
        // Of entries a page of either place, the first in their conversions, is sorted into the other.
        const merged =
          /^MERGE \(UNION ALL\); LEFT; CO-ROUTINE .*?; SEARCH c USING PRIMARY KEY \(conversion_id>\? AND conversion_id<\?\); SEARCH conversions USING PRIMARY KEY/;
        if (log === "entries") expect(text).toMatch(merged);
        expect(text.match(/TEMP B-TREE/g)?.length ?? 0).toBe(log === "entries" ? 2 : 0);
        expect(text).not.toMatch(/SCAN [a-z]/);
      }
  });
});

describe("what comes late", () => {
  test("a row of an archived hour makes it due, and it is archived with it; other hours stay as they are", async () => {
    const world = await startWorld(ROWS);
    await world.archive(NOW_MS);
    const before = new Map(world.ARCHIVE.objects);
    await world.plantClicks(4, "late");
    expect(world.dueHours("clicks")).toEqual([START_HOUR]);
    expect(await world.archive(NOW_MS)).toBe(4);
    await expectWhole(world);
    const changed = [...world.ARCHIVE.objects].filter(
      ([name, bytes]) => !Buffer.from(bytes).equals(before.get(name) ?? bytes),
    );
    expect(changed.map(([name]) => name)).toEqual(["clicks/date=2026-11-01/hour=00.parquet"]);
  });

  test("a postback whose outcome changes is archived as it is now", async () => {
    const world = await startWorld(ROWS);
    await world.archive(NOW_MS);
    const [receipt] = world.held("postbacks");
    const change = world.LOG.db.prepare(
      "UPDATE postbacks SET stage = 2, status = 'duplicate', reason = 'x' WHERE receipt = ?",
    );
    change.run(receipt ?? "");
    expect(world.dueHours("postbacks")).toHaveLength(1);
    await world.archive(NOW_MS);
    await expectWhole(world);
    const [row] = await world.archivedRows("postbacks");
    expect(row?.slice(3, 5)).toEqual(["duplicate", "x"]);
  });

  test("a write that changes nothing makes nothing due", async () => {
    const world = await startWorld(ROWS);
    await world.archive(NOW_MS);
    world.DB.db.exec("INSERT INTO entries SELECT * FROM entries WHERE true ON CONFLICT DO NOTHING");
    world.LOG.db.exec(
      "INSERT INTO postbacks SELECT * FROM postbacks WHERE true ON CONFLICT DO UPDATE SET status = 'failed' WHERE excluded.stage > postbacks.stage",
    );
    for (const log of LOGS) expect(world.dueHours(log)).toEqual([]);
  });

  test("a postback that turns out to have been received an hour earlier stands in that hour, and there alone", async () => {
    const world = await startWorld(ROWS);
    await world.archive(NOW_MS);
    const latest = "(SELECT max(receipt) FROM postbacks)";
    world.LOG.db.exec(
      `UPDATE postbacks SET received_at = received_at - ${HOUR_MS}, stage = 9 WHERE receipt = ${latest}`,
    );
    expect(world.dueHours("postbacks")).toHaveLength(2);
    await world.archive(NOW_MS);
    await expectWhole(world);
  });

  test("a row that a repair takes away is no longer in the archive, nor is an hour that is empty now", async () => {
    const world = await startWorld(ROWS);
    await world.archive(NOW_MS, SMALL);
    // As if their conversions had gone with them.
    world.DB.db.exec("DROP TRIGGER entries_are_never_deleted_alone");
    world.DB.db.exec(`DELETE FROM entries WHERE received_at >= ${START_MS + 3 * HOUR_MS}`);
    world.DB.db.exec(
      `DELETE FROM entries WHERE rowid IN (SELECT 1) OR conversion_id = (SELECT min(conversion_id) FROM entries)`.replace(
        "rowid IN (SELECT 1) OR ",
        "",
      ),
    );
    await world.archive(NOW_MS, SMALL);
    expect(world.held("entries")).toHaveLength(ROWS - 2);
    await expectWhole(world);
  });
});

describe("large hours", () => {
  const TAILS = ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "b0"];

  test("come in pieces, over as many runs as it takes", async () => {
    const world = await startWorld(3);
    await world.plantClicks(0, ...TAILS);
    let runs = 0;
    for (; world.dueHours("clicks").length > 0; runs++)
      await world.archive(NOW_MS + runs * 60_000, { ...SMALL, rows: 4 });
    expect(runs).toBeGreaterThan(2);
    const sizes = world.pieces("clicks").map(({ piece, rowCount }) => [piece, rowCount]);
    expect(sizes).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
      [4, 3],
      [5, 2],
    ]);
    expect(world.ARCHIVE.objects.has("clicks/date=2026-10-31/hour=23-5.parquet")).toBe(true);
    await world.archive(NOW_MS + HOUR_MS);
    await expectWhole(world);
  });

  test("a row that comes between two runs begins the hour anew", async () => {
    const world = await startWorld(3);
    await world.plantClicks(0, ...TAILS);
    await world.archive(NOW_MS, { ...SMALL, rows: 3 });
    expect(world.pieces("clicks")).toHaveLength(1);
    // Among those of the piece that is written already.
    await world.plantClicks(0, "!");
    for (let run = 1; world.dueHours("clicks").length > 0; run++)
      await world.archive(NOW_MS + run * 60_000, { ...SMALL, rows: 3 });
    await world.archive(NOW_MS + HOUR_MS);
    await expectWhole(world);
    expect(await world.archived("clicks")).toHaveLength(TAILS.length + 4);
  });

  test("a piece ends where its texts are long", async () => {
    const world = await startWorld(0);
    await world.plantClicks(0, ...["a", "b", "c"].map((letter) => letter.repeat(400)));
    await world.archive(NOW_MS, { ...USUAL, piece: { rows: 1_000, length: 900 } });
    expect(world.pieces("clicks").map(({ rowCount }) => rowCount)).toEqual([2, 1]);
  });
});

describe("at every await", () => {
  test("an outage there loses nothing and doubles nothing", async () => {
    let points = 1;
    for (let at = FIRST; at < points + STRIDE; at += STRIDE) {
      const world = await startWorld(4);
      let passed = 0;
      world.happens = async (point) => {
        if (passed++ === at) throw new Error(`outage ${point}`);
      };
      await world.archive(NOW_MS, SMALL).catch(() => {});
      points = Math.max(points, passed);
      world.happens = async () => {};
      // What the run had taken is free again after five minutes.
      await world.archive(NOW_MS + 5 * 60_000, SMALL);
      await expectWhole(world);
    }
    expect(points).toBeGreaterThan(60);
  });

  test("a row that comes there is in the archive after the next run", async () => {
    let points = 1;
    for (let at = FIRST; at < points + STRIDE; at += STRIDE) {
      const world = await startWorld(4);
      let passed = 0;
      const late = { comes: false, came: false };
      world.happens = async () => {
        if (late.comes || passed++ !== at) return;
        late.comes = true;
        await world.plantClicks(0, "late");
        world.LOG.db.exec(
          "UPDATE postbacks SET stage = 2, status = 'duplicate' WHERE receipt = (SELECT max(receipt) FROM postbacks)",
        );
        world.DB.db.exec(
          `INSERT INTO entries SELECT conversion_id, 2, 'reversal', status, amount, 0, 0, receipt, received_at, rule, note FROM entries LIMIT 1`,
        );
        late.comes = false;
        late.came = true;
      };
      await world.archive(NOW_MS, SMALL);
      points = Math.max(points, passed);
      world.happens = async () => {};
      await world.archive(NOW_MS + 60_000, SMALL);
      await expectWhole(world);
      if (!late.came) break;
      expect((await world.archivedRows("postbacks")).map((row) => row[3])).toContain("duplicate");
    }
    expect(points).toBeGreaterThan(60);
  });
});

test("two runs at once do not take the same hour", async () => {
  const world = await startWorld(ROWS);
  const puts: string[] = [];
  world.happens = async (point) => {
    if (point.startsWith("bucket before put")) puts.push(point);
    await new Promise((resolve) => setImmediate(resolve));
  };
  await Promise.all([world.archive(NOW_MS), world.archive(NOW_MS + 1)]);
  expect(new Set(puts).size).toBe(puts.length);
  await expectWhole(world);
});
