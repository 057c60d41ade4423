/**
 * The steps of a test: a click on a test link, a postback for it, and what the books say of both. Each step is a request of its own, so that the
 * page shows how far it came; what a step learnt comes back with the next one.
 */
import { peekClickId } from "../../core/click-id.ts";
import { readSigningSecret } from "../../core/credentials.ts";
import { signTarget } from "../../core/postback/signed-url.ts";
import { createAffiliate, readAffiliate } from "../affiliates/store.ts";
import type { Change } from "../audit/change.ts";
import { readConversion } from "../conversions/conversion.ts";
import type { Env } from "../env.ts";
import { createLink, listLinks } from "../links/store.ts";
import { readPostback } from "../postbacks/log.ts";
import { credentialsView } from "./credentials.ts";
import type { AdvertiserRow } from "./view.ts";

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
  change: Change;
}

type Step = (run: TestRun) => Promise<StepAnswer>;

/** In their order. */
export const TEST_STEPS: readonly (readonly [name: string, label: string, step: Step])[] = [
  ["link", "A link for testing is there", findTestLink],
  ["click", "A click is answered with a click ID", click],
  ["postback", "The postback is accepted", sendPostback],
  ["settled", "The ledger attributes it", readOutcome],
  ["conversion", "The conversion is in the books, as a test", readTestConversion],
  ["again", "The same postback, sent again, changes nothing", sendAgain],
  ["duplicate", "The ledger knows it as the same", readDuplicate],
];

const TEST_AFFILIATE = { slug: "console-test", name: "Test panel of the console", test: true };
const ANSWERS_WITHIN_MS = 10_000;
const BROWSER = "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const CLICK_ID = /[0-9a-hjkmnp-tv-z]{36}/g;
const NONCE_BYTES = 12;

const NOT_PUBLISHED =
  "It should have been known for long: npm run publish compares what the edge knows with the set-up, and mends it.";
const NOT_SETTLED =
  "The postback is safe in the queue, but the ledger has not taken it: is the ledger worker deployed and running, and does its log say why not? Once it runs, the postback log has the outcome.";

async function findTestLink({ env, form, change }: TestRun): Promise<StepAnswer> {
  const offer = form.get("offer") ?? "";
  const { items } = await listLinks(env, change.by, { offer, status: "active", limit: 1_000 });
  const present = items.find(({ test, affiliate }) => test || affiliate === TEST_AFFILIATE.slug);
  if (present) return { state: "done", said: `It is ${present.slug}.`, learnt: { link: present.slug } };
  const affiliate = await readAffiliate(env, change.by, TEST_AFFILIATE.slug);
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

async function click({ env, form }: TestRun): Promise<StepAnswer> {
  const slug = form.get("link") ?? "";
  const answer = await ask(`${env.CLICK_ORIGIN}/c/${encodeURIComponent(slug)}?test=1&sub1=test-panel`);
  if (answer === null) return unreachable("click", env.CLICK_ORIGIN);
  // What was just made takes up to a minute until every edge knows it.
  if (answer.status === 404)
    return { state: "waiting", said: "The edge does not know the link yet.", advice: NOT_PUBLISHED };
  const location = answer.headers.get("location") ?? "";
  const found = (location.match(CLICK_ID) ?? []).find((text) => peekClickId(text)?.test === true);
  if (found !== undefined)
    return {
      state: "done",
      said: `${answer.status} to ${hostOf(location)}, click ID ${found}.`,
      learnt: { click_id: found },
    };
  return {
    state: "failed",
    said: `The click worker answered ${answer.status}${location === "" ? "" : ` to ${hostOf(location)}`}, without a test click’s ID.`,
    advice:
      answer.status === 410 || location !== ""
        ? "The offer, the link or the advertiser is paused, ended, not begun, over its cap, or closed to this visitor: see the offer’s set-up."
        : "Look at the click worker’s log.",
  };
}

async function sendPostback(run: TestRun): Promise<StepAnswer> {
  const answer = await ask(...(await postbackRequest(run)));
  if (answer === null) return unreachable("postback", run.env.POSTBACK_ORIGIN);
  const body = readAnswer(await answer.text());
  if (body.status === "accepted" && body.receipt !== undefined)
    return { state: "done", said: `${answer.status}, receipt ${body.receipt}.`, learnt: { receipt: body.receipt } };
  if (answer.status === 404)
    return { state: "waiting", said: "The edge does not know the advertiser yet.", advice: NOT_PUBLISHED };
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

async function readOutcome({ env, form, change }: TestRun): Promise<StepAnswer> {
  const receipt = form.get("receipt") ?? "";
  const found = await readPostback(env, change.by, receipt);
  if (!found.ok) return { state: "waiting", said: "It waits in the queue.", advice: NOT_SETTLED };
  const { status, reason, message, conversion_id: conversion } = found.value;
  const path = `/postbacks/${receipt}`;
  if (status === "attributed" && conversion !== null)
    return { state: "done", said: "attributed", learnt: { conversion }, path };
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
  return {
    state: "done",
    said: `amount ${amount}, payout ${payout}, revenue ${revenue} ${currency}; never counted, never paid`,
    path,
  };
}

async function sendAgain(run: TestRun): Promise<StepAnswer> {
  const first = run.form.get("receipt");
  const sent = await sendPostback(run);
  if (sent.state !== "done") return sent;
  const receipt = sent.learnt?.receipt ?? "";
  const said = receipt === first ? `Accepted, with the same receipt.` : `Accepted, receipt ${receipt}.`;
  return { state: "done", said, learnt: { again: receipt } };
}

async function readDuplicate({ env, form, change }: TestRun): Promise<StepAnswer> {
  const receipt = form.get("again") ?? "";
  const found = await readPostback(env, change.by, receipt);
  if (!found.ok) return { state: "waiting", said: "It waits in the queue.", advice: NOT_SETTLED };
  const { status, conversion_id: conversion } = found.value;
  const path = `/postbacks/${receipt}`;
  const isSame = receipt === form.get("receipt") || (status === "duplicate" && conversion === form.get("conversion"));
  if (isSame)
    return { state: "done", said: receipt === form.get("receipt") ? "one receipt, one effect" : status, path };
  return { state: "failed", said: status, advice: "It should have been a duplicate: open it to see why not.", path };
}

/** The request that the advertiser's own server would make, proved in the advertiser's mode. */
async function postbackRequest({
  env,
  advertiser,
  form,
  change,
}: TestRun): Promise<[url: string, headers: HeadersInit]> {
  const parameters = new URLSearchParams({
    click_id: form.get("click_id") ?? "",
    event: form.get("event") ?? "",
    txid: `test-${(form.get("click_id") ?? "").slice(-12)}`,
    amount: form.get("amount") ?? "",
    test: "1",
  });
  const path = `/p/${advertiser.slug}`;
  if (advertiser.auth === "open") return [`${env.POSTBACK_ORIGIN}${path}?${parameters}`, {}];
  const { token, signing_secret: secret } = await credentialsView(env, advertiser, change.atMs);
  if (advertiser.auth === "token")
    return [`${env.POSTBACK_ORIGIN}${path}?${parameters}`, { authorization: `Bearer ${token}` }];
  const key = secret === null ? null : readSigningSecret(secret);
  if (!key) throw new Error(`advertiser ${advertiser.slug} has no signing secret`);
  parameters.set("ts", String(Math.floor(change.atMs / 1_000)));
  parameters.set("nonce", hex(crypto.getRandomValues(new Uint8Array(NONCE_BYTES))));
  const signed = `${path}?${parameters}`;
  return [`${env.POSTBACK_ORIGIN}${signed}&sig=${signTarget(key, signed)}`, {}];
}

/** Null when nobody answered. */
async function ask(url: string, headers: HeadersInit = {}): Promise<Response | null> {
  try {
    const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    return await fetch(url, { redirect: "manual", signal, headers: { "user-agent": BROWSER, ...headers } });
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

interface DoorAnswer {
  status?: string;
  receipt?: string;
  reason?: string;
  message?: string;
}

function readAnswer(text: string): DoorAnswer {
  try {
    const answer: DoorAnswer = JSON.parse(text);
    return answer;
  } catch {
    return {};
  }
}

function hostOf(location: string): string {
  return URL.parse(location)?.host ?? location;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
