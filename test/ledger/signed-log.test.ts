/** The signed log grows by one minute after the other, whatever fails and whoever runs beside it: nothing is logged twice, nothing is left out, and all that was signed is consistent. */

import fc from "fast-check";
import { beforeAll, expect, test, vi } from "vitest";
import { fromBase64, toBase64 } from "../../workers/core/journal/commitments.ts";
import { rootOf } from "../../workers/core/journal/merkle.ts";
import { must } from "../../workers/core/must.ts";
import { checkChain } from "../../workers/core/signed-log/audit-chain.ts";
import { AUDIT_LINKS, AUDIT_ROWS } from "../../workers/core/signed-log/audit-rows.ts";
import { readEntries } from "../../workers/core/signed-log/hash-tiles.ts";
import { minuteRoot } from "../../workers/core/signed-log/minute.ts";
import { readMinute } from "../../workers/core/signed-log/minute-file.ts";
import { logMinute } from "../../workers/ledger/signed-log/log-minute.ts";
import { audited, headOf, MINUTE_MS, NOW_MS, World } from "./logged-world.ts";

beforeAll(() => {
  // An object that is away is said, and asked again: here they are away all the time.
  vi.spyOn(console, "error").mockImplementation(() => {});
});

test("a minute in which something changed is a leaf, and one in which nothing did is none", async () => {
  const world = new World();
  expect(await logMinute(world.parts, NOW_MS)).toBeNull();
  world.settle(1);
  world.settle(1);
  expect(await logMinute(world.parts, NOW_MS)).toBe(1);
  expect(await logMinute(world.parts, NOW_MS + MINUTE_MS)).toBeNull();
  world.settle(1);
  world.settle(2);
  expect(await logMinute(world.parts, NOW_MS + 2 * MINUTE_MS)).toBe(2);
  expect(await world.look()).toEqual({ size: 2, heads: ["journal 1 2", "journal 1 3", "journal 2 1"] });
  expect(world.journals.get(1)?.logged).toEqual(
    new Map([
      [2, 1],
      [3, 2],
    ]),
  );
  const entry = Buffer.from(
    must(readEntries(world.bucket.bytes("log/tile/entries/000.p/2"))[0], "entry", 1),
  ).toString();
  expect(entry).toMatch(/^clickback minute\n1\n2026-12-01T12:03:00\.000Z\n[A-Za-z0-9+/]{43}=\n$/);
});

test("whatever fails, and however many run beside each other, nothing is logged twice or left out, and what is written once stays", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          advertiser: fc.integer({ min: 1, max: 3 }),
          failAt: fc.integer({ min: 0, max: 60 }),
          beside: fc.boolean(),
        }),
        {
          minLength: 1,
          maxLength: 12,
        },
      ),
      async (steps) => {
        const world = new World(3);
        for (const [minute, { advertiser, failAt, beside }] of steps.entries()) {
          world.settle(advertiser);
          let calls = 0;
          world.fault = async () => {
            calls++;
            if (calls === failAt) throw new Error("an outage");
          };
          const run = () => logMinute(world.parts, NOW_MS + minute * MINUTE_MS).catch(() => null);
          await Promise.all(beside ? [run(), run()] : [run()]);
        }
        world.fault = async () => {};
        for (let again = 0; again < 2; again++) await logMinute(world.parts, NOW_MS + steps.length * MINUTE_MS);
        const { heads } = await world.look();
        expect(new Set(heads).size).toBe(heads.length);
        for (const [advertiser, { seq, logged }] of world.journals)
          if (seq > 0) expect([...logged.keys()].at(-1), `journal ${advertiser}`).toBe(seq);
        const once = world.bucket.writes.filter((name) => name !== "log/checkpoint");
        expect(new Set(once).size).toBe(once.length);
      },
    ),
    { numRuns: 60 },
  );
});

test("tiles that are full are summed up above, and the tree goes on", async () => {
  const world = new World(1);
  for (let minute = 0; minute < 258; minute++) {
    world.settle(1);
    await logMinute(world.parts, NOW_MS + minute * MINUTE_MS);
  }
  expect((await world.look()).size).toBe(258);
  expect(world.bucket.bytes("log/tile/0/000").length).toBe(8_192);
  const leaves = Array.from({ length: 256 }, (_, at) =>
    world.bucket.bytes("log/tile/0/000").slice(at * 32, at * 32 + 32),
  );
  expect(toBase64(world.bucket.bytes("log/tile/1/000.p/1"))).toBe(toBase64(rootOf(leaves)));
});

test("a journal that was made anew is logged once, beside its head, with when and by whom", async () => {
  const world = new World(1);
  world.settle(1);
  await logMinute(world.parts, NOW_MS);
  world.settle(1);
  const anew = { number: 1, head: headOf(1, 1), rebuilt: { atMs: NOW_MS, by: "ann" } };
  must(world.journals.get(1), "journal", 1).rebuilt.push(anew);
  await logMinute(world.parts, NOW_MS + MINUTE_MS);
  expect(await logMinute(world.parts, NOW_MS + 2 * MINUTE_MS)).toBeNull();
  expect((await world.look()).heads).toEqual(["journal 1 1", "journal 1 2", "rebuilt 1 1"]);
  const minute = readMinute(world.bucket.text("minutes/2.json"));
  const root = toBase64(minuteRoot(minute));
  expect(world.DB.db.prepare("SELECT minute FROM checkpoints WHERE number = 2").get()?.minute).toBe(root);
  // Neither can be said otherwise afterwards.
  for (const rebuilt of [
    { ...anew.rebuilt, by: "bob" },
    { ...anew.rebuilt, atMs: 0 },
  ])
    expect(
      toBase64(minuteRoot({ heads: minute.heads.map((head) => (head.rebuilt ? { ...head, rebuilt } : head)) })),
    ).not.toBe(root);
});

test("more advertisers than are asked in a minute take turns", async () => {
  const world = new World(501);
  for (const number of [1, 500, 501]) world.settle(number);
  await logMinute(world.parts, 0);
  await logMinute(world.parts, MINUTE_MS);
  expect((await world.look()).heads.sort()).toEqual(["journal 1 1", "journal 500 1", "journal 501 1"]);
});

function chain(world: World) {
  const ask = (query: string) => world.DB.db.prepare(query).all(0, 1_000);
  const links = ask(AUDIT_LINKS).map(({ number, hash, head }) => ({
    number: Number(number),
    hash: String(hash),
    head: String(head),
  }));
  const rows = ask(AUDIT_ROWS).map(({ number, said }) => ({ number: Number(number), said: String(said) }));
  return { links, rows };
}

test("the audit log is chained, and what becomes of its rows is named", async () => {
  const world = new World(1);
  for (const subject of ["one", "two", "three"]) audited(world, subject, '{"note": "Ann called", "status": "held"}');
  await logMinute(world.parts, NOW_MS);
  expect(await logMinute(world.parts, NOW_MS + MINUTE_MS)).toBeNull();
  audited(world, "four");
  await logMinute(world.parts, NOW_MS + 2 * MINUTE_MS);
  expect((await world.look()).heads).toEqual(["audit - 3", "audit - 4"]);
  const { links, rows } = chain(world);
  const found = (some = rows, others = links) =>
    checkChain(null, others, some).map(({ what, name }) => `${what} ${name}`);
  expect(found()).toEqual([]);
  expect(found(rows.map((row) => (row.number === 2 ? { ...row, said: row.said.replace("two", "2") } : row)))).toEqual([
    "changed audit 2",
  ]);
  expect(found(rows.filter(({ number }) => number !== 2))).toEqual(["removed audit 2"]);
  expect(found([...rows, { number: 9, said: "[]" }])).toEqual(["added audit 9"]);
  const swapped = rows.map((row) => ({
    ...row,
    said: must(
      rows.find(({ number }) => number === ([0, 2, 1][row.number] ?? row.number)),
      "row",
      row.number,
    ).said,
  }));
  expect(found(swapped)).toEqual(["reordered audit 1", "reordered audit 2"]);
  expect(
    found(
      rows,
      links.filter(({ number }) => number !== 2),
    ),
  ).toEqual(["broken audit 3", "added audit 2"]);
  // Erasing an operator's words breaks nothing.
  world.DB.db.exec(
    "UPDATE audit SET after = json_replace(after, '$.note', 'erased', '$.refund_id', 'erased') WHERE number = 1",
  );
  const erased = chain(world);
  expect(checkChain(null, erased.links, erased.rows)).toEqual([]);
  for (const change of [
    "DELETE FROM audit_chain",
    "UPDATE audit_chain SET head = hash",
    "DELETE FROM checkpoints",
    "UPDATE checkpoints SET root = minute",
  ])
    expect(() => world.DB.db.exec(change), change).toThrow("append-only");
});

test("an hour of clicks is logged when its files come or change, and what changes meanwhile stays due", async () => {
  const world = new World(1);
  const piece =
    "INSERT INTO archive_pieces (log, hour, piece, row_count, first_key, last_key, bytes, sha256, archived_at) VALUES ('clicks', 5, ?, 1, '[]', '[]', 1, ?, 1)";
  world.DB.db.prepare(piece).run(1, "a".repeat(64));
  await logMinute(world.parts, NOW_MS);
  expect(await logMinute(world.parts, NOW_MS)).toBeNull();
  world.DB.db.prepare(piece).run(2, "b".repeat(64));
  let isChanged = false;
  world.fault = async (point) => {
    if (isChanged || !point.startsWith("before put minutes/2")) return;
    isChanged = true;
    world.DB.db.exec(`UPDATE archive_pieces SET sha256 = '${"c".repeat(64)}' WHERE piece = 2`);
  };
  await logMinute(world.parts, NOW_MS);
  await logMinute(world.parts, NOW_MS);
  expect((await world.look()).heads).toEqual(["clicks 5 1", "clicks 5 2", "clicks 5 2"]);
  const roots = [1, 2, 3].map((number) => readMinute(world.bucket.text(`minutes/${number}.json`)).heads[0]?.head);
  expect(new Set(roots).size).toBe(3);
  expect(fromBase64(roots[0] ?? "").length).toBe(32);
});
