/** The postback worker's handler in this process: what it puts into the queues is kept in lists. */
import type { PostbackMessage, RefusalMessage } from "../../schema/messages.ts";
import {
  type AdvertiserRecord,
  advertiserKey,
  ownerKey,
  sourceKey,
  type TrackerRecord,
  trackerKeyOfPath,
} from "../../schema/records.ts";
import { deriveToken } from "../../workers/core/credentials.ts";
import { importKeyRing } from "../../workers/core/key-ring.ts";
import type { Env } from "../../workers/postback/env.ts";
import { createHandler } from "../../workers/postback/handler.ts";
import { KEYS, LINKS } from "../ledger/world.ts";
import { SOURCE_KEYS } from "../postback/door.ts";
import { shopRecords } from "./shop-webhooks.ts";

const ORIGIN = "https://postback.example";
/** As in wrangler.toml: of those who prove nothing so much of a minute is kept. */
const STRANGERS_A_MINUTE = 1_000;
const MINUTE_MS = 60_000;

const common = { allowedIps: [], pixel: true, credentials: [{ version: 1, key: 1 }] };
/** The advertisers of the ledger's test programme. */
const RECORDS: AdvertiserRecord[] = [
  { advertiser: 1, slug: "acme", auth: "token", ...common },
  { advertiser: 2, slug: "teahouse", auth: "signed", ...common },
];

const SHOPS = await shopRecords(1);
/** Of other trackers, which ask for a key that nobody has, and for the address of who sends. */
export const TRUSTED_ADDRESS = "192.0.2.1";
const tracker = { advertiser: "acme", subIds: {}, oldOrigin: "https://old.example" };
/** The old one is told of every click that is unknown. */
const RELAYED = { relayUntilMs: 8_640_000_000_000_000 };
const TRACKERS: TrackerRecord[] = [
  { ...tracker, tracker: 1, slug: "keitaro", dialect: "keitaro", allowedIps: [], sealed: "sealed under no key" },
  { ...tracker, tracker: 2, slug: "affise", dialect: "affise", allowedIps: [] },
  { ...tracker, tracker: 3, slug: "trackier", dialect: "trackier", allowedIps: [TRUSTED_ADDRESS], ...RELAYED },
];

export interface PostbackInProcess {
  postbacks: PostbackMessage[];
  refusals: RefusalMessage[];
  /** Answers, and waits for what is done after the answer. */
  send(path: string, init: RequestInit): Promise<{ status: number; text: string }>;
}

/** An isolate that has just started. */
export function startPostback(): PostbackInProcess {
  const postbacks: PostbackMessage[] = [];
  const refusals: RefusalMessage[] = [];
  const records = new Map<string, string>([
    ...RECORDS.map((record) => [advertiserKey(record.slug), JSON.stringify(record)] as const),
    ...SHOPS.map((record) => [sourceKey("acme", record.path), JSON.stringify(record)] as const),
  ]);
  for (const record of TRACKERS) records.set(trackerKeyOfPath(record.slug), JSON.stringify(record));
  for (const [link, { advertiser }] of LINKS)
    records.set(ownerKey(link), JSON.stringify({ advertiser: advertiser === 1 ? "acme" : "teahouse" }));
  const kept = new Map<string, number>();
  const env = {
    CLICK_KEYS: KEYS,
    ADVERTISER_KEYS: KEYS,
    SOURCE_KEYS,
    PROOF_KEYS: KEYS,
    EDGE_CACHE_S: "30",
    EDGE: { get: async (key: string) => records.get(key) ?? null },
    POSTBACKS: queueInto(postbacks),
    REFUSALS: queueInto(refusals),
    SENDER_RATE: { limit: async () => ({ success: true }) },
    STRANGER_RATE: {
      limit: async ({ key }: { key: string }) => {
        const minute = `${key} ${Math.floor(Date.now() / MINUTE_MS)}`;
        const count = (kept.get(minute) ?? 0) + 1;
        kept.set(minute, count);
        return { success: count <= STRANGERS_A_MINUTE };
      },
    },
  };
  if (!isEnv(env)) throw new Error("not reached");
  // Sums are told at once, so that each request is over when its answer is there.
  const handler = createHandler({ tellMs: 0 });
  const left: Promise<unknown>[] = [];
  const ctx = { waitUntil: (promise: Promise<unknown>) => void left.push(promise) };
  return {
    postbacks,
    refusals,
    async send(path, init) {
      const answer = await handler.fetch(new Request(ORIGIN + path, init), env, ctx);
      const text = await answer.text();
      while (left.length > 0) await left.shift();
      return { status: answer.status, text };
    },
  };
}

/** The token of the advertiser that is in token mode. */
export async function acmesToken(): Promise<string> {
  const ring = await importKeyRing(KEYS);
  const token = ring.ok ? await deriveToken(ring.value, 1, 1, 1) : null;
  if (token === null) throw new Error("there is no token");
  return token;
}

function queueInto<Body>(sent: Body[]) {
  return {
    send: async (body: Body) => void sent.push(structuredClone(body)),
    sendBatch: async (all: { body: Body }[]) => void sent.push(...all.map(({ body }) => structuredClone(body))),
  };
}

// The platform's types are far wider than what the worker uses of them.
function isEnv(env: object): env is Env {
  return "EDGE" in env;
}
