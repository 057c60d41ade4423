/** What is promised: only what the queue has, only where the advertiser wants it, and so that its sender can check it without us. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { readPromise } from "../../workers/core/signed-log/promise.ts";
import { openNote, readVerifierKey } from "../../workers/core/signed-log/signed-note.ts";
import { ACME, Door, tokenOf } from "./door.ts";

const PROMISING = { ...ACME, promises: true } as const;
const QUERY = `event=sale&txid=order-1&amount=10&token=${await tokenOf(ACME.advertiser)}`;

async function keysOf(door: Door) {
  const { json } = await door.send("/.well-known/clickback-proofs");
  return (Array.isArray(json.promises) ? json.promises : []).flatMap((key) => readVerifierKey(String(key)) ?? []);
}

test("an accepted postback is promised, over its receipt and its bytes", async () => {
  const door = new Door(PROMISING);
  const { json, status } = await door.send(`/p/acme?${QUERY}`);
  expect(status).toBe(200);
  const opened = await openNote(String(json.promise), await keysOf(door));
  const promise = opened.ok ? readPromise(opened.value) : null;
  expect(promise).toMatchObject({
    receipt: json.receipt,
    advertiser: "acme",
    hash: createHash("sha256").update(`GET /p/acme?${QUERY}\n`).digest("base64"),
  });
  expect((promise?.byMs ?? 0) - (promise?.atMs ?? 0)).toBe(86_400_000);
});

test("a body is part of it", async () => {
  const door = new Door(PROMISING);
  const body = JSON.stringify({ event: "sale", txid: "order-2", amount: "10" });
  const headers = { "content-type": "application/json", authorization: `Bearer ${await tokenOf(ACME.advertiser)}` };
  const { json } = await door.send("/p/acme", { method: "POST", headers, body });
  const opened = await openNote(String(json.promise), await keysOf(door));
  const hash = createHash("sha256").update(`POST /p/acme\n${body}`).digest("base64");
  expect(opened.ok ? readPromise(opened.value)?.hash : null).toBe(hash);
});

test.each([
  ["without the field", ACME, `/p/acme?${QUERY}`],
  ["where it is refused", PROMISING, "/p/acme?event=sale&txid=order-1&token=wrong"],
  ["where a text is answered", PROMISING, `/p/acme?${QUERY}&return=OK`],
])("nothing is promised %s", async (_, record, path) => {
  expect((await new Door(record).send(path)).text).not.toContain("promise");
});

test("what the queue does not take is not promised", async () => {
  const door = new Door(PROMISING);
  door.faults.postbacks = ["throws", "throws"];
  const { status, text } = await door.send(`/p/acme?${QUERY}`);
  expect(status).toBe(503);
  expect(text).not.toContain("promise");
});

test("keys that cannot be read cost the promise, and not the postback", async () => {
  const door = new Door(PROMISING);
  door.env = Object.assign(door.env, { PROOF_KEYS: "none" });
  const { status, json } = await door.send(`/p/acme?${QUERY}`);
  expect([status, json.status, json.promise]).toEqual([200, "accepted", undefined]);
});
