/** What the door takes, what it then tells queue and sender, and what happens when its storage fails. */
import { describe, expect, it, vi } from "vitest";
import { ACME, clickId, Door, tokenOf } from "./door.ts";

const token = await tokenOf(ACME.advertiser);
const click = await clickId();
const RECEIPT = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;
const FORM = "application/x-www-form-urlencoded";

function post(body: BodyInit, type?: string): RequestInit {
  return { method: "POST", body, headers: type === undefined ? {} : { "Content-Type": type } };
}

const JSON_BODY = `{"click_id":"${click}","amount":40.5,"test":1}`;

describe("a postback", () => {
  it("is queued, and answered with its receipt", async () => {
    const door = new Door(ACME);
    const before = Date.now();
    const answer = await door.send(`/p/acme?click_id=${click.toUpperCase()}&amount=49.99&txid=A-1&token=${token}`);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toEqual({
      "cache-control": "no-store",
      "content-type": "application/json",
      "strict-transport-security": "max-age=31536000",
      "x-content-type-options": "nosniff",
    });
    expect(door.queued).toEqual([
      {
        kind: "postback",
        receipt: expect.stringMatching(RECEIPT),
        advertiser: 7,
        receivedAtMs: expect.any(Number),
        channel: "get",
        credentialVersion: 1,
        content: { clickId: click, amountMicros: 49_990_000, txid: "A-1" },
      },
    ]);
    expect(answer.text).toBe(`{"status":"accepted","receipt":"${door.queued[0]?.receipt}"}`);
    expect(door.queued[0]?.receivedAtMs).toBeGreaterThanOrEqual(before);
    expect(door.refused).toEqual([]);
  });

  it.each<[string, string, RequestInit, string]>([
    ["a query", `?click_id=${click}&amount=40.5&test=1&token=${token}`, {}, "get"],
    ["a query, posted", `?click_id=${click}&amount=40.5&test=1&token=${token}`, { method: "POST" }, "form"],
    [
      "a query, posted with an empty form",
      `?click_id=${click}&amount=40.5&test=1&token=${token}`,
      post("", FORM),
      "form",
    ],
    [
      "a query, posted with empty JSON",
      `?click_id=${click}&amount=40.5&test=1&token=${token}`,
      post("", "application/json"),
      "form",
    ],
    ["a form", "", post(`click_id=${click}&amount=40.5&test=1&token=${token}`, FORM), "form"],
    [
      "a form with a charset",
      "",
      post(`click_id=${click}&amount=40.5&test=1&token=${token}`, `${FORM.toUpperCase()}; charset=UTF-8`),
      "form",
    ],
    [
      "JSON",
      "",
      post(JSON.stringify({ click_id: click, amount: 40.5, test: true, token }), "application/json"),
      "json",
    ],
    [
      "JSON with a byte order mark",
      "",
      post(`\ufeff{"click_id":"${click}","amount":40.50,"test":1,"token":"${token}"}`, "application/json"),
      "json",
    ],
    [
      "JSON and a query",
      `?token=${token}&amount=1&test=1`,
      post(`{"click_id":"${click}","amount":"40.5"}`, "application/json; charset=utf-8"),
      "json",
    ],
  ])("is read from %s", async (_, query, init, channel) => {
    const door = new Door(ACME);
    expect((await door.send(`/p/acme${query}`, init)).status).toBe(200);
    expect(door.queued).toMatchObject([{ channel, content: { clickId: click, amountMicros: 40_500_000, test: true } }]);
  });

  it("is answered with the text that it asks for, but never when it is refused", async () => {
    const door = new Door(ACME);
    const taken = await door.send(`/p/acme?txid=A&return=success%3Dtrue%3B&token=${token}`);
    expect([taken.status, taken.text, taken.headers.get("Content-Type")]).toEqual([
      200,
      "success=true;",
      "text/plain; charset=utf-8",
    ]);
    const refused = await door.send(`/p/acme?return=OK&amount=x&token=${token}`);
    expect([refused.status, refused.json.reason]).toEqual([400, "bad_amount"]);
  });

  it.each([
    ["JSON under a form's type", JSON_BODY, FORM, "json"],
    ["JSON under no type of its own", JSON_BODY, "text/plain;charset=UTF-8", "json"],
    ["JSON under a vendor's type", JSON_BODY, "application/vnd.shop+json", "json"],
    ["JSON behind a wrapper", `{"data":${JSON_BODY}}`, "application/json", "json"],
    ["a form under no type of its own", `click_id=${click}&amount=40.5&test=1`, "text/plain", "form"],
    ["a form of an object's members", `data[click_id]=${click}&data[amount]=40.5&data[test]=1`, FORM, "form"],
    ["a form whose ampersands were escaped", `click_id=${click}&amp;amount=40.5&amp;test=1`, FORM, "form"],
  ])("is read from %s", async (_, body, type, channel) => {
    const door = new Door(ACME);
    expect((await door.send(`/p/acme?token=${token}`, post(body, type))).json.status).toBe("accepted");
    expect(door.queued).toMatchObject([{ channel, content: { clickId: click, amountMicros: 40_500_000, test: true } }]);
  });

  it.each([
    ["text that is neither", "text/plain", "hello", "unsupported_content_type"],
    ["XML", "application/xml", "<sale/>", "unsupported_content_type"],
    ["parts", "multipart/form-data; boundary=x", "--x", "unsupported_content_type"],
    ["broken JSON", "application/json", JSON_BODY.slice(1), "malformed_body"],
    ["a list of two", "application/json", `[${JSON_BODY},${JSON_BODY}]`, "malformed_body"],
    ["a form under JSON's type", "application/json", `click_id=${click}`, "malformed_body"],
    ["an order in an order", "application/json", `{"order":${JSON_BODY}}`, "names_nothing"],
  ])("is refused where its body is %s", async (_, type, body, reason) => {
    const door = new Door(ACME);
    expect((await door.send(`/p/acme?token=${token}`, post(body, type))).json.reason).toBe(reason);
    expect(door.queued).toEqual([]);
  });

  it("tells and keeps what nobody read, and what is perhaps ours", async () => {
    const door = new Door(ACME);
    const query = `click_id=${click}&klick=X&ammount=40&klick=Y&api_token=z&note=${token}&occurred_at=soon`;
    const { json } = await door.send(`/p/acme?${query}&token=${token}`);
    expect(json).toEqual({
      status: "accepted",
      receipt: door.queued[0]?.receipt,
      unread: ["klick", "ammount", "note"],
      perhaps: { klick: "click_id", ammount: "amount" },
      notes: { occurred_at: "bad_time" },
    });
    expect(door.queued[0]?.content).toEqual({
      clickId: click,
      unread: { klick: "Y", ammount: "40", note: "(hidden)", occurred_at: "soon" },
      notes: { occurred_at: "bad_time" },
    });
  });

  it("tells two letters that changed places, and not the name that a click ID was read from", async () => {
    const { json } = await new Door(ACME).send(`/p/acme?tid=${click.toUpperCase()}&amonut=40&token=${token}`);
    expect([json.unread, json.perhaps]).toEqual([["amonut"], { amonut: "amount" }]);
  });

  it("that names nothing is refused at once, and kept whole in the log", async () => {
    const door = new Door(ACME);
    const { status, json } = await door.send(`/p/acme?kunde=X&bestellung=M1&summe=40&txidd=A&token=${token}`);
    expect([status, json.reason, json.unread, json.perhaps]).toEqual([
      400,
      "names_nothing",
      ["kunde", "bestellung", "summe", "txidd"],
      { txidd: "txid" },
    ]);
    expect(door.refused).toMatchObject([
      { credentialVersion: 1, params: { kunde: "X", bestellung: "M1", summe: "40", txidd: "A" } },
    ]);
  });

  it("keeps no more of what nobody read than there is room for", async () => {
    const door = new Door(ACME);
    const many = Array.from({ length: 200 }, (_, index) => `p${index}=${"x".repeat(300)}`).join("&");
    await door.send(`/p/acme?txid=A&${many}&token=${token}`);
    const unread = Object.entries(door.queued[0]?.content.unread ?? {});
    expect(unread.length).toBeGreaterThan(3);
    expect(unread.flat().join("").length).toBeLessThanOrEqual(2_048);
  });

  it("has one receipt, whatever was sent beside it that nobody read", async () => {
    const door = new Door(ACME);
    for (const extra of ["", "&klick=1", "&klick=2", "&customer=x"])
      await door.send(`/p/acme?txid=A&idempotency_key=k${extra}&token=${token}`);
    expect(new Set(door.queued.map(({ receipt }) => receipt)).size).toBe(1);
  });

  it("without a click ID is taken all the same, for its order may be known", async () => {
    const door = new Door(ACME);
    expect((await door.send(`/p/acme?txid=A-1&status=reversed&token=${token}`)).status).toBe(200);
    expect(door.queued).toMatchObject([{ content: { txid: "A-1", status: "reversed" } }]);
  });

  it("leaves no credential in its message", async () => {
    const door = new Door(ACME);
    await door.send(`/p/acme?txid=A&token=${token}&ts=1795420800&nonce=nonce-nonce&sig=00`);
    expect(JSON.stringify(door.queued)).not.toMatch(/cbt_|nonce|1795420800/);
    expect(door.queued).toHaveLength(1);
  });
});

describe("a path", () => {
  it.each(["/p/acme", "/p/acme/", "/p/ACME", "/P/Acme/"])("%s is the advertiser's", async (path) => {
    const door = new Door(ACME);
    expect((await door.send(`${path}?txid=A&token=${token}`)).status).toBe(200);
    expect(door.queued).toMatchObject([{ advertiser: 7, content: { txid: "A" } }]);
  });

  it.each(["/p/acme/batch", "/p/acme/batch/", "/p/ACME/Batch"])("%s is its batch", async (path) => {
    const door = new Door(ACME);
    const headers = { "Content-Type": "application/x-ndjson", Authorization: `Bearer ${token}` };
    expect((await door.send(path, { method: "POST", headers, body: '{"txid":"A"}' })).status).toBe(200);
    expect(door.queued).toMatchObject([{ channel: "batch" }]);
  });

  it.each(["/p/acme.gif", "/p/acme.gif/", "/p/ACME.GIF"])("%s is its pixel", async (path) => {
    const door = new Door({ ...ACME, pixel: true });
    await door.send(`${path}?txid=A`);
    expect(door.queued).toMatchObject([{ channel: "pixel" }]);
  });
});

describe("what is no postback", () => {
  it.each(["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND"])(
    "%s is refused and never recorded",
    async (method) => {
      const door = new Door({ ...ACME, auth: "open" });
      for (const [path, allow] of [
        ["/p/acme?txid=A", "GET, POST"],
        ["/p/acme/batch", "POST"],
      ] as const) {
        const answer = await door.send(path, { method });
        expect([answer.status, answer.headers.get("Allow"), answer.json.reason]).toEqual([
          405,
          allow,
          "method_not_allowed",
        ]);
      }
      expect([door.queued, door.refused]).toEqual([[], []]);
    },
  );

  it.each([
    ...["/", "/p", "/p/", "/p//", "/p/acme//", "/p/acme/x/y", "/p/acme/batch/x", "/p/acme.png", "/c/acme"],
    ...[
      "//p/acme",
      "/p/acme%00",
      "/p/%61cme",
      "/p/a.b",
      `/p/${"a".repeat(64)}`,
      "/p/__proto__",
      "/favicon.ico",
      "/p/acme;x=1",
    ],
  ])("%s has no door", async (path) => {
    const door = new Door(ACME);
    const answer = await door.send(path);
    expect([answer.status, answer.json.reason]).toEqual([404, "unknown_path"]);
    expect(answer.json.receipt).toMatch(RECEIPT);
    // Whether the host is another tracker's, which is not asked again with every request.
    await door.send(path);
    expect(door.kvReads).toBe(1);
  });

  it("a name of no advertiser is refused, not logged, and asked for once in a while only", async () => {
    const door = new Door(ACME);
    for (let times = 0; times < 3; times++) {
      const answer = await door.send("/p/nobody?txid=A");
      expect([answer.status, answer.json.reason]).toEqual([401, "missing_token"]);
    }
    expect([door.kvReads, door.refused]).toEqual([1, []]);
  });
});

describe("when storage fails", () => {
  const path = `/p/acme?txid=A&idempotency_key=k&token=${token}`;

  it("the queue is tried twice", async () => {
    const door = new Door(ACME);
    door.faults.postbacks = ["throws"];
    expect((await door.send(path)).status).toBe(200);
    expect(door.queued).toHaveLength(1);
  });

  it("nothing is accepted that the queue did not take", async () => {
    const door = new Door(ACME);
    door.faults.postbacks = ["throws", "throws"];
    const answer = await door.send(path);
    expect([answer.status, answer.json.reason, answer.headers.get("Retry-After")]).toEqual([503, "try_again", "5"]);
    expect([door.queued, door.refused]).toEqual([[], []]);
    expect((await door.send(path)).json.receipt).toBe(door.queued[0]?.receipt);
  });

  it("a queue that hangs is given up, and what it took after all has the same receipt", async () => {
    const door = new Door(ACME);
    door.faults.postbacks = ["hangs"];
    const answer = await door.send(path);
    expect(answer.json.receipt).toBe(door.queued[0]?.receipt);
  });

  it("an advertiser seen before is still known", async () => {
    const door = new Door(ACME);
    door.env.EDGE_CACHE_S = "0";
    await door.send(path);
    door.faults.kv = "throws";
    expect((await door.send(path)).status).toBe(200);
  });

  it("one never seen is not taken for nobody", async () => {
    const door = new Door(ACME);
    door.faults.kv = "throws";
    expect((await door.send(path)).json.reason).toBe("try_again");
  });

  it("a log of refusals that fails keeps no answer back", async () => {
    const door = new Door(ACME);
    door.faults.refusals = "throws";
    expect((await door.send("/p/acme")).json.reason).toBe("missing_token");
  });

  it("keys that are none are an outage, and the line about it does not tell them", async () => {
    const door = new Door(ACME);
    door.env.ADVERTISER_KEYS = '{"signing":1,"keys":{"1":"c2VjcmV0"}}';
    const answer = await door.send(path);
    expect([answer.status, answer.json.reason]).toEqual([503, "try_again"]);
    expect(door.logs).toContain("ADVERTISER_KEYS");
    expect(door.logs).not.toContain("c2VjcmV0");
  });
});

describe("an advertiser's record", () => {
  it("is read once in a while", async () => {
    const door = new Door(ACME);
    for (let times = 0; times < 5; times++) await door.send(`/p/acme?token=${token}`);
    expect(door.kvReads).toBe(1);
  });

  it("shows a change at once where the operator wants that", async () => {
    const door = new Door();
    door.env.EDGE_CACHE_S = "0";
    expect((await door.send(`/p/acme?token=${token}`)).json.reason).toBe("bad_token");
    door.put(ACME);
    expect((await door.send(`/p/acme?txid=A&token=${token}`)).status).toBe(200);
    door.put({ ...ACME, credentials: [{ version: 2, key: 1 }] });
    expect((await door.send(`/p/acme?token=${token}`)).json.reason).toBe("bad_token");
    expect((await door.send(`/p/acme?txid=A&token=${await tokenOf(7, 2)}`)).status).toBe(200);
  });

  it("is read anew after half a minute, and its absence after five seconds", async () => {
    const door = new Door(ACME);
    const startedMs = Date.now();
    const readsAfter = async (ms: number, path: string) => {
      const clock = vi.spyOn(Date, "now").mockReturnValue(startedMs + ms);
      await door.send(path);
      clock.mockRestore();
      return door.kvReads;
    };
    expect(await readsAfter(0, `/p/acme?token=${token}`)).toBe(1);
    expect(await readsAfter(29_900, `/p/acme?token=${token}`)).toBe(1);
    expect(await readsAfter(30_000, `/p/acme?token=${token}`)).toBe(2);
    expect(await readsAfter(30_000, "/p/nobody")).toBe(3);
    expect(await readsAfter(34_900, "/p/nobody")).toBe(3);
    expect(await readsAfter(35_000, "/p/nobody")).toBe(4);
  });

  it("is not pushed out of memory by names that somebody made up", async () => {
    const door = new Door(ACME);
    await door.send(`/p/acme?token=${token}`);
    for (let made = 0; made < 3_000; made++) await door.send(`/p/made-up-${made}`);
    const before = door.kvReads;
    await door.send(`/p/acme?token=${token}`);
    expect(door.kvReads).toBe(before);
  });
});
