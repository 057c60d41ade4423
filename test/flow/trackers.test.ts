/** Another tracker's host through the whole system: a placed link leads to a link of ours, its postback URL to the books, and what nobody knows to the log. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type System, type SystemInit, seedProgramme, startSystem, waitFor } from "./system.ts";

const KEY = "0f3ab1c2d4e5f607";
const HOST = "http://trk.example.com";
const BROWSER = { "user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36" };
const SLOW_MS = 60_000;
/** Where the tracker stands: on its host, and below the path where it is tried. */
const PLACES = [HOST, "http://go.example.com/t/old"];
let system: System;

beforeAll(async () => {
  system = await startSystem();
  await seedProgramme(system);
  await ask("POST", "/api/advertisers", { slug: "keeper", name: "Whoever it is" });
  const made = await ask("POST", "/api/trackers", {
    slug: "old",
    name: "Our old Keitaro",
    dialect: "keitaro",
    advertiser: "keeper",
    host: "trk.example.com",
    secret: KEY,
    sub_ids: { keyword: "sub3" },
  });
  expect(made).toMatchObject({ slug: "old", status: "active" });
  const aliases = [{ alias: `${HOST}/x7Kd93ab?keyword=a`, link: "demo" }];
  expect(await ask("PUT", "/api/trackers/old/aliases", { aliases })).toMatchObject({ made: 1, errors: [] });
}, SLOW_MS);
afterAll(() => system?.stop());

async function ask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await system.fetchConsole(path, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  return JSON.parse(await answer.text());
}

/** As whoever asks the host: it is the click worker's. */
function visit(address: string, init: SystemInit = {}) {
  return system.fetchClick(address, { ...init, headers: { ...BROWSER, ...init.headers } });
}

async function clickAt(address: string): Promise<string> {
  const answer = await visit(address);
  expect(answer.status).toBe(302);
  const id = new URL(answer.headers.get("location") ?? "").searchParams.get("click_id") ?? "";
  expect(id).toMatch(/^[0-9a-hjkmnp-tv-z]{36}$/);
  return id;
}

async function items(path: string): Promise<Record<string, unknown>[]> {
  return Object(await ask("GET", path)).items;
}

async function exported(clickId: string): Promise<Record<string, unknown> | null> {
  const answer = await system.fetchConsole(`/api/exports/conversions.ndjson?click_id=${clickId}`);
  const [row] = (await answer.text()).split("\n").filter((line) => line !== "");
  return row === undefined ? null : JSON.parse(row);
}

describe.each(PLACES)("at %s", (place) => {
  test(
    "a click through an alias leads on with our click ID, and its postback comes to the books",
    async () => {
      const clickId = await clickAt(`${place}/x7Kd93ab?sub_id_1=news&keyword=red%20shoes&external_id=e1`);
      const answer = await visit(`${place}/${KEY}/postback?subid=${clickId}&status=sale&tid=1&return=well`);
      expect([answer.status, (await answer.text()).trim()]).toEqual([200, "well"]);
      const row = await waitFor(() => exported(clickId), SLOW_MS);
      expect(row).toMatchObject({
        advertiser: "acme",
        affiliate: "blog",
        link: "demo",
        event: "lead",
        status: "approved",
        payout: "2.50",
      });
      const withSubs = await waitFor(async () => {
        const found = await exported(clickId);
        return found?.sub1 ? found : null;
      }, SLOW_MS);
      expect(withSubs).toMatchObject({ sub1: "news", sub3: "red shoes", external_id: "e1" });
      const [logged] = await items(`/api/postbacks?channel=tracker:old&click_id=${clickId}`);
      expect(logged).toMatchObject({ advertiser: "acme", status: "attributed", channel: "tracker:old" });
      // Said again, it is the same conversion; and trash takes it back.
      await visit(`${place}/${KEY}/postback?subid=${clickId}&status=trash&tid=1`);
      await waitFor(async () => (await exported(clickId))?.status === "reversed", SLOW_MS);
    },
    SLOW_MS,
  );

  test(
    "a key that is not the tracker's opens nothing",
    async () => {
      const clickId = await clickAt(`${place}/x7Kd93ab`);
      const answer = await visit(`${place}/ffffffffffffffff/postback?subid=${clickId}&status=sale`);
      expect(answer.status).toBe(401);
      const logged = await waitFor(async () => {
        const found = await items(`/api/postbacks?channel=tracker:old&click_id=${clickId}`);
        return found[0];
      }, SLOW_MS);
      expect(logged).toMatchObject({ status: "refused", reason: "bad_token" });
      expect(await exported(clickId)).toBeNull();
    },
    SLOW_MS,
  );

  test.each([
    ["an alias that nobody set", "/nobody-set-this", "unknown_alias"],
    ["what the table does not speak of", "/some/other/path", "not_spoken"],
  ])(
    "%s is answered 404, and stands in the log",
    async (_, path, reason) => {
      const target = `${path}${place === HOST ? "" : "-tried"}`;
      const answer = await visit(`${place}${target}`);
      expect(answer.status).toBe(404);
      const logged = await waitFor(async () => {
        const found = await items(`/api/postbacks?channel=tracker:old&reason=${reason}`);
        return found.find(({ params }) => JSON.stringify(params).includes(target));
      }, SLOW_MS);
      expect(logged).toMatchObject({ advertiser: "keeper", status: "refused", channel: "tracker:old" });
    },
    SLOW_MS,
  );
});

test("links of ours and the doors of advertisers work as ever", async () => {
  expect((await visit("http://trk.example.com/c/demo")).status).toBe(302);
  expect((await visit("http://go.example.com/c/demo")).status).toBe(302);
  expect((await visit("http://go.example.com/x7Kd93ab")).status).toBe(404);
});

test(
  "an alias that goes, or leads elsewhere, does so at once",
  async () => {
    await ask("POST", "/api/links", { slug: "second", offer: "shoes", affiliate: "blog" });
    const set = (link: string) => ask("PUT", "/api/trackers/old/aliases", { aliases: [{ alias: "moving", link }] });
    await set("demo");
    await clickAt(`${HOST}/moving`);
    await set("second");
    const clickId = await clickAt(`${HOST}/moving`);
    await visit(`${HOST}/${KEY}/postback?subid=${clickId}`);
    expect(await waitFor(() => exported(clickId), SLOW_MS)).toMatchObject({ link: "second" });
    await ask("DELETE", "/api/trackers/old/aliases", { aliases: ["moving"] });
    expect((await visit(`${HOST}/moving`)).status).toBe(404);
  },
  SLOW_MS,
);

test(
  "with an old tracker that still answers, what has no alias goes on to it, and the log says so",
  async () => {
    await ask("PATCH", "/api/trackers/old", { old_origin: "https://old.example.com" });
    const answer = await visit(`${HOST}/still-there?a=1`);
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "https://old.example.com/still-there?a=1"]);
    await waitFor(async () => {
      const found = await items("/api/postbacks?channel=tracker:old&reason=unknown_alias");
      return found.some(({ params }) => JSON.stringify(params).includes("still-there"));
    }, SLOW_MS);
    const lander = await visit(`${HOST}/lander/shoes/index.html`);
    expect([lander.status, lander.headers.get("location")]).toEqual([
      302,
      "https://old.example.com/lander/shoes/index.html",
    ]);
  },
  SLOW_MS,
);

test("ended, it leads nowhere and takes nothing", async () => {
  await ask("PATCH", "/api/trackers/old", { status: "ended" });
  expect((await visit(`${HOST}/x7Kd93ab`)).status).toBe(410);
  expect((await visit(`${HOST}/${KEY}/postback?subid=1`)).status).toBe(404);
});
