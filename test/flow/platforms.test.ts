/** From the link to the ad platform, over HTTP: a click with the platform's own ID, a sale, and what the platform counts of it; and what it never hears of. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { GOOD } from "../platforms/doubles.ts";
import { type StandIn, startStandIn } from "../platforms/stand-in.ts";
import { type System, seedProgramme, startSystem, waitFor } from "./system.ts";

let system: System;
let token: string;
let meta: StandIn;

beforeAll(async () => {
  meta = await startStandIn("meta");
  system = await startSystem({ vars: { courier: { PLATFORMS_AT: meta.origin } } });
  token = (await seedProgramme(system)).token;
  const body = {
    ...{ slug: "meta", name: "Meta", kind: "platform", platform: "meta", order_number: "told" },
    ...{ values: { pixel: GOOD.pixel }, secrets: { token: GOOD.token }, event_names: { sale: "Purchase" } },
  };
  const headers = { "content-type": "application/json" };
  const made = await system.fetchConsole("/api/destinations", { method: "POST", headers, body: JSON.stringify(body) });
  expect(made.status).toBe(201);
}, 120_000);
afterAll(async () => {
  await system.stop();
  await meta.stop();
});

async function click(query: string): Promise<string> {
  const answer = await system.fetchClick(`/c/demo?${query}`, { headers: { "user-agent": "Mozilla/5.0 Chrome/140.0" } });
  return /[0-9a-hjkmnp-tv-z]{36}/.exec(answer.headers.get("location") ?? "")?.[0] ?? "";
}

async function postback(parameters: Record<string, string>): Promise<void> {
  const answer = await system.fetchPostback(`/p/acme?${new URLSearchParams({ ...parameters, token })}`);
  expect(answer.status).toBe(200);
}

/** The deliveries of the destination that have come to their end, by what became of them. */
async function ends(count: number): Promise<string[]> {
  return waitFor(async () => {
    const answer = await system.fetchConsole("/api/deliveries?destination=meta");
    const { items }: { items: { status: string; reason: string | null }[] } = JSON.parse(await answer.text());
    const ended = items.filter(({ status }) => status === "sent" || status === "skipped" || status === "gave_up");
    return ended.length === count ? ended.map(({ status, reason }) => `${status} ${reason}`).sort() : null;
  }, 90_000);
}

test("a sale of its click counts there once, a refund has no way there, and a visitor who did not agree is never told of", async () => {
  const clickId = await click("fbclid=IwAR0x_y-Z1&sub1=spring");
  await postback({ click_id: clickId, event: "sale", txid: "P-1", amount: "40" });
  expect(await ends(1)).toEqual(["sent null"]);
  await postback({ click_id: clickId, event: "sale", txid: "P-1", status: "reversed" });
  const denied = await click("fbclid=IwAR0x_y-Z2&ad_consent=0");
  await postback({ click_id: denied, event: "sale", txid: "P-2", amount: "40" });
  await postback({ click_id: await click("external_id=mine"), event: "sale", txid: "P-3", amount: "40" });
  expect(await ends(4)).toEqual([
    "sent null",
    "skipped no_ad_consent",
    "skipped no_platform_click_id",
    "skipped platform_takes_no_refunds",
  ]);
  expect(meta.double.counted).toMatchObject([{ click: "IwAR0x_y-Z1", name: "Purchase", value: 40 }]);
  expect(meta.asked).toHaveLength(1);
  const [{ body = "" } = {}] = meta.asked;
  expect(JSON.parse(body ?? "")).toMatchObject({ data: [{ custom_data: { order_id: "P-1", currency: "USD" } }] });
  const answer = await system.fetchConsole("/api/exports/conversions.ndjson?from=2020-01-01&to=2100-01-01");
  const rows = (await answer.text())
    .trim()
    .split("\n")
    .map((line): Record<string, unknown> => JSON.parse(line));
  const said = rows.map(({ txid, ad_consent = null }) => [txid, ad_consent]).sort();
  expect(said).toEqual([
    ["P-1", null],
    ["P-2", "0"],
    ["P-3", null],
  ]);
}, 200_000);
