/** The end of a day of clicks: its objects go whole, the archive has each click once, finds it, takes what comes too late, and forgets a person. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { LoggedClick } from "../../schema/messages.ts";
import { pieceName } from "../../workers/core/archive-piece.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { isErasedClickId } from "../../workers/core/erasure/erased-names.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../workers/core/time-units.ts";
import { endDays } from "../../workers/ledger/archive/end-days.ts";
import { addLateClicks } from "../../workers/ledger/archive/late-pieces.ts";
import { findClicks, logClicks } from "../../workers/ledger/click-log.ts";
import { eraseClicks } from "../../workers/ledger/erasure/erase-clicks.ts";
import { erasePieces } from "../../workers/ledger/erasure/erase-pieces.ts";
import { personOf } from "../../workers/ledger/erasure/erased-person.ts";
import { plantSetUp, START_MS } from "../console/books.ts";
import { ERASURE_KEY } from "../ledger/erasure-key.ts";
import { testKeyRing } from "../ledger/world.ts";
import { USUAL, World } from "./archive-world.ts";

const ring = await testKeyRing();
const HOURS = 6;
/** All of the day is closed and archived by then. */
const CLOSED_MS = START_MS + DAY_MS + HOUR_MS;
/** The day is past its time. */
const LATER_MS = START_MS + 17 * DAY_MS;
const HOT_DAYS = 15;

let world: World;
beforeEach(async () => {
  vi.restoreAllMocks();
  vi.spyOn(console, "error").mockImplementation(() => {});
  world = new World();
  await plantSetUp(world.DB);
});

function clickAt(atMs: number, counter: number, said: Partial<LoggedClick> = {}): LoggedClick {
  const clickId = issueClickId(ring, { issuedAtMs: atMs, link: 1, counter, test: false, provisional: false });
  return { clickId, offer: 1, affiliate: 1, advertiser: 1, device: "mobile", subs: [`sub of ${counter}`], ...said };
}

const parts = () => ({
  DB: world.DB,
  ARCHIVE: world.ARCHIVE,
  days: world.days,
  VISITS: "exact",
  addLate: (rows: Parameters<typeof addLateClicks>[1], nowMs: number) => addLateClicks(world, rows, nowMs),
});

const log = (clicks: LoggedClick[], nowMs = CLOSED_MS) => logClicks(parts(), [{ kind: "clicks", clicks }], nowMs);

/** What D1 says of places is remembered for a minute; these runs take days. */
async function end(nowMs = LATER_MS, runs = 4): Promise<void> {
  for (let run = 0; run < runs; run++) await endDays(world, HOT_DAYS, 100_000, nowMs + run * 10 * MINUTE_MS);
  vi.spyOn(Date, "now").mockReturnValue(nowMs + runs * HOUR_MS);
}

async function day(): Promise<LoggedClick[]> {
  const clicks = Array.from({ length: HOURS * 3 }, (_, number) =>
    clickAt(START_MS + Math.floor(number / 3) * HOUR_MS + number * 1_000, number),
  );
  await log(clicks);
  await world.tellHours();
  await world.archive(CLOSED_MS, USUAL);
  return clicks;
}

const idsOf = (clicks: readonly LoggedClick[]) => clicks.map(({ clickId }) => clickId).sort();

describe("a day that is past its time", () => {
  test("leaves its object whole, as one file in the place of its hours", async () => {
    const clicks = await day();
    expect(world.pieces("clicks")).toHaveLength(HOURS);
    await end(LATER_MS - 2 * DAY_MS);
    expect(world.held("clicks")).toHaveLength(clicks.length);
    await end();
    expect(world.clicks.names).toEqual([]);
    expect([...world.ARCHIVE.objects.keys()]).toEqual(["clicks/date=2026-11-01/day.parquet"]);
    expect(world.pieces("clicks").map(pieceName)).toEqual(["clicks/date=2026-11-01/day.parquet"]);
    expect(await world.archived("clicks")).toEqual(idsOf(clicks));
  });

  test("goes from several shards and parts alike", async () => {
    const plan = JSON.stringify([{ from: "2026-11-01", shards: 4 }]);
    await world.DB.prepare("INSERT INTO settings VALUES ('click_shards', ?)").bind(plan).run();
    world.clicks.maxBytes = 1;
    const clicks = Array.from({ length: 12 }, (_, number) => clickAt(START_MS + number * 1_000, number * 2 ** 25));
    for (const click of clicks) await log([click]);
    expect(world.clicks.names.length).toBeGreaterThan(8);
    expect([...(await findClicks(parts(), idsOf(clicks))).keys()].sort()).toEqual(idsOf(clicks));
    await world.tellHours();
    await world.archive(CLOSED_MS, USUAL);
    expect(await world.archived("clicks")).toEqual(idsOf(clicks));
    await end();
    expect(world.clicks.names).toEqual([]);
    expect(await world.archived("clicks")).toEqual(idsOf(clicks));
  });

  test("stays while the archive does not hold it as it is, and takes a step back where a click came in the pause", async () => {
    const clicks = await day();
    await end(LATER_MS, 1);
    const late = clickAt(START_MS + 5_000, 1_000);
    // Whoever has not heard of the mark yet.
    vi.restoreAllMocks();
    world.DB.db.exec("UPDATE kept SET from_at = 0 WHERE log = 'clicks'");
    await log([late]);
    world.DB.db.exec(`UPDATE kept SET from_at = ${START_MS + DAY_MS} WHERE log = 'clicks'`);
    await world.tellHours();
    await end(LATER_MS + HOUR_MS);
    expect(world.held("clicks")).toHaveLength(clicks.length + 1);
    await world.archive(LATER_MS + 2 * HOUR_MS, USUAL);
    await end(LATER_MS + 3 * HOUR_MS);
    expect(world.clicks.names).toEqual([]);
    expect(await world.archived("clicks")).toEqual(idsOf([...clicks, late]));
  });
});

describe("behind the objects", () => {
  test("a conversion finds its click in the archive", async () => {
    const clicks = await day();
    await end();
    const found = await findClicks(parts(), [...idsOf(clicks), clickAt(START_MS, 77).clickId]);
    expect([...found.keys()].sort()).toEqual(idsOf(clicks));
    expect(found.get(clicks[4]?.clickId ?? "")).toMatchObject({
      click_kind: "counted",
      device: "mobile",
      sub1: "sub of 4",
    });
  });

  test("a click of a day that had none is in it alone, in a file of its own", async () => {
    await day();
    await end();
    const late = clickAt(START_MS + 29 * HOUR_MS, 900);
    await log([late], LATER_MS);
    expect(world.clicks.names).toEqual([]);
    expect(world.pieces("clicks").map(pieceName)).toContain("clicks/date=2026-11-02/hour=05.parquet");
    expect((await findClicks(parts(), [late.clickId])).size).toBe(1);
  });

  test("a click that waited for weeks is added to it, and one that is there already is not", async () => {
    const clicks = await day();
    await end();
    const late = [clickAt(START_MS + 1_500, 500), clickAt(START_MS + 20 * HOUR_MS, 501), ...clicks.slice(0, 3)];
    for (let time = 0; time < 2; time++) await log(late, LATER_MS);
    expect(world.clicks.names).toEqual([]);
    expect(await world.archived("clicks")).toEqual(idsOf([...clicks, ...late.slice(0, 2)]));
    const found = await findClicks(parts(), idsOf(late));
    expect(found.size).toBe(late.length);
  });

  test("a person is erased from objects, from files, and from what comes later", async () => {
    const clicks = await day();
    const [first, second] = idsOf(clicks);
    const erase = async (clickId = "") => {
      const person = personOf(ERASURE_KEY, { kind: "erasure", advertiser: 1, clickIds: [clickId], txids: [] });
      await eraseClicks(parts(), person);
      await erasePieces(world, person, new Set(), { hour: 0, piece: 0 });
    };
    await erase(first);
    expect(world.held("clicks").filter(isErasedClickId)).toHaveLength(1);
    await log(clicks);
    expect(world.held("clicks")).toHaveLength(clicks.length);
    await world.tellHours();
    await world.archive(CLOSED_MS + HOUR_MS, USUAL);
    await end();
    await erase(second);
    const archived = await world.archived("clicks");
    expect(archived.filter(isErasedClickId)).toHaveLength(2);
    expect(archived).toHaveLength(clicks.length);
    const said = JSON.stringify(await world.archivedRows("clicks"));
    for (const text of [first, second, '"sub of 0"', '"sub of 1"']) expect(said).not.toContain(text);
    expect(said).toContain("sub of 2");
  });
});
