/** What a release must show before it is trusted: a list of checks, each with what it saw, all on test clicks and test postbacks. */
import { randomBytes } from "node:crypto";
import { isRecord } from "../../workers/core/is-record.ts";
import type { ConsoleFetch } from "../console-api.ts";
import { readReceipt, settledReceipt } from "../sender/receipts.ts";
import { type Parameters, type SenderRequest, signedGet, tokenGet } from "../sender/requests.ts";
import { testClick } from "./test-click.ts";
import type { TestLink } from "./test-link.ts";
import { type Sender, type Way, waysOf } from "./ways.ts";

export interface Visit {
  fetchConsole: ConsoleFetch;
  sender: Sender;
  link: TestLink;
  nowMs: () => number;
  /** Test clicks that no order has used. They are made first, so that their log rows have landed when their orders come. */
  clicks: string[];
}

/** `passed` and `skipped` tell in a few words what was seen, or why it could not be looked at. A check that fails throws one line. */
export interface Check {
  name: string;
  run(): Promise<{ passed: string } | { skipped: string }>;
}

const AMOUNT = "40.00";
const SETTLED_WITHIN_MS = 90_000;
/** Behind the tolerance of a signature, which is 300 seconds. */
const STALE_S = 400;
/** Every check that sends uses an order of its own. */
const ORDERS_BESIDE_WAYS = 5;
const STRANGERS_TOKEN = `cbt_${"0".repeat(32)}`;

/** A message that was accepted and settled. */
interface Sent {
  txid: string;
  receipt: string;
  conversion: string;
}

/** The checks in their order; those behind a way of sending use what it left. */
export function checksOf(visit: Visit): Check[] {
  const { sender, nowMs } = visit;
  const ways = waysOf(sender, () => Math.floor(nowMs() / 1000));
  const sent = new Map<string, Sent>();
  const [usual] = ways;
  return [
    { name: "test clicks", run: () => makeClicks(visit, ways.length + ORDERS_BESIDE_WAYS) },
    ...ways.map((way) => ({ name: way.name, run: () => attributes(visit, way, sent) })),
    { name: "the same message again", run: () => keepsReceipt(visit, usual) },
    { name: "the same order again", run: () => isDuplicate(visit, usual, firstOf(sent)) },
    { name: "a forged click ID", run: () => refusesForged(visit, usual) },
    { name: "a stranger", run: () => refusesStranger(visit) },
    { name: "a stale signature", run: () => refusesStale(visit) },
    { name: "the receipt, to its sender alone", run: () => tellsReceipt(visit, firstOf(sent)) },
    { name: "the rows of the export", run: () => exportsRows(visit, sent) },
  ];
}

async function makeClicks({ link, clicks }: Visit, count: number): Promise<{ passed: string }> {
  while (clicks.length < count) clicks.push(await testClick(link));
  return { passed: `${count} made, such as ${clicks[0]}` };
}

async function attributes(visit: Visit, way: Way, sent: Map<string, Sent>): Promise<{ passed: string }> {
  const startedAtMs = visit.nowMs();
  const parameters = newOrder(visit);
  const receipt = await accepted(way.write(parameters, newName()));
  const settled = await settledReceipt(visit.fetchConsole, receipt, SETTLED_WITHIN_MS);
  if (settled?.status !== "attributed" || settled.conversion === null)
    throw new Error(
      settled
        ? `the receipt ${receipt} says ${settled.status}: ${settled.reason}`
        : `the receipt ${receipt} is not settled after ${SETTLED_WITHIN_MS / 1000} s`,
    );
  sent.set(way.name, { txid: parameters.txid ?? "", receipt, conversion: settled.conversion });
  return { passed: `attributed after ${((visit.nowMs() - startedAtMs) / 1000).toFixed(1)} s` };
}

async function keepsReceipt(visit: Visit, way: Way): Promise<{ passed: string }> {
  const request = way.write({ ...newOrder(visit), idempotency_key: newName() }, newName());
  const receipts = [await accepted(request), await accepted(request)];
  if (receipts[0] !== receipts[1]) throw new Error(`it has two receipts, ${receipts.join(" and ")}`);
  return { passed: `one receipt, ${receipts[0]}` };
}

async function isDuplicate(visit: Visit, way: Way, first: Sent): Promise<{ passed: string }> {
  const parameters = { ...newOrder(visit), txid: first.txid };
  const receipt = await accepted(way.write(parameters, newName()));
  const settled = await settledReceipt(visit.fetchConsole, receipt, SETTLED_WITHIN_MS);
  if (settled?.status !== "duplicate" || settled.duplicateOf !== first.receipt)
    throw new Error(`the receipt ${receipt} says ${settled?.status ?? "nothing"}, of ${settled?.duplicateOf}`);
  return { passed: `duplicate of ${first.receipt}` };
}

async function refusesForged(visit: Visit, way: Way): Promise<{ passed: string }> {
  const parameters = newOrder(visit);
  const clickId = parameters.click_id ?? "";
  const forged = `${clickId.slice(0, -1)}${clickId.endsWith("0") ? "1" : "0"}`;
  return refuses(way.write({ ...parameters, click_id: forged }, newName()), "forged_click_id");
}

async function refusesStranger(visit: Visit): Promise<{ passed: string } | { skipped: string }> {
  const { address, auth } = visit.sender;
  if (auth === "open") return { skipped: "in open mode anyone may send" };
  const request = tokenGet(address, newOrder(visit), STRANGERS_TOKEN);
  return refuses(request, auth === "signed" ? "missing_signature" : "bad_token");
}

async function refusesStale(visit: Visit): Promise<{ passed: string } | { skipped: string }> {
  const { address, auth, secret } = visit.sender;
  if (auth !== "signed" || secret === null) return { skipped: `in ${auth} mode no signature is asked for` };
  const nowS = Math.floor(visit.nowMs() / 1000) - STALE_S;
  return refuses(signedGet(address, newOrder(visit), secret, { nowS, name: newName() }), "stale");
}

async function tellsReceipt(
  { fetchConsole, sender }: Visit,
  { receipt, conversion }: Sent,
): Promise<{ passed: string }> {
  const told = await readReceipt(withBearer(fetchConsole, sender.token ?? ""), receipt);
  if (told?.conversion !== conversion) throw new Error(`its sender is told ${JSON.stringify(told)}`);
  const { status } = await withBearer(fetchConsole, STRANGERS_TOKEN)(`/receipts/${receipt}`);
  if (status !== 401 && status !== 404) throw new Error(`a stranger is answered ${status}`);
  return { passed: `${told.status}; a stranger gets ${status}` };
}

async function exportsRows({ fetchConsole, link }: Visit, sent: Map<string, Sent>): Promise<{ passed: string }> {
  for (const { txid, conversion } of sent.values()) {
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
  return { passed: `${sent.size} rows, each marked as a test` };
}

/** The same console for another caller. */
function withBearer(fetchConsole: ConsoleFetch, token: string): ConsoleFetch {
  return (path, init = {}) =>
    fetchConsole(path, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
}

/** A test order on a click of its own, so that it is a conversion however the offer counts repeats. */
function newOrder({ link, clicks, nowMs }: Visit): Parameters {
  const clickId = clicks.shift();
  if (clickId === undefined) throw new Error("there is no test click to send it for");
  const late = link.minSeconds > 0 ? { occurred_at: String(nowMs() + link.minSeconds * 1000) } : {};
  return { click_id: clickId, event: link.event, txid: `doctor-${newName()}`, amount: AMOUNT, test: "1", ...late };
}

/** Sends it, and gives the receipt. Throws when it is refused. */
async function accepted(request: SenderRequest): Promise<string> {
  const { status, body } = await send(request);
  if (body.status !== "accepted") throw new Error(`${status} ${body.reason}: ${body.message}`);
  return String(body.receipt);
}

async function refuses(request: SenderRequest, reason: string): Promise<{ passed: string }> {
  const { status, body } = await send(request);
  if (body.reason !== reason) throw new Error(`${status} ${body.reason ?? body.status} instead of ${reason}`);
  return { passed: `refused: ${reason}` };
}

/** The answer, which is one line also for a batch of one row. */
async function send(request: SenderRequest): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(request.url, request);
  const body: unknown = JSON.parse(await answer.text());
  if (!isRecord(body)) throw new Error(`${answer.status} without an answer`);
  return { status: answer.status, body };
}

function firstOf(sent: Map<string, Sent>): Sent {
  const [first] = sent.values();
  if (!first) throw new Error("no postback came through, so there is none to look at");
  return first;
}

function newName(): string {
  return randomBytes(12).toString("hex");
}
