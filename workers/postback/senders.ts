/** Advertisers in the isolate's memory: a record counts as fresh for a while, and is good for longer when KV fails. */
import { type AdvertiserRecord, advertiserKey } from "../../schema/records.ts";
import { keepLatest } from "../core/keep-latest.ts";
import { prepareSender, type Sender } from "../core/postback/sender.ts";
import { withinTime } from "../core/time-limit.ts";
import type { Env } from "./env.ts";
import type { Keys } from "./keys.ts";

const DEFAULT_FRESH_S = 30;
const ABSENT_MS = 5_000;
const READ_MS = 3_000;
/** The least that KV takes, so that its own cache adds little to our age. */
const KV_CACHE_TTL_S = 30;
const MAX_SENDERS = 1_000;
const MAX_ABSENT = 1_000;

interface Entry {
  sender: Sender | null;
  /** The record as stored, so that one that did not change need not be prepared again. */
  stored: string | null;
  keys: Keys;
  goodUntilMs: number;
}

export interface Senders {
  /** The advertiser of this slug, null when there is none. Throws when KV fails and nothing is held. */
  find(env: Env, keys: Keys, slug: string, nowMs: number): Sender | null | Promise<Sender | null>;
}

/** An empty memory. */
export function createSenders(): Senders {
  // Apart, so that a flood of made-up names cannot push real ones out.
  const known = new Map<string, Entry>();
  const absent = new Map<string, Entry>();

  async function read(env: Env, keys: Keys, slug: string, nowMs: number): Promise<Sender | null> {
    const held = known.get(slug);
    const stored = await readRecord(env, slug, held);
    const sender = await prepare(stored, keys, held);
    const freshMs = freshMsOf(env);
    const goodUntilMs = nowMs + (sender ? freshMs : Math.min(freshMs, ABSENT_MS));
    known.delete(slug);
    absent.delete(slug);
    if (sender) keepLatest(known, slug, { sender, stored, keys, goodUntilMs }, MAX_SENDERS);
    else keepLatest(absent, slug, { sender, stored, keys, goodUntilMs }, MAX_ABSENT);
    return sender;
  }

  return {
    find(env, keys, slug, nowMs) {
      const entry = known.get(slug) ?? absent.get(slug);
      return entry && nowMs < entry.goodUntilMs && entry.keys === keys ? entry.sender : read(env, keys, slug, nowMs);
    },
  };
}

/** The record as text. When KV fails, what is held is used a while longer. */
async function readRecord(env: Env, slug: string, held: Entry | undefined): Promise<string | null> {
  try {
    return await withinTime(env.EDGE.get(advertiserKey(slug), { cacheTtl: KV_CACHE_TTL_S }), READ_MS, globalThis);
  } catch (error) {
    if (!held) throw error;
    console.error({ event: "advertiser_record_stale", slug, error: String(error) });
    return held.stored;
  }
}

async function prepare(stored: string | null, keys: Keys, held: Entry | undefined): Promise<Sender | null> {
  if (stored === null) return null;
  if (held?.stored === stored && held.keys === keys) return held.sender;
  const record: AdvertiserRecord = JSON.parse(stored);
  return prepareSender(record, keys.advertisers);
}

function freshMsOf(env: Env): number {
  const seconds = Number(env.EDGE_CACHE_S);
  return (Number.isFinite(seconds) && seconds >= 0 ? seconds : DEFAULT_FRESH_S) * 1000;
}
