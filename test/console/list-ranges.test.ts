/** Lists over a range that moves with the day: the same rows as its days show, and no range that is dropped in silence. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { filterChips, withDays } from "../../workers/console/shell/list-query.ts";
import { dayIn, RANGE_LABELS, usualRanges } from "../../workers/console/shell/usual-ranges.ts";
import { conversionId } from "../../workers/core/books/conversion-id.ts";
import { DAY_MS } from "../../workers/core/time-units.ts";
import { conversionRow, plant, plantLog, plantSetUp, postbackRow } from "./books.ts";
import { ADMIN, type Console, startConsole } from "./console.ts";

const DAYS = 40;
const ZONE = "America/New_York";
/** Lists that have the filter, and a filter of each that shows it. */
const LISTS = ["/conversions", "/postbacks", "/claims", "/deliveries", "/audit"];
let api: Console;
let cookie: string;

beforeAll(async () => {
  api = await startConsole();
  const { DB, LOG } = api.env;
  await plantSetUp(DB);
  const nowMs = Date.now();
  const rows = Array.from({ length: DAYS }, (_, number) => {
    const receivedAtMs = nowMs - (DAYS - 1 - number) * DAY_MS;
    const named = { conversion_id: conversionId(receivedAtMs, `0${String(number).padStart(16, "0")}`), test: 0 };
    return conversionRow(number, { ...named, received_at: receivedAtMs });
  });
  await plant(DB, "conversions", rows);
  await plantLog(
    { DB, LOG },
    rows.map((row) => postbackRow(row)),
  );
  cookie = await api.signIn(ADMIN);
});
afterAll(() => api.stop());

async function page(path: string): Promise<string> {
  const answer = await api.fetch(path, { authorization: "", cookie });
  return answer.text();
}

/** The rows that a list's page leads to. */
const keysOf = (list: string, html: string) =>
  new Set([...html.matchAll(/href="(\/\w+)\/([0-9a-z]{26})"/gi)].flatMap(([, at, id]) => (at === list ? id : [])));

test.each(Object.keys(RANGE_LABELS))("%s shows the rows of its days", async (name) => {
  const range = usualRanges(ZONE, Date.now()).find((one) => one.name === name);
  const before = new Date(Date.parse(range?.until ?? "") + DAY_MS).toISOString().slice(0, 10);
  for (const list of ["/conversions", "/postbacks"]) {
    const moving = keysOf(list, await page(`${list}?limit=200&test=all&tz=${ZONE}&range=${name}`));
    const days = keysOf(list, await page(`${list}?limit=200&test=all&tz=${ZONE}&from=${range?.from}&to=${before}`));
    expect([list, moving]).toEqual([list, days]);
    expect([list, moving.size > 0]).toEqual([list, true]);
    expect(moving.size).toBeLessThan(DAYS);
  }
});

test.each(LISTS)("%s refuses a range that is none, and one beside days", async (list) => {
  const none = await page(`${list}?range=14_days`);
  expect(none).toContain("Choose one of today, yesterday");
  const both = await page(`${list}?range=today&from=2026-01-01`);
  expect(both).toContain("Choose a range, or days, not both");
});

test("files and decisions are of the days that the range is now", async () => {
  const html = await page(`/conversions?range=yesterday&tz=${ZONE}`);
  const file = /href="(\/api\/exports\/conversions\.csv[^"]*)"/.exec(html)?.[1]?.replaceAll("&amp;", "&");
  const query = new URL(file ?? "", "https://console.example").searchParams;
  const yesterday = dayIn(ZONE, Date.now() - DAY_MS);
  expect(query.get("range")).toBeNull();
  expect(Date.parse(query.get("to") ?? "") - Date.parse(query.get("from") ?? "")).toBeGreaterThanOrEqual(
    DAY_MS - 3_600_000,
  );
  expect(dayIn(ZONE, Date.parse(query.get("from") ?? ""))).toBe(yesterday);
});

test("a range moves with the day, and can be taken away like any filter", () => {
  const url = new URL("https://console.example/conversions?tz=Europe/Berlin&range=7_days&status=approved");
  const on = (day: string) => {
    const { searchParams } = withDays(url, Date.parse(`${day}T23:30:00Z`));
    return [searchParams.get("from"), searchParams.get("to")];
  };
  // In Berlin it is the next day already.
  expect(on("2026-11-20")).toEqual(["2026-11-15", "2026-11-22"]);
  expect(on("2026-11-21")).toEqual(["2026-11-16", "2026-11-23"]);
  expect(filterChips(url)).toContainEqual({
    name: "range",
    value: "Last 7 days",
    without: "/conversions?tz=Europe%2FBerlin&status=approved",
  });
});
