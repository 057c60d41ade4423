/** What a worker says of itself: whether each part answers, asked seldom. */
import { expect, test, vi } from "vitest";
import { createHealth } from "../../workers/core/health.ts";
import { startEdge } from "../click/edge.ts";
import { ACME, Door } from "../postback/door.ts";

const said = async (answer: Response) => [answer.status, await answer.json()];

test("each part is told, and one that does not answer makes it 503", async () => {
  const parts = { keys: async () => "", records: () => Promise.reject(new Error("secret words")) };
  const told = vi.fn();
  const answer = await createHealth(told)(parts, 0);
  expect(told.mock.calls).toEqual([["records", new Error("secret words")]]);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(await said(answer)).toEqual([503, { ok: false, keys: true, records: false }]);
  const thrown = () => {
    throw new Error("at once");
  };
  expect(await said(await createHealth(told)({ keys: thrown }, 0))).toEqual([503, { ok: false, keys: false }]);
});

test("parts are asked once in five seconds, however often somebody asks", async () => {
  let asked = 0;
  const health = createHealth(vi.fn());
  const parts = { records: async () => ++asked };
  for (const nowMs of [0, 1, 4_999]) expect((await health(parts, nowMs)).status).toBe(200);
  expect(asked).toBe(1);
  await health(parts, 5_000);
  expect(asked).toBe(2);
  // A clock that goes back is no reason to say for ever what was.
  await health(parts, 1_000);
  expect(asked).toBe(3);
});

test("the click worker is well with keys and KV, and not without", async () => {
  const well = startEdge();
  expect(await said(await well.visit("/health"))).toEqual([200, { ok: true, keys: true, records: true }]);
  const ill = startEdge();
  ill.faults.kv = () => Promise.reject(new Error("away"));
  expect(await said(await ill.visit("/health"))).toEqual([503, { ok: false, keys: true, records: false }]);
  const keyless = startEdge();
  keyless.env.CLICK_KEYS = "broken";
  expect(await said(await keyless.visit("/health"))).toEqual([503, { ok: false, keys: false, records: true }]);
});

test("the postback worker likewise", async () => {
  const parts = { click_keys: true, advertiser_keys: true, records: true };
  const well = await new Door(ACME).send("/health");
  expect([well.status, well.json]).toEqual([200, { ok: true, ...parts }]);
  const keyless = new Door(ACME);
  keyless.env.ADVERTISER_KEYS = "broken";
  const ill = await keyless.send("/health");
  expect([ill.status, ill.json]).toEqual([503, { ok: false, ...parts, advertiser_keys: false }]);
});
