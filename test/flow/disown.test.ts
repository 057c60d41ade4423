/** A token leaks, and what it vouched for since is taken back: that, and nothing else, and once. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { callConsole, itemsOf } from "../../scripts/console-api.ts";
import { disownAll } from "../../scripts/disown/pages.ts";
import { verifyBooks } from "../../scripts/verification.ts";
import { type System, seedProgramme, startSystem, waitFor } from "./system.ts";

let system: System;
let token: string;

beforeAll(async () => {
  system = await startSystem();
  token = (await seedProgramme(system)).token;
});
afterAll(() => system.stop());

const ask = (method: string, path: string, body?: object, expected?: number[]) =>
  callConsole(system.fetchConsole, { method, path, body }, expected);

/** Sends a postback by `token`; gives the conversion that it came to, once it did. */
async function send(said: Record<string, string>): Promise<string> {
  const answer = await system.fetchPostback(`/p/acme?${new URLSearchParams({ event: "sale", ...said, token })}`);
  const { receipt }: { receipt: string } = JSON.parse(await answer.text());
  return waitFor(async () => {
    const { conversion } = await ask("GET", `/receipts/${receipt}`);
    return typeof conversion === "string" ? conversion : null;
  });
}

async function click(): Promise<string> {
  const { headers } = await system.fetchClick("/c/demo");
  return /[0-9a-hjkmnp-tv-z]{36}/.exec(headers.get("location") ?? "")?.[0] ?? "";
}

async function sale(txid: string, said: Record<string, string> = {}): Promise<string> {
  return send({ click_id: await click(), txid, amount: "40", ...said });
}

async function statuses(): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for await (const { txid, status, payout } of itemsOf(system.fetchConsole, "/api/conversions"))
    found[String(txid)] = [status, payout];
  return found;
}

test("it takes back what the version made or approved since then", { timeout: 60_000 }, async () => {
  await Promise.all([sale("before"), sale("waiting", { status: "pending" }), sale("refunded later", { amount: "10" })]);
  const since = new Date().toISOString();
  const [approved, refunded, made, pending] = await Promise.all([
    send({ txid: "waiting", status: "approved" }),
    send({ txid: "refunded later", status: "reversed", amount: "5", refund_id: "r" }),
    sale("made"),
    sale("pending", { status: "pending" }),
    sale("a test", { test: "1" }),
  ]);
  const what = { advertiser: "acme", version: 1, since };
  const asked = { version: 1, since };
  // While it is valid, taking back has no end.
  const early = await ask("POST", "/api/advertisers/acme/disown", asked, [422]);
  expect(early.detail).toContain("rotate");
  const rotated = await ask("POST", "/api/advertisers/acme/rotate", { until: new Date().toISOString() });
  token = String(rotated.token);
  await waitFor(
    async () => (await system.fetchPostback(`/p/acme?click_id=${await click()}&token=${token}`)).status === 200,
  );
  await sale("by the new token");

  const counted = await disownAll(system.fetchConsole, { ...what, dryRun: true });
  expect(new Set(counted.disowned)).toEqual(new Set([approved, made, pending]));
  expect(counted).toMatchObject({ changed: [refunded], untold: 0, queued: 0 });
  expect(counted.sums.get("USD")).toMatchObject({ amount: "120.00" });
  const before = await statuses();
  expect(before).toMatchObject({
    waiting: ["approved", "4.00"],
    made: ["approved", "4.00"],
    pending: ["pending", "4.00"],
  });

  for (const times of [1, 2]) {
    expect([times, (await disownAll(system.fetchConsole, { ...what, dryRun: false })).queued]).toEqual([
      times,
      expect.toSatisfy((queued: number) => (times === 1 ? queued === 3 : queued <= 3)),
    ]);
  }
  await waitFor(async () => (await disownAll(system.fetchConsole, { ...what, dryRun: true })).disowned.length === 0);
  expect(
    await waitFor(async () => {
      const now = await statuses();
      return JSON.stringify(now).includes('"made":["reversed"') ? now : null;
    }),
  ).toEqual({
    ...before,
    waiting: ["reversed", "0.00"],
    made: ["reversed", "0.00"],
    pending: ["rejected", "0.00"],
  });
  const account = await ask("GET", `/api/conversions/${made}`);
  expect(account.entries).toMatchObject([
    { kind: "accrual", payout: "4.00" },
    { kind: "reversal", payout: "-4.00", note: expect.stringContaining("version 1") },
  ]);
});

test("each time is in the audit log, and the version has ended when it was disowned", async () => {
  const deeds = [];
  for await (const deed of itemsOf(system.fetchConsole, "/api/audit?action=disown")) deeds.push(deed);
  expect(deeds.length).toBeGreaterThanOrEqual(2);
  expect(deeds.at(-1)).toMatchObject({ kind: "advertiser", subject: "acme", after: { version: 1, disowned: 3 } });
  const { DB } = await system.ledgerEnv();
  const stored = await DB.prepare("SELECT credentials FROM advertisers WHERE slug = 'acme'").first<string>(
    "credentials",
  );
  expect(JSON.parse(stored ?? "")[1]).toMatchObject({ version: 1, revoked: true });
});

test("a version that never was is refused", async () => {
  const refused = await ask("POST", "/api/advertisers/acme/disown", { version: 7, since: "2026-01-01" }, [422]);
  expect(refused.detail).toContain("version 7");
});

test("after it the books agree with the objects", async () => {
  expect((await verifyBooks(system.fetchConsole, 0, 200)).disagreements).toEqual([]);
});
