/** The console worker with ledger and courier behind it, in workerd, with their storage empty and migrated: for tests of the API. */
import { get, type IncomingHttpHeaders } from "node:http";
import { buffer } from "node:stream/consumers";
import type { Env } from "../../workers/console/env.ts";
import type { ClickDay } from "../../workers/ledger/click-day.ts";
import { createTestHarness, type HarnessWorker } from "../flow/harness.ts";
import { undocumented } from "./documented.ts";

export const ADMIN = "admin-token-of-the-tests";
export const ADVERTISER_KEYS = JSON.stringify({
  signing: 1,
  keys: { 1: Buffer.alloc(32, 2).toString("base64"), 2: Buffer.alloc(32, 3).toString("base64") },
});

export const ERASURE_KEY = Buffer.alloc(32, 3).toString("base64");
export const COURIER_KEYS = JSON.stringify({
  1: {
    kty: "OKP",
    crv: "X25519",
    x: "rAGyIJ6GNU-4UyN7XeD0-rE8f8v0M6YcAZNpYX_s8Qs",
    d: Buffer.alloc(32, 4).toString("base64url"),
  },
});
export const SOURCE_SEALING_KEYS = JSON.stringify({
  1: { kty: "OKP", crv: "X25519", x: "UKYUCbHd0DJemxa3AOcZ6XcsBwALG9d4bpB8ZT0gSV0" },
});
export const PROOF_KEYS = JSON.stringify({ signing: 1, keys: { 1: Buffer.alloc(32, 6).toString("base64") } });
export const PROOF_PUBLIC_KEYS = JSON.stringify({
  signing: 1,
  keys: { 1: "iodf/x6zhFFXes1a/uQFRWVo3XyJ4JCGOgVXvHr0nxc=" },
});
export const CLICK_KEYS = JSON.stringify({ signing: 1, keys: { 1: Buffer.alloc(32, 1).toString("base64") } });

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body, where it is JSON. */
  json: unknown;
}

export interface Console {
  /** A call with `token` (default the admin's; null: none); `body` goes as JSON, a string as it is. */
  call(method: string, path: string, body?: unknown, token?: string | null): Promise<Answer>;
  /** The raw answer, unread. */
  fetch(
    path: string,
    headers?: Record<string, string>,
    init?: { method: string; body: string | Uint8Array },
  ): Promise<{ status: number; headers: Headers; text(): Promise<string> }>;
  /** Signs in as a browser does (default: the admin), and gives the cookie. */
  signIn(token?: string): Promise<string>;
  /** A GET with `token` (default the admin's), its body as bytes. */
  download(path: string, token?: string): Promise<{ status: number; headers: Headers; bytes: Uint8Array }>;
  /** What goes over the wire, before anything decodes it. */
  raw(path: string, headers: Record<string, string>): Promise<{ headers: IncomingHttpHeaders; bytes: Buffer }>;
  env: TestedEnv;
  /** Fires the cron, as of `atMs`. */
  scheduled(atMs: number): Promise<void>;
  /** What the worker logged. */
  logs(): unknown[];
  stop(): Promise<void>;
}

/** The console's bindings; a day of the click log takes clicks too. */
type TestedEnv = Omit<Env, "CLICK_DAYS"> & { CLICK_DAYS: DurableObjectNamespace<ClickDay> };

/** `vars` stand instead of wrangler.toml's, `token` for the admin's. Without the courier, whom the console asks, it would not start. */
export async function startConsole(vars: Record<string, string> = {}, token: string = ADMIN): Promise<Console> {
  const section = (env: HarnessWorker["env"], secrets: Record<string, string>) => ({
    env,
    secrets,
    vars: varsOf(env, vars),
  });
  const harness = createTestHarness({
    workers: [
      section("console", { ADVERTISER_KEYS, SOURCE_SEALING_KEYS, PROOF_PUBLIC_KEYS, CONSOLE_TOKEN: token }),
      section("ledger", { CLICK_KEYS, ERASURE_KEY, PROOF_KEYS }),
      section("courier", { COURIER_KEYS }),
    ],
  });
  const { url } = await harness.listen();
  const worker = harness.getWorker<TestedEnv>("clickback-console");
  await worker.applyD1Migrations("DB");
  await worker.applyD1Migrations("LOG");
  await harness.getWorker("clickback-courier").applyD1Migrations("COURIER");
  return {
    async call(method, path, body, token = ADMIN) {
      const headers: Record<string, string> = {};
      if (token !== null) headers.authorization = `Bearer ${token}`;
      if (body !== undefined) headers["content-type"] = "application/json";
      const payload = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
      const answer = await worker.fetch(path, { method, headers, redirect: "manual", ...payload });
      const text = await answer.text();
      const isJson = /^application\/(problem\+)?json/.test(answer.headers.get("content-type") ?? "");
      const json: unknown = isJson ? JSON.parse(text) : null;
      const wrong = undocumented(method, path, answer.status, json);
      if (wrong.length > 0) throw new Error(`not as documented: ${wrong.join("; ")}`);
      return { status: answer.status, headers: new Headers([...answer.headers]), text, json };
    },
    async fetch(path, headers = {}, init = undefined) {
      const all = { authorization: `Bearer ${ADMIN}`, ...headers };
      const answer = await worker.fetch(path, { ...init, redirect: "manual", headers: all });
      return { status: answer.status, headers: new Headers([...answer.headers]), text: () => answer.text() };
    },
    async signIn(token = ADMIN) {
      const headers = { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" };
      const body = new URLSearchParams({ token, next: "/" }).toString();
      const door = await worker.fetch("/sign-in", { method: "POST", redirect: "manual", headers, body });
      return door.headers.get("set-cookie")?.split(";")[0] ?? "";
    },
    async download(path, token = ADMIN) {
      const answer = await worker.fetch(path, { headers: { authorization: `Bearer ${token}` } });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      return { status: answer.status, headers: new Headers([...answer.headers]), bytes };
    },
    raw: (path, headers) => wire(new URL(path, url).href, { authorization: `Bearer ${ADMIN}`, ...headers }),
    env: await worker.getEnv(),
    scheduled: async (atMs) => {
      await worker.scheduled({ cron: "* * * * *", scheduledTime: new Date(atMs) });
    },
    logs: () => harness.getLogs(),
    stop: () => harness.close(),
  };
}

/** Where nobody listens. */
const NOBODY = "http://127.0.0.1:9";

/** Nobody is asked where names lead, nor any ad platform, so that no test depends on the world. */
function varsOf(env: string, vars: Record<string, string>): Record<string, string> {
  if (env === "courier") return { RESOLVER: "", PLATFORMS_AT: NOBODY, ...vars };
  return env === "console" ? vars : {};
}

function wire(url: string, headers: Record<string, string>): Promise<{ headers: IncomingHttpHeaders; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    get(url, { headers }, (answer) => {
      buffer(answer).then((bytes) => resolve({ headers: answer.headers, bytes }), reject);
    }).on("error", reject);
  });
}
