/** The demo's own receivers: an affiliate's tracker that fails now and then, and a CRM of the programme's that is slow. They listen while the demo runs, and their destinations are paused between runs. */
import { setTimeout as sleep } from "node:timers/promises";
import { receiverPorts } from "../local/origins.ts";
import { FIRST_AFFILIATE } from "../programme/two-shops.ts";
import { type LocalReceiver, type ReceiversWord, startReceiver } from "../receivers/receiver.ts";
import {
  ensureDestination,
  type LocalDestination,
  POSTBACK_QUERY,
  pauseDestination,
  readPostbackCall,
  readWebhookCall,
  repeatedFaults,
} from "../receivers/tellings.ts";
import { type BookedConversion, toldFaults } from "../receivers/told-reckoning.ts";
import type { RunningSystem } from "../running-system.ts";
import type { Comparison } from "./compare.ts";

export interface DemoReceivers {
  /** Waits until both know all of these, as long as more comes in; then says how what they know and these differ. */
  compare(booked: readonly BookedConversion[]): Promise<Comparison>;
  stop(): Promise<void>;
}

const TRACKER = "demo-tracker";
const CRM = "demo-crm";
/** Of so many deliveries one fails at its first try, and of those every other breaks off with the request read. */
const FAILS_ONE_IN = 8;
const SLOW_MS = 150;
/** A failed one comes again after five seconds; behind a breaker that drains up to a minute passes. */
const STANDS_STILL_MS = 75_000;
const LOOK_EVERY_MS = 250;

export async function startDemoReceivers({ origins, fetchConsole }: RunningSystem): Promise<DemoReceivers> {
  const clickPort = Number(new URL(origins.click).port);
  const [trackerPort, crmPort] = receiverPorts(clickPort);
  const secrets: string[] = [];
  const isTaken = (word: ReceiversWord) => typeof word === "object" && word.status === 200;
  const tracker = await startReceiver(trackerPort, { read: readPostbackCall, answer: trackersWord, takes: isTaken });
  const crm = await startReceiver(crmPort, {
    read: (call) => readWebhookCall(call, secrets),
    answer: () => ({ status: 200, afterMs: SLOW_MS }),
    takes: isTaken,
  });
  const destinations: LocalDestination[] = [
    {
      slug: TRACKER,
      name: "Demo: Anna’s tracker",
      kind: "postback",
      affiliate: FIRST_AFFILIATE.slug,
      url: `http://localhost:${trackerPort}/postback?${POSTBACK_QUERY}`,
    },
    { slug: CRM, name: "Demo: the CRM", kind: "webhook", url: `http://localhost:${crmPort}/webhook` },
  ];
  for (const destination of destinations) {
    const secret = await ensureDestination(fetchConsole, destination);
    if (secret !== null) secrets.push(secret);
  }
  return {
    compare: async (booked) => {
      const real = booked.filter(({ test }) => !test);
      const own = real.filter(({ affiliate }) => affiliate === FIRST_AFFILIATE.slug);
      const ofBoth = await Promise.all([hearOf(tracker, own), hearOf(crm, real)]);
      const [ofTracker, ofCrm] = await Promise.all([
        [...ofBoth[0], ...(await repeatedFaults(fetchConsole, TRACKER, tracker.again))],
        [...ofBoth[1], ...(await repeatedFaults(fetchConsole, CRM, crm.again))],
      ]);
      return {
        lines: [
          lineOf("told Anna’s tracker", own, tracker, ofTracker),
          { what: "  tries that it turned away", ...same(tracker.turnedAway) },
          lineOf("told the CRM", real, crm, ofCrm),
        ],
        differences: [...ofTracker, ...ofCrm],
      };
    },
    stop: async () => {
      for (const { slug } of destinations) await pauseDestination(fetchConsole, slug);
      await Promise.all([tracker.stop(), crm.stop()]);
    },
  };
}

function trackersWord({ before }: { before: number }, { deliveryId }: { deliveryId: string }): ReceiversWord {
  const number = [...deliveryId].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65_536, 0);
  if (before > 0 || number % FAILS_ONE_IN !== 0) return { status: 200, body: "OK" };
  return number % (2 * FAILS_ONE_IN) === 0 ? "break" : { status: 503, body: "back in a moment" };
}

async function hearOf(receiver: LocalReceiver, booked: readonly BookedConversion[]): Promise<string[]> {
  let [heard, heardAtMs] = [-1, Date.now()];
  for (;;) {
    const faults = toldFaults(receiver.taken, booked);
    if (faults.length === 0 || Date.now() - heardAtMs > STANDS_STILL_MS)
      return [...faults, ...receiver.strange.map((what) => `a receiver was told what it cannot read: ${what}`)];
    if (receiver.taken.length !== heard) [heard, heardAtMs] = [receiver.taken.length, Date.now()];
    await sleep(LOOK_EVERY_MS);
  }
}

function lineOf(
  what: string,
  booked: readonly BookedConversion[],
  { taken }: LocalReceiver,
  faults: readonly string[],
): Comparison["lines"][number] {
  const ids = new Set(booked.map(({ conversionId }) => conversionId));
  const known = new Set(taken.map(({ conversionId }) => conversionId).filter((id) => ids.has(id))).size;
  return { what, sent: faults.length === 0 ? String(known) : `${known}, wrong`, books: String(booked.length) };
}

function same(count: number): { sent: string; books: string } {
  return { sent: String(count), books: String(count) };
}
