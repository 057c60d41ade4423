/** A whole running system for tests that see it from outside: the five workers of wrangler.toml in one process, with their storage empty and migrated. */
import { setTimeout as sleep } from "node:timers/promises";
import { createAcme } from "../../scripts/programme/acme.ts";
import type { ClickDay } from "../../workers/ledger/click-day.ts";
import {
  createTestHarness,
  type HarnessInit,
  type HarnessResponse,
  type HarnessWorker,
  type TestHarness,
} from "./harness.ts";

const POLL_EVERY_MS = 20;
const WAIT_AT_MOST_MS = 15_000;

/** A key ring as `core/key-ring.ts` reads it; every byte of the key is `fill`, so that golden values stay the same. */
function testKeys(fill: number): string {
  return JSON.stringify({ signing: 1, keys: { 1: Buffer.alloc(32, fill).toString("base64") } });
}

export const TEST_SECRETS = {
  CLICK_KEYS: testKeys(1),
  ADVERTISER_KEYS: testKeys(2),
  ERASURE_KEY: Buffer.alloc(32, 3).toString("base64"),
  COURIER_KEYS: JSON.stringify({
    1: {
      kty: "OKP",
      crv: "X25519",
      x: "rAGyIJ6GNU-4UyN7XeD0-rE8f8v0M6YcAZNpYX_s8Qs",
      d: Buffer.alloc(32, 4).toString("base64url"),
    },
  }),
  SOURCE_KEYS: sourceKeys({ d: Buffer.alloc(32, 5).toString("base64url") }),
  SOURCE_SEALING_KEYS: sourceKeys({}),
  PROOF_KEYS: testKeys(6),
  PROOF_PUBLIC_KEYS: JSON.stringify({ signing: 1, keys: { 1: "iodf/x6zhFFXes1a/uQFRWVo3XyJ4JCGOgVXvHr0nxc=" } }),
  CONSOLE_TOKEN: "test-console-token-long-enough",
} as const;

function sourceKeys(half: { d?: string }): string {
  return JSON.stringify({
    1: { kty: "OKP", crv: "X25519", x: "UKYUCbHd0DJemxa3AOcZ6XcsBwALG9d4bpB8ZT0gSV0", ...half },
  });
}

const WORKER_NAMES = ["click", "postback", "ledger", "courier", "console"] as const;
export type WorkerName = (typeof WORKER_NAMES)[number];

const SECRETS_OF = {
  click: ["CLICK_KEYS"],
  postback: ["CLICK_KEYS", "ADVERTISER_KEYS", "SOURCE_KEYS", "PROOF_KEYS"],
  ledger: ["CLICK_KEYS", "ERASURE_KEY", "PROOF_KEYS"],
  courier: ["COURIER_KEYS"],
  console: ["ADVERTISER_KEYS", "SOURCE_SEALING_KEYS", "PROOF_PUBLIC_KEYS", "CONSOLE_TOKEN"],
} as const satisfies Record<WorkerName, readonly (keyof typeof TEST_SECRETS)[]>;

export type SystemResponse = HarnessResponse;
/** A request: everything undici's fetch takes, and `cf` (country, …) as the platform would set it; header names in lower case. */
export type SystemInit = Omit<HarnessInit, "headers"> & {
  headers?: Record<string, string>;
};
export type SystemFetch = (path: string, init?: SystemInit) => Promise<SystemResponse>;

/** What the ledger may touch: the books themselves, for tests that look behind HTTP. */
export interface LedgerEnv {
  DB: D1Database;
  LOG: D1Database;
  ARCHIVE: R2Bucket;
  CONVERSIONS: DurableObjectNamespace;
  CLICK_DAYS: DurableObjectNamespace<ClickDay>;
  EDGE: KVNamespace;
  POSTBACKS: Queue;
}

/** What the courier may touch: what it told. */
export interface CourierEnv {
  DB: D1Database;
  COURIER: D1Database;
}

export interface SystemOptions {
  /** More workers beside the five, such as faulty bindings. */
  workers?: HarnessWorker[];
  /** Per worker: binding → name of the worker that stands in for it. Its calls arrive as RPC (`send`, `prepare`, …). */
  overrides?: Partial<Record<WorkerName, Record<string, string>>>;
  /** Per worker: vars beside or instead of wrangler.toml's. `EDGE_CACHE_S` is `0` unless said here. */
  /** Another entry for the ledger, relative to the project: the real one with faults around it. */
  ledgerMain?: string;
  vars?: Partial<Record<WorkerName, Record<string, string>>>;
  secrets?: Partial<Record<WorkerName, Record<string, string>>>;
}

export interface System {
  fetchClick: SystemFetch;
  fetchPostback: SystemFetch;
  /** With the admin token, unless the request brings an `authorization` of its own; `authorization: ""` sends none. */
  fetchConsole: SystemFetch;
  ledgerEnv(): Promise<LedgerEnv>;
  courierEnv(): Promise<CourierEnv>;
  /** Fires a worker's cron (default the ledger's), as of `atMs` (default now). */
  scheduled(atMs?: number, worker?: WorkerName): Promise<void>;
  waitFor: typeof waitFor;
  /** What the workers logged so far. */
  logs(): ReturnType<TestHarness["getLogs"]>;
  harness: TestHarness;
  stop(): Promise<void>;
}

/** Builds and starts the five workers with empty, migrated databases. Stop it in `afterAll`. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const harness = createTestHarness({ workers: [...sections(options), ...(options.workers ?? [])] });
  await harness.listen();
  const ledger = harness.getWorker<LedgerEnv>("clickback-ledger");
  // Through the console, whose databases are the same: the ledger's bindings may be stood in for.
  const databases = harness.getWorker<Pick<LedgerEnv, "DB" | "LOG">>("clickback-console");
  await databases.applyD1Migrations("DB");
  await databases.applyD1Migrations("LOG");
  const courier = harness.getWorker<CourierEnv>("clickback-courier");
  await courier.applyD1Migrations("COURIER");
  const fetchConsole = fetchOf(harness, "console");
  return {
    fetchClick: fetchOf(harness, "click"),
    fetchPostback: fetchOf(harness, "postback"),
    fetchConsole: (path, init = {}) => fetchConsole(path, withBearer(init)),
    ledgerEnv: () => ledger.getEnv(),
    courierEnv: () => courier.getEnv(),
    scheduled: async (atMs = Date.now(), worker = "ledger") => {
      const scheduledTime = new Date(atMs);
      await harness.getWorker(`clickback-${worker}`).scheduled({ cron: "* * * * *", scheduledTime });
    },
    waitFor,
    logs: () => harness.getLogs(),
    harness,
    stop: () => harness.close(),
  };
}

/** Creates the demo programme (advertiser `acme`, affiliate `blog`, offer `shoes`, link `demo`) and gives acme's token and signing secret. */
export function seedProgramme(system: System): Promise<{ token: string; signingSecret: string }> {
  return createAcme(async (path, init) => system.fetchConsole(path, init));
}

/** Asks again and again until the answer is neither undefined, null nor false (nor an exception), and gives it. Throws, with the last failure, after `timeoutMs`. */
export async function waitFor<Value>(
  look: () => Promise<Value | undefined | null | false> | Value | undefined | null | false,
  timeoutMs: number = WAIT_AT_MOST_MS,
): Promise<Value> {
  const deadlineMs = Date.now() + timeoutMs;
  let cause: unknown = "the effect was not there";
  while (Date.now() < deadlineMs) {
    try {
      const value = await look();
      if (value !== undefined && value !== null && value !== false) return value;
    } catch (error) {
      cause = error;
    }
    await sleep(POLL_EVERY_MS);
  }
  throw new Error(`waited ${timeoutMs} ms in vain`, { cause });
}

function sections(options: SystemOptions): HarnessWorker[] {
  return WORKER_NAMES.map((name) => ({
    env: name,
    ...(name === "ledger" && options.ledgerMain && { main: options.ledgerMain }),
    secrets: { ...secretsOf(name), ...options.secrets?.[name] },
    vars: { ...varsOf(name), ...options.vars?.[name] },
    bindingOverrides: { ...options.overrides?.[name] },
  }));
}

/** As on the local platform, a change in the console shows at the edge at once; clicks are gathered for a moment only; and a test's receivers may be told. */
function varsOf(name: WorkerName): Record<string, string> {
  if (name === "courier") return { LOOPBACK_PORTS: "any", RESOLVER: "", PLATFORMS_AT: "http://127.0.0.1:9" };
  if (name === "console") return { LOOPBACK_PORTS: "any" };
  if (name === "click") return { EDGE_CACHE_S: "0", CLICK_LOG_MS: "20" };
  return name === "postback" ? { EDGE_CACHE_S: "0" } : {};
}

function secretsOf(name: WorkerName): Record<string, string> {
  return Object.fromEntries(SECRETS_OF[name].map((secret) => [secret, TEST_SECRETS[secret]]));
}

/** Redirects are answers to look at, never followed. */
function fetchOf(harness: TestHarness, name: WorkerName): SystemFetch {
  const worker = harness.getWorker(`clickback-${name}`);
  return (path, init = {}) => worker.fetch(path, { redirect: "manual", ...init });
}

function withBearer(init: SystemInit): SystemInit {
  const { authorization = `Bearer ${TEST_SECRETS.CONSOLE_TOKEN}`, ...headers } = init.headers ?? {};
  return { ...init, headers: authorization === "" ? headers : { ...headers, authorization } };
}
