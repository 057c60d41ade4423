/** The pixel: an image whatever happens, a claim without a status, and never in the way of the real message. */
import { describe, expect, it } from "vitest";
import { ACME, clickId, Door, tokenOf } from "./door.ts";

const WITH_PIXEL = { ...ACME, pixel: true };
const click = await clickId();

async function fire(door: Door, query: string, init?: RequestInit): Promise<void> {
  const answer = await door.send(`/p/acme.gif${query}`, init);
  expect([answer.status, answer.headers.get("Content-Type"), answer.headers.get("Cache-Control")]).toEqual([
    200,
    "image/gif",
    "no-store",
  ]);
  expect(answer.text.startsWith("GIF89a")).toBe(true);
}

describe("the pixel", () => {
  it.each(["", "&status=approved", "&status=pending"])("says no status and takes no token%s", async (status) => {
    for (const auth of ["open", "token", "signed"] as const) {
      const door = new Door({ ...WITH_PIXEL, auth, allowedIps: ["192.0.2.1"] });
      await fire(door, `?click_id=${click}&amount=40&txid=A${status}`);
      expect(door.queued).toMatchObject([
        { channel: "pixel", content: { clickId: click, amountMicros: 40_000_000, txid: "A" } },
      ]);
      expect(door.queued[0]?.content).not.toHaveProperty("status");
      expect(door.queued[0]).not.toHaveProperty("credentialVersion");
    }
  });

  it("never has the receipt of the message that it copies", async () => {
    const door = new Door(WITH_PIXEL);
    const query = `?click_id=${click}&status=pending&idempotency_key=k`;
    await fire(door, query);
    await fire(door, query, { headers: { "Idempotency-Key": "k", "webhook-id": "k" } });
    await door.send(`/p/acme${query}&token=${await tokenOf(7)}`);
    expect(new Set(door.queued.map(({ receipt }) => receipt)).size).toBe(3);
    expect(door.queued.map(({ named }) => named)).toEqual([undefined, undefined, true]);
  });

  it.each([
    ["?click_id=1", "malformed_click_id"],
    ["?amount=x", "bad_amount"],
    ["?txid=A&status=rejected", "bad_status"],
    ["?txid=A&status=reversed", "bad_status"],
    ["?txid=A&status=reinstated", "bad_status"],
    ["?txid=A&refunded_total=10", "bad_status"],
    ["?klick=X&summe=40", "names_nothing"],
    [`?${"a=1&".repeat(300)}`, "too_large"],
  ])("%s is an image, and refused in the log", async (query, reason) => {
    const door = new Door(WITH_PIXEL);
    await fire(door, query);
    expect([door.queued, door.refused.map((refusal) => refusal.reason)]).toEqual([[], [reason]]);
    expect(door.refused[0]?.channel).toBe("pixel");
  });

  it("is off by default", async () => {
    const door = new Door(ACME);
    await fire(door, `?click_id=${click}`);
    expect([door.queued, door.refused.map(({ reason }) => reason)]).toEqual([[], ["pixel_off"]]);
  });

  it("is an image for an advertiser that does not exist, and when the queue fails", async () => {
    await fire(new Door(), "?txid=A");
    const door = new Door(WITH_PIXEL);
    door.faults.postbacks = ["throws", "throws"];
    await fire(door, "?txid=A");
    expect(door.queued).toEqual([]);
  });

  it.each([
    ["text/plain;charset=UTF-8", JSON.stringify({ click_id: click, amount: 40, txid: "A" })],
    ["text/plain;charset=UTF-8", `click_id=${click}&amount=40&txid=A`],
    ["application/json", JSON.stringify({ click_id: click, amount: 40, txid: "A" })],
    ["application/x-www-form-urlencoded", `click_id=${click}&amount=40&txid=A`],
  ])("takes what a script posts as %s", async (type, body) => {
    const door = new Door(WITH_PIXEL);
    await fire(door, "", { method: "POST", body, headers: { "Content-Type": type } });
    expect(door.queued).toMatchObject([
      { channel: "pixel", content: { clickId: click, amountMicros: 40_000_000, txid: "A" } },
    ]);
  });

  it("lets scripts from anywhere send it, and counts no question whether they may", async () => {
    const door = new Door(WITH_PIXEL);
    const headers = { Origin: "https://shop.example", "Access-Control-Request-Method": "POST" };
    const asked = await door.send("/p/acme.gif", { method: "OPTIONS", headers });
    expect([asked.status, asked.headers.get("Access-Control-Allow-Origin")]).toEqual([204, "*"]);
    expect(asked.headers.get("Access-Control-Allow-Methods")).toBe("GET, POST");
    expect(asked.headers.get("Access-Control-Allow-Headers")).toBe("Content-Type");
    const sent = await door.send(`/p/acme.gif?txid=A`);
    expect(sent.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect([door.queued.length, door.refused]).toEqual([1, []]);
  });

  it("keeps little of what nobody reads", async () => {
    const door = new Door(WITH_PIXEL);
    await fire(door, `?txid=A&${Array.from({ length: 40 }, (_, index) => `p${index}=${"x".repeat(100)}`).join("&")}`);
    expect(JSON.stringify(door.queued[0]?.content).length).toBeLessThan(400);
  });

  it("keeps little of what decides nothing, the coupon first", async () => {
    const door = new Door(WITH_PIXEL);
    const meta = Array.from({ length: 10 }, (_, index) => `meta.note${index}=${"x".repeat(200)}`).join("&");
    const unreadable = Array.from({ length: 200 }, (_, index) => `meta.!${index}=x`).join("&");
    const body = `txid=A&customer=new&${unreadable}&${meta}&coupon=${"c".repeat(256)}`;
    await fire(door, "", { method: "POST", body, headers: { "Content-Type": "application/x-www-form-urlencoded" } });
    const content = door.queued[0]?.content;
    expect(content).toMatchObject({ coupon: "c".repeat(256), customer: "new", meta: { note0: "x".repeat(200) } });
    expect(JSON.stringify(content).length).toBeLessThan(1_200);
  });

  it.each(["HEAD", "PUT", "DELETE"])("is an image for %s too, which is not recorded", async (method) => {
    const door = new Door(WITH_PIXEL);
    await fire(door, "?txid=A", { method });
    expect([door.queued, door.refused]).toEqual([[], []]);
  });

  it("is an image when nobody can say whose it is", async () => {
    const door = new Door(WITH_PIXEL);
    door.faults.kv = "throws";
    await fire(door, "?txid=A");
    door.env.ADVERTISER_KEYS = "broken";
    await fire(door, "?txid=A");
    expect(door.queued).toEqual([]);
    expect(door.logs).toContain("postback_failed");
  });

  it("is the image of 42 bytes that browsers take for one transparent point", async () => {
    const door = new Door(WITH_PIXEL);
    const { headers, text } = await door.send("/p/acme.gif?txid=A");
    expect([headers.get("Content-Type"), text.length, text.endsWith(";")]).toEqual(["image/gif", 42, true]);
  });

  it("uses the strangers' budget, and never the sender's", async () => {
    const door = new Door(WITH_PIXEL);
    await fire(door, "?txid=A");
    await fire(door, "?amount=x");
    expect(door.asked).toEqual(["STRANGER_RATE 7", "STRANGER_RATE 7"]);
    door.rates.STRANGER_RATE = 0;
    for (let times = 0; times < 500; times++) await fire(door, "?txid=A");
    expect(door.queued).toHaveLength(1);
    door.rates.SENDER_RATE = 0;
    expect((await door.send(`/p/acme?txid=A&token=${await tokenOf(7)}`)).status).toBe(200);
  });
});
