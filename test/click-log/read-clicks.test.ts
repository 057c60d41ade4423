/** Reading the click log: every click once and in order, whether it lies in a day's object, in the archive, or is on its way from the one to the other. */
import { describe, expect, test } from "vitest";
import { readClicks } from "../../workers/console/click-log/read-clicks.ts";
import { CLICK_FACTS } from "../../workers/core/click-log/click-facts.ts";
import { HOUR_MS } from "../../workers/core/time-units.ts";
import { DAY_MS, SMALL, START_HOUR, World } from "../archive/archive-world.ts";
import { START_MS } from "../console/books.ts";
import { reportEnv } from "./click-log.ts";

const FACTS = CLICK_FACTS.map(({ name }) => name);
/** Three clicks an hour, of two days. */
const NUMBERS = Array.from({ length: 30 * 3 }, (_, index) => index);
const ALL = { fromMs: START_MS - DAY_MS, toMs: START_MS + 40 * DAY_MS, facts: FACTS, after: null };
const LATER_MS = START_MS + 3 * DAY_MS;

type Row = Record<string, unknown>;

async function read(world: World, question = ALL, nowMs = LATER_MS): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const block of readClicks(reportEnv(world), question, nowMs)) {
    const columns = question.facts.map((name) => [name, block.column(name)] as const);
    for (let place = 0; place < block.count; place++)
      rows.push(Object.fromEntries(columns.map(([name, of]) => [name, of(place)])));
  }
  return rows;
}

async function worldOf(numbers = NUMBERS): Promise<World> {
  const world = new World();
  await world.plant(...numbers);
  return world;
}

/** Every hour that is over is archived, in pieces of three rows. */
async function archive(world: World, nowMs = LATER_MS): Promise<void> {
  await world.archive(nowMs, SMALL);
}

describe("the click log", () => {
  test("is read from the objects of its days as long as nothing else has it", async () => {
    const world = await worldOf();
    const rows = await read(world);
    expect(rows).toHaveLength(NUMBERS.length);
    expect(rows).toEqual(world.clicks.rows());
  });

  test("is read from the archive once it has the hours, the same to the last cell", async () => {
    const world = await worldOf();
    const before = await read(world);
    await archive(world);
    let asked = 0;
    world.happens = async (point) => {
      if (/page|before get/.test(point)) asked++;
    };
    expect(world.pieces("clicks").length).toBeGreaterThan(10);
    expect(await read(world)).toEqual(before);
    expect(asked).toBeGreaterThan(10);
  });

  test("is read from both where a click came late", async () => {
    const world = await worldOf();
    await archive(world);
    await world.plantClicks(4, "late");
    const rows = await read(world);
    expect(rows).toEqual(world.clicks.rows());
    expect(rows.filter(({ sub1 }) => sub1 === "late")).toHaveLength(1);
  });

  test("has a late click before anything was noted of it", async () => {
    const world = await worldOf();
    await archive(world, START_MS + 2 * DAY_MS);
    const { tellHours } = world;
    world.tellHours = async () => {};
    await world.plantClicks(4, "late");
    world.tellHours = tellHours;
    const rows = await read(world, ALL, START_MS + 2 * DAY_MS);
    expect(rows.filter(({ sub1 }) => sub1 === "late")).toHaveLength(1);
  });

  test("is read from the archive alone when its days have left their objects", async () => {
    const world = await worldOf();
    const before = await read(world);
    await archive(world);
    for (let run = 0; run < 4; run++) await world.expire(START_MS + 30 * DAY_MS + run * HOUR_MS);
    expect(world.clicks.rows()).toEqual([]);
    expect(await read(world, ALL, START_MS + 31 * DAY_MS)).toEqual(before);
  });

  test("is read each click once while hours go to the archive, come late or leave their objects between two blocks", async () => {
    const world = await worldOf();
    await archive(world);
    await world.plantClicks(10, "late");
    const question = { ...ALL, nowMs: LATER_MS };
    const ids: unknown[] = [];
    let blocks = 0;
    for await (const block of readClicks(reportEnv(world), question, LATER_MS)) {
      const clickId = block.column("click_id");
      for (let place = 0; place < block.count; place++) ids.push(clickId(place));
      blocks++;
      if (blocks === 2) await archive(world);
      if (blocks === 4) await world.plantClicks(20, "later");
      if (blocks === 6) await archive(world, LATER_MS + HOUR_MS);
      if (blocks === 8) await world.expire(START_MS + 30 * DAY_MS);
    }
    const sorted = [...ids].sort();
    expect(ids).toEqual(sorted);
    expect(new Set(ids).size).toBe(ids.length);
    // What was there when it began is there; what came meanwhile may be.
    expect(ids.length).toBeGreaterThanOrEqual(NUMBERS.length + 1);
  });

  test("is read within a time and behind a click", async () => {
    const world = await worldOf();
    await archive(world, START_MS + 10 * HOUR_MS);
    const all = await read(world);
    const from = Number(all[10]?.clicked_at);
    const to = Number(all[50]?.clicked_at);
    const some = await read(world, { ...ALL, fromMs: from, toMs: to });
    expect(some).toEqual(all.filter(({ clicked_at: at }) => Number(at) >= from && Number(at) < to));
    for (const place of [0, 7, 44, all.length - 1]) {
      const after = String(all[place]?.click_id);
      expect(await read(world, { ...ALL, after: after as never })).toEqual(all.slice(place + 1));
    }
  });

  test("reads only the facts that are asked for", async () => {
    const world = await worldOf();
    await archive(world);
    const rows = await read(world, { ...ALL, facts: ["sub1", "link"] });
    expect(Object.keys(rows[0] ?? {})).toEqual(["sub1", "link"]);
    expect(rows).toEqual(world.clicks.rows().map(({ sub1, link }) => ({ sub1, link })));
    expect(START_HOUR).toBeGreaterThan(0);
  });
});
