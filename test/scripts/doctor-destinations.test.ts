/** What the doctor says of destinations. */
import { expect, test } from "vitest";
import type { ConsoleFetch } from "../../scripts/console-api.ts";
import { destinationChecks } from "../../scripts/doctor/destinations.ts";

const NOW_MS = Date.UTC(2026, 10, 30, 12);
const OPEN = {
  ...{
    gate: "open",
    message: null,
    failures: 0,
    waiting: 2,
    oldest_at: "2026-11-30T11:00:00.000Z",
    sent: 9,
    failed: 1,
  },
  slow_ms: 40,
};
const STATUSES: Record<string, object> = {
  crm: OPEN,
  slow: { ...OPEN, gate: "failing", failures: 12, waiting: 5, oldest_at: "2026-11-30T09:00:00.000Z" },
  gone: { ...OPEN, gate: "off", waiting: 1, message: "The receiver says that it is no more (410)." },
  quiet: { ...OPEN, gate: "paused", waiting: 0, oldest_at: null },
};

/** A console with these destinations and one that has ended; `test` is what becomes of a test. */
function consoleWith(test: object): { fetchConsole: ConsoleFetch; tested: string[] } {
  const tested: string[] = [];
  const answers = (path: string): object => {
    const { pathname, searchParams } = new URL(path, "https://console.example");
    const slug = /^\/api\/destinations\/(\w+)\//.exec(pathname)?.[1] ?? "";
    if (pathname.endsWith("/test")) {
      tested.push(slug);
      return { delivery_id: "test-1" };
    }
    if (pathname.endsWith("/status")) return STATUSES[slug] ?? {};
    if (pathname.startsWith("/api/deliveries/")) return test;
    if (pathname === "/api/deliveries")
      return searchParams.get("status") === "expired" ? { items: [{}, {}, {}], next: null } : { items: [], next: null };
    const slugs = Object.keys(STATUSES).map((one) => ({ slug: one, status: one === "quiet" ? "paused" : "active" }));
    return { items: [...slugs, { slug: "old", status: "ended" }], next: null };
  };
  const fetchConsole: ConsoleFetch = async (path) => ({
    status: path.endsWith("/test") ? 202 : 200,
    text: async () => JSON.stringify(answers(path)),
  });
  return { fetchConsole, tested };
}

async function said(isTold: boolean, test: object = { status: "sent", http: 204 }) {
  const { fetchConsole, tested } = consoleWith(test);
  const checks = await destinationChecks(fetchConsole, isTold, () => NOW_MS);
  const seen = await Promise.all(
    checks.map(async ({ name, run }) => [name, await run().catch(({ message }: Error) => ({ failed: message }))]),
  );
  return { seen: Object.fromEntries(seen), tested };
}

test("the courier as a whole, and each destination that has not ended, with what to do", async () => {
  const { seen, tested } = await said(false);
  expect(seen).toEqual({
    "the courier": {
      passed:
        "4 destinations: 1 open, 1 behind their breakers, 1 off, 1 paused; 8 deliveries wait, the oldest since 2026-11-30T09:00:00.000Z; in the last day 0 in doubt, 0 held, 3 past their deadline, 0 given up",
    },
    "destination crm": { passed: "open, 2 wait; of the last 10 it took 9, 95 of 100 within 40 ms" },
    "destination slow": { trouble: expect.stringMatching(/12 in a row.*--destination slow --status failed/) },
    "destination gone": { trouble: expect.stringMatching(/^off, 1 wait.*no more \(410\).*gone\/resume/) },
    "destination quiet": { skipped: expect.stringContaining("paused") },
  });
  expect(tested).toEqual([]);
});

test("a test goes to those that are open alone", async () => {
  const { seen, tested } = await said(true);
  expect(seen["destination crm"]).toEqual({
    passed: expect.stringMatching(/^it took the test test-1, HTTP 204; open/),
  });
  expect(tested).toEqual(["crm"]);
});

test("an ad platform that cannot be told a test fares as it does", async () => {
  const message = "A test is told only as a test: the platform has no way for that, or no test code is entered.";
  const { seen } = await said(true, { status: "skipped", reason: "platform_has_no_test", message, http: null });
  expect(seen["destination crm"]).toEqual({ passed: expect.stringMatching(/^no test: .*; open, 2 wait/) });
  const skipped = await said(true, { status: "skipped", reason: "event_not_mapped", message: "No name.", http: null });
  expect(skipped.seen["destination crm"]).toEqual({ failed: expect.stringContaining("is skipped: No name.") });
});

test("a test that is not taken fails, and says where to look", async () => {
  const { seen } = await said(true, { status: "failed", message: "The receiver refused it (4xx).", http: 403 });
  expect(seen["destination crm"]).toEqual({
    failed: expect.stringMatching(/is failed: The receiver refused it .*--destination crm --show test-1/),
  });
});
