/** The clicks of a day as signals count them: sums out of the rollup, and of a sample which sub-ids they had. */
import { type ClickCounts, frequentSubs, noClicks } from "../../core/signals/counted-clicks.ts";
import { shortHash } from "../../core/signals/short-hash.ts";
import { DAY_MS, HOUR_MS } from "../../core/time-units.ts";
import { readClicks } from "../click-log/read-clicks.ts";
import type { ClickLogEnv } from "../click-log/stretches.ts";

const DAY_HOURS = 24;
const DAY_QUARTERS = 96;
/** So many clicks of a day are looked at one by one, more or less. */
const SAMPLED_CLICKS = 20_000;

export interface ClicksOfDay {
  clicks: AffiliateClicks[];
  /** False where the log could not be read: it is to be tried again. */
  isWhole: boolean;
}

interface AffiliateClicks {
  offer: number;
  affiliate: number;
  counts: ClickCounts;
}

interface SumRow {
  offer: number;
  affiliate: number;
  clicks: number;
  uniques: number;
  bots: number;
}

const SUMS = `
  SELECT offer, affiliate, sum(clicks) AS clicks, sum(uniques) AS uniques, sum(bots) AS bots FROM click_spans
  WHERE unit = ?1 AND start >= ?2 AND start < ?3 AND test = 0 GROUP BY offer, affiliate`;
const SEALED = "SELECT until FROM sealed_click_spans WHERE unit = 'day'";

/** Those of a UTC day as far as they are added up; sampled where the day is over. */
export async function readClicksOfDay(env: ClickLogEnv, day: number, nowMs: number): Promise<ClicksOfDay> {
  const sealed = (await env.DB.prepare(SEALED).first<number>("until")) ?? 0;
  const from = day * DAY_QUARTERS;
  const unit = sealed >= from + DAY_QUARTERS ? "day" : "hour";
  const { results } = await env.DB.prepare(SUMS)
    .bind(unit, from, from + DAY_QUARTERS)
    .all<SumRow>();
  const sums = new Map(
    results.map(({ offer, affiliate, ...sum }): [string, AffiliateClicks] => [
      nameOf(offer, affiliate),
      { offer, affiliate, counts: { ...noClicks(), ...sum } },
    ]),
  );
  const all = results.reduce((total, { clicks }) => total + clicks, 0);
  const isOver = all > 0 && (day + 1) * DAY_MS <= nowMs;
  const isWhole = !isOver || (await sample(env, { day, all, sums, nowMs }));
  return { clicks: [...sums.values()], isWhole };
}

interface Sampling {
  day: number;
  all: number;
  sums: ReadonlyMap<string, AffiliateClicks>;
  nowMs: number;
}

/** Hours that lie evenly in the day, as many as hold about enough clicks. False where the log cannot be read, which is then as one without clicks. */
async function sample(env: ClickLogEnv, { day, all, sums, nowMs }: Sampling): Promise<boolean> {
  const hours = Math.min(DAY_HOURS, Math.ceil(SAMPLED_CLICKS / (all / DAY_HOURS)));
  const spans =
    hours === DAY_HOURS
      ? [{ fromMs: day * DAY_MS, toMs: (day + 1) * DAY_MS }]
      : Array.from({ length: hours }, (_, place) => {
          const hour = Math.floor(((place + 0.5) * DAY_HOURS) / hours);
          return { fromMs: day * DAY_MS + hour * HOUR_MS, toMs: day * DAY_MS + (hour + 1) * HOUR_MS };
        });
  try {
    for (const span of spans) await sampleSpan(env, span, sums, nowMs);
  } catch (error) {
    console.error({ event: "clicks_not_sampled", day, error: String(error) });
    return false;
  }
  for (const { counts } of sums.values()) Object.assign(counts, frequentSubs(counts));
  return true;
}

async function sampleSpan(
  env: ClickLogEnv,
  span: { fromMs: number; toMs: number },
  sums: Sampling["sums"],
  nowMs: number,
): Promise<void> {
  const facts = ["offer", "affiliate", "sub1", "kind", "test"];
  let looked = 0;
  for await (const block of readClicks(env, { ...span, facts, after: null }, nowMs)) {
    const [offer, affiliate, sub, kind, test] = facts.map((name) => block.column(name));
    for (let place = 0; place < block.count; place++) {
      if (test?.(place) === 1 || kind?.(place) === "bot") continue;
      const own = sums.get(nameOf(Number(offer?.(place)), Number(affiliate?.(place))));
      if (!own) continue;
      own.counts.sampled += 1;
      const text = sub?.(place);
      if (typeof text === "string" && text !== "") {
        const name = shortHash(text);
        own.counts.subs[name] = (own.counts.subs[name] ?? 0) + 1;
      }
    }
    looked += block.count;
    // A busy hour is not read to its end.
    if (looked > SAMPLED_CLICKS) return;
  }
}

function nameOf(offer: number, affiliate: number): string {
  return `${offer} ${affiliate}`;
}
