/** Rates: a flood of forged requests, or another advertiser's, takes nothing from the real sender. */
import { describe, expect, it } from "vitest";
import { createHandler } from "../../workers/postback/handler.ts";
import { ACME, Door, ORIGIN, tokenOf } from "./door.ts";

const OPEN = { ...ACME, auth: "open" } as const;
const good = `/p/acme?txid=A&token=${await tokenOf(7)}`;
const forged = "/p/acme?txid=A&token=wrong";

async function statuses(door: Door, path: string, times: number): Promise<number[]> {
  const seen: number[] = [];
  for (let time = 0; time < times; time++) seen.push((await door.send(path)).status);
  return seen;
}

async function together(door: Door, path: string, times: number): Promise<number[]> {
  return (await Promise.all(Array.from({ length: times }, () => door.send(path)))).map(({ status }) => status);
}

describe("a sender", () => {
  it("is asked for by the five hundred", async () => {
    const door = new Door(ACME);
    await statuses(door, good, 1_250);
    expect(door.asked).toEqual(["SENDER_RATE 7", "SENDER_RATE 7"]);
  });

  it("over its rate is told to send again later, and taken again as soon as there is room", async () => {
    const door = new Door(ACME);
    door.rates.SENDER_RATE = 0;
    expect(new Set(await statuses(door, good, 499))).toEqual(new Set([200]));
    const answer = await door.send(good);
    expect([answer.status, answer.json.reason, answer.headers.get("Retry-After")]).toEqual([429, "rate_limited", "60"]);
    expect(await statuses(door, good, 2)).toEqual([429, 429]);
    expect(door.queued).toHaveLength(499);
    door.rates.SENDER_RATE = 1;
    expect(new Set(await statuses(door, good, 500))).toEqual(new Set([200]));
  });

  it("is asked for once by requests that come together, each of which asks once the rate is used up", async () => {
    const door = new Door(ACME);
    await statuses(door, good, 499);
    await together(door, good, 20);
    expect(door.asked).toHaveLength(1);
    door.rates.SENDER_RATE = 0;
    await statuses(door, good, 481);
    expect(new Set(await together(door, good, 20))).toEqual(new Set([429]));
  });

  it("that is refused for what it says uses its own rate, not the strangers'", async () => {
    const door = new Door(ACME);
    door.rates.STRANGER_RATE = 0;
    expect((await door.send(`${good}&amount=x`)).json.reason).toBe("bad_amount");
    expect(door.refused).toHaveLength(1);
  });

  it("is not kept out by a rate that cannot be asked", async () => {
    const door = new Door(ACME);
    door.env.SENDER_RATE.limit = () => Promise.reject(new Error("injected"));
    expect(new Set(await statuses(door, good, 501))).toEqual(new Set([200]));
  });
});

describe("strangers", () => {
  it("have a budget of their own, beyond which nothing is logged", async () => {
    const door = new Door(ACME);
    door.rates.STRANGER_RATE = 3;
    expect(await statuses(door, forged, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(door.refused).toHaveLength(3);
    expect(await statuses(door, good, 3)).toEqual([200, 200, 200]);
  });

  it("hide from no real sender why its token, signature or message is refused", async () => {
    const [token, signed, open] = [new Door(ACME), new Door({ ...ACME, auth: "signed" }), new Door(OPEN)];
    for (const door of [token, signed, open]) door.rates.STRANGER_RATE = 0;
    for (const [door, path, reason] of [
      [token, forged, "bad_token"],
      [token, "/p/acme", "missing_token"],
      [signed, good, "missing_signature"],
      [open, "/p/acme?amount=x", "bad_amount"],
    ] as const)
      expect((await door.send(path)).json.reason).toBe(reason);
    expect((await token.send("/p/acme/batch?token=wrong", { method: "POST", body: "x" })).json.reason).toBe(
      "bad_token",
    );
    expect([token.refused, signed.refused, open.refused]).toEqual([[], [], []]);
  });

  it("are answered without waiting for their budget", async () => {
    const { env } = new Door(ACME);
    env.STRANGER_RATE.limit = () => new Promise(() => {});
    const answer = await createHandler().fetch(new Request(ORIGIN + forged), env, { waitUntil: () => {} });
    expect(answer.status).toBe(401);
  });

  it("are in open mode those who are refused", async () => {
    const door = new Door(OPEN);
    door.rates.STRANGER_RATE = 1;
    expect(await statuses(door, "/p/acme?click_id=forged", 2)).toEqual([400, 400]);
    expect(door.refused).toHaveLength(1);
    expect(await statuses(door, "/p/acme?txid=A", 2)).toEqual([200, 200]);
  });

  it("of one advertiser are not those of another", async () => {
    const door = new Door(ACME, { ...ACME, advertiser: 8, slug: "other" });
    await door.send(forged);
    await door.send(forged.replace("acme", "other"));
    expect(door.asked).toEqual(["STRANGER_RATE 7", "STRANGER_RATE 8"]);
  });
});
