/**
 * The plan of a test: what is sent on test clicks, one message after the other, what the door must answer, and what the receipt must say of it.
 * `npm run doctor` takes it from the first step to the last, the console's test panel takes and shows two of its steps; how a message travels
 * and how long one waits for its receipt is theirs.
 */
import type { RefusalReason } from "../reasons.ts";
import { type Parameters, type SenderRequest, type Stamp, signedGet, tokenGet } from "./requests.ts";
import { forgeClickId } from "./test-click.ts";
import { careful, type SenderAccess, waysOf } from "./ways.ts";

/** What must come of a message: taken and then settled as one of these, or refused for this reason. */
export type Expected = { settled: "attributed" | "the first again" | "unasked" } | { refused: RefusalReason };

export interface TestStep {
  /** What is sent, in a few words. */
  name: string;
  /** A new order, or once more that of the first step. */
  order: "new" | "the first";
  /** How often the same request is sent: each time it must have the same receipt. */
  times: 1 | 2;
  write(parameters: Parameters, stamp: Stamp): SenderRequest;
  expected: Expected;
}

/** What must come of the first order, and of the same one sent again. */
export const FIRST: Expected = { settled: "attributed" };
export const AGAIN: Expected = { settled: "the first again" };

/** A step that makes no sense in the sender's mode. */
export interface SkippedStep {
  name: string;
  skipped: string;
}

/** Behind the tolerance of a signature, which is 300 seconds. */
const STALE_S = 400;
export const STRANGERS_TOKEN = `cbt_${"0".repeat(32)}`;

/** The first order, sent as the sender's own server would. */
export function firstStep(sender: SenderAccess): TestStep {
  return { ...ofNewOrder("a postback", FIRST), write: (...sent) => careful(sender, ...sent) };
}

/** The same order once more, in a message of its own. */
export function againStep(sender: SenderAccess): TestStep {
  return {
    ...ofNewOrder("the same order again", AGAIN),
    order: "the first",
    write: (...sent) => careful(sender, ...sent),
  };
}

/** Every step, in order. A way of sending that is new, such as a shop's webhook, is one more here. Throws one line where the mode needs a secret that is not there. */
export function testSteps(sender: SenderAccess): (TestStep | SkippedStep)[] {
  return [
    ...waysOf(sender).map(({ name, write }) => ({ ...ofNewOrder(name, FIRST), write })),
    {
      ...ofNewOrder("the same message again", { settled: "unasked" }),
      times: 2,
      write: (parameters, stamp) => careful(sender, { ...parameters, idempotency_key: stamp.name }, stamp),
    },
    againStep(sender),
    {
      ...ofNewOrder("a forged click ID", { refused: "forged_click_id" }),
      write: ({ click_id = "", ...parameters }, stamp) =>
        careful(sender, { click_id: forgeClickId(click_id), ...parameters }, stamp),
    },
    strangersStep(sender),
    staleStep(sender),
  ];
}

function strangersStep({ address, auth }: SenderAccess): TestStep | SkippedStep {
  const name = "a stranger";
  if (auth === "open") return { name, skipped: "in open mode anyone may send" };
  return {
    ...ofNewOrder(name, { refused: "bad_token" }),
    write: (parameters) => tokenGet(address, parameters, STRANGERS_TOKEN),
  };
}

function staleStep({ address, auth, secret }: SenderAccess): TestStep | SkippedStep {
  const name = "a stale signature";
  if (auth !== "signed" || secret === null) return { name, skipped: `in ${auth} mode no signature is asked for` };
  return {
    ...ofNewOrder(name, { refused: "stale" }),
    write: (parameters, stamp) => signedGet(address, parameters, secret, { ...stamp, nowS: stamp.nowS - STALE_S }),
  };
}

function ofNewOrder(name: string, expected: Expected): Omit<TestStep, "write"> {
  return { name, order: "new", times: 1, expected };
}

export interface TestOrder {
  clickId: string;
  event: string;
  txid: string;
  amount: string;
  /** When it happens, Unix milliseconds, where the offer asks for time between click and conversion. */
  occurredAtMs?: number;
}

/** The parameters of a test order. */
export function testParameters({ clickId, event, txid, amount, occurredAtMs }: TestOrder): Parameters {
  const late = occurredAtMs === undefined ? {} : { occurred_at: String(occurredAtMs) };
  return { click_id: clickId, event, txid, amount, test: "1", ...late };
}

/** What the door answered: `accepted` with a receipt, or `refused` with a reason. */
export interface ReadAnswer {
  status?: unknown;
  receipt?: unknown;
  reason?: unknown;
}

/** True when the door answered as it must. */
export function isAnsweredAs(expected: Expected, { status, receipt, reason }: ReadAnswer): boolean {
  if ("refused" in expected) return reason === expected.refused;
  return status === "accepted" && typeof receipt === "string";
}

/** A message that was settled, as its receipt or the postback log tells. */
export interface SettledMessage {
  receipt: string;
  status: string;
  duplicateOf: string | null;
  conversion: string | null;
}

/** True when a message became what it must; `first` is the receipt of the first order. */
export function isSettledAs(expected: Expected, message: SettledMessage, first: string): boolean {
  const { receipt, status, duplicateOf, conversion } = message;
  if ("refused" in expected) return false;
  if (expected.settled === "attributed") return status === "attributed" && conversion !== null;
  if (expected.settled === "the first again")
    return receipt === first || (status === "duplicate" && duplicateOf === first);
  return true;
}
