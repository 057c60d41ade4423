/** Who proves nothing hears the same whichever advertiser is named, so that nobody learns which there are; and whoever has a secret hears what is wrong. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AdvertiserRecord } from "../../schema/records.ts";
import { signTarget } from "../../workers/core/postback/signed-url.ts";
import { ACME, type Answer, Door, signingKeyOf, tokenOf } from "./door.ts";

const token = await tokenOf(7);
const ADVERTISERS: Record<string, AdvertiserRecord> = {
  "in token mode": ACME,
  "whose credentials are gone": { ...ACME, credentials: [] },
  "in rotation": { ...ACME, credentials: [...ACME.credentials, { version: 2, key: 1 }] },
  "with a list of addresses": { ...ACME, allowedIps: ["192.0.2.1"] },
  "in signed mode": { ...ACME, auth: "signed" },
  "in signed mode with a list of addresses": { ...ACME, auth: "signed", allowedIps: ["192.0.2.1"] },
  "with a preset": { ...ACME, mapping: { preset: "everflow" } },
  "with names of its own": { ...ACME, mapping: { names: { key: "token", token: "txid", sig: "-" } } },
};

/** What is said, but for the receipt, which is random. */
function heard({ status, headers, json: { receipt, ...said } }: Answer): unknown {
  return { status, said, receipt: typeof receipt, headers: [...headers] };
}

const STAMP = { "webhook-id": "msg_1", "webhook-timestamp": String(Math.floor(Date.now() / 1000)) };
const SIGNATURE = { "webhook-signature": `v1,${btoa("x".repeat(32))}` };
const FORGED = `ts=${STAMP["webhook-timestamp"]}&nonce=12345678&sig=${"0".repeat(64)}`;

const requests = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "HEAD"),
  path: fc.constantFrom("", "/batch", ".gif", "/", "/shop"),
  query: fc
    .subarray(["token=wrong", "token=", "token=%FF", "secure=x", "key=x", "txid=A", "amount=x", "click_id=1", FORGED])
    .map((parts) => (parts.length > 0 ? `?${parts.join("&")}` : "")),
  headers: fc
    .tuple(
      fc.constantFrom({}, { Authorization: "Bearer wrong" }),
      fc.constantFrom({}, STAMP, SIGNATURE, { ...STAMP, ...SIGNATURE }),
      fc.constantFrom({}, { "CF-Connecting-IP": "192.0.2.1" }, { "CF-Connecting-IP": "198.51.100.1" }),
      fc.constantFrom({}, { "Content-Type": "application/json" }, { "Content-Type": "application/x-ndjson" }),
      fc.constantFrom({}, { "Content-Encoding": "gzip" }, { "Idempotency-Key": "k" }),
    )
    .map((all) => Object.assign({}, ...all)),
  body: fc.constantFrom("", "{", '{"token":"wrong"}', "token=wrong&txid=A", "txid\nA\n", "x".repeat(70_000)),
});

describe("who proves nothing", () => {
  it.each(Object.entries(ADVERTISERS))("hears of one %s what is said of one that there is not", async (_, record) => {
    const [known, unknown] = [new Door(record), new Door()];
    await fc.assert(
      fc.asyncProperty(requests, async ({ method, path, query, headers, body }) => {
        const init = { method, headers, ...(["POST", "PUT"].includes(method) && { body }) };
        const target = `/p/acme${path}${query}`;
        expect(heard(await known.send(target, init))).toEqual(heard(await unknown.send(target, init)));
      }),
      { numRuns: 200 },
    );
    expect([known.queued, unknown.refused]).toEqual([[], []]);
  });

  it.each([
    ["", {}, "missing_token"],
    ["?token=wrong", {}, "bad_token"],
    [`?${FORGED}`, {}, "bad_signature"],
    ["?sig=0", {}, "missing_signature"],
    ["", { headers: { Authorization: "Bearer wrong" } }, "bad_token"],
    ["/batch", { method: "POST", body: "x" }, "missing_token"],
    ["/batch?token=wrong", { method: "POST", body: "x" }, "bad_token"],
  ])("with %s %j is told that the advertiser, or the proof, is wrong", async (rest, init, reason) => {
    const answer = await new Door().send(`/p/nobody${rest}`, init);
    expect([answer.status, answer.json.reason]).toEqual([401, reason]);
    if (reason !== "missing_signature") expect(answer.json.message).toMatch(/there is no advertiser of this name/);
  });

  it("does not learn of a list of addresses either; whoever has the token does", async () => {
    const door = new Door({ ...ACME, allowedIps: ["192.0.2.1"] });
    expect((await door.send("/p/acme?token=wrong")).json.reason).toBe("bad_token");
    expect((await door.send(`/p/acme?token=${token}`)).json.reason).toBe("address_not_allowed");
  });

  it("is not in the log of anybody where there is no advertiser, and takes no rate", async () => {
    const door = new Door();
    await door.send("/p/nobody?token=wrong");
    expect([door.refused, door.asked, door.queued]).toEqual([[], [], []]);
  });
});

describe("the log", () => {
  it("has the true reason, whatever was said", async () => {
    const door = new Door({ ...ACME, auth: "signed" });
    const answer = await door.send("/p/acme?txid=A");
    expect([answer.json.reason, door.refused[0]?.reason]).toEqual(["missing_token", "missing_signature"]);
    expect(door.refused[0]?.receipt).toBe(answer.json.receipt);
  });
});

describe("whoever has one secret", () => {
  const signed = async (query: string) => {
    const target = `/p/acme?${query}nonce=12345678&ts=${Math.floor(Date.now() / 1000)}`;
    return `${target}&sig=${signTarget(await signingKeyOf(7), target)}`;
  };

  it("hears in the other mode what is missing there", async () => {
    const inSignedMode = new Door({ ...ACME, auth: "signed" });
    expect((await inSignedMode.send(`/p/acme?token=${token}`)).json.reason).toBe("missing_signature");
    expect((await new Door(ACME).send(await signed(""))).json.reason).toBe("token_besides");
    expect((await new Door(ACME).send(await signed("token=wrong&"))).json.reason).toBe("bad_token");
  });
});
