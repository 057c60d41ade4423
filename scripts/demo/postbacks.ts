/** The demo's senders: they post as advertisers' servers do, keep what is not taken, and ask their receipts what became of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { type ConsoleFetch, isRecord } from "../console-api.ts";
import { inParallel } from "./parallel.ts";
import type { Random } from "./random.ts";
import type { Postback } from "./scene.ts";

/** A postback with its receipt and what it was told. */
export interface Sent {
  postback: Postback;
  receipt: string;
  /** `accepted`, or `refused: <reason>`. */
  answer: string;
}

const SENDERS_AT_ONCE = 16;
const TRIES = 20;
const SETTLED_WITHIN_MS = 120_000;
const ASK_EVERY_MS = 250;
/** The ways a sender may write: see `requestOf`. */
const WAYS = ["query", "form", "json"] as const;

/** Sends each list's postbacks one after another, the lists side by side. */
export function send(
  origin: string,
  tokens: Map<string, string>,
  lists: readonly Postback[][],
  random: Random,
): Promise<Sent[][]> {
  return inParallel(lists, SENDERS_AT_ONCE, async (list) => {
    const sent: Sent[] = [];
    for (const postback of list) {
      const token = postback.badToken
        ? "cbt_00000000000000000000000000000000"
        : (tokens.get(postback.advertiser) ?? "");
      sent.push(await sendOne(origin, postback, token, random.pick(WAYS)));
    }
    return sent;
  });
}

/** Waits until every receipt is settled and gives what each says: `attributed`, `rejected: unknown_event`, `refused: bad_token`. */
export async function settle(fetchConsole: ConsoleFetch, sent: readonly Sent[]): Promise<Map<string, string>> {
  const outcomes = new Map<string, string>();
  let open = [...new Set(sent.map(({ receipt }) => receipt))];
  const deadlineMs = Date.now() + SETTLED_WITHIN_MS;
  while (open.length > 0) {
    const states = await inParallel(open, SENDERS_AT_ONCE, (receipt) => outcomeOf(fetchConsole, receipt));
    for (const [index, receipt] of open.entries()) outcomes.set(receipt, states[index] ?? "");
    open = open.filter((receipt) => outcomes.get(receipt) === "queued");
    if (open.length > 0 && Date.now() > deadlineMs)
      throw new Error(
        `${open.length} receipts are not settled after ${SETTLED_WITHIN_MS / 1000} s, such as ${open[0]}`,
      );
    if (open.length > 0) await sleep(ASK_EVERY_MS);
  }
  return outcomes;
}

async function sendOne(origin: string, postback: Postback, token: string, way: (typeof WAYS)[number]): Promise<Sent> {
  for (let tries = 1; ; tries++) {
    const { url, init } = requestOf(origin, postback, token, way);
    const answer = await fetch(url, init);
    const body: unknown = await answer.json();
    if (!isRecord(body)) throw new Error(`${url} answered ${answer.status} and no object`);
    const later = answer.status === 429 || answer.status === 503;
    if (later && tries < TRIES) await sleep(Number(answer.headers.get("retry-after") ?? 1) * 1000);
    else
      return {
        postback,
        receipt: String(body.receipt),
        answer: answer.status === 200 ? "accepted" : `refused: ${body.reason}`,
      };
  }
}

function requestOf(origin: string, { advertiser, params }: Postback, token: string, way: (typeof WAYS)[number]) {
  const url = `${origin}/p/${advertiser}`;
  if (way === "query") return { url: `${url}?${new URLSearchParams({ ...params, token })}`, init: {} };
  const authorization = `Bearer ${token}`;
  if (way === "form")
    return { url, init: { method: "POST", headers: { authorization }, body: new URLSearchParams(params) } };
  const headers = { authorization, "content-type": "application/json" };
  return { url, init: { method: "POST", headers, body: JSON.stringify(params) } };
}

async function outcomeOf(fetchConsole: ConsoleFetch, receipt: string): Promise<string> {
  const answer = await fetchConsole(`/receipts/${receipt}`);
  const body: unknown = JSON.parse(await answer.text());
  if (answer.status !== 200 || !isRecord(body)) throw new Error(`the receipt ${receipt} answered ${answer.status}`);
  return body.reason ? `${body.status}: ${body.reason}` : String(body.status);
}
