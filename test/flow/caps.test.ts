/** A cap through all workers: conversions over it are rejected, clicks go to the fallback, and come back when it is raised. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type System, seedProgramme, startSystem, waitFor } from "./system.ts";

let system: System;
/** By txid; of several with one txid the last. */
const receipts = new Map<string, string>();
let token: string;

beforeAll(async () => {
  system = await startSystem();
  token = (await seedProgramme(system)).token;
});
afterAll(() => system.stop());

async function change(body: object): Promise<void> {
  const init = { method: "PATCH", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await system.fetchConsole("/api/offers/shoes", init);
  expect([answer.status, await answer.text()]).toEqual([200, expect.anything()]);
}

async function location(): Promise<string> {
  const answer = await system.fetchClick("/c/demo");
  return answer.headers.get("location") ?? `status ${answer.status}`;
}

async function outcome(txid: string, clickId: string, status = "approved"): Promise<string> {
  const said = { click_id: clickId, event: "sale", txid, status, token };
  const query = new URLSearchParams(status === "approved" ? { ...said, amount: "20" } : said);
  const { receipt }: { receipt: string } = JSON.parse(await (await system.fetchPostback(`/p/acme?${query}`)).text());
  receipts.set(txid, receipt);
  return waitFor(async () => {
    const told = await standing(receipt);
    return told === "queued" ? null : told;
  });
}

async function standing(receipt: string): Promise<string> {
  const body: { status: string; reason: string | null } = JSON.parse(
    await (await system.fetchConsole(`/receipts/${receipt}`)).text(),
  );
  return [body.status, body.reason].filter((part) => part !== null).join(" ");
}

test("a reached cap closes the offer's clicks until it is raised", { timeout: 60_000 }, async () => {
  await change({
    caps: [{ event: "sale", per: "day", limit: 2 }],
    fallback_url: "https://elsewhere.example/?from={link}",
  });
  const clickId = /[0-9a-hjkmnp-tv-z]{36}/.exec(await location())?.[0] ?? "";
  expect(await outcome("one", clickId)).toBe("attributed");
  expect(await location()).toContain(clickId.slice(0, 2));
  expect(await outcome("two", clickId)).toBe("attributed");
  await waitFor(async () => (await location()) === "https://elsewhere.example/?from=demo");
  expect(await outcome("three", clickId)).toBe("rejected over_cap");

  await change({ caps: [{ event: "sale", per: "day", limit: 3 }] });
  await system.scheduled();
  await waitFor(async () => (await location()).startsWith("https://shop.example/"));
  expect(await outcome("four", clickId)).toBe("attributed");
  await waitFor(async () => (await location()).startsWith("https://elsewhere.example/"));

  await change({ caps: [] });
  await system.scheduled();
  await waitFor(async () => (await location()).startsWith("https://shop.example/"));
});

test("a reversal frees its place: clicks pass again at once, and what was refused is booked by a replay", {
  timeout: 60_000,
}, async () => {
  const clickId = /[0-9a-hjkmnp-tv-z]{36}/.exec(await location())?.[0] ?? "";
  const since = new Date().toISOString();
  // It counts from now on: what was booked before it was set takes no place.
  await change({ caps: [{ event: "sale", per: "month", limit: 1 }], fallback_url: "https://elsewhere.example/" });
  expect(await outcome("five", clickId)).toBe("attributed");
  expect(await outcome("six", clickId)).toBe("rejected over_cap");
  await waitFor(async () => (await location()).startsWith("https://elsewhere.example/"));
  expect(await outcome("five", clickId, "reversed")).toBe("updated");
  await waitFor(async () => (await location()).startsWith("https://shop.example/"));
  expect(await standing(receipts.get("six") ?? "")).toBe("rejected over_cap");
  const init = { method: "POST", headers: { "content-type": "application/json" } };
  await system.fetchConsole("/api/replay", { ...init, body: JSON.stringify({ reason: "over_cap", since }) });
  await waitFor(async () => (await standing(receipts.get("six") ?? "")) === "attributed");
  await waitFor(async () => (await location()).startsWith("https://elsewhere.example/"));
});
