/** What history would tell, and what of it comes too late. */
import { expect, test } from "vitest";
import type { Notice } from "../../schema/messages.ts";
import { importHmacKey } from "../../workers/core/hmac-sha256.ts";
import { HOUR_MS } from "../../workers/core/time-units.ts";
import { backfillPage, newBackfill, planOf } from "../../workers/courier/backfilling.ts";
import { readDestination } from "../../workers/courier/set-up-of-destinations.ts";
import { matchedBy } from "../../workers/courier/take-notices.ts";
import { notice } from "../core/courier/notices.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";
import { insertDestination } from "./set-up.ts";

const NOW_MS = Date.UTC(2026, 10, 20, 12);
const KEY = importHmacKey(new Uint8Array(32));
const RANGE = { fromMs: NOW_MS - 100 * HOUR_MS, toMs: NOW_MS };

/** One an hour, the last an hour ago. */
const HISTORY: Notice[] = Array.from({ length: 10 }, (_, index) => {
  const atMs = NOW_MS - (10 - index) * HOUR_MS;
  return notice({ conversionId: `c${index}`, occurredAtMs: atMs, receivedAtMs: atMs, bookedAtMs: atMs });
});

async function partsOf(deadlineMs: number | null) {
  const books = new SqliteD1("books", "schema/migrations/books", async () => {});
  const said = { slug: "late", url: "https://t.example.com/pb", ...(deadlineMs !== null && { deadlineMs }) };
  const setUp = await readDestination(books, await insertDestination(books, said));
  if (!setUp) throw new Error("no destination");
  return {
    readByTime: async ({ receivedAtMs }: { receivedAtMs: number }, toMs: number, limit: number) =>
      HISTORY.filter((one) => one.receivedAtMs > receivedAtMs && one.receivedAtMs < toMs).slice(0, limit),
    match: (notices: readonly Notice[]) => matchedBy(setUp, notices, KEY, "backfill"),
  };
}

test("without a deadline all of it would be told", async () => {
  const { plan, sample } = await planOf(await partsOf(null), RANGE, () => 0, NOW_MS);
  expect(plan).toMatchObject({ entries: 10, toTell: 10, toldAlready: 0, pastDeadline: 0, isPartial: false });
  expect(sample).toMatchObject({ origin: "backfill", deadlineAtMs: null, notice: { conversionId: "c0" } });
});

test("what is past its deadline is counted, and no sample of what would be sent", async () => {
  const told = (matched: readonly { notice: Notice }[]) =>
    matched.filter(({ notice: { conversionId } }) => conversionId === "c0" || conversionId === "c9").length;
  const { plan, sample } = await planOf(await partsOf(4 * HOUR_MS), RANGE, told, NOW_MS);
  // Those of four hours ago and later are in time; one on either side was told.
  expect(plan).toMatchObject({ entries: 10, toTell: 3, toldAlready: 2, pastDeadline: 5 });
  expect(sample?.notice.conversionId).toBe("c6");
});

test("a page is as long as its rate says, and the next one goes on behind it", async () => {
  const parts = await partsOf(null);
  const first = await backfillPage(parts, newBackfill({ ...RANGE, ratePerSecond: 1 }, NOW_MS), NOW_MS);
  expect(first.matched.map(({ notice: { conversionId } }) => conversionId)).toEqual(["c0", "c1", "c2", "c3", "c4"]);
  expect(first.next).toMatchObject({ seen: 5, taken: 5, nextAtMs: NOW_MS + 5_000 });
  const second = first.next && (await backfillPage(parts, first.next, NOW_MS));
  expect(second?.matched.map(({ notice: { conversionId } }) => conversionId)).toEqual(["c5", "c6", "c7", "c8", "c9"]);
});
