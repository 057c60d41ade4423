/** Erasure in pieces whose rows D1 no longer has: the same rows under the same names, without what is personal, and the manifest says so. */
import { beforeEach, expect, test, vi } from "vitest";
import { checkPiece, pieceName } from "../../workers/core/archive-piece.ts";
import { isErasedClickId } from "../../workers/core/erasure/erased-names.ts";
import { erasePieces } from "../../workers/ledger/erasure/erase-pieces.ts";
import { personOf } from "../../workers/ledger/erasure/erased-person.ts";
import { conversionRow, plantLog, postbackRow } from "../console/books.ts";
import { ERASURE_KEY } from "../ledger/erasure-key.ts";
import { clickIdOf, closedMs, DAY_MS, startWorld, type World } from "./archive-world.ts";

const ROWS = 7;
const CLICK = clickIdOf(4);
const SOMEBODY = conversionRow(4, { click_id: CLICK });
const ADVERTISER = Number(SOMEBODY.advertiser);
const START = { hour: 0, piece: 0 };

let world: World;

beforeEach(async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  world = await startWorld(ROWS);
  const said = JSON.stringify({ clickId: CLICK, event: "sale", coupon: "xanthippe", txid: "order-x" });
  const unread = JSON.stringify({ nickname: "xanthippe", order: "order-x" });
  await plantLog(world, [
    postbackRow(SOMEBODY, { receipt: "x".repeat(26), txid: "order-x", params: said }),
    postbackRow(SOMEBODY, {
      receipt: "y".repeat(26),
      stage: 0,
      status: "refused",
      txid: null,
      click_id: null,
      params: unread,
    }),
    // Of a click that another tracker issued, and understood in part.
    postbackRow(SOMEBODY, {
      receipt: "w".repeat(26),
      stage: 0,
      status: "unattributed",
      reason: "foreign_unknown",
      txid: null,
      click_id: "0ld-click-of-theirs",
      params: JSON.stringify({ event: "sale", unread: { nickname: "xanthippe", order: "order-x" } }),
    }),
  ]);
  await world.archive(closedMs(ROWS));
  await world.expire(closedMs(ROWS) + 3 * DAY_MS);
});

const person = personOf(ERASURE_KEY, {
  kind: "erasure",
  advertiser: ADVERTISER,
  clickIds: [CLICK],
  txids: ["order-x"],
});

async function said(): Promise<string> {
  return JSON.stringify([await world.archivedRows("clicks"), await world.archivedRows("postbacks")]);
}

async function faults(): Promise<unknown[]> {
  const pieces = [...world.pieces("clicks"), ...world.pieces("postbacks")];
  return Promise.all(pieces.map((piece) => checkPiece(piece, world.ARCHIVE.objects.get(pieceName(piece)) ?? null)));
}

test("nothing personal is left, nothing else changes, and each piece is what the manifest says", async () => {
  const before = [await world.archivedRows("clicks"), await world.archivedRows("postbacks")];
  expect(JSON.stringify(before)).toContain("xanthippe");
  expect(await erasePieces(world, person, new Set(), START)).toBe(null);
  for (const text of ["xanthippe", "order-x", CLICK]) expect(await said()).not.toContain(text);
  expect((await faults()).every((fault) => fault === null)).toBe(true);
  const after = [await world.archivedRows("clicks"), await world.archivedRows("postbacks")];
  expect(after.map((rows) => rows.length)).toEqual(before.map((rows) => rows.length));
  const erased = after[0]?.filter(([id]) => isErasedClickId(String(id)));
  expect(erased).toHaveLength(1);
  // Where, when and with what it was clicked stays.
  const [own] = before[0]?.filter(([id]) => id === CLICK) ?? [];
  expect(erased?.[0]?.slice(1, 10)).toEqual(own?.slice(1, 10));
  const others = (rows: unknown[][] = []) => rows.filter(([id]) => id !== CLICK && !isErasedClickId(String(id)));
  expect(others(after[0])).toEqual(others(before[0]));
});

test("what died between the object and the manifest is mended when it is done again", async () => {
  world.happens = async (point) => {
    if (point.startsWith("bucket after put clicks")) throw new Error("outage");
  };
  await expect(erasePieces(world, person, new Set(), START)).rejects.toThrow("outage");
  world.happens = async () => {};
  expect(await faults()).toContain("other_bytes");
  expect(await erasePieces(world, person, new Set(), START)).toBe(null);
  expect((await faults()).every((fault) => fault === null)).toBe(true);
  expect(await said()).not.toContain(CLICK);
});

test("an order is its own advertiser's: another one's of the same number stays", async () => {
  const other = personOf(ERASURE_KEY, {
    kind: "erasure",
    advertiser: ADVERTISER + 1,
    clickIds: [],
    txids: ["order-x"],
  });
  await erasePieces(world, other, new Set(), START);
  expect(await said()).toContain("order-x");
});
