/** What operators have to renew is said in time, and nothing where there is nothing to renew. */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  findOfUpkeep,
  RATES_STALE_MS,
  ratesFinding,
  TOKENS_AHEAD_MS,
  tokensFinding,
} from "../../workers/console/alerts/upkeep-findings.ts";
import { type Console, startConsole } from "./console.ts";

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 11, 1);

test.each([
  [null, "calm"],
  ["2026-11-30", "calm"],
  ["2026-11-25", "calm"],
  ["2026-11-24", "wrong"],
])("where the newest rates are of %s it is %s", (newest, state) => {
  expect(ratesFinding(newest, NOW_MS).judgement.state).toBe(state);
});

test("old rates say of when they are, and since when that is wrong", () => {
  expect(ratesFinding("2026-11-20", NOW_MS)).toMatchObject({
    sinceMs: Date.UTC(2026, 10, 20) + RATES_STALE_MS,
    path: "/rates",
    judgement: { said: expect.stringContaining("of 2026-11-20, 11 days ago") },
  });
});

test("some tokens are named, and that there are more", () => {
  const tokens = Array.from({ length: 6 }, (_, index) => ({ name: `t${index}`, at: NOW_MS + (index + 1) * DAY_MS }));
  const { judgement, sinceMs } = tokensFinding(tokens, NOW_MS);
  expect(judgement).toMatchObject({
    state: "wrong",
    said: expect.stringMatching(/^t0 on 2026-12-02, .*t4 on 2026-12-06, and more\. /),
  });
  expect(sinceMs).toBe(NOW_MS + DAY_MS - TOKENS_AHEAD_MS);
});

let api: Console;
beforeAll(async () => {
  api = await startConsole();
});
afterAll(() => api.stop());

test("a token is told from fourteen days before, until it is revoked", async () => {
  const states = async (atMs: number) => (await findOfUpkeep(api.env, atMs)).map(({ judgement }) => judgement.state);
  const nowMs = Date.now();
  const expires_at = new Date(nowMs + 20 * DAY_MS).toISOString();
  const made = await api.call("POST", "/api/tokens", { name: "nightly export", role: "analyst", expires_at });
  expect(made.status).toBe(201);
  expect(await states(nowMs)).toEqual(["calm", "calm"]);
  expect(await states(nowMs + 7 * DAY_MS)).toEqual(["wrong", "calm"]);
  expect(await states(nowMs + 21 * DAY_MS)).toEqual(["calm", "calm"]);
  expect((await api.call("DELETE", `/api/tokens/${Object(made.json).id}`)).status).toBe(204);
  expect(await states(nowMs + 7 * DAY_MS)).toEqual(["calm", "calm"]);
});
