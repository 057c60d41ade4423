/**
 * Fetches the bank's rates, where the operator has set an address for that (`RATES_URL`). It is the one address but Access's that the console asks, and nobody's but the
 * operator's word: what affiliates and advertisers write is asked by the courier alone.
 */
import { readBody } from "../../core/bounded-body.ts";
import { readEcbRates } from "../../core/rates/ecb-xml.ts";
import { utcDay } from "../../core/rates/rate.ts";
import { withinTime } from "../../core/time-limit.ts";
import { MINUTE_MS } from "../../core/time-units.ts";
import type { Env } from "../env.ts";
import { setRates } from "./set-rates.ts";

/** Once an hour, since the bank may be late; in between there is nothing new. */
const EVERY_MINUTES = 60;
const AT_MINUTE = 23;
const LIMIT_MS = 15_000;
/** The last ninety days are a tenth of it. All days since 1999 are imported by `npm run rates`. */
const LIMIT_BYTES = 1_048_576;
const CRON = { name: "cron", role: "console" } as const;

/** What the round needs of the world. */
interface FetchParts {
  env: Pick<Env, "DB" | "RATES_URL">;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  nowMs: number;
}

/** One minute of the cron: nothing but once an hour. Throws where the rates cannot be had. */
export async function fetchDueRates({ env, fetch, nowMs }: FetchParts): Promise<void> {
  if (env.RATES_URL === "" || Math.floor(nowMs / MINUTE_MS) % EVERY_MINUTES !== AT_MINUTE) return;
  const read = readEcbRates(await fetchText(env.RATES_URL, fetch));
  if (!read.ok) throw new Error(`the rates at RATES_URL cannot be read: ${read.refusal}`);
  const today = utcDay(nowMs);
  const rates = read.value
    .filter(({ day }) => day <= today)
    .map(({ currency, day, perEuro }) => ({ currency, day, rate: perEuro }));
  if (rates.length === 0) return;
  const input = { source: "ecb", note: "", replace: false, rates } as const;
  const set = await setRates(env, { ...input, rates }, { by: CRON, atMs: nowMs });
  if (!set.ok) throw new Error(`the rates at RATES_URL cannot be set: ${set.refusal.detail}`);
  const { added, kept } = set.value;
  if (added > 0 || kept.length > 0) console.log({ event: "rates", added, kept: kept.length });
}

async function fetchText(url: string, fetch: FetchParts["fetch"]): Promise<string> {
  if (!url.startsWith("https://")) throw new Error("RATES_URL must begin with https://");
  const answer = await withinTime(fetch(url, { redirect: "manual" }), LIMIT_MS, globalThis);
  if (answer.status !== 200) throw new Error(`RATES_URL answered ${answer.status}`);
  const { body, bodyFault } = await readBody(answer, LIMIT_BYTES);
  if (bodyFault) throw new Error(`what RATES_URL answered is ${bodyFault}`);
  return new TextDecoder().decode(body);
}
