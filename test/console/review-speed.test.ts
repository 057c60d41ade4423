/** The page of review stays quick: a hundred rows, sums and what stands beside one, in a programme of 50,000 conversions by 200 affiliates, a fifth of which are held. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { conversionId } from "../../workers/core/books/conversion-id.ts";
import { closeConversions } from "../../workers/ledger/close-conversions.ts";
import { conversionRow, plant, plantSetUp, START_MS } from "./books.ts";
import { type Console, startConsole } from "./console.ts";

const LONG_MS = 180_000;
const CONVERSIONS = 50_000;
const AFFILIATES = 200;
const HELD_EVERY = 5;
const LIMIT_MS = 300;
const LOOKS = 9;

let api: Console;

beforeAll(async () => {
  api = await startConsole();
  const { DB } = api.env;
  await plantSetUp(DB);
  const created = { created_at: START_MS, updated_at: START_MS };
  const more = Array.from({ length: AFFILIATES }, (_, index) => index + 3);
  await plant(
    DB,
    "affiliates",
    more.map((number) => ({ slug: `affiliate-${number}`, name: "one of many", ...created })),
  );
  await plant(
    DB,
    "links",
    more.map((affiliate) => ({ slug: `link-${affiliate}`, offer: 1, affiliate, ...created })),
  );
  const nowMs = Date.now();
  const rows = Array.from({ length: CONVERSIONS }, (_, number) => {
    const affiliate = 3 + (number % AFFILIATES);
    // Over the last thirty days.
    const receivedAtMs = nowMs - 30 * 86_400_000 + Math.floor((number / CONVERSIONS) * 29 * 86_400_000);
    const isHeld = number % HELD_EVERY === 0;
    return conversionRow(number, {
      conversion_id: conversionId(receivedAtMs, `0${String(number).padStart(16, "0")}`),
      received_at: receivedAtMs,
      occurred_at: receivedAtMs - 60_000,
      clicked_at: receivedAtMs - 3_600_000,
      ...{ advertiser: 1, offer: 1, affiliate, link: affiliate + 1, test: 0 },
      hold: isHeld ? "held" : "",
      hold_reason: isHeld ? "first_conversions" : null,
      status: isHeld ? "pending" : "approved",
    });
  });
  await plant(DB, "conversions", rows);
  // As the ledger's cron does, every minute.
  for (let run = 0; run < 5; run++) await closeConversions({ DB }, nowMs);
  const until = Math.floor(nowMs / 86_400_000) * 96;
  await DB.prepare("UPDATE sealed_click_spans SET until = ?").bind(until).run();
}, LONG_MS);
afterAll(() => api.stop());

test("a page of a hundred with the story of one takes less than 300 ms", { timeout: LONG_MS }, async () => {
  const cookie = await api.signIn();
  const took: Record<string, number> = {};
  for (const path of ["/review", "/review?affiliate=affiliate-8", "/review?hold_reason=large_amount", "/api/review"]) {
    const times: number[] = [];
    for (let look = 0; look < LOOKS; look++) {
      const from = performance.now();
      const answer = await api.fetch(path, { cookie });
      const text = await answer.text();
      times.push(performance.now() - from);
      expect(answer.status).toBe(200);
      if (path === "/review") expect(text.match(/<li data-id=/g)).toHaveLength(100);
    }
    // What others do on the machine meanwhile is not the page's.
    took[path] = Math.round(times.sort((left, right) => left - right)[Math.floor(LOOKS / 4)] ?? 0);
  }
  expect(Math.max(...Object.values(took))).toBeLessThan(LIMIT_MS);
});
