/** Texts as UTF-8 through one buffer: the bytes that the platform's encoder writes, whatever was there before. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { passingBytes } from "../../workers/core/passing-bytes.ts";

const encoder = new TextEncoder();
/** As many units as the buffer surely holds. */
const HELD = 1_365;

describe("the bytes of a text", () => {
  it("are those of UTF-8", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), (text) => {
        expect(Buffer.compare(passingBytes(text), encoder.encode(text))).toBe(0);
      }),
    );
  });

  it.each([
    ["nothing", ""],
    ["the last of ASCII", "a\u007f"],
    ["the first beyond it", "a\u0080"],
    ["a letter of Latin-1 at the end", "bestellung-é"],
    ["half a character", "a\ud800b"],
    ["as much as the buffer holds", "€".repeat(HELD)],
    ["more than it holds", "€".repeat(HELD + 1)],
  ])("of %s are those of UTF-8 too", (_what, text) => {
    expect([...passingBytes(text)]).toEqual([...encoder.encode(text)]);
  });

  it("of a short text behind a long one end where it ends", () => {
    passingBytes("x".repeat(HELD));
    expect([...passingBytes("ab")]).toEqual([0x61, 0x62]);
  });
});
