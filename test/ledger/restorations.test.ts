/** A database that was taken back loses nothing of the signed log, whatever fails on the way: what verify names as removed is explained by an operator's word alone, and nothing that was logged after it. */
import fc from "fast-check";
import { beforeAll, expect, test, vi } from "vitest";
import { type CheckEnv, checkLogPage, LOG_WALKS } from "../../workers/console/proofs/check-minutes.ts";
import { listRestorations, sayRestored } from "../../workers/console/proofs/restorations.ts";
import { explainHeads } from "../../workers/core/signed-log/gone-back.ts";
import { logMinute } from "../../workers/ledger/signed-log/log-minute.ts";
import { audited, headOf, MINUTE_MS, NOW_MS, World } from "./logged-world.ts";

beforeAll(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
});

const numberIn = (name: string) => Number(/\d+/.exec(name)?.[0]);

/** What verify says: the faults, how many heads each going back explains, and roots of clicks that are not those which were logged last. */
async function verified(world: World) {
  const env: CheckEnv = {
    DB: world.DB,
    ARCHIVE: world.bucket,
    CONVERSIONS: {
      getByName: (name) => ({
        journalRows: async (seqs) => seqs.map((seq) => ({ seq, head: headOf(numberIn(name), seq) })),
      }),
    },
  };
  const pages = [];
  const roots = new Map<string, string>();
  for (const walk of LOG_WALKS)
    for (let after: string | null = "0"; after !== null; ) {
      const page = await checkLogPage(env, walk, Number(after));
      pages.push(page);
      for (const { hour, root } of page.roots)
        if (walk === "minutes") roots.set(hour, root);
        else expect(roots.get(hour), `hour ${hour}`).toBe(root);
      after = page.next;
    }
  const { findings, told } = explainHeads(
    pages.flatMap(({ unmet }) => unmet),
    pages.flatMap(({ gone_back }) => gone_back),
  );
  const found = [...pages.flatMap((page) => page.findings), ...findings].map(({ what, name }) => `${what} ${name}`);
  return { found, told: told.map(({ journal, row, by, lost }) => ({ journal, row, by, lost })) };
}

test("what is logged again out of the bucket is what it was, and what the audit log lost is named until an operator says that it was restored", async () => {
  const world = new World(1);
  let nowMs = NOW_MS;
  const minute = () => {
    nowMs += MINUTE_MS;
    return logMinute(world.parts, nowMs);
  };
  audited(world, "one");
  world.settle(1);
  await minute();
  const bookmark = world.bookmark();
  for (const subject of ["two", "three"]) {
    audited(world, subject);
    await minute();
  }
  world.settle(1);
  await minute();
  const before = (await world.look()).heads;
  world.restore(bookmark);
  audited(world, "another two");
  await minute();
  const again = await world.look();
  expect(again.heads).toEqual([...before, "audit - 2"]);
  expect(await verified(world)).toEqual({ found: ["changed audit 2", "removed audit 3"], told: [] });
  expect(await listRestorations(world)).toMatchObject({
    items: [{ minutes: 4, row: 1, said_at: null, checkpoint: null }],
  });
  expect(await sayRestored(world, "ann", nowMs)).toBe(1);
  expect(await sayRestored(world, "bob", nowMs)).toBe(0);
  // Until the log has it, it explains nothing.
  expect((await verified(world)).found).toEqual(["changed audit 2", "removed audit 3"]);
  await minute();
  expect(await minute()).toBeNull();
  expect((await world.look()).heads.slice(before.length)).toEqual(["audit - 2", "restored - 1"]);
  const told = [{ journal: null, row: 1, by: "ann", lost: 2 }];
  expect(await verified(world)).toEqual({ found: [], told });
  expect(await listRestorations(world)).toMatchObject({ items: [{ by: "ann", checkpoint: 6 }] });
  // What goes after that is no matter of it.
  world.DB.db.exec("DROP TRIGGER audit_chain_is_never_deleted; DROP TRIGGER audit_chain_is_never_changed;");
  world.DB.db.exec("UPDATE audit_chain SET head = hash WHERE number = 1");
  expect((await verified(world)).found).toContain("changed audit 1");
});

const step = fc.record({
  settles: fc.integer({ min: 0, max: 2 }),
  audits: fc.integer({ min: 0, max: 2 }),
  piece: fc.boolean(),
  failAt: fc.integer({ min: 0, max: 40 }),
  beside: fc.boolean(),
  /** To how many of the minutes before it is restored. */
  back: fc.option(fc.integer({ min: 1, max: 6 }), { freq: 5 }),
  says: fc.boolean(),
});

test("however often it is taken back, and wherever that dies, everything stands in the log, and all that it lost is explained once it is said", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 14 }), async (steps) => {
      const world = new World(2);
      world.settle(1);
      const bookmarks = [world.bookmark()];
      let nowMs = NOW_MS;
      let pieces = 0;
      const minute = () => {
        nowMs += MINUTE_MS;
        return logMinute(world.parts, nowMs).catch(() => null);
      };
      for (const { settles, audits, piece, failAt, beside, back, says } of steps) {
        for (let count = 0; count < settles; count++) world.settle(1 + (count % 2));
        for (let count = 0; count < audits; count++) audited(world, `subject ${nowMs} ${count}`);
        if (piece)
          world.DB.db.exec(
            `INSERT INTO archive_pieces (log, hour, piece, row_count, first_key, last_key, bytes, sha256, archived_at)
             VALUES ('clicks', ${pieces % 3}, ${++pieces}, 1, '[]', '[]', 1, '${String(pieces).padStart(64, "0")}', 1)`,
          );
        let calls = 0;
        world.fault = async () => {
          calls++;
          if (calls === failAt) throw new Error("an outage");
        };
        await Promise.all(beside ? [minute(), minute()] : [minute()]);
        world.fault = async () => {};
        if (says) await sayRestored(world, "ann", nowMs);
        bookmarks.push(world.bookmark());
        const bookmark = back === null ? undefined : bookmarks.at(-back);
        if (bookmark) world.restore(bookmark);
      }
      for (let again = 0; again < 3; again++) await minute();
      await sayRestored(world, "ann", nowMs);
      for (let again = 0; again < 2; again++) await minute();
      const { size } = await world.look();
      expect(world.DB.db.prepare("SELECT count(*) AS rows FROM checkpoints").get()?.rows).toBe(size);
      expect((await verified(world)).found).toEqual([]);
      for (const [advertiser, { seq, logged }] of world.journals)
        if (seq > 0) expect([...logged.keys()].at(-1), `journal ${advertiser}`).toBe(seq);
      const last = world.DB.db.prepare("SELECT checkpoint FROM audit_chain ORDER BY number DESC LIMIT 1").get();
      expect(last?.checkpoint).not.toBeNull();
      expect(await minute()).toBeNull();
    }),
    { numRuns: Number(process.env.RUNS ?? 60), endOnFailure: true },
  );
});
