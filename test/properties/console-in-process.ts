/** The console's real bundle in this process, on doubles of its storage: thousands of requests a second, and a clock that stands still. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { writeBundle } from "../../scripts/kept-bundles.ts";
import { inTemporaryDirectory } from "../../scripts/temporary-directory.ts";
import type { ClickLogEnv } from "../../workers/console/click-log/stretches.ts";
import type { Databases } from "../../workers/console/env.ts";
import type { DeliveryFigures, DeliveryQuery, DeliverySelection } from "../../workers/core/courier/courier-calls.ts";
import type { DeliveryQuestion } from "../../workers/core/metrics/delivery-cells.ts";
import { findDelivery, listDeliveries, readFigures, viewOfRow } from "../../workers/courier/courier-records.ts";
import { countDeliveries } from "../../workers/courier/delivery-counts.ts";

export const ADVERTISER_KEYS = JSON.stringify({
  signing: 1,
  keys: { 1: Buffer.alloc(32, 2).toString("base64") },
});
const ORIGIN = "https://console.example";

/** What an answer is, to the byte. */
export interface Heard {
  status: number;
  headers: string;
  body: string;
}

interface Bundle {
  default: { fetch(request: Request, env: object, context: object): Response | Promise<Response> };
  PAGES: readonly { path: string }[];
}

/** What the console reads and writes. */
export type ConsoleStorage = Databases &
  Pick<ClickLogEnv, "CLICK_DAYS"> & {
    /** What the courier told, which the console asks it for. */
    COURIER?: D1Database;
  };

export interface ConsoleInProcess {
  /** The paths of all pages, with their parameters as `:name`. */
  pages: readonly string[];
  ask(storage: ConsoleStorage, request: Asking): Promise<Heard>;
}

export interface Asking {
  path: string;
  headers: Record<string, string>;
  /** Sent as a form; a GET without it. */
  form?: Record<string, string>;
  /** Sent as it is, as a program would. */
  body?: string;
  /** Of a request with a body: POST unless said. */
  method?: "PUT" | "DELETE";
}

/** What waits in the queues is the operator's to know: here nothing does. */
const EMPTY_QUEUE = { metrics: async () => ({ backlogCount: 0, backlogBytes: 0 }) };
const NOTHING = {
  get: async () => null,
  head: async () => null,
  list: async () => ({ objects: [], truncated: false }),
};
/** No object holds anything. */
const OBJECTS = {
  getByName: () => ({
    ambiguous: async () => [],
    find: async () => ({ messages: [], conversions: [] }),
    capStates: async () => [],
    ofOrder: async () => [],
    checkpointsOf: async () => [],
    journalRows: async () => [],
    stretches: async () => [],
  }),
};
/** What the courier's door says by what its database holds, as if no object had anything of its own; where there is none, nothing was told to anybody. */
const courierOf = (db: D1Database | undefined) => ({
  sealingKeys: async () => JSON.stringify({}),
  webhookSecret: async (destination: number) => `whsec_${destination}`,
  keyNumbers: async () => [],
  leadsTo: async () => "unknown",
  statuses: async () => [],
  troubles: async () => [],
  figures: async (destination: number) => (db ? readFigures(db, destination) : NOTHING_TOLD),
  countDeliveries: async (question: DeliveryQuestion) => (db ? countDeliveries(db, question) : []),
  deliveries: async (query: DeliveryQuery) => (db ? listDeliveries(db, query) : []),
  sendTest: async (destination: number) => `test-of-${destination}`,
  replay: async (destination: number, which: DeliverySelection) => countChosen(db, destination, which),
  cancel: async (destination: number, which: DeliverySelection) => countChosen(db, destination, which),
  stopBackfill: async () => {},
  delivery: async (destination: number, id: string) => {
    const row = db ? await findDelivery(db, destination, id) : null;
    return row && { ...viewOfRow(row), tries: [JSON.parse(String(row.last))] };
  },
});
/** How many an object would have chosen. */
async function countChosen(
  db: D1Database | undefined,
  destination: number,
  { ids, states }: DeliverySelection,
): Promise<number> {
  if (!db) return 0;
  const all = await listDeliveries(db, { destinations: [destination], limit: 1_000 });
  return all.filter((one) => ids?.includes(one.deliveryId) ?? states?.includes(one.state) ?? true).length;
}
const NOTHING_TOLD: DeliveryFigures = { sent: 0, failed: 0, medianMs: null, slowMs: null };
const SURROUNDINGS = {
  CONVERSIONS: OBJECTS,
  RATES_URL: "",
  LOOPBACK_PORTS: "",
  EDGE: NOTHING,
  ARCHIVE: NOTHING,
  POSTBACKS: EMPTY_QUEUE,
  REFUSALS: EMPTY_QUEUE,
  CLICK_LOG: EMPTY_QUEUE,
  ADVERTISER_KEYS,
  SOURCE_SEALING_KEYS: "",
  PROOF_PUBLIC_KEYS: "",
  CONSOLE_TOKEN: "",
  CLICK_ORIGIN: "https://click.example",
  POSTBACK_ORIGIN: "https://postback.example",
  ACCESS_ISSUER: "",
  ACCESS_AUDIENCE: "",
  ACCESS_ROLES: "",
};

/** Bundles the console as a deploy would, and takes it in as often as asked: each has a memory of its own, as isolates have. */
export async function bundleConsoles(count: number): Promise<ConsoleInProcess[]> {
  return inTemporaryDirectory("console-", async (directory) => {
    await writeBundle({ section: "console", entry: "test/properties/console-entry.ts" }, directory);
    const path = join(directory, "console-entry.js");
    writeFileSync(path, withoutPlatform(readFileSync(path, "utf8")));
    const { href } = pathToFileURL(path);
    return Promise.all(Array.from({ length: count }, (_, number) => takeIn(`${href}?${number}`)));
  });
}

/** Only the platform has its own modules; what the console makes of them, readers of the click log, is not asked for here. */
function withoutPlatform(bundle: string): string {
  const module = (text: string) => JSON.stringify(`data:text/javascript,${encodeURIComponent(text)}`);
  return bundle
    .replaceAll('"cloudflare:workers"', module("export class DurableObject {}"))
    .replaceAll('"cloudflare:durable-objects"', module("export function retryable() {}"));
}

async function takeIn(href: string): Promise<ConsoleInProcess> {
  const bundle: unknown = await import(/* @vite-ignore */ href);
  if (!isBundle(bundle)) throw new Error("the bundle is not the console's");
  return {
    pages: bundle.PAGES.map(({ path }) => path),
    async ask(storage, { path, headers, form, body, method = "POST" }) {
      const text = new URLSearchParams(form).toString();
      // Forms say how long they are, as browsers do.
      const type = { "content-type": "application/x-www-form-urlencoded", "content-length": String(text.length) };
      const asForm = { method: "POST", body: text, headers: { origin: ORIGIN, ...type, ...headers } };
      const sent = form ? asForm : body === undefined ? { headers } : { method, body, headers };
      const env = { ...SURROUNDINGS, ...storageOf(storage), COURIER_CALLS: courierOf(storage.COURIER) };
      const afterwards: Promise<unknown>[] = [];
      const context = {
        waitUntil: (work: Promise<unknown>) => void afterwards.push(work),
        passThroughOnException: () => {},
      };
      const answer = await bundle.default.fetch(new Request(ORIGIN + path, sent), env, context);
      // What is done after an answer is done before the next question.
      await Promise.all(afterwards);
      return {
        status: answer.status,
        headers: JSON.stringify([...answer.headers].sort()),
        body: Buffer.from(await answer.arrayBuffer()).toString("latin1"),
      };
    },
  };
}

function storageOf({ DB, LOG, CLICK_DAYS }: ConsoleStorage): ConsoleStorage {
  return { DB, LOG, CLICK_DAYS };
}

function isBundle(value: unknown): value is Bundle {
  return typeof value === "object" && value !== null && "default" in value && "PAGES" in value;
}

/** Does `work` while it is `nowMs` for everybody in this process. */
export async function atInstant<Value>(nowMs: number, work: () => Promise<Value>): Promise<Value> {
  const { now } = Date;
  Date.now = () => nowMs;
  try {
    return await work();
  } finally {
    Date.now = now;
  }
}
