/** Verification through the real parts: a healthy system has nothing to report, every kind of damage is seen, and repair brings the rows back. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { repairBooks, verifyBooks } from "../../scripts/verification.ts";
import { type System, seedProgramme, startSystem, waitFor } from "./system.ts";

/** Nothing is on its way in this test. */
const SECOND_LOOK_MS = 20;

let system: System;
const receipts: string[] = [];

beforeAll(async () => {
  system = await startSystem();
  const { token } = await seedProgramme(system);
  for (let number = 0; number < 4; number++) {
    const answer = await system.fetchClick("/c/demo?sub1=spring");
    const clickId = /[0-9a-hjkmnp-tv-z]{36}/.exec(answer.headers.get("location") ?? "")?.[0] ?? "";
    const query = new URLSearchParams({ click_id: clickId, event: "sale", txid: `v${number}`, amount: "20", token });
    const posted = await system.fetchPostback(`/p/acme?${query}`);
    const { receipt }: { receipt: string } = JSON.parse(await posted.text());
    receipts.push(receipt);
  }
  const refund = { event: "sale", txid: "v2", status: "reversed", amount: "5", refund_id: "r2", token };
  await system.fetchPostback(`/p/acme?${new URLSearchParams(refund)}`);
  await waitFor(async () => (await rows("SELECT 1 FROM conversions WHERE click_joined = 1")).length === 4);
  await waitFor(async () => (await rows("SELECT 1 FROM entries")).length === 1);
});
afterAll(() => system.stop());

async function rows(query: string): Promise<Record<string, unknown>[]> {
  const { DB } = await system.ledgerEnv();
  return (await DB.prepare(query).all()).results;
}

/** All of books and log. */
async function everything() {
  const { LOG } = await system.ledgerEnv();
  const { results } = await LOG.prepare("SELECT * FROM postbacks ORDER BY receipt").all();
  return [
    await rows(
      "SELECT * FROM conversions JOIN all_entries USING (conversion_id) ORDER BY conversion_id, all_entries.seq",
    ),
    results,
  ];
}

async function found(): Promise<string[]> {
  const { disagreements } = await verifyBooks(system.fetchConsole, 0, SECOND_LOOK_MS);
  return disagreements.map(({ table, what, columns }) => [table, what, ...columns].join(" ")).sort();
}

test("a healthy system has nothing to report", async () => {
  const report = await verifyBooks(system.fetchConsole, 0, SECOND_LOOK_MS);
  expect(report.disagreements).toEqual([]);
  expect(report.checked).toBe(18);
});

const DAMAGE = [
  { name: "a lost postback", sql: "DELETE FROM postbacks WHERE txid = 'v0'", seen: ["postbacks missing"] },
  {
    name: "a changed outcome",
    sql: "UPDATE postbacks SET status = 'rejected' WHERE txid = 'v0'",
    seen: ["postbacks differs status"],
  },
  {
    name: "a postback nobody sent",
    sql: "INSERT INTO postbacks (receipt, stage, advertiser, received_at, settled_at, status, channel, test, proven, stranger, times) VALUES ('00000000000000000000000000', 1, 1, 1, 1, 'attributed', 'get', 0, 0, 0, 1)",
    seen: ["postbacks stranger"],
  },
  {
    name: "a lost conversion",
    sql: "DELETE FROM conversions WHERE txid = 'v1'",
    seen: ["conversions missing", "entries missing"],
  },
  {
    name: "a lost conversion of several entries",
    sql: "DELETE FROM conversions WHERE txid = 'v2'",
    seen: ["conversions missing", "entries missing", "entries stranger"],
  },
  {
    name: "a lost first entry",
    sql: "UPDATE conversions SET first_entry = NULL WHERE txid = 'v1'",
    seen: ["conversions sum amount revenue payout", "entries missing"],
  },
  {
    name: "a first entry that was booked otherwise",
    sql: "UPDATE conversions SET first_entry = json_replace(first_entry, '$[4]', 1, '$[6]', 1) WHERE txid = 'v1'",
    seen: ["conversions sum payout", "entries differs payout received_at"],
  },
  {
    name: "a changed amount",
    sql: "UPDATE conversions SET payout = payout + 1 WHERE txid = 'v1'",
    seen: ["conversions differs payout", "conversions sum payout"],
  },
  {
    name: "a changed affiliate",
    sql: "UPDATE conversions SET affiliate = 99 WHERE txid = 'v1'",
    seen: ["conversions differs affiliate"],
  },
  {
    name: "a conversion nobody made",
    sql: "INSERT INTO conversions (conversion_id, seq, advertiser, offer, affiliate, link, event, click_id, status, currency, amount, revenue, payout, clicked_at, occurred_at, received_at, settled_at, test) SELECT '00000000000000000000000000', seq, advertiser, offer, affiliate, link, event, click_id, status, currency, amount, revenue, payout, clicked_at, occurred_at, received_at, settled_at, test FROM conversions WHERE txid = 'v1'",
    seen: ["conversions stranger"],
  },
  {
    name: "a lost entry",
    sql: "DELETE FROM entries WHERE conversion_id = (SELECT conversion_id FROM conversions WHERE txid = 'v2')",
    seen: ["conversions sum amount revenue payout", "entries missing"],
  },
  {
    name: "an entry nobody booked",
    sql: "INSERT INTO entries (conversion_id, seq, kind, status, amount, revenue, payout, receipt, received_at, rule) SELECT conversion_id, 9, kind, status, 0, 0, 5, receipt, received_at, rule FROM entries WHERE conversion_id = (SELECT conversion_id FROM conversions WHERE txid = 'v2')",
    seen: ["conversions sum payout", "entries stranger"],
  },
];

test.each(DAMAGE)("$name is seen, and repaired", { timeout: 60_000 }, async ({ sql, seen }) => {
  const { DB, LOG } = await system.ledgerEnv();
  const before = await everything();
  for (const guard of ["entries_are_never_deleted_alone", "first_entry_is_never_changed"])
    await DB.prepare(`DROP TRIGGER IF EXISTS ${guard}`).run();
  await (/postbacks/.test(sql) ? LOG : DB).prepare(sql).run();
  expect(await found()).toEqual(seen);
  await repairBooks(system.fetchConsole, await verifyBooks(system.fetchConsole, 0, SECOND_LOOK_MS));
  await waitFor(async () => (await found()).length === 0, 30_000);
  expect(await everything()).toEqual(before);
});
