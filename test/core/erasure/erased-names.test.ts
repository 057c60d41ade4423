/** What replaces names: always the same text, of a form that nothing else has, and of which only the secret's holder can tell whose it was. */
import { expect, test } from "vitest";
import { issueClickId, peekClickId, readClickId } from "../../../workers/core/click-id.ts";
import { hexClickId } from "../../../workers/core/click-id-hex.ts";
import { clickIdRange } from "../../../workers/core/click-id-time.ts";
import { CLICK_FACTS } from "../../../workers/core/click-log/click-facts.ts";
import {
  erasedClickId,
  erasedVisitor,
  importErasureKey,
  isErasedClickId,
  isErasedText,
  readErasedClickId,
  replacementFor,
} from "../../../workers/core/erasure/erased-names.ts";
import { PERSONAL_CLICK_COLUMNS } from "../../../workers/core/erasure/personal-columns.ts";
import { ERASURE_KEY } from "../../ledger/erasure-key.ts";
import { testKeyRing } from "../../ledger/world.ts";

const KEY = importErasureKey(ERASURE_KEY);
const OTHER = importErasureKey(Buffer.alloc(32, 4).toString("base64"));
const ring = await testKeyRing();
const CLICK = { issuedAtMs: 1_795_000_000_123, link: 4_000_000_007, counter: 77, test: true, provisional: true };
const id = issueClickId(ring, CLICK);

test("golden values", () => {
  expect(erasedClickId(KEY, id)).toMatchInlineSnapshot(`"20d1xsb5wyrxxsnjg1rj1ev1rfteryxxye7x"`);
  const replacement = replacementFor(KEY, 7);
  expect(replacement.txid("order-1")).toMatchInlineSnapshot(`"erased-56fk03s550wgmhpt03h8q525c1"`);
  expect(replacement.refundId("order-1")).toMatchInlineSnapshot(`"erased-dr0gngywm1mqwyk48mr9qtfzh3"`);
  expect(erasedVisitor(KEY, "visitor")).toMatchInlineSnapshot(`"erased-5b88w3pzcqhq9ydey4jy6bqcmc"`);
});

test("a click ID keeps what the books say anyway, and nothing by which it could be found", () => {
  const erased = erasedClickId(KEY, id);
  expect(readErasedClickId(erased)).toEqual({ ...CLICK, counter: expect.any(Number) });
  expect(erased).not.toContain(id.slice(20));
  expect([isErasedClickId(erased), isErasedClickId(id), readErasedClickId(id)]).toEqual([true, false, null]);
  // No door takes it, and nobody reads it for a click ID.
  expect([readClickId(ring, erased).ok, peekClickId(erased)]).toEqual([false, null]);
  const { least, below } = clickIdRange(CLICK.issuedAtMs, CLICK.issuedAtMs + 1);
  expect(erased >= String(least) && erased < String(below)).toBe(true);
});

test("it is the same for the same name, in either case, and once it is replaced; another under another key", () => {
  const erased = erasedClickId(KEY, id);
  expect([erasedClickId(KEY, id.toUpperCase()), erasedClickId(KEY, erased)]).toEqual([erased, erased]);
  const { txid, refundId } = replacementFor(KEY, 1);
  expect([txid(txid("a")), refundId(refundId("a"))]).toEqual([txid("a"), refundId("a")]);
  const all = [
    txid("a"),
    txid("a "),
    refundId("a"),
    replacementFor(KEY, 2).txid("a"),
    replacementFor(OTHER, 1).txid("a"),
    erasedVisitor(KEY, "a"),
  ];
  expect(new Set(all).size).toBe(all.length);
  for (const text of all)
    expect([isErasedText(text), isErasedText(text.slice(0, -1)), isErasedText("a")]).toEqual([true, false, false]);
  expect(erasedClickId(OTHER, id)).not.toBe(erased);
});

test("clicks of one moment and link stay apart", () => {
  const ids = Array.from({ length: 1_000 }, (_, counter) => issueClickId(ring, { ...CLICK, counter }));
  expect(new Set(ids.map((one) => erasedClickId(KEY, one))).size).toBe(1_000);
});

test.each(["", "short", Buffer.alloc(16).toString("base64"), "not base64!"])(
  "%j is no key, and is not repeated",
  (secret) => {
    expect(() => importErasureKey(secret)).toThrow(/^ERASURE_KEY: expected the base64 of 32 bytes$/);
  },
);

test("whatever is replaced is replaced once, in either spelling, and also where another tracker wrote it", () => {
  for (const name of [id, "51ts6sgr1cbkdhljnrv"]) {
    const replaced = erasedClickId(KEY, name);
    expect(erasedClickId(KEY, replaced)).toBe(replaced);
  }
  expect(erasedClickId(KEY, hexClickId(id).toUpperCase())).toBe(erasedClickId(KEY, id));
  const adopted = issueClickId(ring, { ...CLICK, adopted: true });
  expect(readErasedClickId(erasedClickId(KEY, adopted))).toMatchObject({ link: CLICK.link, adopted: true });
});

test("of a click's columns it is said which are personal", () => {
  const kept = [
    "click_id",
    "link",
    "offer",
    "affiliate",
    "advertiser",
    "clicked_at",
    "kind",
    "unique",
    "country",
    "device",
    "os",
    "browser",
    "test",
    "ad_consent",
  ];
  expect(
    CLICK_FACTS.map(({ name }) => name)
      .filter((column) => !PERSONAL_CLICK_COLUMNS.includes(column))
      .sort(),
  ).toEqual(kept.sort());
});
