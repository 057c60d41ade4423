/** What is found of what operators have to renew: tokens that expire, and rates that nobody has brought for a while. */
import { formatInstant } from "../../core/instant.ts";
import { DAY_MS } from "../../core/time-units.ts";
import type { Env } from "../env.ts";
import type { Finding } from "./findings.ts";

/** Time enough to hand out another one. */
export const TOKENS_AHEAD_MS = 14 * DAY_MS;
/** The European Central Bank publishes none on weekends and holidays, of which Easter has the longest: five days. */
export const RATES_STALE_MS = 7 * DAY_MS;
/** So many are named. */
const MOST_NAMED = 5;

interface ExpiringToken {
  name: string;
  at: number;
}

const EXPIRING =
  "SELECT name, expires_at AS at FROM tokens WHERE expires_at > ? AND expires_at <= ? AND revoked_at IS NULL ORDER BY expires_at LIMIT ?";
const NEWEST = "SELECT max(day) AS day FROM rates";

export async function findOfUpkeep({ DB }: Pick<Env, "DB">, nowMs: number): Promise<Finding[]> {
  const [tokens, newest] = await Promise.all([
    DB.prepare(EXPIRING)
      .bind(nowMs, nowMs + TOKENS_AHEAD_MS, MOST_NAMED + 1)
      .all<ExpiringToken>(),
    DB.prepare(NEWEST).first<{ day: string | null }>(),
  ]);
  return [tokensFinding(tokens.results, nowMs), ratesFinding(newest?.day ?? null, nowMs)];
}

/** Tokens that expire soon, the next first. */
export function tokensFinding(tokens: readonly ExpiringToken[], nowMs: number): Finding {
  const [first] = tokens;
  const named = tokens.slice(0, MOST_NAMED).map(({ name, at }) => `${name} on ${dayOf(at)}`);
  const more = tokens.length > MOST_NAMED ? ", and more" : "";
  return {
    rule: "token_expires",
    subject: "",
    sinceMs: first ? first.at - TOKENS_AHEAD_MS : nowMs,
    path: "/tokens",
    judgement: first
      ? { state: "wrong", said: `${named.join(", ")}${more}. Make another token, hand it out, and revoke the old one.` }
      : { state: "calm" },
  };
}

/** `newest` is the last day of which there is a rate; null where there never was one, and no sale is converted. */
export function ratesFinding(newest: string | null, nowMs: number): Finding {
  const staleMs = newest === null ? null : Date.parse(newest) + RATES_STALE_MS;
  const isStale = staleMs !== null && staleMs <= nowMs;
  const days = newest === null ? 0 : Math.floor((nowMs - Date.parse(newest)) / DAY_MS);
  return {
    rule: "rates_stale",
    subject: "",
    sinceMs: isStale ? staleMs : nowMs,
    path: "/rates",
    judgement: isStale
      ? {
          state: "wrong",
          said: `The newest rates are of ${newest}, ${days} days ago, and sales in other currencies are booked at them. Import newer ones, or look why they are not fetched.`,
        }
      : { state: "calm" },
  };
}

function dayOf(ms: number): string {
  return formatInstant(ms).slice(0, 10);
}
