/** What the door costs: a postback taken in with a token, one taken in by its signature, and a shop's own webhook. */
import type { PostbackMessage } from "../../schema/messages.ts";
import {
  type AdvertiserRecord,
  advertiserKey,
  type Credential,
  type SourceRecord,
  sourceKey,
} from "../../schema/records.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { deriveSigningSecret, deriveToken, readSigningSecret } from "../../workers/core/credentials.ts";
import type { KeyRing } from "../../workers/core/key-ring.ts";
import { must } from "../../workers/core/must.ts";
import { signTarget } from "../../workers/core/postback/signed-url.ts";
import { signWebhook } from "../../workers/core/postback/signed-webhook.ts";
import { readSealingKey, sealSecret } from "../../workers/core/sealed-secrets.ts";
import { placeOfSource } from "../../workers/core/sources/prepare-source.ts";
import { sampleSale } from "../../workers/core/sources/source-samples.ts";
import { signSource } from "../../workers/core/sources/source-signing.ts";
import { SOURCE_TABLES } from "../../workers/core/sources/source-tables.ts";
import { HOUR_MS } from "../../workers/core/time-units.ts";
import { ACME } from "../programme/acme.ts";
import { ADVERTISER } from "../programme/in-sql.ts";
import { configOf, readSections } from "../sections.ts";
import { type Cast, type Part, startCast } from "./cast.ts";
import type { Effort } from "./effort.ts";
import { ringOf } from "./keys.ts";
import { type OpenLoad, openLoad, type Request } from "./load.ts";
import { type Both, compare, costs, interleave, middleSpeeds, type Slice, speeds } from "./rounds.ts";
import type { Findings } from "./rows.ts";

const CREDENTIAL: Credential = { version: 1, key: 1 };
const TOKENED = { advertiser: ADVERTISER, slug: ACME.slug };
const SIGNED = { advertiser: 2, slug: "teahouse" };
const PROMISED = { advertiser: 3, slug: "bookshop" };
/** Orders that are sent in turn. */
const ORDERS = 200;
/** Some forty milliseconds: a collection of garbage, the simulator's mostly, stops the process for as long or longer, and falls on one of some ten turns. */
const TURN_REQUESTS = 100;

/** Rows `postback`, `postback-whole`, `postback-signed`, `promise` and `postback-source`. */
export async function measurePostbacks(directory: string, effort: Effort): Promise<Findings> {
  const findings: Findings = { rows: {}, cpuMs: {} };
  if (!effort.wants("postback", "postback-whole", "postback-signed", "promise", "postback-source")) return findings;
  const cast = await startCast(parts(), directory);
  try {
    const clicks = await ringOf(cast.secrets.CLICK_KEYS);
    const advertisers = await ringOf(cast.secrets.ADVERTISER_KEYS);
    await publish(cast);
    const token = (await deriveToken(advertisers, TOKENED.advertiser, CREDENTIAL.version, CREDENTIAL.key)) ?? "";
    const orders = await Promise.all(Array.from({ length: ORDERS }, (_, order) => queryOf(clicks, order)));
    const tokened = orders.map((query): Request => ({ path: `/p/${TOKENED.slug}?${query}&token=${token}` }));
    if (effort.wants("postback", "postback-whole")) {
      const rounds = await race(cast, ["send-only", tokened], ["postback", tokened], effort);
      findings.rows.postback = compare(middleSpeeds(rounds));
      findings.rows["postback-whole"] = compare(speeds(rounds));
      findings.cpuMs.postback = compare(costs(rounds)).ours / 10;
    }
    if (effort.wants("postback-signed")) {
      const signed = await sign(advertisers, orders);
      findings.rows["postback-signed"] = compare(
        middleSpeeds(await race(cast, ["postback", tokened], ["postback", signed], effort)),
      );
    }
    if (effort.wants("promise")) {
      const promised = (await deriveToken(advertisers, PROMISED.advertiser, CREDENTIAL.version, CREDENTIAL.key)) ?? "";
      const asked = orders.map((query): Request => ({ path: `/p/${PROMISED.slug}?${query}&token=${promised}` }));
      findings.rows.promise = compare(
        middleSpeeds(await race(cast, ["postback", tokened], ["postback", asked], effort)),
      );
    }
    if (effort.wants("postback-source")) {
      const [own, shops] = [await signPosts(advertisers, orders), orders.map(shopOrder)];
      findings.rows["postback-source"] = compare(
        middleSpeeds(await race(cast, ["postback", own], ["postback", shops], effort)),
      );
    }
    return findings;
  } finally {
    await cast.stop();
  }
}

type Contender = readonly [name: string, requests: readonly Request[]];

/** Runs both in short turns. */
async function race(cast: Cast, theirs: Contender, ours: Contender, effort: Effort): Promise<Both<Slice>[][]> {
  const open = ([name, requests]: Contender) => openLoad({ origin: cast.origin(name), requests, status: 200 });
  const loads = { reference: open(theirs), ours: open(ours) };
  const turn = async (load: OpenLoad): Promise<Slice> => {
    const before = cast.cpuSeconds();
    const { answered, seconds } = await load.saturate(TURN_REQUESTS);
    return { answered, seconds, cpuSeconds: cast.cpuSeconds() - before };
  };
  try {
    // Warmed up alike; the reference says how many turns make a round.
    await effort.amountFor(loads.ours.saturate);
    const turns = Math.ceil((await effort.amountFor(loads.reference.saturate)) / TURN_REQUESTS);
    return await interleave(
      effort.rounds,
      turns,
      () => turn(loads.reference),
      () => turn(loads.ours),
    );
  } finally {
    await Promise.all([loads.reference.close(), loads.ours.close()]);
  }
}

/** Both put their messages into the queue that the acknowledging worker empties, by the ledger's settings. */
function parts(): Part[] {
  const [settings] = (configOf(readSections(), "ledger").queues.consumers ?? []).filter(
    ({ queue }) => queue === "postbacks",
  );
  const consumer = { maxBatchSize: settings?.max_batch_size ?? 100, maxBatchTimeout: settings?.max_batch_timeout ?? 1 };
  return [
    { name: "postback", section: "postback", entry: "workers/postback/index.ts" },
    {
      name: "send-only",
      section: "postback",
      entry: "bench/workers/send-only.ts",
      bindings: { MESSAGE: JSON.stringify(MESSAGE) },
    },
    {
      name: "acknowledge",
      section: "postback",
      entry: "bench/workers/acknowledge.ts",
      queueConsumers: { postbacks: consumer, refusals: consumer },
    },
  ];
}

/** As large as what the door makes of `queryOf`. */
const MESSAGE: PostbackMessage = {
  kind: "postback",
  receipt: "0123456789abcdefghjkmnpqrs",
  advertiser: TOKENED.advertiser,
  receivedAtMs: 1_795_420_800_000,
  channel: "get",
  credentialVersion: 1,
  content: {
    event: "sale",
    txid: "order-1000000",
    amountMicros: 40_500_000,
    clickId: "0123456789abcdefghjkmnpqrstvwxyz0123",
  },
};

async function queryOf(clicks: KeyRing, order: number): Promise<string> {
  const issuedAtMs = Date.now() - HOUR_MS;
  const clickId = await issueClickId(clicks, { issuedAtMs, link: 7, counter: order, test: false, provisional: false });
  return `click_id=${clickId}&event=sale&txid=order-${1_000_000 + order}&amount=40.50`;
}

async function sign(advertisers: KeyRing, orders: readonly string[]): Promise<Request[]> {
  const secret = await deriveSigningSecret(advertisers, SIGNED.advertiser, CREDENTIAL.version, CREDENTIAL.key);
  const key = readSigningSecret(secret ?? "");
  if (!key) throw new Error("there is no key to sign with");
  const ts = Math.floor(Date.now() / 1000);
  return orders.map((query, order) => {
    const signed = `/p/${SIGNED.slug}?${query}&ts=${ts}&nonce=nonce-${1_000_000 + order}`;
    return { path: `${signed}&sig=${signTarget(key, signed)}` };
  });
}

/** The same orders as JSON, signed as Standard Webhooks are. */
async function signPosts(advertisers: KeyRing, orders: readonly string[]): Promise<Request[]> {
  const secret = await deriveSigningSecret(advertisers, SIGNED.advertiser, CREDENTIAL.version, CREDENTIAL.key);
  const key = must(readSigningSecret(secret ?? ""), "a key", "to sign with");
  const timestamp = String(Math.floor(Date.now() / 1000));
  return orders.map((query, order) => {
    const body = JSON.stringify(Object.fromEntries(new URLSearchParams(query)));
    const id = `msg_${1_000_000 + order}`;
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signWebhook(key, { id, timestamp }, new TextEncoder().encode(body)),
    };
    return { method: "POST", path: `/p/${SIGNED.slug}`, headers, body };
  });
}

const SHOP = "shopify";
const SHOPS_SECRET = "shpss_of the benchmark";

/** The same order as a shop sends it: with who bought, where it goes and what is in it. */
function shopOrder(query: string, order: number): Request {
  const table = must(SOURCE_TABLES.get(SHOP), "the source", SHOP);
  const said = { clickId: new URLSearchParams(query).get("click_id") ?? "", txid: String(5_678_901_000_000 + order) };
  const sample = must(sampleSale(SHOP, { ...said, currency: "USD", nowMs: Date.now() }), "the sample of", SHOP);
  const address = { first_name: "Ann", last_name: "Example", address1: "Long Street 7", city: "Bonn", zip: "53111" };
  const money = { shop_money: { amount: "10.00", currency_code: "USD" } };
  const line = { title: "A shoe", sku: "SHOE-42", quantity: 1, price: "10.00", price_set: money, tax_lines: [] };
  const lines = Array.from({ length: 8 }, (_, index) => ({ id: 12_345_678_000 + index, ...line, name: "A shoe, 42" }));
  const people = { billing_address: address, shipping_address: address, customer: { id: 1, ...address } };
  const whole = { ...JSON.parse(sample.body), email: "ann@example.com", ...people, line_items: lines };
  const stamp = { nowMs: Date.now(), iv: new Uint8Array(16) };
  const { headers, body } = signSource(table.proof, SHOPS_SECRET, JSON.stringify(whole), stamp);
  const sent = {
    "content-type": "application/json",
    ...sample.headers,
    "X-Shopify-Event-Id": `e-${order}`,
    ...headers,
  };
  return { method: "POST", path: `/p/${SIGNED.slug}/${SHOP}`, headers: sent, body };
}

async function publishSource(cast: Cast): Promise<void> {
  const edge = await cast.miniflare.getKVNamespace("EDGE", "postback");
  const key = await readSealingKey(cast.secrets.SOURCE_SEALING_KEYS);
  if (!key.ok) throw new Error(key.refusal);
  const sealed = await sealSecret(key.value, placeOfSource(SIGNED.advertiser, SHOP), SHOPS_SECRET);
  const record: SourceRecord = { advertiser: SIGNED.advertiser, path: SHOP, source: SHOP, sealed, events: {} };
  await edge.put(sourceKey(SIGNED.slug, SHOP), JSON.stringify(record));
}

async function publish(cast: Cast): Promise<void> {
  await publishSource(cast);
  const edge = await cast.miniflare.getKVNamespace("EDGE", "postback");
  for (const [auth, { advertiser, slug }] of [
    ["token", TOKENED],
    ["signed", SIGNED],
    ["token", PROMISED],
  ] as const) {
    const record: AdvertiserRecord = {
      advertiser,
      slug,
      auth,
      allowedIps: [],
      pixel: false,
      ...(slug === PROMISED.slug ? { promises: true } : {}),
      credentials: [CREDENTIAL],
    };
    await edge.put(advertiserKey(slug), JSON.stringify(record));
  }
}
