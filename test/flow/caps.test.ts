/** A cap through all workers: conversions over it are rejected, clicks go to the fallback, and come back when it is raised. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type System, seedProgramme, startSystem, waitFor } from "./system.ts";

let system: System;
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

async function outcome(txid: string, clickId: string): Promise<string> {
  const query = new URLSearchParams({ click_id: clickId, event: "sale", txid, amount: "20", token });
  const { receipt }: { receipt: string } = JSON.parse(await (await system.fetchPostback(`/p/acme?${query}`)).text());
  return waitFor(async () => {
    const body: { status: string; reason: string | null } = JSON.parse(
      await (await system.fetchConsole(`/receipts/${receipt}`)).text(),
    );
    return body.status === "queued" ? null : [body.status, body.reason].filter((part) => part !== null).join(" ");
  });
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
