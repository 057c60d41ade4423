/** Webhooks that leave: the body is what its schema documents and no more than its owner sees, and the public library of Standard Webhooks verifies it. */
import { createPublicKey, verify } from "node:crypto";
import { Webhook } from "standardwebhooks";
import * as v from "valibot";
import { expect, test } from "vitest";
import { noticeSeenBy } from "../../../workers/core/courier/destination-filters.ts";
import type { DestinationOwner } from "../../../workers/core/courier/destination-settings.ts";
import { writeWebhook } from "../../../workers/core/courier/webhook-payload.ts";
import { webhookJsonSchema, webhookPayload } from "../../../workers/core/courier/webhook-schema.ts";
import {
  rotatedVersions,
  type SignatureForm,
  signingVersions,
  webhookHeaders,
  webhookSigner,
} from "../../../workers/core/courier/webhook-signing.ts";
import { ringOf } from "../keys.ts";
import { CLICK_ID, delivery, notice, REVERSED_IN_PART } from "./notices.ts";

const strict = v.strictObject({ ...webhookPayload.entries, data: v.strictObject(webhookPayload.entries.data.entries) });

function bodyFor(owner: DestinationOwner, over = {}): string {
  const whole = delivery({ ...over, meta: { customer_id: "c-1" } });
  return writeWebhook({ ...whole, notice: noticeSeenBy(owner, whole.notice, true) }, owner.type);
}

const PROGRAMME: DestinationOwner = { type: "programme" };

test("the body of an approval, to the programme", () => {
  expect(JSON.parse(bodyFor(PROGRAMME, REVERSED_IN_PART))).toEqual({
    type: "conversion.approved",
    timestamp: "2026-11-20T10:00:07.000Z",
    data: {
      delivery_id: "06dq2m8c9h4kz1r7w3y5t0v6p2",
      conversion_id: "01jd8zq4x5abcdefghjkmnpqrs",
      sequence: 3,
      event: "sale",
      status: "approved",
      from_status: "approved",
      original_status: null,
      held: false,
      reason: null,
      test: false,
      currency: "USD",
      amount: "60.00",
      amount_delta: "-40.00",
      original_amount: null,
      original_currency: null,
      rate: null,
      payout: "7.50",
      payout_delta: "-5.00",
      revenue: "12.00",
      revenue_delta: "-8.00",
      txid: "A-1 & co",
      refund_id: "R-1",
      offer: "shoes",
      link: "blog-shoes",
      affiliate: "ada",
      advertiser: "acme",
      click_id: CLICK_ID,
      external_id: "IwAR/x+y=",
      external_kind: "fbclid",
      subs: { sub1: "blog", sub2: "grün" },
      country: "DE",
      device: "mobile",
      os: null,
      browser: null,
      coupon: null,
      customer: null,
      meta: { customer_id: "c-1" },
      clicked_at: "2026-11-20T09:59:30.000Z",
      occurred_at: "2026-11-20T10:00:05.000Z",
      received_at: "2026-11-20T10:00:07.000Z",
    },
  });
});

test.each<[DestinationOwner, string[]]>([
  [{ type: "affiliate", number: 5 }, ["revenue", "revenue_delta", "advertiser"]],
  [{ type: "advertiser", number: 2 }, ["payout", "payout_delta", "external_id", "external_kind", "subs", "reason"]],
])("to %o nothing is told of the other side", (owner, unseen) => {
  const text = bodyFor(owner, { reason: "large_amount", held: true });
  const told = v.parse(strict, JSON.parse(text));
  for (const name of unseen) expect(told.data).not.toHaveProperty(name);
  expect(Object.keys(v.parse(strict, JSON.parse(bodyFor(PROGRAMME))).data)).toEqual(expect.arrayContaining(unseen));
  // Neither by another name.
  if (owner.type === "affiliate") expect(text).not.toMatch(/20\.00|acme|large_amount/);
  else expect(text).not.toMatch(/12\.50|IwAR|blog"|large_amount/);
});

test("an affiliate is told the operator's reason of a rejection, and an advertiser is not", () => {
  const rejected = { status: "rejected", reason: "fake-leads" } as const;
  const told = (owner: DestinationOwner) => JSON.parse(bodyFor(owner, rejected)).data.reason;
  expect([told({ type: "affiliate", number: 5 }), told(PROGRAMME)]).toEqual(["fake-leads", "fake-leads"]);
  expect(bodyFor({ type: "advertiser", number: 2 }, rejected)).not.toContain("fake-leads");
});

test("a sale in another currency is told with its own amount and rate", () => {
  const original = { amountMicros: 90_000_000, currency: "EUR", rate: "1.0853" };
  for (const owner of [PROGRAMME, { type: "affiliate", number: 5 }, { type: "advertiser", number: 2 }] as const)
    expect(JSON.parse(bodyFor(owner, { original })).data).toMatchObject({
      original_amount: "90.00",
      original_currency: "EUR",
      rate: "1.0853",
    });
});

test("whatever is not known is null, and the body is as the schema says", () => {
  const { click: _, clickId: _id, txid: _tx, ...bare } = notice({ test: true, held: true });
  const parsed = v.parse(strict, JSON.parse(writeWebhook({ ...delivery(), notice: bare }, "programme")));
  expect(parsed.data).toMatchObject({
    click_id: null,
    txid: null,
    external_id: null,
    subs: {},
    meta: {},
    test: true,
    held: true,
  });
});

test("who is not told its affiliates hears of neither affiliate nor link", () => {
  const whole = delivery();
  const hidden = { ...whole, names: { ...whole.names, affiliate: "", link: "" } };
  const { data } = JSON.parse(writeWebhook(hidden, "advertiser"));
  expect(data).toMatchObject({ offer: "shoes", advertiser: "acme" });
  expect(Object.keys(data).filter((name) => name === "affiliate" || name === "link")).toEqual([]);
});

test("the JSON Schema names every field, and which may be left out", () => {
  const schema = JSON.parse(JSON.stringify(webhookJsonSchema()));
  expect(schema.$schema).toContain("2020-12");
  expect(Object.keys(schema.properties.data.properties)).toEqual(Object.keys(webhookPayload.entries.data.entries));
  const optional = Object.keys(schema.properties.data.properties).filter(
    (name) => !schema.properties.data.required.includes(name),
  );
  expect(optional.sort()).toEqual(
    [
      "advertiser",
      "affiliate",
      "link",
      "external_id",
      "external_kind",
      "payout",
      "payout_delta",
      "reason",
      "revenue",
      "revenue_delta",
      "subs",
    ].sort(),
  );
});

const NOW_MS = Date.now();
const BODY = bodyFor(PROGRAMME);

async function headersBy(...of: [version: number, form: SignatureForm][]) {
  const ring = await ringOf({ 1: 7 }, 1);
  const signers = await Promise.all(of.map(([version, form]) => webhookSigner(ring, { key: 1, version }, 9, form)));
  const headers = Object.fromEntries(
    await webhookHeaders(signers, { id: "06dq2m8c9h4kz1r7w3y5t0v6p2", nowMs: NOW_MS }, BODY),
  );
  return { headers, shown: signers.map((signer) => signer.shown) };
}

test("the public library verifies it, before a rotation, during it and behind it", async () => {
  const before = await headersBy([1, "v1"]);
  const during = await headersBy([2, "v1"], [1, "v1"]);
  const behind = await headersBy([2, "v1"]);
  const [old = "", fresh = ""] = [before.shown[0], behind.shown[0]];
  expect(new Webhook(old).verify(BODY, before.headers)).toEqual(JSON.parse(BODY));
  for (const secret of [old, fresh]) expect(new Webhook(secret).verify(BODY, during.headers)).toEqual(JSON.parse(BODY));
  expect(new Webhook(fresh).verify(BODY, behind.headers)).toEqual(JSON.parse(BODY));
  expect(() => new Webhook(old).verify(BODY, behind.headers)).toThrow();
  expect(() => new Webhook(old).verify(`${BODY} `, before.headers)).toThrow();
});

test("a signature by ed25519 is verified with the public half alone", async () => {
  const { headers, shown } = await headersBy([1, "v1a"]);
  const x = Buffer.from(shown[0]?.slice("whpk_".length) ?? "", "base64").toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const signed = Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${BODY}`);
  const [version, signature = ""] = headers["webhook-signature"]?.split(",") ?? [];
  expect(version).toBe("v1a");
  expect(verify(null, signed, key, Buffer.from(signature, "base64"))).toBe(true);
  expect(verify(null, Buffer.concat([signed, Buffer.from(" ")]), key, Buffer.from(signature, "base64"))).toBe(false);
});

test("every destination, version and form has a key of its own, the same each time", async () => {
  const ring = await ringOf({ 1: 7, 2: 8 }, 1);
  const shown = async (key: number, version: number, destination: number, form: SignatureForm) =>
    (await webhookSigner(ring, { key, version }, destination, form)).shown;
  const all = [
    await shown(1, 1, 9, "v1"),
    await shown(1, 2, 9, "v1"),
    await shown(1, 1, 8, "v1"),
    await shown(2, 1, 9, "v1"),
    await shown(1, 1, 9, "v1a"),
  ];
  expect(new Set(all).size).toBe(all.length);
  expect(await shown(1, 1, 9, "v1")).toBe(all[0]);
  expect(all[0]).toBe("whsec_lIA6AX9TE8PKhiMDYzf96GPw7zXwZgExGBtdBW+rqE0=");
  expect(all[4]).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
  await expect(shown(3, 1, 9, "v1")).rejects.toThrow("3");
});

test("versions sign while they last, the present one first", () => {
  const versions = [
    { key: 1, version: 1, untilMs: 1_000 },
    { key: 1, version: 2, untilMs: 2_000 },
    { key: 1, version: 3, untilMs: null },
  ];
  const at = (nowMs: number) => signingVersions(versions, nowMs).map(({ version }) => version);
  expect([at(0), at(1_000), at(2_000)]).toEqual([[3, 2, 1], [3, 2], [3]]);
});

test("a rotation takes the newest master key, lets those before it sign until then, and drops what is over", () => {
  const first = rotatedVersions([], [1, 3, 2], { untilMs: 5_000, nowMs: 1_000 });
  expect(first).toEqual([
    { key: 3, version: 2, untilMs: null },
    { key: 1, version: 1, untilMs: 5_000 },
  ]);
  const second = rotatedVersions(first, [1, 3], { untilMs: 9_000, nowMs: 4_000 });
  expect(second).toEqual([
    { key: 3, version: 3, untilMs: null },
    { key: 3, version: 2, untilMs: 9_000 },
    // It never lasts longer than was said of it.
    { key: 1, version: 1, untilMs: 5_000 },
  ]);
  expect(rotatedVersions(second, [3], { untilMs: 9_500, nowMs: 9_000 }).map(({ version }) => version)).toEqual([4, 3]);
  // At once: nothing but the new one signs.
  expect(rotatedVersions(first, [3], { untilMs: 2_000, nowMs: 2_000 })).toEqual([
    { key: 3, version: 3, untilMs: null },
  ]);
});
