/** Changes that reach further than one row: rotation, publishing, the audit log, corrections and replay, with the real ledger behind the queue. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { deriveReceiptKeys, deriveToken } from "../../workers/core/credentials.ts";
import { importKeyRing, type KeyRing } from "../../workers/core/key-ring.ts";
import { RECEIPT_NAME_BYTES, writeReceipt } from "../../workers/core/receipt.ts";
import { waitFor } from "../flow/system.ts";
import { plantLog, postbackRow, receiptNumber } from "./books.ts";
import { ADVERTISER_KEYS, CLICK_KEYS, type Console, startConsole } from "./console.ts";

const MINUTE_MS = 60_000;

let api: Console;
let ring: KeyRing;
let clickId = "";
let named = 0;

async function keys(secret: string): Promise<KeyRing> {
  const read = await importKeyRing(secret);
  if (!read.ok) throw new Error(read.refusal);
  return read.value;
}

/** A message of acme's, received now. */
async function message(content: PostbackMessage["content"]): Promise<PostbackMessage> {
  const [key] = await deriveReceiptKeys(ring);
  if (!key) throw new Error("no key");
  const receipt = await writeReceipt(key, 1, new Uint8Array(RECEIPT_NAME_BYTES).fill(++named));
  return { kind: "postback", receipt, advertiser: 1, receivedAtMs: Date.now(), channel: "get", content };
}

const settled = (receipt: string) =>
  waitFor(async () => {
    const { json } = await api.call("GET", `/receipts/${receipt}`);
    return Object(json).status === "queued" ? null : Object(json);
  });

const record = async (key: string) => JSON.parse((await api.env.EDGE.get(key)) ?? "null");
const audit = async (query = "") => Object((await api.call("GET", `/api/audit?${query}`)).json).items;

beforeAll(async () => {
  api = await startConsole();
  ring = await keys(ADVERTISER_KEYS);
  for (const [path, body] of [
    ["advertisers", { slug: "acme", name: "Acme" }],
    ["affiliates", { slug: "blog", name: "Blog" }],
    [
      "offers",
      {
        slug: "shoes",
        name: "Shoes",
        advertiser: "acme",
        destination: "https://shop.example/",
        currency: "USD",
        events: [{ name: "sale", payout: { percent: "10" }, revenue: { percent: "15" } }],
      },
    ],
    ["links", { slug: "demo", offer: "shoes", affiliate: "blog" }],
  ] as const)
    expect((await api.call("POST", `/api/${path}`, body)).status).toBe(201);
  const click = { issuedAtMs: Date.now() - MINUTE_MS, link: 1, counter: 1, test: false, provisional: false };
  clickId = await issueClickId(await keys(CLICK_KEYS), click);
});
afterAll(() => api.stop());

describe("the audit log", () => {
  test("has every change with who, what, before and after", async () => {
    await api.call("PATCH", "/api/offers/shoes", {
      status: "paused",
      events: [{ name: "sale", payout: { percent: "12" } }],
    });
    await api.call("PATCH", "/api/offers/shoes", {
      status: "active",
      events: [{ name: "sale", payout: { percent: "10" } }],
    });
    const [last, previous, created] = await audit("kind=offer&subject=shoes");
    expect(created).toMatchObject({
      action: "create",
      actor: "console token",
      role: "admin",
      before: null,
      after: { slug: "shoes" },
    });
    expect(previous).toMatchObject({
      action: "change",
      before: { status: "active", events: [{ payout: { percent: "10" }, version: 1 }] },
      after: { status: "paused", events: [{ payout: { percent: "12" }, version: 2 }] },
    });
    expect(last.after).toEqual((await api.call("GET", "/api/offers/shoes")).json);
    expect(last.at).toBe(last.after.updated_at);
  });

  test("says what the API then shows, for everything that can be made", async () => {
    const rows = await audit("action=create");
    for (const kind of ["advertiser", "affiliate", "link"]) {
      const row = rows.find((one: { kind: string }) => one.kind === kind);
      expect(row.after).toEqual((await api.call("GET", `/api/${kind}s/${row.subject}`)).json);
    }
  });

  test("names the token that was used, and holds no secret", async () => {
    const made = Object((await api.call("POST", "/api/tokens", { name: "Robot", role: "admin" })).json);
    await api.call("PATCH", "/api/affiliates/blog", { name: "The Blog" }, made.token);
    await api.call("DELETE", `/api/tokens/${made.id}`);
    expect(
      (await audit("limit=2")).map(({ actor, action }: { actor: string; action: string }) => [actor, action]),
    ).toEqual([
      ["console token", "revoke"],
      ["Robot", "change"],
    ]);
    expect(JSON.stringify(await audit())).not.toMatch(/cbk_|cbt_|whsec_/);
  });

  test("has no row of a change that was refused, and cannot be changed", async () => {
    const before = await audit();
    await api.call("POST", "/api/affiliates", { slug: "blog", name: "x" });
    await api.call("POST", "/api/links", { slug: "demo", offer: "shoes", affiliate: "blog" });
    await api.call("PATCH", "/api/offers/shoes", { currency: "EUR" });
    expect(await audit()).toEqual(before);
    await expect(api.env.DB.prepare("UPDATE audit SET actor = 'me'").run()).rejects.toThrow("append-only");
    await expect(api.env.DB.prepare("DELETE FROM audit").run()).rejects.toThrow("append-only");
  });
});

describe("rotation", () => {
  test("makes a new token at once, and lets the old one live until the given time", async () => {
    const until = new Date(Date.now() + 5 * MINUTE_MS).toISOString();
    const rotated = await api.call("POST", "/api/advertisers/acme/rotate", { until });
    expect(rotated.status).toBe(200);
    expect(rotated.json).toMatchObject({
      version: 2,
      token: await deriveToken(ring, 1, 2, 1),
      valid_until: null,
      previous: [{ version: 1, token: await deriveToken(ring, 1, 1, 1), valid_until: until }],
    });
    expect((await record("advertiser:acme")).credentials).toEqual([
      { version: 2, key: 1 },
      { version: 1, key: 1, untilMs: Date.parse(until) },
    ]);
  });

  test("ends the old ones at once, never lets one live longer than it was to, and never uses a version again", async () => {
    const now = new Date(Date.now() - 1_000).toISOString();
    expect((await api.call("POST", "/api/advertisers/acme/rotate", { until: now })).json).toMatchObject({
      version: 3,
      previous: [],
    });
    const far = new Date(Date.now() + 60 * MINUTE_MS).toISOString();
    const third = await api.call("POST", "/api/advertisers/acme/rotate", { until: far });
    expect(third.json).toMatchObject({ version: 4, previous: [{ version: 3, valid_until: far }] });
    expect((await api.call("GET", "/api/advertisers/acme/credentials")).json).toEqual(third.json);
    expect((await audit("action=rotate"))[0]).toMatchObject({
      subject: "acme",
      after: [{ version: 4 }, { version: 3 }, {}, {}],
    });
  });

  test("needs to be told until when, by an admin", async () => {
    expect((await api.call("POST", "/api/advertisers/acme/rotate", {})).status).toBe(422);
    expect((await api.call("POST", "/api/advertisers/acme/rotate", { until: "soon" })).status).toBe(422);
    expect((await api.call("POST", "/api/advertisers/nobody/rotate", { until: "2030-01-01" })).status).toBe(404);
    const analyst = Object((await api.call("POST", "/api/tokens", { name: "a", role: "analyst" })).json).token;
    for (const [method, path] of [
      ["POST", "/api/advertisers/acme/rotate"],
      ["GET", "/api/advertisers/acme/credentials"],
      ["POST", "/api/publish"],
      ["POST", "/api/replay"],
      ["GET", "/api/tokens"],
    ] as const)
      expect([path, (await api.call(method, path, method === "POST" ? {} : undefined, analyst)).status]).toEqual([
        path,
        403,
      ]);
  });
});

describe("publishing", () => {
  const publish = async () => {
    const drift: { key: string }[] = [];
    let checked = 0;
    for (let query: string | null = ""; query !== null; ) {
      const { json } = await api.call("POST", `/api/publish${query}`);
      drift.push(...Object(json).drift);
      checked += Object(json).checked;
      query = Object(json).next === null ? null : `?cursor=${Object(json).next}`;
    }
    return { checked, drift };
  };

  test("finds nothing to mend in what was just saved", async () => {
    expect(await publish()).toEqual({ checked: 3, drift: [] });
  });

  test("finds and mends what is missing and what differs, and says which fields", async () => {
    const [advertiser, link] = [await record("advertiser:acme"), await record("link:demo")];
    await api.env.EDGE.delete("advertiser:acme");
    await api.env.EDGE.put(
      "link:demo",
      JSON.stringify({ ...link, destination: "https://old.example/", closed: "link_paused" }),
    );
    expect(await publish()).toEqual({
      checked: 3,
      drift: [
        { key: "advertiser:acme", found: "missing", fields: [] },
        { key: "link:demo", found: "different", fields: ["closed", "destination"] },
      ],
    });
    expect([await record("advertiser:acme"), await record("link:demo")]).toEqual([advertiser, link]);
    expect(await publish()).toEqual({ checked: 3, drift: [] });
    const logged = (await audit("kind=edge")).flatMap(({ after }: { after: { key: string }[] }) => after);
    expect(logged.map(({ key }: { key: string }) => key)).toEqual(["advertiser:acme", "link:demo"]);
  });

  test("the sweep writes what a save could not, a moment later and not before", async () => {
    await api.call("PATCH", "/api/offers/shoes", { fallback_url: "https://shop.example/closed" });
    await api.env.EDGE.put("link:demo", "{}");
    await api.scheduled(Date.now());
    expect(await record("link:demo")).toEqual({});
    await api.scheduled(Date.now() + MINUTE_MS);
    expect(await record("link:demo")).toMatchObject({ link: 1, fallbackUrl: "https://shop.example/closed" });
    expect(await api.env.DB.prepare("SELECT COUNT(*) AS left FROM due_records").first("left")).toBe(0);
  });

  test("every change notes the records that it makes due", async () => {
    await api.call("POST", "/api/links", { slug: "second", offer: "shoes", affiliate: "blog" });
    const due = async (method: string, path: string, body: object) => {
      await api.env.DB.prepare("DELETE FROM due_records").run();
      await api.call(method, path, body);
      return (await api.env.DB.prepare("SELECT kind, number FROM due_records ORDER BY kind, number").raw()).map((row) =>
        row.join(" "),
      );
    };
    expect(await due("PATCH", "/api/offers/shoes", { name: "Shoes!" })).toEqual(["link 1", "link 2"]);
    expect(await due("PATCH", "/api/affiliates/blog", { status: "paused" })).toEqual(["link 1", "link 2"]);
    expect(await due("PATCH", "/api/affiliates/blog", { status: "active" })).toEqual(["link 1", "link 2"]);
    expect(await due("PATCH", "/api/advertisers/acme", { pixel: true })).toEqual(["advertiser 1"]);
    expect(await due("PATCH", "/api/advertisers/acme", { status: "paused" })).toEqual([
      "advertiser 1",
      "link 1",
      "link 2",
    ]);
    expect(await due("PATCH", "/api/advertisers/acme", { status: "active" })).toEqual([
      "advertiser 1",
      "link 1",
      "link 2",
    ]);
    expect(await due("PATCH", "/api/links/second", { status: "paused" })).toEqual(["link 2"]);
    expect(await due("POST", "/api/advertisers", { slug: "other", name: "Other" })).toEqual(["advertiser 2"]);
  });
});

describe("corrections", () => {
  let id = "";
  const correct = async (body: object) => {
    const { status, json } = await api.call("POST", `/api/conversions/${id}/corrections`, body);
    expect(status).toBe(202);
    return settled(Object(json).receipt);
  };
  const read = async () => Object((await api.call("GET", `/api/conversions/${id}`)).json);

  beforeAll(async () => {
    const sale = await message({
      clickId,
      event: "sale",
      txid: "order-1",
      status: "pending",
      amountMicros: 100_000_000,
    });
    await api.env.POSTBACKS.send(sale);
    id = (await settled(sale.receipt)).conversion;
  });

  test("approve, restate and reverse leave entries that say who and why", async () => {
    expect(await correct({ status: "approved", note: "paid" })).toMatchObject({ status: "updated", conversion: id });
    expect(await correct({ amount: "80", note: "discount" })).toMatchObject({ status: "updated" });
    expect(await read()).toMatchObject({ status: "approved", amount: "80.00", payout: "8.00" });
    expect(await correct({ status: "reversed", amount: "20", note: "one came back" })).toMatchObject({
      status: "updated",
    });
    expect(await correct({ status: "reversed", amount: "20", note: "another came back" })).toMatchObject({
      status: "updated",
    });
    const conversion = await read();
    expect(conversion).toMatchObject({ status: "approved", amount: "40.00", payout: "4.00", revenue: "6.00" });
    expect(conversion.entries.map(({ kind, note }: { kind: string; note: string | null }) => [kind, note])).toEqual([
      ["accrual", null],
      ["approval", "console token: paid"],
      ["restatement", "console token: discount"],
      ["reversal", "console token: one came back"],
      ["reversal", "console token: another came back"],
    ]);
    expect((await audit("action=correct"))[0]).toMatchObject({
      kind: "conversion",
      subject: id,
      after: { status: "reversed", note: "another came back" },
    });
  });

  test("one that is named has one effect", async () => {
    const body = { status: "reversed", amount: "10", note: "once", idempotency_key: "click" };
    const first = await correct(body);
    expect(await correct(body)).toEqual(first);
    expect((await read()).amount).toBe("30.00");
  });

  test("what was given back is reinstated by its name, once, and nothing that was not", async () => {
    const back = { status: "reversed", amount: "10", refund_id: "dp_1", note: "disputed" };
    const won = { status: "reinstated", refund_id: "dp_1", note: "won" };
    expect(await correct(won)).toMatchObject({ status: "rejected", reason: "status_not_allowed" });
    expect(await correct(back)).toMatchObject({ status: "updated" });
    expect((await read()).amount).toBe("20.00");
    expect(await correct(won)).toMatchObject({ status: "updated" });
    expect(await correct(won)).toMatchObject({ status: "duplicate" });
    const { amount, entries } = await read();
    expect([amount, entries.at(-1).kind]).toEqual(["30.00", "reinstatement"]);
    expect((await audit("action=correct"))[0]).toMatchObject({ after: { status: "reinstated", refund_id: "dp_1" } });
  });

  test("what the status does not allow is said by the receipt, and changes nothing", async () => {
    expect(await correct({ status: "reinstated", note: "no" })).toMatchObject({
      status: "rejected",
      reason: "status_not_allowed",
    });
    expect(await read()).toMatchObject({ status: "approved", amount: "30.00" });
  });

  test("hold, release, reject and approve are decided in their order, logged, and stand in the account", async () => {
    const decide = async (name: string, note = "asked the shop") => {
      const { status, json } = await api.call("POST", `/api/conversions/${id}/${name}`, { note });
      expect(status).toBe(202);
      return settled(Object(json).receipt);
    };
    const say = async (content: PostbackMessage["content"]) => {
      const said = await message({ event: "sale", txid: "order-1", ...content });
      await api.env.POSTBACKS.send(said);
      return said.receipt;
    };
    expect(await decide("hold")).toMatchObject({ status: "updated", conversion: id });
    expect(await read()).toMatchObject({ status: "pending", hold: "held", hold_reason: "by_hand", amount: "30.00" });
    const held = Object((await api.call("GET", "/api/conversions?hold=held")).json).items;
    expect(held.map((row: { conversion_id: string }) => row.conversion_id)).toEqual([id]);
    const behind = await say({ status: "reversed", amountMicros: 10_000_000, refundId: "r9" });
    expect(await settled(behind)).toMatchObject({ status: "parked", reason: "held", conversion: id });
    expect(await decide("approve")).toMatchObject({ status: "updated" });
    expect(await settled(behind)).toMatchObject({ status: "updated" });
    expect(await read()).toMatchObject({ status: "approved", hold: "", hold_reason: null, amount: "20.00" });
    expect(await decide("reject", "it was fraud")).toMatchObject({ status: "updated" });
    expect(await settled(await say({ status: "approved" }))).toMatchObject({
      status: "rejected",
      reason: "operator_rejected",
    });
    expect(await read()).toMatchObject({ status: "rejected", hold: "rejected_by_operator", payout: "0.00" });
    expect(await decide("release")).toMatchObject({ status: "updated" });
    expect(await settled(await say({ status: "approved" }))).toMatchObject({ status: "updated" });
    const conversion = await read();
    expect(conversion).toMatchObject({ status: "approved", hold: "", amount: "20.00", payout: "2.00" });
    expect(
      conversion.entries.slice(-6).map(({ kind, note }: { kind: string; note: string | null }) => [kind, note]),
    ).toEqual([
      ["hold", "console token: asked the shop"],
      ["approval", "console token: asked the shop"],
      ["reversal", null],
      ["rejection", "console token: it was fraud"],
      ["release", "console token: asked the shop"],
      ["approval", null],
    ]);
    expect((await audit("action=hold"))[0]).toMatchObject({ subject: id, before: { hold: "" } });
    expect((await audit("action=release"))[0]).toMatchObject({ subject: id, before: { hold: "rejected_by_operator" } });
    expect((await audit("action=correct"))[0]).toMatchObject({ after: { status: "rejected", note: "it was fraud" } });
  });

  test("who only reads decides nothing, and a note has an end", async () => {
    const analyst = Object((await api.call("POST", "/api/tokens", { name: "b", role: "analyst" })).json).token;
    for (const name of ["hold", "release", "approve", "reject"]) {
      const path = `/api/conversions/${id}/${name}`;
      expect((await api.call("POST", path, { note: "x" }, analyst)).status).toBe(403);
      expect((await api.call("POST", path, { note: "x".repeat(5_000) })).status).toBe(422);
      expect((await api.call("POST", `/api/conversions/nothing/${name}`, { note: "x" })).status).toBe(404);
    }
  });

  test("what cannot be meant is refused at once", async () => {
    const cases: [object, number, string][] = [
      [{ note: "x" }, 422, "#"],
      [{ status: "approved" }, 422, "#/note"],
      [{ status: "approved", note: " " }, 422, "#/note"],
      [{ status: "pending", note: "x" }, 422, "#/status"],
      [{ status: "reinstated", amount: "1", note: "x" }, 422, "#"],
      [{ status: "approved", refund_id: "r", note: "x" }, 422, "#"],
      [{ status: "reversed", refund_id: " ", note: "x" }, 422, "#/refund_id"],
      [{ amount: "-5", note: "x" }, 422, "#/amount"],
      [{ amount: 5, note: "x" }, 422, "#/amount"],
      [{ amount: "1e3", note: "x" }, 422, "#/amount"],
    ];
    for (const [body, status, pointer] of cases) {
      const answer = await api.call("POST", `/api/conversions/${id}/corrections`, body);
      expect([body, answer.status, Object(answer.json).errors[0].pointer]).toEqual([body, status, pointer]);
    }
    const body = { status: "approved", note: "x" };
    expect((await api.call("POST", "/api/conversions/nothing/corrections", body)).status).toBe(404);
  });
});

describe("replay", () => {
  test("sends rejected messages of a reason again, with their own receipts and times", async () => {
    const sale = await message({ clickId, event: "sale", txid: "order-9", amountMicros: 10_000_000 });
    const receivedAtMs = sale.receivedAtMs - 30_000;
    const logged = postbackRow(
      {
        advertiser: 1,
        received_at: receivedAtMs,
        settled_at: receivedAtMs,
        click_id: clickId,
        event: "sale",
        txid: "order-9",
        test: 0,
      },
      {
        receipt: sale.receipt,
        stage: 0,
        status: "rejected",
        reason: "unknown_event",
        params: JSON.stringify(sale.content),
      },
    );
    const correction = { ...logged, receipt: receiptNumber(1), channel: "console", params: '{"status":"approved"}' };
    const refused = { ...logged, receipt: receiptNumber(2), status: "refused" };
    await plantLog(api.env, [logged, correction, refused]);
    const since = new Date(receivedAtMs + 1).toISOString();
    expect((await api.call("POST", "/api/replay", { reason: "unknown_event", since })).json).toEqual({
      queued: 0,
      skipped: 0,
      next: null,
    });
    const replayed = await api.call("POST", "/api/replay", {
      reason: "unknown_event",
      since: new Date(receivedAtMs).toISOString(),
    });
    expect([replayed.status, replayed.json]).toEqual([202, { queued: 1, skipped: 1, next: null }]);
    const outcome = await waitFor(async () => {
      const now = await settled(sale.receipt);
      return now.status === "attributed" ? now : null;
    });
    expect(outcome.received_at).toBe(new Date(receivedAtMs).toISOString());
    expect((await api.call("GET", `/api/conversions/${outcome.conversion}`)).json).toMatchObject({
      txid: "order-9",
      payout: "1.00",
    });
    expect((await audit("action=replay"))[0]).toMatchObject({ subject: "unknown_event", after: { queued: 1 } });
  });

  test("reads what came by another tracker's postback URL with that tracker's words, and no others", async () => {
    await api.env.DB.prepare(
      `INSERT INTO trackers (number, slug, name, dialect, advertiser, mapping, created_at, updated_at)
       VALUES (7, 'old', 'Old', 'binom', 1, '{"names":{"sale_sum":"amount"}}', 0, 0)`,
    ).run();
    const content = { clickId, event: "sale", txid: "order-77", unread: { sale_sum: "30", total: "99" } };
    const sale = await message(content);
    const logged = postbackRow(
      { advertiser: 1, received_at: sale.receivedAtMs, settled_at: sale.receivedAtMs, txid: "order-77", test: 0 },
      {
        receipt: sale.receipt,
        stage: 0,
        status: "rejected",
        reason: "over_cap",
        channel: "tracker:old",
        params: JSON.stringify(content),
      },
    );
    await plantLog(api.env, [logged]);
    await api.call("POST", "/api/replay", { reason: "over_cap", since: new Date(sale.receivedAtMs).toISOString() });
    const { conversion } = await waitFor(async () => {
      const now = await settled(sale.receipt);
      return now.status === "attributed" ? now : null;
    });
    expect((await api.call("GET", `/api/conversions/${conversion}`)).json).toMatchObject({ amount: "30.00" });
  });

  test("sends what failed, of every kind, from where it was kept, and leaves alone what cannot be read", async () => {
    const sale = await message({ clickId, event: "sale", txid: "order-2", amountMicros: 10_000_000 });
    const { receipt, receivedAtMs } = await message({});
    const refusal = { advertiser: 1, receivedAtMs, channel: "get", reason: "bad_token", txid: "kept", params: {} };
    const logged = { clickId, offer: 1, affiliate: 1, advertiser: 1, country: "DE", subs: ["kept"] };
    const failed = {
      [sale.receipt]: { ...sale, waits: 3 },
      "clicks/1": { kind: "clicks", clicks: [logged] },
      "refusal/2": { kind: "refusal", receipt, ...refusal },
      "repair/3": { kind: "repair", advertiser: 1, receipts: [], conversions: [] },
      "letter/4": { kind: "letter" },
      broken: "{",
    };
    for (const [key, body] of Object.entries(failed))
      await api.env.ARCHIVE.put(`failed/${key}`, typeof body === "string" ? body : JSON.stringify(body));
    const replayed = await api.call("POST", "/api/replay", { failed: true });
    expect(replayed.json).toEqual({ queued: 4, skipped: 2, next: null });
    const left = await api.env.ARCHIVE.list({ prefix: "failed/" });
    expect(left.objects.map(({ key }) => key)).toEqual(["failed/broken", "failed/letter/4"]);
    expect(await settled(sale.receipt)).toMatchObject({ status: "attributed" });
    expect(await settled(receipt)).toMatchObject({ status: "refused", reason: "bad_token" });
    const click = await waitFor(async () => {
      const { text } = await api.call("GET", "/api/exports/clicks.ndjson");
      const rows: Record<string, unknown>[] = text
        .split("\n")
        .flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
      return rows.find((row) => row.click_id === clickId);
    });
    expect(click).toMatchObject({ country: "DE", sub1: "kept" });
    expect((await api.call("POST", "/api/replay", { failed: true })).json).toMatchObject({ queued: 0, skipped: 2 });
  });

  test("asks for one thing at a time", async () => {
    const bodies = [
      {},
      { failed: true, reason: "no_click" },
      { failed: true, since: "2026-01-01" },
      { reason: "credentials_revoked" },
      { reason: "same_message" },
      { failed: false },
    ];
    for (const body of bodies)
      expect([body, (await api.call("POST", "/api/replay", body)).status]).toEqual([body, 422]);
  });
});
