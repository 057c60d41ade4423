/** Whom the courier tells under soak: receivers that hang, refuse, say 200 with an error, break off after reading, or are away for an hour of the courier's clock. */
import { setTimeout as sleep } from "node:timers/promises";
import { HOUR_MS } from "../../workers/core/time-units.ts";
import type { FullFetch } from "../console-api.ts";
import { HOST } from "../local/options.ts";
import { freePorts } from "../local/ports.ts";
import { FIRST_AFFILIATE } from "../programme/two-shops.ts";
import { type LocalReceiver, type ReceiversWord, startReceiver, type Told } from "../receivers/receiver.ts";
import { ensureDestination, type LocalDestination, POSTBACK_QUERY, readPostbackCall } from "../receivers/tellings.ts";

/** So many of the courier's hours pass in one: its retries over three days take 76 minutes, and a receiver that is away for an hour is back in a minute. */
export const SPEED = 60;
const AWAY_AFTER_MS = 10_000;
/** The word that the receiver's answer has where it took what it was told. */
const TOOK = "OK";

/** What is wrong with a receiver: how it answers a first try that it does not take, of how many one; the next try of the same it takes. */
interface Sickness {
  name: string;
  /** Null where it is told of everybody's. */
  affiliate: string | null;
  oneIn: number;
  word: ReceiversWord;
  isAway?: true;
}

const SICKNESSES: readonly Sickness[] = [
  // A try that hangs takes ten seconds of a lane, so that it is rare.
  { name: "hangs", affiliate: FIRST_AFFILIATE.slug, oneIn: 60, word: "hang" },
  { name: "refuses", affiliate: null, oneIn: 5, word: { status: 503, body: "later" } },
  { name: "errs", affiliate: FIRST_AFFILIATE.slug, oneIn: 5, word: { status: 200, body: "ERROR: no such click" } },
  { name: "breaks off", affiliate: FIRST_AFFILIATE.slug, oneIn: 8, word: "break" },
  { name: "is away for an hour", affiliate: null, oneIn: 20, word: { status: 429, body: "not so fast" }, isAway: true },
];

export interface SoakReceiver {
  slug: string;
  name: string;
  /** Null where it is told of everybody's. */
  affiliate: string | null;
  heard: LocalReceiver;
}

export interface SoakReceivers {
  all: readonly SoakReceiver[];
  /** Comes when the one that is away is back. */
  back: Promise<void>;
  stop(): Promise<void>;
}

/** Starts them and sets up their destinations. */
export async function startSoakReceivers(fetchConsole: FullFetch): Promise<SoakReceivers> {
  const first = await freePorts(HOST, SICKNESSES.length);
  const all: SoakReceiver[] = [];
  for (const [index, sickness] of SICKNESSES.entries()) {
    const heard = await startReceiver(first + index, {
      read: readPostbackCall,
      answer: ({ before }, told) => wordOf(sickness, told, before),
      takes: (word) => typeof word === "object" && word.body === TOOK,
    });
    const slug = `soak-${index + 1}`;
    await ensureDestination(fetchConsole, destinationOf(slug, sickness, first + index));
    all.push({ slug, name: sickness.name, affiliate: sickness.affiliate, heard });
  }
  const leaving = all.filter((_, index) => SICKNESSES[index]?.isAway).map(({ heard }) => beAway(heard));
  return {
    all,
    back: Promise.all(leaving).then(() => {}),
    stop: async () => {
      await Promise.all(all.map(({ heard }) => heard.stop()));
    },
  };
}

function wordOf({ oneIn, word }: Sickness, { deliveryId }: Told, before: number): ReceiversWord {
  return before === 0 && numberOf(deliveryId) % oneIn === 0 ? word : { status: 200, body: TOOK };
}

async function beAway(receiver: LocalReceiver): Promise<void> {
  await sleep(AWAY_AFTER_MS);
  await receiver.leave();
  await sleep(HOUR_MS / SPEED);
  await receiver.comeBack();
}

function destinationOf(slug: string, { name, affiliate }: Sickness, port: number): LocalDestination {
  return {
    slug,
    name: `Soak: ${name}`,
    kind: "postback",
    url: `http://localhost:${port}/postback?${POSTBACK_QUERY}`,
    body_contains: TOOK,
    ...(affiliate === null ? {} : { affiliate }),
  };
}

function numberOf(deliveryId: string): number {
  return [...deliveryId].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65_536, 0);
}
