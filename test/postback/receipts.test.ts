/** The same message has the same receipt, however often and whichever way it is sent; any other message has another. */
import { describe, expect, it } from "vitest";
import { ACME, clickId, Door, keySecret, tokenOf } from "./door.ts";

const token = await tokenOf(7);
const click = await clickId();
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };

async function receiptOf(door: Door, path: string, init?: RequestInit): Promise<unknown> {
  const answer = await door.send(path, init);
  expect(answer.status, answer.text).toBe(200);
  return answer.json.receipt;
}

describe("a named message", () => {
  const named = `/p/acme?token=${token}&click_id=${click}&amount=40&txid=A&idempotency_key=k`;

  it("has one receipt in every way of sending it", async () => {
    const door = new Door(ACME);
    const first = await receiptOf(door, named);
    const body = `click_id=${click}&txid=A&amount=40.00&idempotency_key=k`;
    const json = JSON.stringify({ txid: "A", amount: 40, click_id: click.toUpperCase(), idempotency_key: "k" });
    for (const [path, init] of [
      [named, {}],
      [`${named}&cachebuster=1`, {}],
      [`/p/acme?token=${token}&cid=${click}&value=40&order_id=A&idempotency_key=k`, {}],
      [`/p/acme?token=${token}&click_id=${click}&amount=40&txid=A`, { headers: { "Idempotency-Key": "k" } }],
      [`/p/acme?token=${token}`, { method: "POST", body, headers: FORM }],
      [`/p/acme?token=${token}`, { method: "POST", body: json, headers: { "Content-Type": "application/json" } }],
      [`${named}&return=OK`.replace(`token=${token}&`, ""), { headers: { Authorization: `Bearer ${token}` } }],
    ] as const) {
      await door.send(path, init);
      expect(door.queued.at(-1), path).toMatchObject({ receipt: first, named: true });
    }
    const row = `${JSON.stringify({ click_id: click, amount: "40", txid: "A", idempotency_key: "k" })}\n`;
    const batch = { method: "POST", body: row, headers: { "Content-Type": "application/x-ndjson" } };
    expect(await receiptOf(door, `/p/acme/batch?token=${token}`, batch)).toBe(first);
  });

  it("has another receipt with other content, another name, or from another advertiser", async () => {
    const door = new Door(ACME, { ...ACME, advertiser: 8, slug: "other" });
    const receipts = [
      await receiptOf(door, named),
      await receiptOf(door, named.replace("amount=40", "amount=41")),
      await receiptOf(door, named.replace("txid=A", "txid=a")),
      await receiptOf(door, named.replace("idempotency_key=k", "idempotency_key=l")),
      await receiptOf(door, `${named}&meta.a=1`),
      await receiptOf(door, `${named}&occurred_at=1795420800`),
      await receiptOf(door, `${named}&test=1`),
      await receiptOf(door, named.replace("/p/acme", "/p/other").replace(token, await tokenOf(8))),
      await receiptOf(door, named.replace("&idempotency_key=k", "")),
    ];
    expect(new Set(receipts).size).toBe(receipts.length);
  });

  it("keeps its receipt when the advertiser's secrets and the master key rotate", async () => {
    const door = new Door(ACME);
    const first = await receiptOf(door, named);
    const [, one] = /"1":"([^"]*)"/.exec(door.env.ADVERTISER_KEYS) ?? [];
    const [, two] = /"1":"([^"]*)"/.exec(keySecret(200)) ?? [];
    const rotated = new Door({ ...ACME, credentials: [{ version: 1, key: 1 }] });
    rotated.env.ADVERTISER_KEYS = `{"signing":2,"keys":{"2":"${two}","1":"${one}"}}`;
    expect(await receiptOf(rotated, named)).toBe(first);
  });

  it("that was refused does not stand in the way of the good one", async () => {
    const door = new Door(ACME);
    const refused = await door.send(named.replace("amount=40", "amount=x"));
    const again = await door.send(named.replace("amount=40", "amount=x"));
    expect(refused.json.receipt).not.toBe(again.json.receipt);
    expect(door.refused).toHaveLength(2);
    expect(await receiptOf(door, named)).not.toBe(refused.json.receipt);
  });

  it("is named by its webhook-id when it has no key of its own", async () => {
    const door = new Door(ACME);
    const send = (id: string, body = `txid=A&token=${token}`) =>
      receiptOf(door, "/p/acme", { method: "POST", body, headers: { ...FORM, "webhook-id": id } });
    const first = await send("msg_1");
    expect(await send("msg_1")).toBe(first);
    expect(await send("msg_2")).not.toBe(first);
    expect(await send("msg_1", `txid=B&token=${token}`)).not.toBe(first);
    expect(await send("msg_1", `txid=A&idempotency_key=k&token=${token}`)).not.toBe(first);
  });
});

describe("a message without a name", () => {
  it("has a receipt of its own each time", async () => {
    const door = new Door(ACME);
    const path = `/p/acme?token=${token}&txid=A&idempotency_key={uuid}`;
    expect(await receiptOf(door, path)).not.toBe(await receiptOf(door, path));
    expect(door.queued[0]).not.toHaveProperty("named");
  });
});
