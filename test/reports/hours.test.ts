/** Local hours, as reports group by them and as charts lay them out, where clocks are changed. */
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { slotsOf } from "../../workers/console/reports/slots.ts";
import { TIMES } from "../../workers/core/metrics/time-dimensions.ts";
import { QUARTER_MS, zoneSpans } from "../../workers/core/metrics/time-zone.ts";

test.each([
  [
    "Australia/Lord_Howe, forward by half an hour",
    ["Australia/Lord_Howe", "2026-10-03T14:30Z", "2026-10-03T17:00Z"],
    ["2026-10-04T01:00+10:30 × 4", "2026-10-04T02:30+11:00 × 2", "2026-10-04T03:00+11:00 × 4"],
  ],
  [
    "Australia/Lord_Howe, back by half an hour",
    ["Australia/Lord_Howe", "2027-04-03T14:00Z", "2027-04-03T16:30Z"],
    ["2027-04-04T01:00+11:00 × 4", "2027-04-04T01:30+10:30 × 2", "2027-04-04T02:00+10:30 × 4"],
  ],
  [
    "Berlin, back by an hour",
    ["Europe/Berlin", "2026-10-25T00:00Z", "2026-10-25T02:00Z"],
    ["2026-10-25T02:00+02:00 × 4", "2026-10-25T02:00+01:00 × 4"],
  ],
  [
    "a range that begins within an hour",
    ["Asia/Kolkata", "2026-11-23T10:00Z", "2026-11-23T11:00Z"],
    ["2026-11-23T15:00+05:30 × 2", "2026-11-23T16:00+05:30 × 2"],
  ],
] as const)("%s", (_, [zone, from, to], labels) => {
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  const spans = zoneSpans(zone, fromMs, toMs);
  const select = new DatabaseSync(":memory:").prepare(
    `SELECT ${TIMES.hour.sql(spans)} AS hour FROM (SELECT CAST(? AS INTEGER) AS quarter)`,
  );
  const quarters = Array.from({ length: (toMs - fromMs) / QUARTER_MS }, (_, index) => fromMs / QUARTER_MS + index);
  const hours = quarters.map((quarter) => TIMES.hour.written(Number(select.get(quarter)?.hour), spans));
  const counted = [...Map.groupBy(hours, (hour) => hour)].map(([hour, all]) => `${hour} × ${all.length}`);
  expect(counted).toEqual(labels);
  expect(slotsOf("hour", zone, { fromMs, toMs })).toEqual(labels.map((label) => label.split(" ", 1)[0]));
});
