/**
 * A small fake of Cloudflare's API: it holds what a deploy creates, records every change, and answers what wrangler and our own
 * script ask. What it does not know it notes and refuses, so that a test sees it.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";

export const ACCOUNT = "0123456789abcdef0123456789abcdef";

type Json = Record<string, unknown>;

/** A worker as it was uploaded last. */
export interface Uploaded {
  bindings: Json[];
  uploads: number;
  migrationTag: unknown;
}

interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  body: string;
}

interface Answer {
  status?: number;
  result?: unknown;
  /** An error's code and words. */
  error?: [number, string];
}

export class FakeCloudflare {
  /** Changes in the order they came: `POST /queues`, `PUT /workers/scripts/clickback-click`, … */
  readonly changes: string[] = [];
  /** What was asked and is not known here. */
  readonly unknown: string[] = [];
  readonly namespaces = new Map<string, string>();
  readonly databases = new Map<string, { name: string; sqlite: DatabaseSync }>();
  readonly buckets = new Set<string>();
  readonly queues = new Map<string, string>();
  /** Queue → the script that consumes it. */
  readonly consumers = new Map<string, Json>();
  readonly workers = new Map<string, Uploaded>();
  readonly domains = new Map<string, string>();
  readonly crons = new Map<string, string[]>();
  /** Whether a change fails, and with it the deploy; it is the last of these. */
  fails: (changes: readonly string[]) => boolean = () => false;

  readonly #server = createServer((request, response) => {
    this.#answer(request).then(({ status = 200, result = null, error }) => {
      const errors = error ? [{ code: error[0], message: error[1] }] : [];
      const info = Array.isArray(result)
        ? { result_info: { page: 1, total_count: result.length, total_pages: 1 } }
        : {};
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ success: !error, errors, messages: [], result, ...info }));
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${portOf(this.#server.address())}`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? "", "http://fake");
    const path = url.pathname.replace(`/accounts/${ACCOUNT}`, "");
    const call = { method: request.method ?? "", path, query: url.searchParams, body: await read(request) };
    if (isChange(call)) {
      this.changes.push(`${call.method} ${call.path}`);
      if (this.fails(this.changes)) return refuse(503, 10_001, "the fake stopped here");
    }
    const known =
      this.#user(call) ?? this.#resources(call) ?? this.#databaseCalls(call) ?? this.#workerCalls(call, request);
    if (known) return known;
    this.unknown.push(`${call.method} ${call.path}`);
    return refuse(404, 10_000, "the fake does not know this");
  }

  /** Whose token it is; wrangler asks when something failed. */
  #user({ path }: Call): Answer | undefined {
    return path === "/user/tokens/verify" ? { result: { id: "token", status: "active" } } : undefined;
  }

  #resources({ method, path, query, body }: Call): Answer | undefined {
    if (path === "/storage/kv/namespaces") {
      if (method === "GET") return { result: [...this.namespaces].map(([id, title]) => ({ id, title })) };
      const id = randomUUID().replaceAll("-", "");
      this.namespaces.set(id, String(json(body).title));
      return { result: { id } };
    }
    if (path === "/queues") {
      if (method === "GET") return { result: this.#queuesNamed(query.getAll("name")) };
      const id = randomUUID().replaceAll("-", "");
      const name = String(json(body).queue_name);
      this.queues.set(name, id);
      return { result: { queue_id: id, queue_name: name } };
    }
    const consumers = /^\/queues\/(\w+)\/consumers/.exec(path);
    if (consumers) {
      const name = [...this.queues].find(([, id]) => id === consumers[1])?.[0] ?? "";
      if (method !== "GET") this.consumers.set(name, json(body));
      return { result: method === "GET" ? [] : json(body) };
    }
    const queue = /^\/queues\/(\w+)$/.exec(path);
    if (queue) return { result: this.#queuesNamed([]).find(({ queue_id }) => queue_id === queue[1]) ?? null };
    const bucket = /^\/r2\/buckets(?:\/(.+))?$/.exec(path);
    if (bucket && method === "POST") {
      this.buckets.add(String(json(body).name));
      return { result: {} };
    }
    if (bucket?.[1]) return this.buckets.has(bucket[1]) ? { result: {} } : refuse(404, 10_006, "no such bucket");
    return undefined;
  }

  #queuesNamed(names: string[]): Json[] {
    return [...this.queues]
      .filter(([queue]) => names.length === 0 || names.includes(queue))
      .map(([queue_name, queue_id]) => {
        const consumer = this.consumers.get(queue_name);
        const consumers = consumer ? [{ ...consumer, consumer_id: queue_id, script: consumer.script_name }] : [];
        return { queue_id, queue_name, consumers, producers: [], settings: {} };
      });
  }

  #databaseCalls({ method, path, body }: Call): Answer | undefined {
    if (path === "/d1/database" && method === "GET")
      return { result: [...this.databases].map(([uuid, { name }]) => ({ uuid, name })) };
    if (path === "/d1/database") {
      const uuid = randomUUID();
      this.databases.set(uuid, { name: String(json(body).name), sqlite: new DatabaseSync(":memory:") });
      return { result: { uuid } };
    }
    const match = /^\/d1\/database\/([\w-]+)(\/query)?$/.exec(path);
    const database = this.databases.get(match?.[1] ?? "");
    if (!match || !database) return undefined;
    if (!match[2]) return { result: { uuid: match[1], name: database.name, version: "production" } };
    return { result: [{ success: true, meta: {}, results: run(database.sqlite, String(json(body).sql)) }] };
  }

  #workerCalls({ method, path, body }: Call, request: IncomingMessage): Answer | undefined {
    if (path === "/workers/scripts") return { result: [...this.workers.keys()].map((id) => ({ id })) };
    const match = /^\/workers\/(?:scripts|services|workers)\/([\w-]+)(?<rest>\/.*)?$/.exec(path);
    const name = match?.[1] ?? "";
    const rest = match?.groups?.rest ?? "";
    if (!match) return undefined;
    if (rest === "" && method === "PUT") return this.#upload(name, body, request.headers["content-type"] ?? "");
    if (!this.workers.has(name)) return refuse(404, 10_007, "This Worker does not exist on your account.");
    if (rest === "" && method === "GET") return { result: this.#describe(name) };
    if (rest === "/versions" && method === "POST")
      return this.#upload(name, body, request.headers["content-type"] ?? "");
    if (rest === "/deployments") return { result: { deployments: [] } };
    if (rest === "/script-settings") return { result: {} };
    if (rest === "/settings" && method === "GET") return { result: { bindings: this.workers.get(name)?.bindings } };
    if (rest === "/secrets" && method === "GET") return { result: this.#secretsOf(name) };
    if (rest === "/schedules") return this.#setCrons(name, method, body);
    if (rest.startsWith("/domains/")) return this.#setDomains(name, method, rest, body);
    if (rest === "/subdomain") return { result: { enabled: false, previews_enabled: false } };
    return undefined;
  }

  #describe(name: string): Json {
    const script = { migration_tag: this.workers.get(name)?.migrationTag };
    const off = { enabled: false, previews_enabled: false };
    return { id: name, subdomain: off, default_environment: { environment: "production", script } };
  }

  #secretsOf(name: string): Json[] {
    const bindings = this.workers.get(name)?.bindings ?? [];
    return bindings
      .filter(({ type }) => type === "secret_text")
      .map((secret) => ({ name: secret.name, type: secret.type }));
  }

  #setCrons(name: string, method: string, body: string): Answer {
    const schedules: Json[] = method === "PUT" ? JSON.parse(body) : [];
    if (method === "PUT")
      this.crons.set(
        name,
        schedules.map(({ cron }) => String(cron)),
      );
    return { result: { schedules } };
  }

  #setDomains(name: string, method: string, rest: string, body: string): Answer {
    if (rest.startsWith("/domains/changeset"))
      return { result: { added: [], removed: [], updated: [], conflicting: [] } };
    const origins: Json[] = method === "PUT" ? objects(json(body).origins) : [];
    for (const { hostname } of origins) this.domains.set(String(hostname), name);
    return { result: [] };
  }

  /** Keeps what the upload's metadata binds; a secret that it inherits must have been uploaded before. */
  #upload(name: string, body: string, contentType: string): Answer {
    const boundary = /boundary=(.+)$/.exec(contentType)?.[1] ?? "";
    const part = body.split(`--${boundary}`).find((one) => one.includes('name="metadata"')) ?? "";
    const metadata = json(part.slice(part.indexOf("\r\n\r\n")).trim());
    const before = this.workers.get(name);
    const bindings = objects(metadata.bindings).map((binding) =>
      binding.type === "inherit" ? (before?.bindings.find((old) => old.name === binding.name) ?? binding) : binding,
    );
    const missing = bindings.find(({ type }) => type === "inherit");
    if (missing) return refuse(400, 10_057, `inherit binding '${missing.name}' is invalid`);
    const [migrations = {}] = objects([metadata.migrations]);
    const migrationTag = migrations.new_tag ?? before?.migrationTag;
    this.workers.set(name, { bindings, uploads: (before?.uploads ?? 0) + 1, migrationTag });
    const id = randomUUID();
    return { result: { id, startup_time_ms: 1, deployment_id: id, resources: { script: { etag: id } } } };
  }
}

function isChange({ method, path, body }: Call): boolean {
  if (method === "GET") return false;
  return !path.endsWith("/query") || /CREATE TABLE (?!IF NOT EXISTS)/.test(body);
}

/** The rows of a query; several statements give none. */
function run(sqlite: DatabaseSync, sql: string): unknown[] {
  if (/^\s*SELECT/i.test(sql)) return sqlite.prepare(sql).all();
  sqlite.exec(sql);
  return [];
}

function refuse(status: number, code: number, message: string): Answer {
  return { status, error: [code, message] };
}

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  request.setEncoding("latin1");
  for await (const chunk of request) text += chunk;
  return text;
}

function json(text: string): Json {
  const value: unknown = text === "" ? {} : JSON.parse(Buffer.from(text, "latin1").toString("utf8"));
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function objects(value: unknown): Json[] {
  return Array.isArray(value)
    ? value.map((one: unknown) => (typeof one === "object" && one !== null ? { ...one } : {}))
    : [];
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === "object" && address !== null ? address.port : 0;
}
