/** What a release must show before it is trusted: a list of checks, each with what it saw, all on test clicks and test postbacks. */
import { randomBytes } from "node:crypto";
import { isRecord } from "../../workers/core/is-record.ts";
import type { Parameters, SenderRequest } from "../../workers/core/sender/requests.ts";
import {
  isAnsweredAs,
  isSettledAs,
  type SkippedStep,
  STRANGERS_TOKEN,
  type TestStep,
  testParameters,
  testSteps,
} from "../../workers/core/sender/test-plan.ts";
import type { SenderAccess } from "../../workers/core/sender/ways.ts";
import type { ConsoleFetch } from "../console-api.ts";
import { reach } from "../reach.ts";
import { readReceipt, settledReceipt } from "../sender/receipts.ts";
import { testClick } from "./test-click.ts";
import type { TestLink } from "./test-link.ts";

export interface Checkup {
  fetchConsole: ConsoleFetch;
  sender: SenderAccess;
  link: TestLink;
  nowMs: () => number;
  /** Test clicks that no order has used. They are made first, so that their log rows have landed when their orders come. */
  clicks: string[];
}

/** `passed` and `skipped` tell in a few words what was seen, or why it could not be looked at; `trouble` what somebody else's system does wrong. A check that fails throws one line. */
export interface Check {
  name: string;
  run(): Promise<Seen>;
}
export type Seen = { passed: string } | { skipped: string } | { trouble: string };

const AMOUNT = "40.00";
const SETTLED_WITHIN_MS = 90_000;

/** A message that was accepted and attributed. */
interface Booked {
  txid: string;
  receipt: string;
  conversion: string;
}

/** The plan's steps, and what the console tells of them. */
export function checksOf(checkup: Checkup): Check[] {
  const steps = testSteps(checkup.sender);
  const booked: Booked[] = [];
  return [
    // Every step that sends uses an order of its own.
    { name: "test clicks", run: () => makeClicks(checkup, steps.length) },
    ...steps.map((step) => ({ name: step.name, run: () => take(checkup, step, booked) })),
    { name: "the receipt, to its sender alone", run: () => tellsReceipt(checkup, firstOf(booked)) },
    { name: "the rows of the export", run: () => exportsRows(checkup, booked) },
  ];
}

async function makeClicks({ link, clicks }: Checkup, count: number): Promise<Seen> {
  while (clicks.length < count) clicks.push(await testClick(link));
  return { passed: `${count} made, such as ${clicks[0]}` };
}

/** Sends what the step says, and sees what comes of it. */
async function take(checkup: Checkup, step: TestStep | SkippedStep, booked: Booked[]): Promise<Seen> {
  if ("skipped" in step) return step;
  const { nowMs } = checkup;
  const txid = step.order === "new" ? `doctor-${newName()}` : firstOf(booked).txid;
  const startedAtMs = nowMs();
  const request = step.write(orderOf(checkup, txid), { nowS: Math.floor(startedAtMs / 1000), name: newName() });
  const receipts: string[] = [];
  while (receipts.length < step.times) receipts.push(await send(request, step));
  const [receipt = ""] = receipts;
  if ("refused" in step.expected) return { passed: `refused: ${step.expected.refused}` };
  if (new Set(receipts).size > 1) throw new Error(`it has two receipts, ${receipts.join(" and ")}`);
  if (step.expected.settled === "unasked") return { passed: `one receipt, ${receipt}` };
  const settled = await settledReceipt(checkup.fetchConsole, receipt, SETTLED_WITHIN_MS);
  if (!settled) throw new Error(`the receipt ${receipt} is not settled after ${SETTLED_WITHIN_MS / 1000} s`);
  const first = booked[0]?.receipt ?? "";
  if (!isSettledAs(step.expected, { receipt, ...settled }, first))
    throw new Error(`the receipt ${receipt} says ${settled.status}: ${settled.reason ?? `of ${settled.duplicateOf}`}`);
  if (step.expected.settled === "the first again") return { passed: `duplicate of ${first}` };
  booked.push({ txid, receipt, conversion: settled.conversion ?? "" });
  return { passed: `attributed after ${((nowMs() - startedAtMs) / 1000).toFixed(1)} s` };
}

/** A test order on a click of its own, so that it is a conversion however the offer counts repeats. */
function orderOf({ link, clicks, nowMs }: Checkup, txid: string): Parameters {
  const clickId = clicks.shift();
  if (clickId === undefined) throw new Error("there is no test click to send it for");
  const late = link.minSeconds > 0 ? { occurredAtMs: nowMs() + link.minSeconds * 1000 } : {};
  return testParameters({ clickId, event: link.event, txid, amount: AMOUNT, ...late });
}

/** Sends it once, and gives the receipt. The answer is one line also for a batch of one row. Throws when the door answers otherwise than it must. */
async function send(request: SenderRequest, { expected }: TestStep): Promise<string> {
  const answer = await reach(request.url, request);
  const body: unknown = JSON.parse(await answer.text());
  if (!isRecord(body)) throw new Error(`${answer.status} without an answer`);
  const { reason, message, status } = body;
  if (isAnsweredAs(expected, body)) return String(body.receipt);
  throw new Error(
    "refused" in expected
      ? `${answer.status} ${reason ?? status} instead of ${expected.refused}`
      : `${answer.status} ${reason}: ${message}`,
  );
}

async function tellsReceipt({ fetchConsole, sender }: Checkup, { receipt, conversion }: Booked): Promise<Seen> {
  const told = await readReceipt(withBearer(fetchConsole, sender.token ?? ""), receipt);
  if (told?.conversion !== conversion) throw new Error(`its sender is told ${JSON.stringify(told)}`);
  const { status } = await withBearer(fetchConsole, STRANGERS_TOKEN)(`/receipts/${receipt}`);
  if (status !== 401 && status !== 404) throw new Error(`a stranger is answered ${status}`);
  return { passed: `${told.status}; a stranger gets ${status}` };
}

async function exportsRows({ fetchConsole, link }: Checkup, booked: readonly Booked[]): Promise<Seen> {
  for (const { txid, conversion } of booked) {
    const answer = await fetchConsole(`/api/exports/conversions.ndjson?${new URLSearchParams({ txid })}`);
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`the export answered ${answer.status}: ${text}`);
    const [row, ...others]: unknown[] = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line || "null"));
    if (!isRecord(row) || others.length > 0) throw new Error(`the order ${txid} has ${others.length + 1} rows`);
    const { conversion_id, link: slug, event, amount, test } = row;
    const seen = JSON.stringify({ conversion_id, slug, event, amount, test });
    const expected = { conversion_id: conversion, slug: link.slug, event: link.event, amount: AMOUNT, test: true };
    if (seen !== JSON.stringify(expected)) throw new Error(`the order ${txid} is exported as ${seen}`);
  }
  return { passed: `${booked.length} rows, each marked as a test` };
}

/** The same console for another caller. */
function withBearer(fetchConsole: ConsoleFetch, token: string): ConsoleFetch {
  return (path, init = {}) =>
    fetchConsole(path, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
}

function firstOf(booked: readonly Booked[]): Booked {
  const [first] = booked;
  if (!first) throw new Error("no postback came through, so there is none to look at");
  return first;
}

function newName(): string {
  return randomBytes(12).toString("hex");
}
