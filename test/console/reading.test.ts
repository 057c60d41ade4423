/** Reading the books: receipts, the postback log, and a conversion's account; each to whom it concerns, and to nobody else. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deriveReceiptKeys, deriveToken } from "../../workers/core/credentials.ts";
import { importKeyRing } from "../../workers/core/key-ring.ts";
import { nameOfRefused, RECEIPT_NAME_BYTES, writeReceipt } from "../../workers/core/receipt.ts";
import { conversionRow, entryRow, HOUR_MS, plant, plantLog, plantSetUp, postbackRow } from "./books.ts";
import { ADMIN, ADVERTISER_KEYS, type Console, startConsole } from "./console.ts";

let api: Console;
const tokens = {
  acme: "",
  acmeOld: "",
  acmeRevoked: "",
  rival: "",
  analyst: "",
  affiliate: "",
  acmeConsole: "",
  rivalConsole: "",
};
const receipts = { settled: "", queued: "", old: "", rival: "", refused: "", unmoved: "" };

const sale = conversionRow(0, { meta: '{"basket":"3"}', original_status: "sale" });
const lead = conversionRow(1);
const hat = conversionRow(2);

beforeAll(async () => {
  api = await startConsole();
  await plantSetUp(api.env.DB);
  const ring = await importKeyRing(ADVERTISER_KEYS);
  if (!ring.ok) throw new Error(ring.refusal);
  const credentials = [
    { version: 3, key: 2 },
    { version: 2, key: 1, untilMs: Date.now() + HOUR_MS },
    { version: 1, key: 1, untilMs: Date.now() - HOUR_MS },
  ];
  await api.env.DB.prepare("UPDATE advertisers SET credentials = ? WHERE number = 1")
    .bind(JSON.stringify(credentials))
    .run();
  tokens.acme = (await deriveToken(ring.value, 1, 3, 2)) ?? "";
  tokens.acmeOld = (await deriveToken(ring.value, 1, 2, 1)) ?? "";
  tokens.acmeRevoked = (await deriveToken(ring.value, 1, 1, 1)) ?? "";
  tokens.rival = (await deriveToken(ring.value, 2, 1, 1)) ?? "";
  const make = async (body: object) =>
    Object((await api.call("POST", "/api/tokens", { name: "t", ...body })).json).token;
  tokens.analyst = await make({ role: "analyst" });
  tokens.affiliate = await make({ role: "affiliate", subject: "blog" });
  tokens.acmeConsole = await make({ role: "advertiser", subject: "acme" });
  tokens.rivalConsole = await make({ role: "advertiser", subject: "rival" });

  const [signing, older] = await deriveReceiptKeys(ring.value);
  if (!signing || !older) throw new Error("two keys are in the ring");
  const name = (fill: number) => new Uint8Array(RECEIPT_NAME_BYTES).fill(fill);
  receipts.settled = await writeReceipt(signing, 1, name(1));
  receipts.queued = await writeReceipt(older, 1, name(2));
  receipts.old = await writeReceipt(signing, 1, name(3));
  receipts.rival = await writeReceipt(signing, 2, name(4));
  receipts.refused = writeReceipt(older, 1, nameOfRefused(older, 1, name(5)));
  receipts.unmoved = writeReceipt(signing, 1, name(6));
  await plant(
    api.env.DB,
    "conversions",
    [lead, hat].map((row) => ({ ...row, meta: null, original_status: null })),
  );
  await plant(api.env.DB, "conversions", [sale]);
  await plant(api.env.DB, "entries", [
    entryRow(sale),
    entryRow(sale, 2, {
      kind: "reversal",
      status: "approved",
      amount: -10_000_000,
      revenue: -1_500_000,
      payout: -1_000_000,
      note: "ops: goods came back",
    }),
    entryRow(hat),
  ]);
  const nowMs = Date.now();
  // What an older install has, and the ledger has not moved yet.
  await plant(api.env.DB, "postbacks", [
    postbackRow(lead, { receipt: receipts.unmoved, received_at: nowMs, status: "refused", reason: "bad_amount" }),
  ]);
  await plantLog(api.env, [
    postbackRow(sale, {
      receipt: receipts.settled,
      received_at: nowMs - 5_000,
      params: '{"amountMicros":40000000,"revenueMicros":1,"meta":{"basket":"3"},"test":true}',
    }),
    postbackRow(lead, {
      receipt: receipts.old,
      received_at: nowMs - 200 * 24 * HOUR_MS,
      status: "duplicate",
      duplicate_of: receipts.settled,
      reason: "same_message",
    }),
    postbackRow(hat, { receipt: receipts.rival, received_at: nowMs - 4_000 }),
    postbackRow(hat, {
      receipt: "0".repeat(26),
      received_at: nowMs - 3_000,
      status: "refused",
      reason: "bad_amount",
      conversion_id: null,
      txid: "=1",
      error: null,
    }),
  ]);
});
afterAll(() => api.stop());

describe("a receipt", () => {
  const read = (receipt: string, token: string | null) => api.call("GET", `/receipts/${receipt}`, undefined, token);

  test("is told to its sender, by every token that is valid, and to those who read everything", async () => {
    for (const token of [tokens.acme, tokens.acmeOld, tokens.analyst, tokens.acmeConsole, ADMIN]) {
      const { status, json } = await read(receipts.settled, token);
      expect(status).toBe(200);
      expect(json).toEqual({
        receipt: receipts.settled,
        status: "attributed",
        reason: null,
        message: null,
        duplicate_of: null,
        conversion: sale.conversion_id,
        received_at: expect.stringMatching(/^2\d{3}-.*Z$/),
        settled_at: "2026-11-01T00:00:02.000Z",
        proved: null,
        attempts: [
          {
            received_at: expect.stringMatching(/^2\d{3}-.*Z$/),
            credential_version: null,
            address_hash: null,
            status: "attributed",
            reason: null,
          },
        ],
      });
    }
  });

  test("of a refused request says so, whether or not anything of it is kept", async () => {
    for (const token of [tokens.acme, tokens.analyst]) {
      const { json } = await read(receipts.refused, token);
      // What people look for stands first, as in every other answer.
      expect(JSON.stringify(json)).toMatch(/^\{"receipt":"\w+","status":"refused","reason":/);
      expect(json).toMatchObject({
        receipt: receipts.refused,
        status: "refused",
        reason: "not_kept",
        message: expect.stringContaining("was refused"),
        settled_at: null,
      });
      expect((await read(receipts.unmoved, token)).json).toMatchObject({ status: "refused", reason: "bad_amount" });
    }
    expect((await read(receipts.refused, tokens.rival)).status).toBe(404);
  });

  test("is queued while there is no row of it", async () => {
    for (const token of [tokens.acme, tokens.acmeOld, tokens.analyst])
      expect((await read(receipts.queued.toUpperCase(), token)).json).toMatchObject({
        receipt: receipts.queued,
        status: "queued",
        settled_at: null,
      });
  });

  test("is gone once the log is no longer kept", async () => {
    expect((await read(receipts.old, tokens.acme)).status).toBe(410);
  });

  test("is told among many, as far as they are the caller's", async () => {
    const readMany = (token: string | null, asked: unknown = Object.values(receipts)) =>
      api.call("POST", "/receipts", { receipts: asked }, token);
    const rowsOf = (json: unknown): Record<string, string>[] => JSON.parse(JSON.stringify(json)).receipts;
    const told = async (token: string | null) =>
      rowsOf((await readMany(token)).json).map(({ receipt, status }) => [receipt, status]);
    const all = await told(ADMIN);
    expect(all.map(([receipt]) => receipt)).toEqual(Object.values(receipts));
    expect(all).toContainEqual([receipts.settled, "attributed"]);
    expect(all).toContainEqual([receipts.queued, "queued"]);
    for (const token of [tokens.acme, tokens.acmeOld, tokens.acmeConsole])
      expect(await told(token)).toEqual(all.filter(([receipt]) => receipt !== receipts.rival));
    for (const token of [tokens.rival, tokens.rivalConsole, tokens.affiliate, tokens.acmeRevoked])
      expect((await readMany(token)).status).toBe(404);
    expect((await readMany(null)).status).toBe(401);
    const forged = receipts.settled.replace(/.$/, (letter) => (letter === "0" ? "1" : "0"));
    expect(rowsOf((await readMany(tokens.acme, [receipts.settled, forged, "x"])).json)).toHaveLength(1);
    for (const asked of [[], Array.from({ length: 1_001 }, () => "x"), "x", [1]])
      expect((await readMany(tokens.acme, asked)).status).toBe(422);
  });

  test("is nothing to another advertiser, and one that was never given is nothing to anybody", async () => {
    const forged = receipts.settled.replace(/.$/, (letter) => (letter === "0" ? "1" : "0"));
    const cases: [string, string | null, number][] = [
      [receipts.settled, tokens.rival, 404],
      [receipts.settled, tokens.rivalConsole, 404],
      [receipts.queued, tokens.rival, 404],
      [receipts.queued, tokens.rivalConsole, 404],
      [receipts.old, tokens.rival, 404],
      [receipts.rival, tokens.acme, 404],
      [receipts.settled, tokens.affiliate, 404],
      [receipts.settled, tokens.acmeRevoked, 404],
      [forged, tokens.acme, 404],
      [forged, tokens.analyst, 404],
      ["x", tokens.analyst, 404],
      ["%27%20OR%201=1", tokens.analyst, 404],
      [receipts.settled, null, 401],
      [receipts.settled, "cbk_nothing", 401],
    ];
    const answers = await Promise.all(cases.map(async ([receipt, token]) => (await read(receipt, token)).status));
    expect(answers).toEqual(cases.map(([, , status]) => status));
    const [stranger, nobody] = [await read(receipts.settled, tokens.rival), await read(forged, tokens.rival)];
    expect(stranger.text.replaceAll(receipts.settled, "")).toBe(nobody.text.replaceAll(forged, ""));
  });
});

describe("the postback log", () => {
  const list = async (query = "", token?: string) =>
    Object((await api.call("GET", `/api/postbacks${query}`, undefined, token)).json);
  const named = async (query: string, token?: string) =>
    (await list(query, token)).items.map(({ receipt }: { receipt: string }) => receipt);

  test("has the newest first, with what the sender should change", async () => {
    const { items, next } = await list();
    expect(next).toBeNull();
    expect(items.map(({ receipt }: { receipt: string }) => receipt)).toEqual([
      "0".repeat(26),
      receipts.rival,
      receipts.settled,
      receipts.old,
    ]);
    expect(items[0]).toMatchObject({
      status: "refused",
      reason: "bad_amount",
      message: expect.stringContaining("digits"),
      advertiser: "rival",
      txid: "=1",
    });
    expect(items[2]).toMatchObject({
      params: { amount: "40.00", revenue: "0.000001", "meta.basket": "3", test: "1" },
      conversion_id: sale.conversion_id,
      test: false,
    });
  });

  test("comes in pages", async () => {
    const seen: string[] = [];
    let query = "?limit=1";
    for (let page = 0; page < 6; page++) {
      const { items, next } = await list(query);
      seen.push(...items.map(({ receipt }: { receipt: string }) => receipt));
      if (next === null) break;
      query = `?limit=1&to=2100-01-01&cursor=${next}`;
    }
    expect(seen).toEqual(["0".repeat(26), receipts.rival, receipts.settled, receipts.old]);
  });

  test("can be filtered, and refuses what it does not know", async () => {
    expect(await named("?advertiser=rival&status=refused")).toEqual(["0".repeat(26)]);
    expect(await named(`?click_id=${sale.click_id}`)).toEqual([receipts.settled]);
    expect(await named("?txid=order-2")).toEqual([receipts.rival]);
    expect(await named("?reason=same_message")).toEqual([receipts.old]);
    expect(await named("?to=2100-01-01&from=2099-01-01")).toEqual([]);
    expect(await named(`?to=${new Date(Date.now() - 24 * HOUR_MS).toISOString()}`)).toEqual([receipts.old]);
    for (const query of ["?status=nope", "?advertiser=nope", "?cursor=1", "?from=x", "?what=1"])
      expect([query, (await api.call("GET", `/api/postbacks${query}`)).status]).toEqual([query, 400]);
  });

  test("shows everyone what is theirs", async () => {
    expect(await named("", tokens.acmeConsole)).toEqual([receipts.settled, receipts.old]);
    expect(await named("?advertiser=rival", tokens.acmeConsole)).toEqual([]);
    const own = await list("", tokens.affiliate);
    expect(own.items.map(({ receipt }: { receipt: string }) => receipt)).toEqual([receipts.rival, receipts.settled]);
    expect(JSON.stringify(own)).not.toMatch(/revenue|params/i);
  });
});

describe("a conversion", () => {
  const read = (id: unknown, token?: string) => api.call("GET", `/api/conversions/${id}`, undefined, token);

  test("is its row and the account that adds up to it", async () => {
    const { json } = await read(sale.conversion_id);
    expect(json).toMatchObject({
      conversion_id: sale.conversion_id,
      advertiser: "acme",
      link: "demo",
      amount: "40.00",
      clicked_at: "2026-10-31T23:00:00.000Z",
      meta: { basket: "3" },
      original_status: "sale",
      test: false,
      entries: [
        {
          seq: 1,
          kind: "accrual",
          amount: "40.00",
          revenue: "6.00",
          payout: "4.00",
          rule: expect.stringContaining("10 % of the amount"),
          note: null,
        },
        { seq: 2, kind: "reversal", amount: "-10.00", payout: "-1.00", note: "ops: goods came back" },
      ],
    });
  });

  test("shows affiliates and advertisers their own side of it", async () => {
    const affiliate = await read(sale.conversion_id, tokens.affiliate);
    expect(affiliate.json).toMatchObject({ payout: "4.00", sub1: "campaign-0", entries: [{ payout: "4.00" }, {}] });
    expect(affiliate.text).not.toMatch(/revenue|"rule"|note/);
    // What prices it, and nothing of what the advertiser pays.
    expect(affiliate.json).toMatchObject({ entries: [{ payout_rule: "payout 10 % of the amount" }, {}] });
    const advertiser = await read(sale.conversion_id, tokens.acmeConsole);
    expect(advertiser.json).toMatchObject({ revenue: "6.00", entries: [{ revenue: "6.00" }, {}] });
    expect(advertiser.text).not.toMatch(/payout|"rule"|note|sub1|external_id/);
    expect((await read(lead.conversion_id, tokens.affiliate)).status).toBe(404);
    expect((await read(sale.conversion_id, tokens.rivalConsole)).status).toBe(404);
    expect((await read("nothing")).status).toBe(404);
  });
});
