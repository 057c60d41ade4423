/** The closed list of refusals: each reason is produced here, with its status, its words, and its place in the log. */
import { describe, expect, it } from "vitest";
import { signTarget } from "../../workers/core/postback/signed-url.ts";
import { REFUSALS, type RefusalReason } from "../../workers/core/reasons.ts";
import { signDigistore } from "../../workers/core/sources/source-signatures.ts";
import { saidToSenders } from "../../workers/core/trackers/tracker-answers.ts";
import { REQUESTS_AT_ONCE } from "../../workers/postback/rates.ts";
import { tableOf } from "../core/sources/shops.ts";
import { ACME, type Answer, clickId, Door, signingKeyOf, sourceRecord, tokenOf, trackerRecord } from "./door.ts";

const token = await tokenOf(7);
const click = await clickId();
const SIGNED = { ...ACME, auth: "signed" } as const;

function get(query: string, record: typeof ACME = ACME): (door: Door) => Promise<Answer> {
  return (door) => {
    door.put(record);
    return door.send(`/p/acme?token=${token}&${query}`);
  };
}

function post(body: string, type: string): (door: Door) => Promise<Answer> {
  return (door) => {
    door.put(ACME);
    return door.send(`/p/acme?token=${token}`, { method: "POST", body, headers: { "Content-Type": type } });
  };
}

/** By a webhook that its shop signed. */
function byShop(form: Record<string, string>): (door: Door) => Promise<Answer> {
  return async (door) => {
    door.put(ACME);
    // One that wants to read JSON: Digistore24 itself wants to read OK.
    const table = { ...tableOf("digistore24"), answers: {} };
    door.putSource({ ...(await sourceRecord("custom", "s")), table });
    const body = new URLSearchParams({ ...form, sha_sign: signDigistore(form, "s") }).toString();
    return door.send("/p/acme/custom", { method: "POST", body });
  };
}

/** At a path of a tracker's that was moved here. */
function atTracker(path: string): (door: Door) => Promise<Answer> {
  return async (door) => {
    door.put(ACME);
    door.putTracker(await trackerRecord("keitaro", "0f3ab1c2"));
    return door.send(`/t/keitaro${path}`);
  };
}

interface Produced {
  by: (door: Door) => Promise<Answer>;
  logged: boolean;
  /** Where its sender is told in other words than the list's. */
  message?: string;
}

/** How each reason comes about, and whether the log is told. */
const PRODUCED: Record<RefusalReason, Produced> = {
  unknown_path: { by: (door) => door.send("/postback"), logged: false },
  method_not_allowed: { by: (door) => door.send("/p/acme", { method: "PUT" }), logged: false },
  too_large: { by: post("x".repeat(70_000), "application/json"), logged: true },
  unsupported_content_type: { by: post("<sale/>", "application/xml"), logged: true },
  malformed_body: { by: post('{"amount":', "application/json"), logged: true },
  malformed_parameter: { by: get("txid=%00"), logged: true },
  unexpanded_macro: { by: get("txid={order_id}"), logged: true },
  malformed_click_id: { by: get("click_id=7"), logged: true },
  unknown_click_version: { by: get(`click_id=4${click.slice(1)}`), logged: true },
  // Most of the key number stands in the eleventh character.
  unknown_click_key: { by: get(`click_id=${click.slice(0, 10)}z${click.slice(11)}`), logged: true },
  forged_click_id: { by: get(`click_id=${click.slice(0, -1)}${click.endsWith("0") ? "1" : "0"}`), logged: true },
  bad_amount: { by: get("amount=1,50"), logged: true },
  bad_currency: { by: get("currency=euro"), logged: true },
  bad_status: { by: get("status=paid"), logged: true },
  bad_refunded_total: { by: get("refunded_total=10&amount=40"), logged: true },
  missing_token: {
    by: (door) => {
      door.put(ACME);
      return door.send("/p/acme?txid=A");
    },
    logged: true,
  },
  token_besides: {
    by: async (door) => {
      door.put(ACME);
      const signed = `/p/acme?ts=${Math.floor(Date.now() / 1000)}&nonce=12345678`;
      return door.send(`${signed}&sig=${signTarget(await signingKeyOf(7), signed)}`);
    },
    logged: true,
  },
  bad_token: { by: get("secure=x", { ...ACME, credentials: [] }), logged: true },
  missing_signature: { by: get("", SIGNED), logged: true },
  bad_signature: {
    by: get(`ts=${Math.floor(Date.now() / 1000)}&nonce=12345678&sig=${"0".repeat(64)}`, SIGNED),
    logged: true,
  },
  stale: {
    by: async (door) => {
      door.put(SIGNED);
      const signed = "/p/acme?ts=1790000000&nonce=12345678";
      return door.send(`${signed}&sig=${signTarget(await signingKeyOf(7), signed)}`);
    },
    logged: true,
  },
  address_not_allowed: { by: get("", { ...ACME, allowedIps: ["192.0.2.1"] }), logged: true },
  pixel_off: {
    by: (door) => {
      door.put(ACME);
      return door.send("/p/acme.gif?txid=A");
    },
    logged: true,
  },
  rate_limited: {
    by: async (door) => {
      door.put({ ...ACME, auth: "open" });
      door.rates.SENDER_RATE = 0;
      for (let time = 1; time < REQUESTS_AT_ONCE; time++) await door.send("/p/acme?txid=A");
      door.queued = [];
      return door.send("/p/acme?txid=A");
    },
    logged: false,
  },
  try_again: {
    by: (door) => {
      door.faults.postbacks = ["throws", "throws"];
      return get("txid=A")(door);
    },
    logged: false,
  },
  unsigned_content: { by: get("sig=00&amount=1", SIGNED), logged: true },
  passed_over: { by: byShop({ event: "last_paid_day" }), logged: true },
  unknown_alias: { by: atTracker("/x7Kd93ab"), logged: true, message: saidToSenders("unknown_alias") },
  not_spoken: { by: atTracker("/lander/shoes/"), logged: true, message: saidToSenders("not_spoken") },
  unknown_form: { by: byShop({ order_id: "A-1" }), logged: true },
  names_nothing: { by: get("klick=1"), logged: true },
};

describe("the list of refusals", () => {
  it("numbers each reason once, and tells every sender what to change", () => {
    const numbers = Object.values(REFUSALS).map(({ number }) => number);
    // Number 1 is used up, and 16 is only noted.
    expect(numbers).toEqual([...numbers, 0].map((_, index) => index + 2).filter((number) => number !== 16));
    for (const { message, status } of Object.values(REFUSALS)) {
      expect(message).toMatch(/^[A-Z].{20,}\.$/);
      expect([200, 400, 401, 403, 404, 405, 413, 415, 429, 503]).toContain(status);
    }
  });

  it.each(Object.entries(PRODUCED))("%s is given", async (reason, { by, logged, ...said }) => {
    const door = new Door();
    const answer = await by(door);
    const { status, message } = Object.entries(REFUSALS).find(([name]) => name === reason)?.[1] ?? {};
    if (reason === "pixel_off") expect([answer.status, answer.headers.get("Content-Type")]).toEqual([200, "image/gif"]);
    else {
      expect(answer.status).toBe(status);
      expect(answer.json).toMatchObject({ status: "refused", reason, message: said.message ?? message });
      expect(answer.json.receipt).toMatch(/^[0-7][0-9a-hjkmnp-tv-z]{25}$/);
    }
    expect(door.queued).toEqual([]);
    expect(door.refused.map((refusal) => refusal.reason)).toEqual(logged ? [reason] : []);
    if (logged && reason !== "pixel_off") expect(door.refused[0]?.receipt).toBe(answer.json.receipt);
    if (status === 429 || status === 503) expect(answer.headers.get("Retry-After")).toMatch(/^\d+$/);
  });
});

describe("the log of a refusal", () => {
  it("holds what was sent, in the sender's words, and no secret", async () => {
    const door = new Door(ACME);
    const key = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    await door.send(
      `/p/acme?token=${token}&cid=${click.toUpperCase()}&et=sale&order_id=A-1&amount=1e3&test=1&note=${token}&k=${key}&API_Key=x` +
        "&my_secret=y&ts=1&nonce=n&sig=s&verification_token=z&Authorization=q&__proto__=p&constructor=c&bad=%FF",
    );
    expect(door.refused).toEqual([
      {
        kind: "refusal",
        credentialVersion: 1,
        receipt: expect.any(String),
        advertiser: 7,
        receivedAtMs: expect.any(Number),
        channel: "get",
        reason: "bad_amount",
        parameter: "amount",
        clickId: click,
        event: "sale",
        txid: "A-1",
        test: true,
        params: expect.anything(),
      },
    ]);
    expect(Object.entries(door.refused[0]?.params ?? {})).toEqual([
      ["cid", click.toUpperCase()],
      ["et", "sale"],
      ["order_id", "A-1"],
      ["amount", "1e3"],
      ["test", "1"],
      ["note", "(hidden)"],
      ["k", "(hidden)"],
      ["__proto__", "p"],
      ["constructor", "c"],
      ["bad", "(unreadable)"],
    ]);
  });

  it("hides what a mapping makes a credential", async () => {
    const door = new Door({ ...ACME, mapping: { names: { k: "token", hash: "sig" } } });
    await door.send(`/p/acme?k=${token}&hash=x&amount=-1`);
    expect(door.refused[0]?.params).toEqual({ amount: "-1" });
  });

  it("is cut, and holds only what can be shown", async () => {
    const door = new Door(ACME);
    const many = Array.from({ length: 200 }, (_, index) => `p${index}=${"x".repeat(300)}`).join("&");
    await door.send(`/p/acme?token=${token}&txid=a%0D%0Ab&amount=%E2%80%AE${"y".repeat(300)}&${many}`);
    const { params = {}, txid } = door.refused[0] ?? {};
    expect(txid).toBe("a\ufffd\ufffdb");
    expect(Object.keys(params)).toHaveLength(40);
    expect(Math.max(...Object.values(params).map((text) => text.length))).toBe(256);
    expect(JSON.stringify(door.refused[0]).length).toBeLessThan(20_000);
  });
});
