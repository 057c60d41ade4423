/** The click ID, as drawn: golden values, an oracle that packs bits with bigints, and everything that nobody else may be able to write. */
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Click, issueClickId, peekClickId, readClickId } from "../../workers/core/click-id.ts";
import { hexClickId, isHexClickId, plainClickId } from "../../workers/core/click-id-hex.ts";
import { clickIdWithin, hasClickShape } from "../../workers/core/table-file/click-shape.ts";
import { ringOf } from "./keys.ts";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const ring = await ringOf({ 1: 0x11 }, 1);
const CLICK: Click = { issuedAtMs: 1_795_420_800_123, link: 42, counter: 7, test: false, provisional: false };

const CLICKS = fc.record({
  issuedAtMs: fc.nat({ max: 2 ** 48 - 1 }),
  link: fc.nat({ max: 2 ** 32 - 1 }),
  counter: fc.nat({ max: 2 ** 28 - 1 }),
  test: fc.boolean(),
  provisional: fc.boolean(),
});

/** The drawing, written a second time: fields from the highest bits down, then the tag. */
function draw(fields: [bits: number, value: number][], fill: number): string {
  let body = 0n;
  for (const [bits, value] of fields) body = (body << BigInt(bits)) | BigInt(value);
  const bytes = Buffer.from(body.toString(16).padStart(30, "0"), "hex");
  const mac = createHmac("sha256", Buffer.alloc(32, fill)).update(bytes).digest("hex");
  let all = (body << 60n) | (BigInt(`0x${mac}`) >> 196n);
  let text = "";
  for (let index = 0; index < 36; index++, all >>= 5n) text = ALPHABET.charAt(Number(all & 31n)) + text;
  return text;
}

function drawClick(click: Click, { version = 1, key = 1, reserved = 0, fill = 0x11 } = {}): string {
  const flags = (click.test ? 8 : 0) + (click.provisional ? 4 : 0) + reserved;
  return draw(
    [
      [4, version],
      [48, click.issuedAtMs],
      [4, key],
      [4, flags],
      [32, click.link],
      [28, click.counter],
    ],
    fill,
  );
}

describe("a click ID", () => {
  it.each([
    ["an ordinary click", CLICK, "20d20xnm8yrg00000ag000077y8j1x0ty1vn"],
    [
      "nothing at all",
      { issuedAtMs: 0, link: 0, counter: 0, test: false, provisional: false },
      "20000000000g00000000000083khrrrveztz",
    ],
    [
      "everything at once",
      { issuedAtMs: 2 ** 48 - 1, link: 2 ** 32 - 1, counter: 2 ** 28 - 1, test: true, provisional: true },
      "3zzzzzzzzzrwzzzzzzzzzzzzbagjyyj30fzb",
    ],
    ["another tracker's click", { ...CLICK, adopted: true as const }, drawClick(CLICK, { reserved: 2 })],
  ])("of %s is written as it always was", async (_, click, golden) => {
    expect(await issueClickId(ring, click)).toBe(golden);
    expect(await readClickId(ring, golden)).toEqual({ ok: true, value: click });
  });

  it("is written as drawn and reads back, in either case", async () => {
    await fc.assert(
      fc.asyncProperty(CLICKS, async (click) => {
        const id = await issueClickId(ring, click);
        expect(id).toBe(drawClick(click));
        expect(id).toMatch(/^[0-9a-hjkmnp-tv-z]{36}$/);
        for (const text of [id, id.toUpperCase()])
          expect(await readClickId(ring, text)).toEqual({ ok: true, value: click });
      }),
      { numRuns: 300 },
    );
  });

  it("is the same click in hexadecimal digits, in either case, wherever a click ID is read", () => {
    fc.assert(
      fc.property(CLICKS, (click) => {
        const id = issueClickId(ring, click);
        const hex = hexClickId(id);
        // The bits of both, written out.
        const bits = (text: string, radix: number, each: number) =>
          [...text].map((letter) => Number.parseInt(letter, radix).toString(2).padStart(each, "0")).join("");
        const fives = [...id].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, "0")).join("");
        expect(bits(hex, 16, 4)).toBe(fives);
        for (const text of [hex, hex.toUpperCase()]) {
          expect(plainClickId(text)).toBe(id);
          expect(readClickId(ring, text)).toEqual({ ok: true, value: click });
          expect(peekClickId(text)).toEqual(click);
          expect(hasClickShape(text)).toBe(true);
          expect(clickIdWithin(`order 7, click ${text}; thanks`)).toBe(text);
        }
        expect(plainClickId(id.toUpperCase())).toBe(id);
      }),
    );
  });

  it("has no hexadecimal spelling where there is none", () => {
    expect(hexClickId("")).toBe("");
    expect(isHexClickId("a".repeat(44))).toBe(false);
    expect(plainClickId("wABC123")).toBe("wabc123");
  });

  it("is refused with any one bit flipped", async () => {
    const id = await issueClickId(ring, CLICK);
    for (let bit = 0; bit < 180; bit++) {
      const at = Math.floor(bit / 5);
      const letter = ALPHABET.charAt(ALPHABET.indexOf(id.charAt(at)) ^ (1 << (bit % 5)));
      const read = await readClickId(ring, id.slice(0, at) + letter + id.slice(at + 1));
      expect(read.ok, `bit ${bit}`).toBe(false);
    }
  });

  it("is refused with any one character changed", async () => {
    const text = fc.constantFrom(...ALPHABET, "i", "l", "o", "u", "-", " ", "é", "0́", "𝟎", "\0", "İ", "ſ", "\u212a");
    await fc.assert(
      fc.asyncProperty(CLICKS, fc.nat({ max: 35 }), text, async (click, at, letter) => {
        const id = await issueClickId(ring, click);
        fc.pre(id.charAt(at) !== letter);
        expect((await readClickId(ring, id.slice(0, at) + letter + id.slice(at + 1))).ok).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it("sorts by time", async () => {
    await fc.assert(
      fc.asyncProperty(CLICKS, CLICKS, async (left, right) => {
        fc.pre(left.issuedAtMs !== right.issuedAtMs);
        const [first, second] = [await issueClickId(ring, left), await issueClickId(ring, right)];
        expect(first < second).toBe(left.issuedAtMs < right.issuedAtMs);
      }),
    );
  });

  it("differs for ten thousand clicks of one millisecond, also where the counter starts again", async () => {
    const first = 2 ** 28 - 5_000;
    const ids = await Promise.all(
      Array.from({ length: 10_000 }, (_, index) => issueClickId(ring, { ...CLICK, counter: first + index })),
    );
    expect(new Set(ids).size).toBe(10_000);
    expect(ids[5_000]).toBe(await issueClickId(ring, { ...CLICK, counter: 0 }));
  });

  it("carries its own seal when many are issued at once", async () => {
    const clicks = Array.from({ length: 200 }, (_, index) => ({ ...CLICK, link: index, counter: index }));
    const ids = await Promise.all(clicks.map((click) => issueClickId(ring, click)));
    for (const [index, id] of ids.entries())
      expect(await readClickId(ring, id)).toEqual({ ok: true, value: clicks[index] });
  });

  it.each([
    [{ link: 2 ** 32 }],
    [{ link: -1 }],
    [{ link: 1.5 }],
    [{ issuedAtMs: 2 ** 48 }],
    [{ issuedAtMs: Number.NaN }],
  ])("is not written for a click that it cannot hold: %j", (part) => {
    expect(() => issueClickId(ring, { ...CLICK, ...part })).toThrow(RangeError);
  });

  it("keeps verifying when another key signs, until its key is gone", async () => {
    const id = await issueClickId(ring, CLICK);
    const rotated = await ringOf({ 1: 0x11, 2: 0x22 }, 2);
    expect((await readClickId(rotated, id)).ok).toBe(true);
    expect(await issueClickId(rotated, CLICK)).toBe(drawClick(CLICK, { key: 2, fill: 0x22 }));
    expect(await readClickId(await ringOf({ 2: 0x22 }, 2), id)).toEqual({ ok: false, refusal: "unknown_key" });
  });

  it.each([
    ["", "malformed"],
    ["0", "malformed"],
    ["not a click id of ours, surely, is it?", "malformed"],
    [`${"1".repeat(35)}l`, "malformed"],
    [`${"1".repeat(35)}O`, "malformed"],
    [`${drawClick(CLICK)}0`, "malformed"],
    [drawClick(CLICK).slice(1), "malformed"],
    [` ${drawClick(CLICK).slice(1)}`, "malformed"],
    [drawClick(CLICK, { version: 0 }), "unknown_version"],
    [drawClick(CLICK, { version: 2 }), "unknown_version"],
    [drawClick(CLICK, { key: 0 }), "unknown_key"],
    [drawClick(CLICK, { key: 15 }), "unknown_key"],
    [drawClick(CLICK, { fill: 0x12 }), "forged"],
    [drawClick(CLICK, { reserved: 1 }), "malformed"],
    [drawClick(CLICK, { reserved: 3 }), "malformed"],
    [hexClickId(drawClick(CLICK, { fill: 0x12 })), "forged"],
    [hexClickId(drawClick(CLICK)).slice(1), "malformed"],
    [`${hexClickId(drawClick(CLICK)).slice(1)}g`, "malformed"],
    [drawClick(CLICK).replace(/.{12}$/, "000000000000"), "forged"],
  ])("%j is refused as %s", async (text, refusal) => {
    expect(await readClickId(ring, text)).toEqual({ ok: false, refusal });
  });

  it("is never read from text that we did not write", async () => {
    const letters = fc.string({ unit: fc.constantFrom(...ALPHABET), minLength: 36, maxLength: 36 });
    await fc.assert(
      fc.asyncProperty(fc.oneof(letters, fc.string({ unit: "binary", maxLength: 40 })), async (text) => {
        expect((await readClickId(ring, text)).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
