/** The rows of the benchmark: what is compared with what, and what must hold. */
import type { Ratio } from "./rounds.ts";

export interface Comparison {
  what: string;
  reference: string;
  /** What is divided, such as `requests/s`. */
  unit: string;
  /** What must hold; absent where the ratio is only shown. */
  atLeast?: number;
  atMost?: number;
  /** What we would like. */
  aim?: number;
}

/** Names as `--only` takes them. */
export const COMPARISONS = {
  click: {
    what: "click, link in memory, sealed ID, macros, log off",
    reference: "a worker that answers a constant 302",
    unit: "requests/s",
    atLeast: 0.6,
    aim: 0.75,
  },
  "click-cpu": {
    what: "the same, CPU per request",
    reference: "a worker that answers a constant 302",
    unit: "CPU s per 10,000",
    atMost: 1.6,
    aim: 1.3,
  },
  "click-logged": {
    what: "click with its log through queue and ledger, every click found in it at the end",
    reference: "the click worker with its log off",
    unit: "requests/s",
    atLeast: 0.6,
    aim: 0.75,
  },
  start: {
    what: "the same through `npm start`",
    reference: "the same workers on their own sockets",
    unit: "requests/s",
    atLeast: 0.6,
    aim: 0.8,
  },
  "click-p99": {
    what: "p99 of the logged click at 1,000/s",
    reference: "p99 of the unlogged click at 1,000/s",
    unit: "ms",
    aim: 3,
  },
  postback: {
    what: "postback with token, answered",
    reference: "a worker that only awaits QUEUE.send of the same bytes",
    unit: "requests/s",
    atLeast: 0.85,
    aim: 0.95,
  },
  "postback-whole": {
    what: "the same, with collections of garbage and all else that is rare",
    reference: "a worker that only awaits QUEUE.send of the same bytes",
    unit: "requests/s",
    atLeast: 0.75,
  },
  "postback-signed": {
    what: "postback, signed",
    reference: "postback with token",
    unit: "requests/s",
    atLeast: 0.9,
  },
  promise: {
    what: "postback with token, its answer with a signed promise",
    reference: "postback with token",
    unit: "requests/s",
  },
  "postback-source": {
    what: "a shop's webhook of 3 kB, signed by the shop",
    reference: "a signed POST of ours, of the same order",
    unit: "requests/s",
    atLeast: 0.77,
  },
  settle: {
    what: "settled postbacks, batches of 100, fresh orders, all tables written",
    reference: "node:sqlite, synchronous=FULL, the same rows of the same tables in transactions of 100",
    unit: "postbacks/s",
    atLeast: 0.15,
    aim: 0.25,
  },
  "settle-naive": {
    what: "the same",
    reference: "a naive consumer: one object call and one insert into each table per message",
    unit: "postbacks/s",
    atLeast: 10,
    aim: 20,
  },
  "settle-journal": {
    what: "the same, entered in the journal",
    reference: "the same ledger with JOURNAL off",
    unit: "postbacks/s",
    atLeast: 0.9,
  },
  deliver: {
    what: "10,000 deliveries to a receiver that takes 5 ms, taken in, sent and logged",
    reference: "a worker that only fetches the same receiver, four at once",
    unit: "deliveries/s",
    atLeast: 0.5,
    aim: 0.7,
  },
  "deliver-beside": {
    what: "p95 from the notice to the receiver, beside ten destinations that hang",
    reference: "the same destination alone",
    unit: "ms",
    atMost: 1.5,
  },
  export: {
    what: "conversions as CSV",
    reference: "node:sqlite reading the same rows into the same CSV",
    unit: "rows/s",
    atLeast: 0.3,
    aim: 0.5,
  },
} as const satisfies Record<string, Comparison>;

export type RowName = keyof typeof COMPARISONS;

export type Measured = Partial<Record<RowName, Ratio>>;

/** What a part of the benchmark found: its rows, and CPU milliseconds of the workers' whole process, by what they were spent on. */
export interface Findings {
  rows: Measured;
  cpuMs: Partial<Record<Spent, number>>;
}
export type Spent = "redirect" | "loggedClick" | "postback" | "settledPostback";

/** True where nothing must hold. */
export function holds({ atLeast, atMost }: Comparison, { ratio }: Ratio): boolean {
  return ratio >= (atLeast ?? ratio) && ratio <= (atMost ?? ratio);
}

/** `≥ 0.60`, or `shown`. */
export function goalOf({ atLeast, atMost }: Comparison): string {
  if (atLeast !== undefined) return `≥ ${digits(atLeast)}`;
  return atMost === undefined ? "shown" : `≤ ${digits(atMost)}`;
}

export function isRowName(name: string): name is RowName {
  return Object.hasOwn(COMPARISONS, name);
}

/** Three digits that matter. */
export function digits(value: number): string {
  if (value >= 1_000) return Math.round(value).toLocaleString("en-US");
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
