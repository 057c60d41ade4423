/** Is it really the sender? Open, token and signed mode, addresses, rotation, and every way to have unsigned words read in signed mode. */
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import type { AdvertiserRecord } from "../../schema/records.ts";
import { signTarget } from "../../workers/core/postback/signed-url.ts";
import { ACME, clickId, Door, signingKeyOf, signingSecretOf, tokenOf } from "./door.ts";

const OTHER: AdvertiserRecord = { ...ACME, advertiser: 8, slug: "other" };
const SIGNED: AdvertiserRecord = { ...ACME, auth: "signed" };
const token = await tokenOf(7);
const FOREIGN_TOKEN = await tokenOf(8);
const NEXT_TOKEN = await tokenOf(7, 2);
const SECRET = await signingSecretOf(7);
const click = await clickId();
const JSON_TYPE = { "Content-Type": "application/json" };
const nowS = () => Math.floor(Date.now() / 1000);

async function reasonOf(door: Door, path: string, init?: RequestInit): Promise<unknown> {
  const answer = await door.send(path, init);
  return answer.json.reason ?? answer.json.status;
}

describe("in open mode", () => {
  it("nothing is asked for, and a wrong credential is no matter", async () => {
    const door = new Door({ ...ACME, auth: "open" });
    for (const query of ["", "&token=wrong", "&sig=00&ts=1&nonce=x", `&token=${token}`])
      expect(await reasonOf(door, `/p/acme?txid=A${query}`)).toBe("accepted");
    expect(door.queued[0]).not.toHaveProperty("credentialVersion");
  });
});

describe("in token mode", () => {
  it.each<[string, string, RequestInit]>([
    ["a parameter", `&token=${token}`, {}],
    ["an alias of it", `&secure=${token}`, {}],
    ["a header", "", { headers: { Authorization: `Bearer ${token}` } }],
    ["a header in other case", "", { headers: { authorization: `bearer  ${token}` } }],
    ["a header beside a wrong parameter", "&token=wrong", { headers: { Authorization: `Bearer ${token}` } }],
    ["a parameter beside a header of something else", `&token=${token}`, { headers: { Authorization: "Basic eDp5" } }],
    ["a form", "", { method: "POST", body: new URLSearchParams({ token }) }],
  ])("the token is taken from %s", async (_, query, init) => {
    expect(await reasonOf(new Door(ACME), `/p/acme?txid=A${query}`, init)).toBe("accepted");
  });

  it.each([
    ["", "missing_token"],
    ["?token=", "missing_token"],
    ["?token=wrong", "bad_token"],
    [`?token=${token}x`, "bad_token"],
    [`?token=${token.slice(0, -1)}`, "bad_token"],
    [`?token=${token.toUpperCase()}`, "bad_token"],
    [`?token=${FOREIGN_TOKEN}`, "bad_token"],
    [`?token=${NEXT_TOKEN}`, "bad_token"],
    [`?token=${SECRET}`, "bad_token"],
    [`?token=${token}&token=x`, "bad_token"],
    ["?token=%FF", "bad_token"],
  ])("%s: %s", async (query, reason) => {
    const door = new Door(ACME, OTHER);
    const answer = await door.send(`/p/acme${query}`);
    expect([answer.status, answer.json.reason]).toEqual([401, reason]);
    expect(door.queued).toEqual([]);
    expect(JSON.stringify(door.refused) + door.logs).not.toContain(token);
  });

  it("two versions are good while a rotation runs, and the message says which one vouched", async () => {
    const door = new Door({
      ...ACME,
      credentials: [
        { version: 2, key: 1 },
        { version: 1, key: 1, untilMs: Date.now() + 60_000 },
      ],
    });
    for (const version of [1, 2]) await door.send(`/p/acme?txid=A&token=${await tokenOf(7, version)}`);
    expect(door.queued.map(({ credentialVersion }) => credentialVersion)).toEqual([1, 2]);
    const after = new Door({ ...ACME, credentials: [{ version: 1, key: 1, untilMs: Date.now() - 1 }] });
    expect(await reasonOf(after, `/p/acme?token=${token}`)).toBe("bad_token");
  });

  it("a signature that comes along is checked, and its result logged, and nothing more", async () => {
    const good = await signedPath("/p/acme?txid=A", { token });
    for (const [path, result] of [
      [good, "valid"],
      [good.replace("txid=A", "txid=B"), "bad_signature"],
      [await signedPath("/p/acme?txid=A", { token, ts: nowS() - 400 }), "stale"],
    ] as const) {
      const door = new Door(ACME);
      expect(await reasonOf(door, path)).toBe("accepted");
      expect(door.logs).toContain(`"signature_checked","advertiser":7,"result":"${result}"`);
      expect(door.logs).not.toContain(token);
    }
  });

  it("a signature that is right without a token is said to be right, and a wrong or late one proves nothing", async () => {
    const signed = await signedPath("/p/acme?txid=A");
    expect(await reasonOf(new Door(ACME), signed)).toBe("token_besides");
    expect(await reasonOf(new Door(ACME), signed.replace("txid=A", "txid=B"))).toBe("bad_signature");
    expect(await reasonOf(new Door(ACME), await signedPath("/p/acme?txid=A", { ts: nowS() - 400 }))).toBe(
      "missing_token",
    );
    expect(await reasonOf(new Door(ACME), await signedPath("/p/acme?txid=A", { token: "wrong" }))).toBe("bad_token");
  });

  it.each([
    ["%20", ""],
    ["", "%20"],
    ["%09", "%09+"],
    ["+", "+"],
  ])("blanks around a token (%j, %j) are cut, as around any value", async (before, after) => {
    expect(await reasonOf(new Door(ACME), `/p/acme?txid=A&token=${before}${token}${after}`)).toBe("accepted");
    expect(await reasonOf(new Door(ACME), `/p/acme?txid=A&token=${before}x${token}${after}`)).toBe("bad_token");
  });
});

describe("an address list", () => {
  const LISTED = { ...ACME, allowedIps: ["192.0.2.0/24", "2001:db8::/32"] };
  it.each([
    ["192.0.2.9", {}, "accepted"],
    ["::ffff:192.0.2.9", {}, "accepted"],
    ["2001:db8::9", {}, "accepted"],
    ["198.51.100.1", {}, "address_not_allowed"],
    [
      "198.51.100.1",
      { "X-Forwarded-For": "192.0.2.9", "X-Real-IP": "192.0.2.9", Forwarded: "for=192.0.2.9" },
      "address_not_allowed",
    ],
    ["192.0.2.9, 198.51.100.1", {}, "address_not_allowed"],
    [null, { "X-Forwarded-For": "192.0.2.9", "True-Client-IP": "192.0.2.9" }, "address_not_allowed"],
  ])("%s with %j: %s", async (address, headers, reason) => {
    const door = new Door(LISTED);
    const connecting = address === null ? {} : { "CF-Connecting-IP": address };
    const init = { headers: { ...headers, ...connecting } };
    expect(await reasonOf(door, `/p/acme?txid=A&token=${token}`, init)).toBe(reason);
    expect(await reasonOf(door, `/p/acme/batch?token=${token}`, { ...init, method: "POST", body: "x" })).toBe(
      reason === "accepted" ? "unsupported_content_type" : reason,
    );
  });

  it("of which nothing can be read lets nobody in", async () => {
    const door = new Door({ ...ACME, allowedIps: ["everyone"] });
    const init = { headers: { "CF-Connecting-IP": "192.0.2.9" } };
    expect(await reasonOf(door, `/p/acme?token=${token}`, init)).toBe("address_not_allowed");
  });
});

/** A signed target: `path` with the further parameters, then ts, nonce and sig. */
async function signedPath(
  path: string,
  { ts = nowS(), nonce = "k3Jd92Lx", version = 1, advertiser = 7, ...more }: Record<string, string | number> = {},
): Promise<string> {
  const query = Object.entries({ ...more, ts, nonce }).map(([name, value]) => `${name}=${value}`);
  const signed = `${path}${path.includes("?") ? "&" : "?"}${query.join("&")}`;
  return `${signed}&sig=${signTarget(await signingKeyOf(Number(advertiser), Number(version)), signed)}`;
}

describe("a signed GET", () => {
  it("is taken without a token, and sent again has the same receipt", async () => {
    const door = new Door(SIGNED);
    const path = await signedPath(`/p/acme?click_id=${click}&amount=40`);
    const answers = [await door.send(path), await door.send(path)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[0]?.json.receipt).toBe(answers[1]?.json.receipt);
    expect(door.queued[0]).toMatchObject({ named: true, credentialVersion: 1, content: { clickId: click } });
  });

  it("that a zone normalised on its way is the same message", async () => {
    const door = new Door(SIGNED);
    const [normal, encoded] = [await signedPath("/p/acme?txid=a~b%2Fc"), "/p/acme?txid=a%7eb%2fc"];
    const first = await door.send(normal);
    const second = await door.send(normal.replace("/p/acme?txid=a~b%2Fc", encoded));
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.json.receipt).toBe(first.json.receipt);
  });

  it.each<[string, () => Promise<string>, string]>([
    ["no signature", async () => `/p/acme?token=${token}`, "missing_signature"],
    ["only a signature", async () => "/p/acme?sig=00", "missing_signature"],
    ["another secret", () => signedPath("/p/acme?txid=A", { version: 2 }), "bad_signature"],
    ["another advertiser's secret", () => signedPath("/p/acme?txid=A", { advertiser: 8 }), "bad_signature"],
    [
      "a changed value",
      async () => (await signedPath("/p/acme?amount=4")).replace("amount=4", "amount=40"),
      "bad_signature",
    ],
    [
      "a changed path",
      async () => (await signedPath("/p/other?amount=4")).replace("/p/other", "/p/acme"),
      "bad_signature",
    ],
    ["a signature cut short", async () => (await signedPath("/p/acme?a=1")).slice(0, -1), "bad_signature"],
    ["words after the signature", async () => `${await signedPath("/p/acme?a=1")}&amount=1000`, "unsigned_content"],
    ["a signature of its own added", async () => `${await signedPath("/p/acme?a=1")}&amount=9&sig=00`, "bad_signature"],
    ["an old time stamp", () => signedPath("/p/acme?a=1", { ts: nowS() - 301 }), "stale"],
    ["a time stamp to come", () => signedPath("/p/acme?a=1", { ts: nowS() + 310 }), "stale"],
    ["no time stamp", () => signedPath("/p/acme?a=1", { ts: "" }), "missing_signature"],
    ["no nonce", () => signedPath("/p/acme?a=1", { nonce: "" }), "missing_signature"],
    ["a time stamp in milliseconds", () => signedPath("/p/acme?a=1", { ts: Date.now() }), "malformed_parameter"],
    ["two time stamps", () => signedPath(`/p/acme?ts=${nowS() + 1}`), "malformed_parameter"],
    ["a short nonce", () => signedPath("/p/acme?a=1", { nonce: "1234567" }), "malformed_parameter"],
    ["a nonce of other letters", () => signedPath("/p/acme?a=1", { nonce: "12345678!" }), "malformed_parameter"],
    ["a forged click ID", () => signedPath("/p/acme?click_id=1"), "malformed_click_id"],
  ])("with %s is refused", async (_, path, reason) => {
    const door = new Door(SIGNED, { ...OTHER, auth: "signed" });
    expect(await reasonOf(door, await path())).toBe(reason);
    expect(door.queued).toEqual([]);
  });

  it.each(["/p/ACME?txid=A", "/p/acme/?txid=A"])(
    "for %s is taken as it was sent, and not for the path written otherwise",
    async (path) => {
      const signed = await signedPath(path);
      expect(await reasonOf(new Door(SIGNED), signed)).toBe("accepted");
      const otherwise = signed.replace(/^[^?]+/, "/p/acme");
      expect(await reasonOf(new Door(SIGNED), otherwise)).toBe("bad_signature");
    },
  );

  it("is taken at either end of the tolerance", async () => {
    for (const ts of [nowS() - 298, nowS() + 299])
      expect(await reasonOf(new Door(SIGNED), await signedPath("/p/acme?txid=A", { ts }))).toBe("accepted");
  });

  it("replayed as a POST with a body is refused", async () => {
    const path = await signedPath("/p/acme?txid=A");
    for (const body of [new URLSearchParams({ amount: "1000" }), ""])
      expect(await reasonOf(new Door(SIGNED), path, { method: "POST", body })).toBe("missing_signature");
  });

  it("with a body is refused", async () => {
    const request = new Request(`https://postback.example${await signedPath("/p/acme?txid=A")}`);
    Object.defineProperty(request, "body", { value: new Blob(["amount=1000"]).stream() });
    expect((await new Door(SIGNED).sendRequest(request)).json.reason).toBe("unsigned_content");
  });

  it("is not named by a header that nobody signed", async () => {
    const path = await signedPath("/p/acme?txid=A");
    const door = new Door(SIGNED);
    const plain = await door.send(path);
    const named = await door.send(path, { headers: { "Idempotency-Key": "other", "webhook-id": "other" } });
    expect(named.json.receipt).toBe(plain.json.receipt);
  });
});

const webhook = new Webhook(SECRET);
const foreignWebhook = new Webhook(await signingSecretOf(8));

/** A body signed by the public library, as it would be posted. */
function signedPost(body: string, { id = "msg_1", at = new Date(), by = webhook, type = "application/json" } = {}) {
  const headers = {
    "Content-Type": type,
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": by.sign(id, at, body),
  };
  return { method: "POST", body, headers };
}

describe("a signed POST", () => {
  const body = JSON.stringify({ click_id: click, amount: 40.0, txid: "A" });

  it("is taken, and sent again, signed anew, has the same receipt", async () => {
    const door = new Door(SIGNED);
    const first = await door.send("/p/acme", signedPost(body));
    const again = await door.send("/p/acme", signedPost(body, { at: new Date(Date.now() - 200_000) }));
    expect([first.status, again.status, again.json.receipt]).toEqual([200, 200, first.json.receipt]);
    expect(door.queued[0]).toMatchObject({
      named: true,
      credentialVersion: 1,
      channel: "json",
      content: { clickId: click },
    });
    const other = await door.send("/p/acme", signedPost(body, { id: "msg_2" }));
    expect(other.json.receipt).not.toBe(first.json.receipt);
  });

  it("may be signed under the old and the new secret at once", async () => {
    const door = new Door({ ...SIGNED, credentials: [{ version: 2, key: 1 }] });
    const init = signedPost(body);
    expect(await reasonOf(door, "/p/acme", init)).toBe("bad_signature");
    const second = signedPost(body, { by: new Webhook(await signingSecretOf(7, 2)) }).headers["webhook-signature"];
    const headers = { ...init.headers, "webhook-signature": `${init.headers["webhook-signature"]} ${second}` };
    expect(await reasonOf(door, "/p/acme", { ...init, headers })).toBe("accepted");
    expect(door.queued[0]?.credentialVersion).toBe(2);
  });

  it("says by itself what it is: the type of it is not signed", async () => {
    const door = new Door(SIGNED);
    const first = await door.send("/p/acme", signedPost(body));
    for (const type of ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"])
      expect((await door.send("/p/acme", signedPost(body, { type }))).json.receipt).toBe(first.json.receipt);
    await door.send("/p/acme", signedPost("txid=B&amount=3", { id: "msg_3" }));
    expect(door.queued.at(-1)).toMatchObject({ channel: "form", content: { txid: "B", amountMicros: 3_000_000 } });
  });

  it.each<[string, string, RequestInit, string]>([
    ["no signature", "", { method: "POST", body, headers: JSON_TYPE }, "missing_token"],
    ["a token instead", `?token=${token}`, { method: "POST", body, headers: JSON_TYPE }, "missing_signature"],
    ["half a signature", "", { method: "POST", body, headers: { "webhook-id": "msg_1" } }, "missing_signature"],
    ["a query added", "?amount=1000", signedPost(body), "unsigned_content"],
    ["an empty query", "?", signedPost(body), "unsigned_content"],
    ["a changed body", "", { ...signedPost(body), body: body.replace("40", "4000") }, "bad_signature"],
    ["another secret", "", signedPost(body, { by: foreignWebhook }), "bad_signature"],
    ["an old time stamp", "", signedPost(body, { at: new Date(Date.now() - 302_000) }), "stale"],
    ["a time stamp to come", "", signedPost(body, { at: new Date(Date.now() + 310_000) }), "stale"],
    ["another time stamp", "", restamped({ "webhook-timestamp": String(nowS() + 1) }), "bad_signature"],
    ["another id", "", restamped({ "webhook-id": "msg_9" }), "bad_signature"],
    ["an id that parts the signed text elsewhere", "", restamped({ "webhook-id": "msg.1" }), "malformed_parameter"],
    ["no id", "", restamped({ "webhook-id": "" }), "missing_signature"],
    ["a time stamp that is none", "", restamped({ "webhook-timestamp": "1e9" }), "malformed_parameter"],
    ["the name of a batch", "", signedPost(body, { id: "batch_1" }), "unsigned_content"],
    ["a body that is nothing", "", signedPost("{"), "malformed_body"],
    ["its body packed", "", packed(), "unsupported_content_type"],
  ])("with %s is refused", async (_, query, init, reason) => {
    const door = new Door(SIGNED);
    expect(await reasonOf(door, `/p/acme${query}`, init)).toBe(reason);
    expect(door.queued).toEqual([]);
  });

  function restamped(headers: Record<string, string>): RequestInit {
    const init = signedPost(body);
    return { ...init, headers: { ...init.headers, ...headers } };
  }

  function packed(): RequestInit {
    return restamped({ "Content-Encoding": "gzip" });
  }

  it("sent to the batch is refused, and a batch sent as a message too", async () => {
    const door = new Door(SIGNED);
    expect(await reasonOf(door, "/p/acme/batch", signedPost(body))).toBe("unsigned_content");
    const batch = signedPost(`${body}\n`, { id: "batch_1", type: "application/x-ndjson" });
    expect(await reasonOf(door, "/p/acme", batch)).toBe("unsigned_content");
    expect(door.queued).toEqual([]);
    expect(await reasonOf(door, "/p/acme/batch", batch)).toBe("accepted");
  });

  it("is refused within the strangers' budget, since anyone can send it", async () => {
    const door = new Door(SIGNED);
    await door.send("/p/acme", { method: "POST", body });
    expect(door.asked).toEqual(["STRANGER_RATE 7"]);
  });
});
