/** Times, as senders write them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTime } from "../../../workers/core/postback/occurred-at.ts";

describe("a time", () => {
  it.each([
    ["1795420800", "2026-11-23T08:00:00.000Z"],
    ["1795420800123", "2026-11-23T08:00:00.123Z"],
    ["1000000000", "2001-09-09T01:46:40.000Z"],
    ["2026-11-23T08:00:00Z", "2026-11-23T08:00:00.000Z"],
    ["2026-11-23t08:00:00z", "2026-11-23T08:00:00.000Z"],
    ["2026-11-23 08:00:00Z", "2026-11-23T08:00:00.000Z"],
    ["2026-11-23T08:00:00.5Z", "2026-11-23T08:00:00.500Z"],
    ["2026-11-23T08:00:00.123456789Z", "2026-11-23T08:00:00.123Z"],
    ["2026-11-23T10:00:00+02:00", "2026-11-23T08:00:00.000Z"],
    ["2026-11-23T10:00:00 02:00", "2026-11-23T08:00:00.000Z"],
    ["2026-11-22T22:30:00-09:30", "2026-11-23T08:00:00.000Z"],
    ["2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
  ])("%s", (text, iso) => {
    expect(new Date(readTime(text) ?? Number.NaN).toISOString()).toBe(iso);
  });

  it.each([
    ...["", "0", "-1795420800", "1795420800.5", "179542080", "17954208000", "179542080012", "17954208001234", "1e9"],
    ...["20261123", "20261123080000", "2026-11-23", "2026-11-23T08:00:00", "2026-11-23T08:00Z", "23.11.2026 08:00:00"],
    ...[
      "2026-13-01T00:00:00Z",
      "2026-00-01T00:00:00Z",
      "2026-02-30T00:00:00Z",
      "2027-02-29T00:00:00Z",
      "2026-11-31T00:00:00Z",
    ],
    ...[
      "2026-11-23T24:00:00Z",
      "2026-11-23T08:60:00Z",
      "2026-11-23T08:00:60Z",
      "2026-11-23T08:00:00+24:00",
      "2026-11-23T08:00:00+0200",
    ],
    ...[
      "2026-11-23T08:00:00ZZ",
      " 1795420800",
      "１７９５４２０８００",
      "now",
      "Mon, 23 Nov 2026 08:00:00 GMT",
      "NaN",
      "0x6b03bd00",
    ],
  ])("%j is none", (text) => {
    expect(readTime(text)).toBeNull();
  });

  it("is the same in every way of writing it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 }),
        fc.integer({ min: -1439, max: 1439 }),
        (ms, offset) => {
          const local = new Date(ms + offset * 60_000).toISOString().slice(0, -1);
          const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
          const zone = `${offset < 0 ? "-" : "+"}${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
          for (const text of [String(ms), new Date(ms).toISOString(), local + zone]) expect(readTime(text)).toBe(ms);
          expect(readTime(String(ms).slice(0, 10))).toBe(Math.floor(ms / 1000) * 1000);
        },
      ),
    );
  });
});
