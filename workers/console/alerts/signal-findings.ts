/** What is found of fraud signals: each that speaks of an affiliate, and the advertisers that one suspects of shaving. */
import { inWords } from "../../core/signals/found-signal.ts";
import type { Env } from "../env.ts";
import { foundOf, kindOf } from "../signals/signal-view.ts";
import type { Finding } from "./findings.ts";

/** So many of the newest open ones are told: beyond it lies something else than fraud. */
const MOST_TOLD = 500;
/** So many are named in one alert. */
const MOST_NAMED = 3;

export interface SpeakingSignal {
  number: number;
  signal: string;
  affiliate: string;
  offer: string;
  advertiser: string;
  event: string;
  figures: string;
  opened_at: number;
}

const OPEN = `
  SELECT s.number, s.signal, a.slug AS affiliate, o.slug AS offer, d.slug AS advertiser, s.event, s.figures, s.opened_at
  FROM signals AS s INDEXED BY signals_open JOIN affiliates AS a ON a.number = s.affiliate JOIN offers AS o ON o.number = s.offer
  JOIN advertisers AS d ON d.number = o.advertiser WHERE s.closed_at IS NULL ORDER BY s.number DESC LIMIT ${MOST_TOLD}`;

export async function findOfSignals({ DB }: Pick<Env, "DB">): Promise<Finding[]> {
  const { results } = await DB.prepare(OPEN).all<SpeakingSignal>();
  return signalFindings(results);
}

export function signalFindings(open: readonly SpeakingSignal[]): Finding[] {
  const of = (about: "affiliate" | "advertiser") => open.filter(({ signal }) => kindOf(signal).about === about);
  const shaved = Map.groupBy(of("advertiser"), ({ advertiser }) => advertiser);
  return [...of("affiliate").map(findingOf), ...[...shaved].map(([advertiser, own]) => shavingOf(advertiser, own))];
}

function findingOf(signal: SpeakingSignal): Finding {
  const { number, affiliate, opened_at: sinceMs } = signal;
  return {
    rule: "signal_opened",
    subject: `${affiliate}/${number}`,
    sinceMs,
    path: `/signals/${number}`,
    judgement: { state: "wrong", said: `${said(signal)}.` },
  };
}

function shavingOf(advertiser: string, open: readonly SpeakingSignal[]): Finding {
  const named = open.slice(0, MOST_NAMED).map((one) => `${one.affiliate}: ${said(one)}`);
  const more = open.length > MOST_NAMED ? `, and ${open.length - MOST_NAMED} more` : "";
  return {
    rule: "shaving_suspected",
    subject: advertiser,
    sinceMs: Math.min(...open.map(({ opened_at }) => opened_at)),
    path: open.length === 1 ? `/signals/${open[0]?.number}` : "/signals",
    judgement: { state: "wrong", said: `${named.join("; ")}${more}.` },
  };
}

/** A sub-id is what somebody wrote: it stands with the conversions, and in no alert. */
function said(signal: SpeakingSignal): string {
  return `${kindOf(signal.signal).label} on ${signal.offer} (${signal.event}): ${inWords(foundOf(signal, "a sub-id"))}`;
}
