/**
 * Cost: whatever anybody sends, N requests write at most so much, into the queues and through the ledger into databases and objects. What strangers are kept of is
 * bounded by time, and not by how often they ask; in an advertiser's object it is bounded by a constant.
 */
import fc from "fast-check";
import type { RelayedPostback, RelayMessage } from "../../schema/messages.ts";
import { LEAST_PIXEL_BYTES, type PixelLimits } from "../../workers/core/books/pixel-limits.ts";
import type { KeyRing } from "../../workers/core/key-ring.ts";
import { logRefusals } from "../../workers/ledger/refusals.ts";
import { settleOrRetry } from "../../workers/ledger/settle.ts";
import { ERASURE_KEY } from "../ledger/erasure-key.ts";
import { seedSetUp } from "../ledger/seed.ts";
import type { ObjectStorage } from "../ledger/sqlite-platform.ts";
import { DAY_MS, type IssuedClick, issueClicks, START_MS, testKeyRing } from "../ledger/world.ts";
import { atInstant, bundleConsoles, type ConsoleInProcess } from "./console-in-process.ts";
import { deliveryOf, partsOn } from "./ledger-in-process.ts";
import { acmesToken, type PostbackInProcess, startPostback, TRUSTED_ADDRESS } from "./postback-in-process.ts";
import { RolledBackDatabases } from "./rolled-back-databases.ts";
import { mostMessagesOf, type ShopWebhook, shopWebhook, webhookRequest } from "./shop-webhooks.ts";
import { minus, plus, type Written, writtenIn, writtenInObject, writtenInQueue } from "./written.ts";

const HOUR_MS = 3_600_000;
const MOST_MINUTES = 150;
const QUEUE_BATCH = 100;

/** Of a reason, advertiser and hour so many refusals of strangers are kept, and the others only as a sum for each quarter of it. */
const KEPT_WHOLE = 20;
const SUMS_AN_HOUR = 4;
/** A kept one in the queue, and as a row: 300 bytes of the stranger's own words, names of ours, numbers and a receipt. */
const STRANGERS_QUEUE_BYTES = 700;
const STRANGERS_ROW_BYTES = 700;
/** A sum, which holds none of its words. */
const SUM_BYTES = 400;
/** Beside its row one of the rollup, and one that marks the hour for the archive. */
const ROWS_EACH = 3;

/** An accepted message: at most eleven texts of 256 characters, of which each has four bytes at most, and some of 128. */
const MESSAGE_BYTES = 16_000;
/** A claim: 1,024 characters of what decides nothing, a refund's name of 256, and some of 128. */
const CLAIM_BYTES = 8_000;
/** It lies in the queue once; as a row, in the object, and in what it changes at rest. */
const COPIES = 5;
/** A message, its conversion, entries, keys, places and rollups. */
const ROWS_OF_MESSAGE = 16;

/** So that histories meet the bounds: what an advertiser's object takes by the pixel is a constant, whatever N is, and for how many days. */
const PIXEL: PixelLimits = { bytesOfDay: 20_000, days: 0 };
/** Today, the day that is beginning to be forgotten, and of each day what is begun before it is full. */
const MOST_PIXEL_BYTES = (PIXEL.days + 2) * (PIXEL.bytesOfDay + CLAIM_BYTES);
/** A message, its order's other name, and the places of its click and its order. */
const ROWS_OF_CLAIM = 4;
/** Terms of links and events, and what is counted by day. */
const FIXED_ROWS = 50;
/** By the pixel each request of a history has a day of its own. */
const MOST_DAYS = 12;
const DAY_MINUTES = 1_440;

/** A postback of an unknown click, as its old tracker is told it: the request's path and query, and numbers of ours. */
const RELAYED_BYTES = 4_096 + 300;

/** Failed sign-ins are logged so often an hour by an isolate, each with fixed words. */
const BAD_SIGN_INS = 100;
const SIGN_IN_BYTES = 200;

/** What a history may write, and what it wrote. */
interface Bill {
  queued: Written;
  stored: Written;
  mostQueued: Written;
  mostStored: Written;
  /** Of what was stored, the part of the advertisers' objects, where that has a bound of its own. */
  objects?: Written;
  mostInObjects?: Written;
  /** For old trackers. */
  relayed?: Written;
  mostRelayed?: Written;
}

/** The tracker of which `postback-in-process.ts` says that the old one is told. */
const RELAYING = `
  INSERT INTO trackers (number, slug, name, dialect, advertiser, old_origin, relay_until, created_at, updated_at)
  VALUES (3, 'trackier', 'Trackier', 'trackier', 1, 'https://old.example', 8640000000000000, 0, 0)`;

const LETTERS = ["a", '"', "\u20ac", "\u{1d4b3}"] as const;
const METAS = Array.from({ length: 10 }, (_, index) => `meta.note${index}`);
const NAMES = ["click_id", "txid", "event", "coupon", "amount", "status", "sub1", "customer", "test", ...METAS];

/** A text by its length and letter, with a number that makes each one another. */
interface Word {
  name: string;
  length: number;
  letter: string;
}

interface Sent {
  path: string;
  method: string;
  proof: "none" | "in the query" | "as bearer" | "signed";
  words: Word[];
  click: number;
  userAgentBytes: number;
  body: "none" | "form" | "json" | "csv";
  bodyBytes: number;
  minute: number;
  times: number;
}

const letter = fc.constantFrom(...LETTERS);
const longName = fc.nat(200).map((length) => `n${"a".repeat(length)}`);
const anyWords = fc.array(
  fc.record({
    name: fc.oneof(fc.constantFrom(...NAMES), longName),
    length: fc.oneof(fc.nat(20), fc.nat(300)),
    letter,
  }),
  { maxLength: 45 },
);
/** As much as is taken. */
const fullWords = fc.array(
  fc.record({
    name: fc.constantFrom("coupon", "refund_id", ...METAS),
    length: fc.integer({ min: 100, max: 256 }),
    letter,
  }),
  { maxLength: 20 },
);

const sent: fc.Arbitrary<Sent> = fc.record({
  path: fc.constantFrom(
    "/p/acme",
    "/p/teahouse",
    "/p/nobody",
    "/p/acme/batch",
    "/p/teahouse/batch",
    "/p/acme/woocommerce",
    "/elsewhere",
    "/t/keitaro/0f3ab1c2/postback",
    "/t/keitaro/x7Kd93ab",
    "/t/keitaro/lander/shoes",
    "/t/affise/postback",
    "/t/trackier/acquisition",
  ),
  method: fc.constantFrom("GET", "POST", "PUT"),
  proof: fc.constantFrom("none", "in the query", "as bearer", "signed"),
  words: fc.oneof(anyWords, fullWords),
  click: fc.nat(8),
  userAgentBytes: fc.oneof(fc.constant(0), fc.nat(60_000)),
  body: fc.constantFrom("none", "form", "json", "csv"),
  bodyBytes: fc.oneof(fc.nat(500), fc.nat(70_000)),
  minute: fc.nat(MOST_MINUTES),
  times: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 120 })),
});

const PAYERS = [
  "strangers",
  "the pixel",
  "a sender",
  "who guesses tokens",
  "a shop",
  "who forges a shop's webhooks",
] as const;
export type PayerName = (typeof PAYERS)[number];

/** The property of one who asks: what a history of it may cost. */
function payer<One>(name: PayerName, history: fc.Arbitrary<One[]>, bill: (history: readonly One[]) => Promise<Bill>) {
  return fc.asyncProperty(history, async (requests) => within(name, await bill(requests)));
}

function histories<One extends { minute: number }>(one: fc.Arbitrary<One>, maxLength = 5): fc.Arbitrary<One[]> {
  return fc
    .array(one, { minLength: 1, maxLength })
    .map((all) => all.toSorted((left, right) => left.minute - right.minute));
}

/** What is looked at: who asks, if not all in turn; the doors, and what the pixel may leave in an object; and whether it is told by the smallest history, which takes longer. */
interface CostOf {
  of?: PayerName;
  start?: () => PostbackInProcess;
  limits?: PixelLimits;
  shrinks?: boolean;
}

function onDays(history: readonly Sent[]): Sent[] {
  return history.map((one, day) => ({ ...one, minute: day * DAY_MINUTES + one.minute }));
}

/** Prepares the property: each history is of one payer, all in turn. */
export async function prepareCost({
  of,
  start = startPostback,
  limits = PIXEL,
  shrinks = true,
}: CostOf = {}): Promise<(seed: number) => Promise<void>> {
  const ring = await testKeyRing();
  const clicks = await issueClicks(ring);
  const token = await acmesToken();
  const [console] = await bundleConsoles(1);
  if (!console) throw new Error("there is no console");
  const databases = new RolledBackDatabases();
  const door = new Doorstep({ databases, ring, clicks, token, start, limits });
  const pixel = fc
    .tuple(
      sent,
      fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 25 }) }, fc.integer({ min: 1, max: 120 })),
      fc.constantFrom("/p/acme.gif", "/t/trackier/pixel"),
    )
    .map(([one, times, path]): Sent => {
      return { ...one, path, method: "GET", body: "none", times };
    });
  const proven = fc
    .tuple(sent, fc.constantFrom("/p/acme", "/p/acme", "/t/trackier/acquisition"))
    .map(([one, path]): Sent => ({ ...one, path: one.body === "csv" ? "/p/acme/batch" : path }));
  const forged = shopWebhook(MOST_MINUTES).map((one): ShopWebhook => {
    return { ...one, proof: one.proof === "signed" ? "by a guess" : one.proof };
  });
  const properties = {
    strangers: payer("strangers", histories(sent), (history) => door.strangers(history)),
    "the pixel": payer("the pixel", histories(pixel, MOST_DAYS).map(onDays), (history) => door.pixel(history)),
    "a sender": payer("a sender", histories(proven), (history) => door.sender(history)),
    "who guesses tokens": payer("who guesses tokens", histories(sent), guessing(console, databases)),
    "a shop": payer("a shop", histories(shopWebhook(MOST_MINUTES)), (history) => door.shop(history)),
    "who forges a shop's webhooks": payer("who forges a shop's webhooks", histories(forged), (history) =>
      door.forger(history),
    ),
  };
  return async (seed) => {
    const name = of ?? PAYERS[seed % PAYERS.length] ?? "strangers";
    const parameters = { seed, numRuns: 1, interruptAfterTimeLimit: 30_000, endOnFailure: !shrinks };
    await fc.assert<unknown>(properties[name], parameters);
  };
}

function within(name: string, bill: Bill): void {
  const nothing = { rows: 0, bytes: 0 };
  const { queued, stored, mostQueued, mostStored, objects, mostInObjects } = bill;
  const { relayed = nothing, mostRelayed = nothing } = bill;
  for (const [what, wrote, most] of [
    ["queues", queued, mostQueued],
    ["databases and objects", stored, mostStored],
    ["objects", objects ?? nothing, mostInObjects ?? nothing],
    ["old trackers' outboxes", relayed, mostRelayed],
  ] as const)
    for (const part of ["rows", "bytes"] as const)
      if (wrote[part] > most[part])
        throw new Error(`${name} wrote ${wrote[part]} ${part} into ${what}, where ${most[part]} are the most`);
}

interface Means {
  databases: RolledBackDatabases;
  ring: KeyRing;
  clicks: IssuedClick[];
  token: string;
  start: () => PostbackInProcess;
  limits: PixelLimits;
}

/** What comes so often from that minute on. */
interface Repeated {
  minute: number;
  times: number;
}

/** The `number`th request of a history. */
type RequestWriter<One> = (one: One, number: number, nowMs: number) => [path: string, init: RequestInit];

/** The doors, and the ledger behind them. */
class Doorstep {
  readonly #means: Means;

  constructor(means: Means) {
    this.#means = means;
  }

  strangers(history: readonly Sent[]): Promise<Bill> {
    return this.#unproven(history, (one, number) => requestOf(one, null, this.#means.clicks, number));
  }

  forger(history: readonly ShopWebhook[]): Promise<Bill> {
    return this.#unproven(history, (one, number, nowMs) => this.#webhook(one, number, nowMs));
  }

  async #unproven<One extends Repeated>(history: readonly One[], write: RequestWriter<One>): Promise<Bill> {
    const groups = new Set<string>();
    let asked = 0;
    const wrote = await this.#play(history, write, ({ minute }, { text }, [path]) => {
      const reason = /"reason": ?"(\w+)"/.exec(text)?.[1];
      groups.add(`${path.split("?")[0]} ${reason} ${Math.floor(minute / 60)}`);
      asked++;
    });
    const kept = Math.min(asked, groups.size * KEPT_WHOLE);
    const sums = Math.min(asked, groups.size * SUMS_AN_HOUR);
    return {
      ...wrote,
      // Each telling of the sums is a message, and none is sent for nothing.
      mostQueued: { rows: asked, bytes: kept * STRANGERS_QUEUE_BYTES + asked * SUM_BYTES },
      mostStored: { rows: (kept + sums) * ROWS_EACH, bytes: kept * STRANGERS_ROW_BYTES + sums * SUM_BYTES },
    };
  }

  async pixel(history: readonly Sent[]): Promise<Bill> {
    let asked = 0;
    const write: RequestWriter<Sent> = (one, number) => requestOf(one, null, this.#means.clicks, number);
    const wrote = await this.#play(history, write, () => void asked++);
    const rows = (MOST_PIXEL_BYTES / LEAST_PIXEL_BYTES) * ROWS_OF_CLAIM + FIXED_ROWS;
    const mostInObjects = { rows, bytes: MOST_PIXEL_BYTES };
    return { ...wrote, ...ofMessages(asked, CLAIM_BYTES), objects: wrote.inObjects, mostInObjects };
  }

  async sender(history: readonly Sent[]): Promise<Bill> {
    let asked = 0;
    let rows = 0;
    const write: RequestWriter<Sent> = (one, number) => requestOf(one, this.#means.token, this.#means.clicks, number);
    const wrote = await this.#play(history, write, (_, { text }) => {
      asked++;
      rows += text.split("\n").length;
    });
    const mostRelayed = { rows: asked, bytes: asked * RELAYED_BYTES };
    return { ...wrote, ...ofMessages(Math.max(asked, rows)), mostRelayed };
  }

  async shop(history: readonly ShopWebhook[]): Promise<Bill> {
    let most = 0;
    const write: RequestWriter<ShopWebhook> = (one, number, nowMs) => this.#webhook(one, number, nowMs);
    const wrote = await this.#play(history, write, (one) => {
      most += mostMessagesOf(one);
    });
    return { ...wrote, ...ofMessages(most) };
  }

  #webhook(one: ShopWebhook, number: number, nowMs: number): [string, RequestInit] {
    const clickId = this.#means.clicks[one.click]?.id ?? "";
    return webhookRequest(one, { clickId, number, nowMs });
  }

  /** Sends everything and has the ledger take what was queued; gives what both wrote. */
  #play<One extends Repeated>(
    history: readonly One[],
    write: RequestWriter<One>,
    heard: (one: One, answer: { status: number; text: string }, request: [path: string, init: RequestInit]) => void,
  ): Promise<Pick<Bill, "queued" | "stored" | "relayed"> & { inObjects: Written }> {
    const databases = this.#means.databases;
    return databases.takingBack(async () => {
      seedSetUp(databases.DB.db);
      databases.DB.db.exec(RELAYING);
      const before = this.#stored(new Map());
      const worker = this.#means.start();
      let number = 0;
      for (const one of history)
        for (let time = 0; time < one.times; time++) {
          const atMs = START_MS + HOUR_MS + one.minute * 60_000;
          const request = write(one, number++, atMs);
          heard(one, await atInstant(atMs, () => worker.send(...request)), request);
        }
      const relays: RelayedPostback[] = [];
      const objects = await this.#settle(worker, relays);
      return {
        relayed: writtenInQueue(relays),
        queued: writtenInQueue([...worker.postbacks, ...worker.refusals]),
        stored: minus(this.#stored(objects), before),
        inObjects: inAll(objects),
      };
    });
  }

  async #settle(
    { postbacks, refusals }: PostbackInProcess,
    relays: RelayedPostback[],
  ): Promise<Map<number, ObjectStorage>> {
    const objects = new Map<number, ObjectStorage>();
    const RELAYS = {
      sendBatch: async (packed: Iterable<{ body: RelayMessage }>) => {
        for (const { body } of packed) relays.push(...body.postbacks);
        return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
      },
    };
    const parts = { ...partsOn(this.#means.databases, this.#means.ring, objects, this.#means.limits), RELAYS };
    // Each day's are settled on that day.
    for (const ofDay of Map.groupBy(postbacks, ({ receivedAtMs }) => Math.floor(receivedAtMs / DAY_MS)).values())
      for (let at = 0; at < ofDay.length; at += QUEUE_BATCH) {
        const batch = ofDay.slice(at, at + QUEUE_BATCH);
        const nowMs = Math.max(...batch.map(({ receivedAtMs }) => receivedAtMs));
        await settleOrRetry({ ...parts, nowMs: () => nowMs }, batch.map(deliveryOf));
      }
    const { DB, LOG } = this.#means.databases;
    for (let at = 0; at < refusals.length; at += QUEUE_BATCH)
      await logRefusals({ DB, LOG, ERASURE_KEY }, refusals.slice(at, at + QUEUE_BATCH));
    return objects;
  }

  #stored(objects: ReadonlyMap<number, ObjectStorage>): Written {
    return plus([storedIn(this.#means.databases), inAll(objects)]);
  }
}

function inAll(objects: ReadonlyMap<number, ObjectStorage>): Written {
  return plus([...objects.values()].map(writtenInObject));
}

function storedIn({ all }: RolledBackDatabases): Written {
  return plus(all.map(({ db }) => writtenIn(db)));
}

/** What so many accepted messages may write. */
function ofMessages(count: number, bytes = MESSAGE_BYTES): Pick<Bill, "mostQueued" | "mostStored"> {
  return {
    mostQueued: { rows: count, bytes: count * bytes },
    mostStored: { rows: count * ROWS_OF_MESSAGE, bytes: count * bytes * COPIES },
  };
}

function requestOf(one: Sent, token: string | null, clicks: IssuedClick[], number: number): [string, RequestInit] {
  const said: [string, string][] = one.words.map(({ name, length, letter }) => [name, letter.repeat(length)]);
  const click = clicks[one.click];
  // Half of what names a click at another tracker's own paths names one that nobody here knows.
  if (one.path.startsWith("/t/trackier/") && one.click % 2 === 1)
    said.unshift(["click_id", number.toString(16).padStart(24, "0")]);
  else if (click) said.unshift(["click_id", click.id], ["txid", `order ${number}`]);
  else said.unshift(["click_id", `2${"0".repeat(30)}${String(number).padStart(5, "0")}`]);
  if (one.proof === "in the query") said.push(["token", `cbt_${"0".repeat(32)}`]);
  const headers: Record<string, string> = { "user-agent": "x".repeat(one.userAgentBytes) };
  if (one.proof === "as bearer") headers.authorization = `Bearer cbt_${"1".repeat(32)}`;
  if (one.proof === "signed")
    Object.assign(headers, { "webhook-id": `m${number}`, "webhook-timestamp": "1", "webhook-signature": "v1,AAAA" });
  if (token !== null) {
    headers.authorization = `Bearer ${token}`;
    headers["cf-connecting-ip"] = TRUSTED_ADDRESS;
    for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"]) delete headers[name];
  }
  const unique = [...new Map(said).entries()];
  if (one.body === "none" || one.method === "GET")
    return [`${one.path}?${new URLSearchParams(unique)}`, { method: one.method === "GET" ? "GET" : "POST", headers }];
  const filling = "y".repeat(one.bodyBytes);
  const [type, body] = {
    form: ["application/x-www-form-urlencoded", new URLSearchParams([...unique, ["filling", filling]]).toString()],
    json: ["application/json", JSON.stringify({ ...Object.fromEntries(unique), filling })],
    csv: ["text/csv", `click_id,txid,coupon\n${click?.id ?? ""},${number},c\n`.repeat(1 + (one.bodyBytes % 3))],
  }[one.body];
  return [one.path, { method: one.method, headers: { ...headers, "content-type": type ?? "" }, body: body ?? "" }];
}

/** Wrong tokens at the console's API and at its sign-in. Each history has a day of its own, since an isolate remembers. */
function guessing(
  console: ConsoleInProcess,
  databases: RolledBackDatabases,
): (history: readonly Sent[]) => Promise<Bill> {
  let day = 0;
  return (history) =>
    databases.takingBack(async () => {
      const startMs = START_MS + ++day * DAY_MS;
      const before = storedIn(databases);
      const hours = new Set<number>();
      let asked = 0;
      for (const { minute, times, proof, bodyBytes, path } of history)
        for (let time = 0; time < times; time++) {
          const atMs = startMs + minute * 60_000;
          hours.add(Math.floor(atMs / HOUR_MS));
          const token = `${asked++}${"t".repeat(bodyBytes)}`;
          const address = { "cf-connecting-ip": `192.0.2.${time % 256}` };
          const form = proof === "none" ? { token, next: path } : null;
          const request = form
            ? { path: "/sign-in", headers: address, form }
            : { path: "/api/offers", headers: { ...address, authorization: `Bearer ${token}` } };
          await atInstant(atMs, () => console.ask(databases, request));
        }
      const logged = Math.min(asked, hours.size * BAD_SIGN_INS);
      const stored = minus(storedIn(databases), before);
      const nothing = { rows: 0, bytes: 0 };
      return {
        queued: nothing,
        mostQueued: nothing,
        stored,
        mostStored: { rows: logged, bytes: logged * SIGN_IN_BYTES },
      };
    });
}
