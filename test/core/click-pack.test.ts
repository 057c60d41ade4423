/** A pack's form, which lies in objects for weeks: what was written is read, by this deploy and the next. */
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { issueClickId } from "../../workers/core/click-id.ts";
import { CLICK_FACTS, type ClickCells, clickRow, factPlace } from "../../workers/core/click-log/click-facts.ts";
import {
  isFirst,
  markFirsts,
  openPack,
  packClicks,
  packOfBlocks,
  rowsOf,
} from "../../workers/core/click-log/click-pack.ts";
import { hasCounter, runsMeet, writeRuns } from "../../workers/core/click-log/counter-runs.ts";
import { testKeyRing } from "../ledger/world.ts";

const ring = await testKeyRing();
const AT_MS = Date.UTC(2026, 10, 28, 12);

function row(counter: number, country?: string): ClickCells {
  const id = { issuedAtMs: AT_MS + counter, link: 7, counter, test: counter === 2, provisional: false };
  const clickId = issueClickId(ring, id);
  const click = {
    clickId,
    offer: 3,
    affiliate: 2,
    advertiser: 1,
    ...(country && { country }),
    subs: ["a", "", `${counter}`],
  };
  return clickRow({ click, id, kind: "counted", browser: "Firefox" });
}

const rows = [row(1, "DE"), row(2), row(3, "AT")];

const idsOf = (some: readonly ClickCells[]) => some.map((one) => String(one[factPlace("click_id")]));

describe("a pack", () => {
  test("of many clicks finds each by its ID, and no other", () => {
    const many = Array.from({ length: 700 }, (_, number) => row(number * 2));
    const { count, placeOf, clickId } = openPack({ clicks: packClicks(many), firsts: new Uint8Array() });
    expect(count).toBe(700);
    expect(idsOf(many).map(placeOf)).toEqual(many.map((_, place) => place));
    expect(many.map((_, place) => clickId(place))).toEqual(idsOf(many));
    const marked = { clicks: packClicks(many), firsts: markFirsts(700, [3, 131, 699]) };
    const wanted = [3, 131, 140, 699].map((place) => idsOf(many)[place] ?? "");
    const part = packOfBlocks(marked, wanted) ?? marked;
    expect(part.clicks.length).toBeLessThan(marked.clicks.length * 0.7);
    const opened = openPack(part);
    expect(opened.count).toBe(128 + 128 + (700 % 128));
    const found = wanted.map((id) => opened.row(opened.placeOf(id) ?? -1));
    expect(idsOf(found)).toEqual(wanted);
    expect(found.map((one) => one[factPlace("unique")])).toEqual([1, 1, 0, 1]);
    expect(packOfBlocks(marked, idsOf([row(-5_000)]))).toBeNull();
    for (const other of [row(-1), row(1), row(801), row(2_000)]) expect(idsOf([other]).map(placeOf)).toEqual([null]);
  });

  test("is a version and compressed columns; what all clicks say alike stands once, what none says nowhere", () => {
    const bytes = packClicks(rows);
    const [first] = idsOf(rows);
    expect([...bytes.subarray(0, 3)]).toEqual([1, 1, 0]);
    expect([...bytes.subarray(3, 9)]).toEqual([bytes.length - 45, 0, 0, 0, 3, 0]);
    expect(new TextDecoder().decode(bytes.subarray(9, 45))).toBe(first);
    expect(JSON.parse(gunzipSync(bytes.subarray(45)).toString())).toEqual({
      click_id: idsOf(rows),
      offer: 3,
      affiliate: 2,
      advertiser: 1,
      country: ["DE", null, "AT"],
      browser: "Firefox",
      sub1: "a",
      sub3: ["1", "2", "3"],
      kind: "counted",
    });
  });

  test("gives the rows back, with what their IDs say and which are first visits", () => {
    const pack = { clicks: packClicks(rows), firsts: markFirsts(3, [0, 2]) };
    const expected = rows.map((one, place) => one.with(factPlace("unique"), place === 1 ? 0 : 1));
    expect(rowsOf(pack)).toEqual(expected);
    const { count, column } = openPack(pack);
    for (const [place, { name }] of CLICK_FACTS.entries()) {
      const of = column(name);
      expect(Array.from({ length: count }, (_, at) => of(at))).toEqual(expected.map((one) => one[place]));
    }
  });

  test("of a younger deploy is refused, and of an older one lacks what is new", () => {
    const [, ...rest] = packClicks(rows);
    expect(() => openPack({ clicks: Uint8Array.of(2, ...rest), firsts: new Uint8Array() })).toThrow("version 2");
    const [id = ""] = idsOf(rows);
    const block = gzipSync(JSON.stringify({ click_id: [id], offer: 3 }));
    const head = [1, 1, 0, block.length, 0, 0, 0, 1, 0, ...new TextEncoder().encode(id)];
    const [read] = rowsOf({ clicks: Uint8Array.of(...head, ...block), firsts: new Uint8Array() });
    expect(read?.[factPlace("link")]).toBe(7);
    expect([read?.[factPlace("sub1")], read?.[factPlace("unique")]]).toEqual([null, 0]);
  });

  test.each([1, 8, 9, 17])("marks any of %i clicks", (count) => {
    for (let first = 0; first < count; first++)
      expect(
        Array.from({ length: count }, (_, place) => isFirst(markFirsts(count, [first]), place)).indexOf(true),
      ).toBe(first);
  });
});

describe("what cannot be in a row", () => {
  const id = { issuedAtMs: AT_MS, link: 7, counter: 1, test: false, provisional: false };
  test.each([
    ["offer", { offer: JSON.parse('"none"') }],
    ["country", { country: JSON.parse("7") }],
    ["sub2", { subs: ["", JSON.parse("{}")] }],
  ])("%s of another type is refused", (name, said) => {
    const click = { clickId: issueClickId(ring, id), offer: 3, affiliate: 2, advertiser: 1, ...said };
    expect(() => clickRow({ click, id, kind: "counted", browser: null })).toThrow(name);
  });
});

test.each<[counters: number[], runs: number[]]>([
  [[5], [5, 5]],
  [
    [7, 5, 6],
    [5, 7],
  ],
  [
    [5, 5 + 64, 5 + 129],
    [5, 69, 134, 134],
  ],
  [
    [2 ** 28 - 1, 0, 1],
    [0, 1, 2 ** 28 - 1, 2 ** 28 - 1],
  ],
])("counters %j are the runs %j", (counters, expected) => {
  const runs = writeRuns(counters);
  expect([...new Uint32Array(runs.buffer)]).toEqual(expected);
  for (const counter of counters) expect(hasCounter(runs, counter)).toBe(true);
  expect(hasCounter(runs, 1_000)).toBe(false);
  expect([runsMeet(runs, writeRuns([counters[0] ?? 0])), runsMeet(runs, writeRuns([1_000]))]).toEqual([true, false]);
});
