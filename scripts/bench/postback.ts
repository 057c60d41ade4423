/** What the door costs: a postback taken in with a token, and one taken in by its signature. */
import type { PostbackMessage } from "../../schema/messages.ts";
import { type AdvertiserRecord, advertiserKey, type Credential } from "../../schema/records.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { deriveSigningSecret, deriveToken, readSigningSecret } from "../../workers/core/credentials.ts";
import type { KeyRing } from "../../workers/core/key-ring.ts";
import { signTarget } from "../../workers/core/postback/signed-url.ts";
import { configOf, readSections } from "../sections.ts";
import { type Cast, type Part, startCast } from "./cast.ts";
import type { Effort } from "./effort.ts";
import { ringOf } from "./keys.ts";
import { type Request, saturate, type Target } from "./load.ts";
import { compare, costs, interleave, type Ratio, type Slice, speeds } from "./rounds.ts";
import type { Findings } from "./rows.ts";

const CREDENTIAL: Credential = { version: 1, key: 1 };
const TOKENED = { advertiser: 1, slug: "acme" };
const SIGNED = { advertiser: 2, slug: "teahouse" };
/** Orders that are sent in turn. */
const ORDERS = 200;

/** Rows `postback` and `postback-signed`. */
export async function measurePostbacks(directory: string, effort: Effort): Promise<Findings> {
  const findings: Findings = { rows: {}, cpuMs: {} };
  if (!effort.wants("postback", "postback-signed")) return findings;
  const cast = await startCast(parts(), directory);
  try {
    const clicks = await ringOf(cast.secrets.CLICK_KEYS);
    const advertisers = await ringOf(cast.secrets.ADVERTISER_KEYS);
    await publish(cast);
    const token = (await deriveToken(advertisers, TOKENED.advertiser, CREDENTIAL.version, CREDENTIAL.key)) ?? "";
    const orders = await Promise.all(Array.from({ length: ORDERS }, (_, order) => queryOf(clicks, order)));
    const tokened = orders.map((query): Request => ({ path: `/p/${TOKENED.slug}?${query}&token=${token}` }));
    if (effort.wants("postback")) {
      const { ratio, cpuMs } = await race(cast, ["send-only", tokened], ["postback", tokened], effort);
      findings.rows.postback = ratio;
      findings.cpuMs.postback = cpuMs;
    }
    if (effort.wants("postback-signed")) {
      const signed = await sign(advertisers, orders);
      const { ratio } = await race(cast, ["postback", tokened], ["postback", signed], effort);
      findings.rows["postback-signed"] = ratio;
    }
    return findings;
  } finally {
    await cast.stop();
  }
}

type Contender = readonly [name: string, requests: readonly Request[]];

/** The ratio of requests/s, and what one of ours cost. */
async function race(
  cast: Cast,
  reference: Contender,
  ours: Contender,
  effort: Effort,
): Promise<{ ratio: Ratio; cpuMs: number }> {
  const [theirTarget, ourTarget] = [reference, ours].map(
    ([name, requests]): Target => ({ origin: cast.origin(name), requests, status: 200 }),
  );
  if (!theirTarget || !ourTarget) throw new Error("a race has two");
  const theirAmount = await effort.amountFor((amount) => saturate(theirTarget, amount));
  const ourAmount = await effort.amountFor((amount) => saturate(ourTarget, amount));
  const run = async (target: Target, amount: number): Promise<Slice> => {
    const before = cast.cpuSeconds();
    const { answered, seconds } = await saturate(target, amount);
    return { answered, seconds, cpuSeconds: cast.cpuSeconds() - before };
  };
  const rounds = await interleave(
    effort.rounds,
    (share) => run(theirTarget, Math.ceil(theirAmount * share)),
    (share) => run(ourTarget, Math.ceil(ourAmount * share)),
  );
  return { ratio: compare(speeds(rounds)), cpuMs: compare(costs(rounds)).ours / 10 };
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
  const issuedAtMs = Date.now() - 3_600_000;
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

async function publish(cast: Cast): Promise<void> {
  const edge = await cast.miniflare.getKVNamespace("EDGE", "postback");
  for (const [auth, { advertiser, slug }] of [
    ["token", TOKENED],
    ["signed", SIGNED],
  ] as const) {
    const record: AdvertiserRecord = {
      advertiser,
      slug,
      auth,
      allowedIps: [],
      pixel: false,
      credentials: [CREDENTIAL],
    };
    await edge.put(advertiserKey(slug), JSON.stringify(record));
  }
}
