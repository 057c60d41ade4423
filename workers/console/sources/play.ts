/** Plays a sale of a source's as its platform would send it, signed with the secret that somebody types once more: nobody here can read the one that is kept. */
import { randomBytes } from "node:crypto";
import { sampleSale } from "../../core/sources/source-samples.ts";
import { signSource } from "../../core/sources/source-signing.ts";
import { findAdvertiser } from "../advertisers/store.ts";
import { TEST_STEPS } from "../advertisers/test-steps.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { readOffer } from "../offers/store.ts";
import type { StoredSource } from "./fields.ts";
import { tableOfSource } from "./store.ts";

const ANSWERS_WITHIN_MS = 10_000;
const IV_BYTES = 16;
/** Steps of the advertiser's own test that come before its postback. */
const BEFORE = ["link", "click"];

/** What came of it. `receipt` where the answer had one. */
export interface Played {
  well: boolean;
  said: string;
  receipt?: string;
}

/** Makes a test click on a link of `offer`, and posts a sale of it. With a test click it is a test, and never counted. */
export async function playSample(
  env: Env,
  { row, advertiser: slug }: StoredSource,
  { offer, secret }: { offer: string; secret: string },
  change: ChangeStamp,
): Promise<Played> {
  const table = tableOfSource(row);
  const found = await findAdvertiser(env, change.by, slug);
  const known = await readOffer(env, change.by, offer);
  if (!table || !found.ok || !known.ok) return { well: false, said: "Choose one of the advertiser’s offers." };
  const form = new URLSearchParams({ offer });
  for (const name of BEFORE) {
    const step = TEST_STEPS.find(([one]) => one === name)?.[2];
    const said = await step?.({ env, advertiser: found.value.row, form, change });
    if (said?.state !== "done") return { well: false, said: `${said?.said ?? ""} Try again in a minute.` };
    for (const [learnt, text] of Object.entries(said.learnt ?? {})) form.set(learnt, text);
  }
  const order = {
    clickId: form.get("click_id") ?? "",
    txid: String(change.atMs),
    currency: known.value.currency,
    nowMs: change.atMs,
  };
  const sample = sampleSale(row.source, order);
  if (!sample) return { well: false, said: "There is no sample of rules of your own: let the platform send its test." };
  const stamp = { nowMs: change.atMs, iv: new Uint8Array(randomBytes(IV_BYTES)) };
  const signed = signSource(table.proof, secret, sample.body, stamp);
  return post(`${env.POSTBACK_ORIGIN}/p/${slug}/${row.path}${signed.query}`, {
    body: signed.body,
    headers: { ...sample.headers, ...signed.headers },
  });
}

async function post(
  url: string,
  { body, headers }: { body: string; headers: Record<string, string> },
): Promise<Played> {
  try {
    const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    const answer = await fetch(url, { method: "POST", body, headers, redirect: "manual", signal });
    const text = await answer.text();
    const [, receipt] = /"receipt":"(\w{26})"/.exec(text) ?? [];
    const said = `${answer.status} ${text.slice(0, 500)}`;
    return { well: answer.status === 200, said, ...(receipt === undefined ? {} : { receipt }) };
  } catch (error) {
    console.warn({ event: "test_unanswered", error: String(error) });
    return { well: false, said: "Nobody answered: is the postback worker deployed?" };
  }
}
