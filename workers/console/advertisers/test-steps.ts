/**
 * The steps of a test, as the page takes them: a click on a test link, the first and the repeated postback of the test plan, and what the books say
 * of each. Each step is a request of its own, so that the page shows how far it came; what a step learnt comes back with the next one.
 */

import { randomBytes } from "node:crypto";
import type { SenderRequest } from "../../core/sender/requests.ts";
import { readTestClick, TEST_BROWSER, testClickUrl } from "../../core/sender/test-click.ts";
import {
  AGAIN,
  againStep,
  FIRST,
  firstStep,
  isAnsweredAs,
  isSettledAs,
  type SettledMessage,
  type TestStep,
  testParameters,
} from "../../core/sender/test-plan.ts";
import type { SenderAccess } from "../../core/sender/ways.ts";
import { createAffiliate, readAffiliate } from "../affiliates/store.ts";
import type { ChangeStamp } from "../audit/change.ts";
import { readConversion } from "../conversions/account.ts";
import type { Env } from "../env.ts";
import { createLink, listLinks } from "../links/store.ts";
import { readOffer } from "../offers/store.ts";
import { type PostbackView, readPostback } from "../postbacks/log.ts";
import type { Caller } from "../web/caller.ts";
import { credentialsView } from "./credentials.ts";
import type { AdvertiserRow } from "./fields.ts";

/** What a step found: done, failed, or not there yet. */
export type StepAnswer =
  | { state: "done"; said: string; learnt?: Record<string, string>; path?: string }
  | { state: "failed"; said: string; advice: string; path?: string }
  /** `advice` is for whoever has waited long enough. */
  | { state: "waiting"; said: string; advice: string };

export interface TestRun {
  env: Env;
  advertiser: AdvertiserRow;
  /** What the form says, and what the steps before have learnt. */
  form: URLSearchParams;
  change: ChangeStamp;
}

type PanelStep = (run: TestRun) => Promise<StepAnswer>;

/** In their order. */
export const TEST_STEPS: readonly (readonly [name: string, label: string, step: PanelStep])[] = [
  ["link", "A link for testing is there", findTestLink],
  ["click", "A click is answered with a click ID", click],
  ["postback", "The postback is accepted", sendFirst],
  ["settled", "The ledger attributes it", readFirst],
  ["conversion", "The conversion is in the books, as a test", readTestConversion],
  ["again", "The same postback, sent again, changes nothing", sendAgain],
  ["duplicate", "The ledger knows it as the same", readAgain],
];

const TEST_AFFILIATE = { slug: "console-test", name: "Test panel of the console", test: true };
const ANSWERS_WITHIN_MS = 10_000;
const NONCE_BYTES = 12;

const NOT_PUBLISHED =
  "It should have been known for long: npm run publish compares what the edge knows with the set-up, and mends it.";
const QUEUED: StepAnswer = {
  state: "waiting",
  said: "It waits in the queue.",
  advice:
    "The postback is safe in the queue, but the ledger has not taken it: is the ledger worker deployed and running, and does its log say why not? Once it runs, the postback log has the outcome.",
};

/** Of an offer that the caller sees. An advertiser is told no link of others, and may not know links by their slugs, so what is read and made here is the panel's own. */
async function findTestLink({ env, form, change: asked }: TestRun): Promise<StepAnswer> {
  const offer = form.get("offer") ?? "";
  const isOperator = asked.by.scope === "everything";
  const seen = await readOffer(env, asked.by, offer);
  if (!seen.ok) return { state: "failed", said: "There is no such offer.", advice: seen.refusal.detail };
  const reader: Caller = { ...asked.by, role: "admin", scope: "everything" };
  const own = await listLinks(env, reader, { offer, affiliate: TEST_AFFILIATE.slug, limit: 1 });
  const others = isOperator ? await listLinks(env, reader, { offer, status: "active", limit: 1_000 }) : { items: [] };
  const present = own.items.find(isActive) ?? others.items.find(({ test }) => test) ?? own.items[0];
  if (present && isActive(present))
    return { state: "done", said: `It is ${present.slug}.`, learnt: { link: present.slug } };
  // There is one at most: who paused it did not mean that another one is made.
  if (present)
    return {
      state: "failed",
      said: `The panel’s link ${present.slug} is ${present.status}.`,
      advice: "An operator can resume it: then run the test again.",
    };
  const change: ChangeStamp = { ...asked, by: { ...asked.by, scope: "everything" } };
  const affiliate = await readAffiliate(env, reader, TEST_AFFILIATE.slug);
  if (!affiliate.ok) await createAffiliate(env, TEST_AFFILIATE, change);
  const link = await createLink(env, { offer, affiliate: TEST_AFFILIATE.slug, test: true }, change);
  if (!link.ok) return { state: "failed", said: "No link could be made.", advice: link.refusal.detail };
  const { slug } = link.value;
  return {
    state: "done",
    said: `It was made now: ${slug}, of the affiliate ${TEST_AFFILIATE.slug}.`,
    learnt: { link: slug },
  };
}

function isActive({ status }: { status: string }): boolean {
  return status === "active";
}

async function click({ env, form }: TestRun): Promise<StepAnswer> {
  const slug = form.get("link") ?? "";
  const url = testClickUrl(`${env.CLICK_ORIGIN}/c/${encodeURIComponent(slug)}`, "test-panel");
  const answer = await ask({ method: "GET", url, headers: {} });
  if (answer === null) return unreachable("click", env.CLICK_ORIGIN);
  const location = answer.headers.get("location") ?? "";
  const read = readTestClick(answer.status, location);
  if ("found" in read)
    return {
      state: "done",
      said: `${answer.status} to ${hostOf(location)}, click ID ${read.found}.`,
      learnt: { click_id: read.found },
    };
  // What was just made takes up to a minute until every edge knows it.
  if (read.wrong === "unknown link")
    return { state: "waiting", said: "The edge does not know the link yet.", advice: NOT_PUBLISHED };
  return {
    state: "failed",
    said: `The click worker answered ${answer.status}${location === "" ? "" : ` to ${hostOf(location)}`}, without a test click’s ID.`,
    advice:
      answer.status === 410 || location !== ""
        ? "The offer, the link or the advertiser is paused, ended, not begun, over its cap, or closed to this visitor: see the offer’s set-up."
        : "Look at the click worker’s log.",
  };
}

async function sendFirst(run: TestRun): Promise<StepAnswer> {
  return send(run, firstStep);
}

async function sendAgain(run: TestRun): Promise<StepAnswer> {
  const sent = await send(run, againStep);
  if (sent.state !== "done") return sent;
  const { receipt = "" } = sent.learnt ?? {};
  const said =
    receipt === run.form.get("receipt") ? "Accepted, with the same receipt." : `Accepted, receipt ${receipt}.`;
  return { state: "done", said, learnt: { again: receipt } };
}

/** Sends a message of the plan, proved in the advertiser's mode. */
async function send(run: TestRun, stepOf: (sender: SenderAccess) => TestStep): Promise<StepAnswer> {
  const { env, form, change } = run;
  const { write, expected } = stepOf(await senderOf(run));
  const clickId = form.get("click_id") ?? "";
  const order = {
    clickId,
    event: form.get("event") ?? "",
    txid: `test-${clickId.slice(-12)}`,
    amount: form.get("amount") ?? "",
  };
  const stamp = {
    nowS: Math.floor(change.atMs / 1_000),
    name: randomBytes(NONCE_BYTES).toString("hex"),
  };
  const answer = await ask(write(testParameters(order), stamp));
  if (answer === null) return unreachable("postback", env.POSTBACK_ORIGIN);
  const body = readAnswer(await answer.text());
  if (isAnsweredAs(expected, body)) {
    const receipt = String(body.receipt);
    return { state: "done", said: `${answer.status}, receipt ${receipt}.`, learnt: { receipt } };
  }
  // What was sent is right, so it is the edge that does not know.
  if (answer.status === 401)
    return {
      state: "waiting",
      said: "The edge does not know the advertiser yet, or its present credentials.",
      advice: NOT_PUBLISHED,
    };
  if (body.reason === "address_not_allowed")
    return {
      state: "failed",
      said: "It was refused, because it came from here: address_not_allowed.",
      advice:
        "This advertiser’s postbacks are taken from its own addresses only, which is as it was set up. To test the rest, send one from there, or allow every address for a moment.",
    };
  const advice = body.message ?? "Look at the postback worker’s log.";
  return { state: "failed", said: `It was refused: ${body.reason ?? answer.status}.`, advice };
}

async function readFirst({ env, form, change }: TestRun): Promise<StepAnswer> {
  const receipt = form.get("receipt") ?? "";
  const found = await readPostback(env, change.by, receipt);
  if (!found.ok) return QUEUED;
  const { status, reason, message, conversion_id: conversion } = found.value;
  const path = `/postbacks/${receipt}`;
  if (isSettledAs(FIRST, settledMessage(found.value), receipt))
    return { state: "done", said: status, learnt: { conversion: conversion ?? "" }, path };
  const advice = message ?? "Open the postback to see what was received.";
  return { state: "failed", said: `${status}${reason === null ? "" : `: ${reason}`}`, advice, path };
}

async function readTestConversion({ env, form, change }: TestRun): Promise<StepAnswer> {
  const id = form.get("conversion") ?? "";
  const found = await readConversion(env, change.by, id);
  const path = `/conversions/${id}`;
  if (!found.ok) return { state: "failed", said: "It is not there.", advice: found.refusal.detail };
  const { amount, payout, revenue, currency, test } = found.value;
  if (test !== true)
    return {
      state: "failed",
      said: "It is there, but not as a test.",
      advice: "Reject it, and tell us: this must not be.",
      path,
    };
  const worth = Object.entries({ amount, payout, revenue }).filter(([, sum]) => sum !== undefined);
  return {
    state: "done",
    said: `${worth.map(([name, sum]) => `${name} ${sum}`).join(", ")} ${currency}; never counted, never paid`,
    path,
  };
}

async function readAgain({ env, form, change }: TestRun): Promise<StepAnswer> {
  const [first, again] = [form.get("receipt") ?? "", form.get("again") ?? ""];
  const found = await readPostback(env, change.by, again);
  if (!found.ok) return QUEUED;
  const { status } = found.value;
  const path = `/postbacks/${again}`;
  if (isSettledAs(AGAIN, settledMessage(found.value), first))
    return { state: "done", said: again === first ? "one receipt, one effect" : status, path };
  return { state: "failed", said: status, advice: "It should have been a duplicate: open it to see why not.", path };
}

function settledMessage({ receipt, status, duplicate_of, conversion_id }: PostbackView): SettledMessage {
  return { receipt, status, duplicateOf: duplicate_of, conversion: conversion_id };
}

/** The advertiser's own server, as the plan sees it. */
async function senderOf({ env, advertiser, change }: TestRun): Promise<SenderAccess> {
  const { slug, auth } = advertiser;
  const address = `${env.POSTBACK_ORIGIN}/p/${slug}`;
  if (auth === "open") return { address, auth, token: null, secret: null };
  const { token, signing_secret: secret } = await credentialsView(env, advertiser, change.atMs);
  return { address, auth, token, secret };
}

/** Null when nobody answered. */
async function ask({ url, method, headers }: SenderRequest): Promise<Response | null> {
  try {
    const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    const named = { "user-agent": TEST_BROWSER, ...headers };
    return await fetch(url, { method, redirect: "manual", signal, headers: named });
  } catch (error) {
    console.warn({ event: "test_unanswered", error: String(error) });
    return null;
  }
}

function unreachable(worker: string, origin: string): StepAnswer {
  return {
    state: "failed",
    said: `Nobody answered at ${origin}.`,
    advice: `Is the ${worker} worker deployed, and is this its domain? It stands in wrangler.toml as ${worker.toUpperCase()}_ORIGIN.`,
  };
}

interface ToldAnswer {
  status?: string;
  receipt?: string;
  reason?: string;
  message?: string;
}

function readAnswer(text: string): ToldAnswer {
  try {
    const answer: ToldAnswer = JSON.parse(text);
    return answer;
  } catch {
    return {};
  }
}

function hostOf(location: string): string {
  return URL.parse(location)?.host ?? location;
}
