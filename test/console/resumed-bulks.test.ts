/** A bulk that broke off between two parts: the cron goes on with it, says nothing twice, and leaves alone what is under way. */
import { beforeEach, expect, test } from "vitest";
import { resumeBulks } from "../../workers/console/review/bulks.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

const RAN_MS = Date.UTC(2026, 11, 1, 8);
const LATER_MS = RAN_MS + 5 * 60_000;
const KEYS = JSON.stringify({ signing: 1, keys: { "1": Buffer.alloc(32, 7).toString("base64") } });
const METADATA = { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };

let DB: SqliteD1;
let sent: string[];
let deaths: number;

beforeEach(() => {
  DB = new SqliteD1("books", "schema/migrations/books", async () => {});
  sent = [];
  deaths = 0;
  DB.db
    .prepare(
      "INSERT INTO review_bulks (decision, reason, note, asked, count, sums, actor, counted_at, ran_at) VALUES ('approve', NULL, 'reviewed', '{}', 3, '[]', 'ann', ?, ?)",
    )
    .run(RAN_MS, RAN_MS);
  const part = DB.db.prepare(
    "INSERT INTO review_bulk_parts (bulk, part, conversions, chosen, chosen_at, sent_at) VALUES (1, ?, ?, ?, ?, ?)",
  );
  // The first was sent, the second was written down and not sent, as where the isolate died in between.
  part.run(0, '[[1,"a"]]', '[[1,"a"]]', RAN_MS, RAN_MS);
  part.run(1, '[[1,"b"]]', '[[1,"b"]]', RAN_MS, null);
  part.run(2, '[[1,"c"]]', '[[1,"c"]]', RAN_MS, null);
});

function resume(nowMs: number): Promise<number> {
  const sendBatch = async (messages: Iterable<{ body: unknown }>) => {
    if (deaths-- > 0) throw new Error("died");
    sent.push(...[...messages].map(({ body }) => JSON.stringify(body)));
    return METADATA;
  };
  const POSTBACKS = { send: async () => METADATA, sendBatch, metrics: async () => METADATA.metadata.metrics };
  return resumeBulks({ DB, POSTBACKS, ADVERTISER_KEYS: KEYS }, nowMs);
}

const about = (conversion: string) => sent.filter((one) => one.includes(`"${conversion}"`)).length;

test("what broke off is gone on with, each word once", async () => {
  expect(await resume(RAN_MS + 60_000)).toBe(0);
  expect(await resume(LATER_MS)).toBe(1);
  expect([about("a"), about("b"), about("c")]).toEqual([0, 1, 1]);
  expect(await resume(LATER_MS + 60_000)).toBe(0);
});

test("where the queue does not take it, the next minute does", async () => {
  deaths = 10;
  expect(await resume(LATER_MS)).toBe(1);
  expect(sent).toEqual([]);
  deaths = 0;
  await resume(LATER_MS + 60_000);
  expect([about("a"), about("b"), about("c")]).toEqual([0, 1, 1]);
});

test("so does taking it back", async () => {
  DB.db.exec(
    `UPDATE review_bulk_parts SET sent_at = ${RAN_MS}; UPDATE review_bulk_parts SET undone_at = ${RAN_MS} WHERE part = 0`,
  );
  DB.db.exec(`UPDATE review_bulks SET undone_at = ${RAN_MS + 1}`);
  expect(await resume(LATER_MS)).toBe(1);
  expect([about("a"), about("b"), about("c")]).toEqual([0, 1, 1]);
  expect(await resume(LATER_MS + 60_000)).toBe(0);
});
