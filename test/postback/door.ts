/** The postback worker's handler called directly, with doubles of its bindings that remember what they were given. */
import { vi } from "vitest";
import type { PostbackMessage, RefusalMessage } from "../../schema/messages.ts";
import {
  type AdvertiserRecord,
  advertiserKey,
  type OwnerRecord,
  ownerKey,
  type SourceRecord,
  sourceKey,
  type TrackerRecord,
  trackerKeyOfHost,
  trackerKeyOfPath,
} from "../../schema/records.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { deriveSigningSecret, deriveToken, readSigningSecret } from "../../workers/core/credentials.ts";
import { importKeyRing, type KeyRing } from "../../workers/core/key-ring.ts";
import { publicHalves, readOpeningKeys, readSealingKey, sealSecret } from "../../workers/core/sealed-secrets.ts";
import { placeOfSource } from "../../workers/core/sources/prepare-source.ts";
import { placeOfTracker } from "../../workers/core/trackers/prepare-tracker.ts";
import type { Env } from "../../workers/postback/env.ts";
import { createHandler } from "../../workers/postback/handler.ts";

export const CLICK_KEYS = keySecret(1);
export const ADVERTISER_KEYS = keySecret(100);
export const SOURCE_KEYS = JSON.stringify({
  1: {
    kty: "OKP",
    crv: "X25519",
    x: "UKYUCbHd0DJemxa3AOcZ6XcsBwALG9d4bpB8ZT0gSV0",
    d: Buffer.alloc(32, 5).toString("base64url"),
  },
});
export const ORIGIN = "https://postback.example";
export const ACME: AdvertiserRecord = {
  advertiser: 7,
  slug: "acme",
  auth: "token",
  allowedIps: [],
  pixel: false,
  credentials: [{ version: 1, key: 1 }],
};

/** A secret with key 1, whose bytes count up from `first`. */
export function keySecret(first: number): string {
  const bytes = Uint8Array.from({ length: 32 }, (_, index) => (first + index) % 256);
  return JSON.stringify({ signing: 1, keys: { 1: btoa(String.fromCharCode(...bytes)) } });
}

export async function ring(secret: string): Promise<KeyRing> {
  const imported = await importKeyRing(secret);
  if (!imported.ok) throw new Error(imported.refusal);
  return imported.value;
}

export async function clickId(counter = 1): Promise<string> {
  const click = { issuedAtMs: 1_790_000_000_000, link: 42, counter, test: false, provisional: false };
  return issueClickId(await ring(CLICK_KEYS), click);
}

/** A shop's source of acme's, or of the advertiser of `rest`, as the console publishes it: `secret` is what was typed. */
export async function sourceRecord(
  source: string,
  secret: string,
  rest: Partial<SourceRecord> = {},
): Promise<SourceRecord> {
  const { advertiser = ACME.advertiser } = rest;
  const sealed = await sealFor(placeOfSource(advertiser, source), secret);
  return { advertiser, path: source, source, sealed, events: {}, ...rest };
}

/** Another tracker, called as its dialect is, whose unknown clicks acme keeps. Without a secret it asks for none. */
export async function trackerRecord(
  dialect: string,
  secret: string | null,
  rest: Partial<TrackerRecord> = {},
): Promise<TrackerRecord> {
  const sealed = secret === null ? {} : { sealed: await sealFor(placeOfTracker(dialect), secret) };
  return { tracker: 5, slug: dialect, dialect, advertiser: ACME.slug, ...sealed, allowedIps: [], subIds: {}, ...rest };
}

async function sealFor(place: string, secret: string): Promise<string> {
  const opening = await readOpeningKeys(SOURCE_KEYS);
  const sealing = opening.ok ? await readSealingKey(await publicHalves(opening.value)) : opening;
  if (!sealing.ok) throw new Error(sealing.refusal);
  return sealSecret(sealing.value, place, secret);
}

export async function tokenOf(advertiser: number, version = 1): Promise<string> {
  return (await deriveToken(await ring(ADVERTISER_KEYS), advertiser, version, 1)) ?? "";
}

export async function signingSecretOf(advertiser: number, version = 1): Promise<string> {
  return (await deriveSigningSecret(await ring(ADVERTISER_KEYS), advertiser, version, 1)) ?? "";
}

export async function signingKeyOf(advertiser: number, version = 1): Promise<Uint8Array> {
  const key = readSigningSecret(await signingSecretOf(advertiser, version));
  if (!key) throw new Error("no signing key");
  return key;
}

/** How a binding misbehaves: throws, or never answers. */
export type Fault = "throws" | "hangs" | null;

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The answer as JSON, where it is. */
  json: Record<string, unknown>;
}

/** A door with its bindings. What the queues took is in `queued`, `refused` and `sums`; every line logged in `logs`. */
export class Door {
  queued: PostbackMessage[] = [];
  refused: RefusalMessage[] = [];
  records = new Map<string, AdvertiserRecord | SourceRecord | TrackerRecord | OwnerRecord>();
  faults: { kv: Fault; postbacks: Fault[]; refusals: Fault } = { kv: null, postbacks: [], refusals: null };
  /** How many more requests each rate lets through; absent: any number. Keys seen are counted in `asked`. */
  rates: { SENDER_RATE?: number; STRANGER_RATE?: number } = {};
  asked: string[] = [];
  kvReads = 0;
  /** Sums of strangers' refusals that were alike, by receipt, as the queue was told last. */
  sums = new Map<string, number>();
  #handler = createHandler({ tellMs: 0 });
  #after: Promise<unknown>[] = [];

  #lines: string[] = [];

  constructor(...records: AdvertiserRecord[]) {
    for (const record of records) this.put(record);
  }

  /** Everything that was logged, as text. */
  get logs(): string {
    return this.#lines.join("\n");
  }

  put(record: AdvertiserRecord): void {
    this.records.set(advertiserKey(record.slug), record);
  }

  putSource(record: SourceRecord): void {
    this.records.set(sourceKey(ACME.slug, record.path), record);
  }

  /** On its host, if it has one, and below `/t/{slug}`. */
  putTracker(record: TrackerRecord, host?: string): void {
    if (host !== undefined) this.records.set(trackerKeyOfHost(host), record);
    this.records.set(trackerKeyOfPath(record.slug), record);
  }

  putOwner(link: number, advertiser: string): void {
    this.records.set(ownerKey(link), { advertiser });
  }

  /** Sends a request; `path` is path and query, `init` as fetch takes it. Waits also for what is done after the answer. */
  async send(path: string, init: RequestInit = {}): Promise<Answer> {
    return this.sendRequest(new Request(ORIGIN + path, init));
  }

  async sendRequest(request: Request): Promise<Answer> {
    const ctx = { waitUntil: (promise: Promise<unknown>) => void this.#after.push(promise) };
    const log = (level: "log" | "error") =>
      vi.spyOn(console, level).mockImplementation((line) => void this.#lines.push(JSON.stringify(line)));
    const spies = [log("log"), log("error")];
    const response = await this.#handler.fetch(request, this.env, ctx);
    const text = await response.text();
    await Promise.all(this.#after.splice(0));
    for (const spy of spies) spy.mockRestore();
    return { status: response.status, headers: response.headers, text, json: parseObject(text) };
  }

  /** Only what the worker calls; the rest of a binding's type is not there. */
  env: Env = Object.assign(JSON.parse("{}"), {
    CLICK_KEYS,
    ADVERTISER_KEYS,
    SOURCE_KEYS,
    PROOF_KEYS: CLICK_KEYS,
    EDGE_CACHE_S: "30",
    EDGE: {
      get: async (key: string) => {
        this.kvReads++;
        await misbehave(this.faults.kv);
        const record = this.records.get(key);
        return record ? JSON.stringify(record) : null;
      },
    },
    POSTBACKS: {
      send: async (message: PostbackMessage) => {
        await misbehave(this.faults.postbacks.shift() ?? null);
        this.queued.push(structuredClone(message));
      },
      sendBatch: async (messages: { body: PostbackMessage }[]) => {
        await misbehave(this.faults.postbacks.shift() ?? null);
        refuseMoreThanQueuesTake(messages);
        this.queued.push(...messages.map(({ body }) => structuredClone(body)));
      },
    },
    REFUSALS: {
      send: async (message: RefusalMessage) => {
        await misbehave(this.faults.refusals);
        this.#log(message);
      },
      sendBatch: async (messages: { body: RefusalMessage }[]) => {
        await misbehave(this.faults.refusals);
        refuseMoreThanQueuesTake(messages);
        for (const { body } of messages) this.#log(body);
      },
    },
    SENDER_RATE: { limit: async ({ key }: { key: string }) => this.#ask("SENDER_RATE", key) },
    STRANGER_RATE: { limit: async ({ key }: { key: string }) => this.#ask("STRANGER_RATE", key) },
  });

  #log(message: RefusalMessage): void {
    if (message.times === undefined) this.refused.push(structuredClone(message));
    else this.sums.set(message.receipt, message.times);
  }

  #ask(rate: "SENDER_RATE" | "STRANGER_RATE", key: string): { success: boolean } {
    this.asked.push(`${rate} ${key}`);
    const left = this.rates[rate];
    if (left === undefined) return { success: true };
    this.rates[rate] = left - 1;
    return { success: left > 0 };
  }
}

/** https://developers.cloudflare.com/queues/platform/limits/ */
function refuseMoreThanQueuesTake(messages: readonly { body: unknown }[]): void {
  const bytes = messages.reduce((sum, { body }) => sum + Buffer.byteLength(JSON.stringify(body)), 0);
  if (messages.length > 100 || bytes > 256_000)
    throw new Error(`a queue takes no ${messages.length} messages of ${bytes} B`);
}

async function misbehave(fault: Fault): Promise<void> {
  if (fault === "throws") throw new Error("injected");
  if (fault === "hangs") await new Promise(() => {});
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
