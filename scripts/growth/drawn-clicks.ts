/** Clicks that stand behind a grown system, drawn by their numbers, so that whoever asks for one of them again finds the same. They come from isolates, each with a counter of its own. */
import type { ClicksMessage, LoggedClick } from "../../schema/messages.ts";
import { encodeBase32 } from "../../workers/core/base32.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { importKeyRing, type KeyRing } from "../../workers/core/key-ring.ts";
import { BOT, BROWSERS } from "../programme/browsers.ts";
import { ADVERTISER, affiliateOf, LINKS, OFFER } from "../programme/in-sql.ts";
import { type Random, seededRandom } from "../random.ts";

/** So many clicks, evenly over a time. */
export interface ClickPlan {
  fromMs: number;
  toMs: number;
  total: number;
  /** How many came before them, with which they share neither counters nor visitors. */
  before: number;
  /** Among how many isolates they are shared out. */
  isolates: number;
  hasVisitors: boolean;
}

/** What the ledger is asked for: clicks by their numbers, in batches of so many. */
export interface DrawnBatches {
  plan: ClickPlan;
  from: number;
  to: number;
  perBatch: number;
}

/** Another run finds its clicks again, so they are sealed with no secret of a run's. */
const KEYS = JSON.stringify({ signing: 1, keys: { 1: btoa("k".repeat(32)) } });
const COUNTRIES = ["DE", "DE", "DE", "US", "US", "FR", "GB", "PL", "ES", "IT"] as const;
const DEVICES = [
  ["mobile", "android"],
  ["mobile", "android"],
  ["mobile", "ios"],
  ["mobile", "ios"],
  ["mobile", "ios"],
  ["mobile", "ios"],
  ["desktop", "windows"],
  ["desktop", "windows"],
  ["desktop", "macos"],
  ["tablet", "ios"],
] as const;
const BOT_EVERY = 50;
/** Every second click is a first visit. */
const CLICKS_OF_VISITOR = 2;
const CAMPAIGNS = 100;
const KEYWORDS = 5_000;
const COUNTERS = 2 ** 28;
/** Spread out numbers that follow one another: odd, so that no two fall together. */
const SPREAD = 2_654_435_761;
const A_PRIME = 7_919;
const VISITOR_BYTES = 13;
const VISITOR_LENGTH = 20;

/** The ring that seals them. */
export async function drawnRing(): Promise<KeyRing> {
  const ring = await importKeyRing(KEYS);
  if (!ring.ok) throw new Error(ring.refusal);
  return ring.value;
}

/** When the click of this number came, in Unix milliseconds. */
export function timeOfDrawn({ fromMs, toMs, total }: ClickPlan, number: number): number {
  return fromMs + Math.floor((number * (toMs - fromMs)) / total);
}

export function drawnClickId(ring: KeyRing, plan: ClickPlan, number: number): string {
  return clickIdOf(ring, plan, number, drawnLink(seededRandom(plan.before + number)));
}

/** The clicks from one number to another, one message for each isolate, as a queue would bring them at once. */
export function drawnBatch(ring: KeyRing, plan: ClickPlan, from: number, to: number): ClicksMessage[] {
  const messages = new Map<number, ClicksMessage>();
  for (let number = from; number < to; number++) {
    const isolate = number % plan.isolates;
    const message: ClicksMessage = messages.get(isolate) ?? { kind: "clicks", clicks: [] };
    messages.set(isolate, message);
    message.clicks.push(drawnClick(ring, plan, number));
  }
  return [...messages.values()];
}

function drawnClick(ring: KeyRing, plan: ClickPlan, number: number): LoggedClick {
  const random = seededRandom(plan.before + number);
  const link = drawnLink(random);
  const [device, os] = random.pick(DEVICES);
  return {
    clickId: clickIdOf(ring, plan, number, link),
    offer: OFFER,
    affiliate: affiliateOf(link),
    advertiser: ADVERTISER,
    country: random.pick(COUNTRIES),
    device,
    os,
    userAgent: number % BOT_EVERY === 0 ? BOT : random.pick(BROWSERS),
    referrer: "blog.example",
    externalId: externalId(random),
    subs: [`campaign-${random.whole(1, CAMPAIGNS)}`, `keyword-${random.whole(1, KEYWORDS)}`],
    ...(plan.hasVisitors && { visitor: visitorOf(Math.floor((plan.before + number) / CLICKS_OF_VISITOR)) }),
  };
}

function drawnLink(random: Random): number {
  return random.whole(1, LINKS);
}

function clickIdOf(ring: KeyRing, plan: ClickPlan, number: number, link: number): string {
  const { isolates, before } = plan;
  const counter = ((number % isolates) * SPREAD + Math.floor((before + number) / isolates)) % COUNTERS;
  return issueClickId(ring, {
    issuedAtMs: timeOfDrawn(plan, number),
    link,
    counter,
    test: false,
    provisional: false,
  });
}

/** Sixteen characters that no other click has, which are what packs hardest. */
function externalId(random: Random): string {
  return [0, 0]
    .map(() =>
      random
        .whole(0, 2 ** 32 - 1)
        .toString(16)
        .padStart(8, "0"),
    )
    .join("");
}

/** As the edge's hash: of this length, and in no order. */
function visitorOf(number: number): string {
  const bytes = new Uint8Array(VISITOR_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.imul(number, SPREAD));
  view.setUint32(4, number);
  view.setUint32(8, Math.imul(number, 2_246_822_519));
  return encodeBase32(bytes, VISITOR_LENGTH);
}

/** So many numbers of clicks, spread over all of them; others in each round. */
export function spreadNumbers({ total }: ClickPlan, count: number, round: number): number[] {
  const step = Math.floor(total / count);
  return Array.from({ length: count }, (_, index) => index * step + ((round * A_PRIME) % step));
}
