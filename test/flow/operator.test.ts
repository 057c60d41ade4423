/** What an operator does to the books, through all workers: corrections that leave entries, and replays after the set-up was mended. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyBooks } from "../../scripts/verification.ts";
import { type System, seedProgramme, startSystem, waitFor } from "./system.ts";

let system: System;
let token: string;

beforeAll(async () => {
  system = await startSystem();
  token = (await seedProgramme(system)).token;
});
afterAll(() => system.stop());

interface Receipt {
  status: string;
  reason: string | null;
  conversion: string;
  attempts: { status: string; reason: string | null; credential_version: number | null }[];
}

async function send(method: string, path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await system.fetchConsole(path, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  expect([answer.status, text]).toEqual([expect.toSatisfy((status: number) => status < 300), expect.anything()]);
  return JSON.parse(text);
}

async function settled(receipt: unknown, until = (status: string) => status !== "queued"): Promise<Receipt> {
  return waitFor(async () => {
    const body: Receipt = JSON.parse(await (await system.fetchConsole(`/receipts/${receipt}`)).text());
    return until(body.status) ? body : null;
  });
}

async function postback(parameters: Record<string, string>): Promise<string> {
  const answer = await system.fetchPostback(`/p/acme?${new URLSearchParams({ ...parameters, token })}`);
  const { receipt }: { receipt: string } = JSON.parse(await answer.text());
  return receipt;
}

async function clickId(): Promise<string> {
  const answer = await system.fetchClick("/c/demo");
  return /[0-9a-hjkmnp-tv-z]{36}/.exec(answer.headers.get("location") ?? "")?.[0] ?? "";
}

interface Account {
  status: string;
  amount: string;
  payout: string;
  hold: string;
  hold_reason: string | null;
  entries: { kind: string; payout: string; note: string | null; rule: string }[];
}

async function account(conversion: string): Promise<Account> {
  return JSON.parse(await (await system.fetchConsole(`/api/conversions/${conversion}`)).text());
}

test("approve, restate, reverse in part and in whole: each with its note in the account", {
  timeout: 60_000,
}, async () => {
  const { conversion } = await settled(
    await postback({ click_id: await clickId(), event: "sale", txid: "c1", amount: "40", status: "pending" }),
  );
  const corrections = [
    [{ status: "approved", note: "checked by hand" }, "approval", "0.00"],
    [{ amount: "50", note: "invoice says fifty" }, "restatement", "1.00"],
    [{ status: "reversed", amount: "20", note: "one shoe came back" }, "reversal", "-2.00"],
    [{ status: "reversed", note: "the other one too" }, "reversal", "-3.00"],
  ] as const;
  for (const [body, kind, payout] of corrections) {
    const { receipt } = await send("POST", `/api/conversions/${conversion}/corrections`, body);
    expect((await settled(receipt)).status).toBe("updated");
    const last = (await account(conversion)).entries.at(-1);
    expect(last).toMatchObject({ kind, payout, note: expect.stringContaining(body.note) });
  }
  const { status, amount, payout, entries } = await account(conversion);
  expect({ status, amount, payout, entries: entries.length }).toEqual({
    status: "reversed",
    amount: "0.00",
    payout: "0.00",
    entries: 5,
  });
  expect(entries[0]?.rule).toContain("10 % of the amount");
});

test("a correction that the status machine forbids is told so, and changes nothing", { timeout: 60_000 }, async () => {
  const { conversion } = await settled(
    await postback({ click_id: await clickId(), event: "sale", txid: "c2", amount: "40" }),
  );
  const { receipt } = await send("POST", `/api/conversions/${conversion}/corrections`, {
    status: "reinstated",
    note: "no",
  });
  expect(await settled(receipt)).toMatchObject({ status: "rejected", reason: "status_not_allowed" });
  expect(await account(conversion)).toMatchObject({ status: "approved", payout: "4.00" });
});

test("what an operator rejected the shop does not approve; what is held waits, and a release lets it count", {
  timeout: 60_000,
}, async () => {
  const { conversion } = await settled(
    await postback({ click_id: await clickId(), event: "sale", txid: "h1", amount: "40", status: "pending" }),
  );
  const decide = async (name: string) => {
    const { receipt } = await send("POST", `/api/conversions/${conversion}/${name}`, { note: "looked at it" });
    expect((await settled(receipt)).status).toBe("updated");
  };
  await decide("reject");
  expect(await settled(await postback({ event: "sale", txid: "h1", status: "approved" }))).toMatchObject({
    status: "rejected",
    reason: "operator_rejected",
  });
  expect(await account(conversion)).toMatchObject({ status: "rejected", payout: "0.00" });
  await decide("approve");
  await decide("hold");
  const refund = await postback({ event: "sale", txid: "h1", status: "reversed", amount: "10", refund_id: "r" });
  expect(await settled(refund)).toMatchObject({ status: "parked", reason: "held" });
  expect(await account(conversion)).toMatchObject({ status: "pending", payout: "4.00" });
  await decide("release");
  expect(await settled(refund)).toMatchObject({ status: "updated" });
  expect(await account(conversion)).toMatchObject({ status: "approved", payout: "3.00" });
});

test("an affiliate in review goes on redirecting, and its sales are held; so is a large one of anybody", {
  timeout: 60_000,
}, async () => {
  await send("PATCH", "/api/affiliates/blog", { status: "review" });
  const { conversion } = await settled(
    await postback({ click_id: await clickId(), event: "sale", txid: "v1", amount: "40" }),
  );
  expect(await account(conversion)).toMatchObject({ status: "pending", hold: "held", hold_reason: "affiliate_review" });
  await send("PATCH", "/api/affiliates/blog", { status: "active" });
  await send("PATCH", "/api/offers/shoes", { max_amount: "500.00" });
  const large = await settled(
    await postback({ click_id: await clickId(), event: "sale", txid: "v2", amount: "500.01" }),
  );
  expect(large.status).toBe("attributed");
  expect(await account(large.conversion)).toMatchObject({ hold: "held", hold_reason: "large_amount" });
});

test("postbacks of an event that the offer lacked are booked once it has it", { timeout: 60_000 }, async () => {
  const receipt = await postback({ click_id: await clickId(), event: "renewal", txid: "r1", amount: "10" });
  expect(await settled(receipt)).toMatchObject({ status: "rejected", reason: "unknown_event" });
  await send("PATCH", "/api/offers/shoes", { events: [{ name: "renewal", payout: { percent: "5" } }] });
  expect(await send("POST", "/api/replay", { reason: "unknown_event" })).toMatchObject({ queued: 1 });
  const { conversion } = await settled(receipt, (status) => status === "attributed");
  expect(await account(conversion)).toMatchObject({ status: "approved", payout: "0.50" });
});

test("a mapping made later reads in a replay what nobody read", { timeout: 60_000 }, async () => {
  const receipt = await postback({ klick: await clickId(), event: "sale", txid: "u1", summe: "40" });
  expect(await settled(receipt)).toMatchObject({ reason: "unknown_order", unread: ["klick", "summe"] });
  await send("PATCH", "/api/advertisers/acme", { mapping: { names: { klick: "click_id", summe: "amount" } } });
  await send("POST", "/api/replay", { reason: "unknown_order" });
  const { conversion, ...rest } = await settled(receipt, (status) => status === "attributed");
  expect(rest).not.toHaveProperty("unread");
  expect(await account(conversion)).toMatchObject({ amount: "40.00", payout: "4.00" });
});

test("what named nothing is read once a mapping has words for it, where its sender was proven", {
  timeout: 60_000,
}, async () => {
  const receipt = await postback({ kunde: await clickId(), event: "sale", beleg: "n1", umsatz: "40" });
  const other = await postback({ event: "sale", farbe: "rot" });
  await send("PATCH", "/api/advertisers/acme", { auth: "open" });
  const strangers = await postback({ event: "sale", beleg: "n2" });
  await send("PATCH", "/api/advertisers/acme", { auth: "token" });
  for (const refused of [receipt, other, strangers])
    await waitFor(async () => (await settled(refused)).reason === "names_nothing");
  const misspelled = await postback({ event: "sale", txidd: "n3", farbe: "rot", amount: "40" });
  const told = { reason: "names_nothing", unread: ["txidd", "farbe"], perhaps: { txidd: "txid" } };
  const logged = await waitFor(async () => {
    const found = await settled(misspelled);
    return found.reason === "names_nothing" && found;
  });
  expect(logged).toMatchObject(told);
  const all = await send("POST", "/receipts", { receipts: [misspelled] });
  expect(all.receipts).toMatchObject([told]);
  const replay = () => send("POST", "/api/replay", { reason: "names_nothing" });
  expect(await replay()).toMatchObject({ queued: 0, skipped: 3 });
  await send("PATCH", "/api/advertisers/acme", {
    mapping: { names: { kunde: "click_id", beleg: "txid", umsatz: "amount" } },
  });
  expect(await replay()).toMatchObject({ queued: 1, skipped: 2 });
  const { conversion, attempts } = await settled(receipt, (status) => status === "attributed");
  expect(attempts).toMatchObject([{ credential_version: 1 }]);
  expect(await account(conversion)).toMatchObject({ amount: "40.00", payout: "4.00" });
  expect(await replay()).toMatchObject({ queued: 0, skipped: 2 });
});

test("a named message that was rejected counts once its cause is gone and it is sent again, and once only", {
  timeout: 60_000,
}, async () => {
  const named = { click_id: await clickId(), event: "club", txid: "k1", amount: "10", idempotency_key: "k1" };
  const receipt = await postback(named);
  expect(await settled(receipt)).toMatchObject({ status: "rejected", reason: "unknown_event" });
  await send("PATCH", "/api/offers/shoes", { events: [{ name: "club", payout: { percent: "5" } }] });
  expect(await postback(named)).toBe(receipt);
  const taken = await settled(receipt, (status) => status === "attributed");
  expect(taken.attempts).toMatchObject([
    { credential_version: 1, status: "rejected", reason: "unknown_event" },
    { credential_version: 1, status: "attributed", reason: null },
  ]);
  expect(await postback(named)).toBe(receipt);
  // Behind it in the queue, so that the repeat was settled before.
  await settled(await postback({ click_id: await clickId(), event: "sale", txid: "k2", amount: "1" }));
  expect(await settled(receipt)).toEqual(taken);
  expect((await account(taken.conversion)).entries).toHaveLength(1);
});

test("after all of it the books agree with the objects", async () => {
  expect((await verifyBooks(system.fetchConsole, 0, 200)).disagreements).toEqual([]);
});

test("an order without a click is its coupon's affiliate's, at once or when it is replayed", {
  timeout: 60_000,
}, async () => {
  const order = { event: "sale", amount: "40", coupon: "welcome" };
  const early = await postback({ ...order, txid: "coupon-1" });
  expect(await settled(early)).toMatchObject({ status: "unattributed", reason: "unknown_order" });
  const { slug } = await send("POST", "/api/coupons", { code: "WELCOME", offer: "shoes", affiliate: "blog" });
  const { conversion } = await settled(await postback({ ...order, txid: "coupon-2" }));
  expect(await account(conversion)).toMatchObject({
    attributed_by: "coupon",
    link: slug,
    coupon: "welcome",
    affiliate: "blog",
  });
  await send("POST", "/api/replay", { reason: "unknown_order" });
  expect(await settled(early, (status) => status === "attributed")).toMatchObject({ status: "attributed" });
  const exported = await (await system.fetchConsole(`/api/exports/conversions.ndjson?link=${slug}`)).text();
  expect(
    exported
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).attributed_by),
  ).toEqual(["coupon", "coupon"]);
});
