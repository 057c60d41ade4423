/** What is found of destinations, every minute: receivers that fail, those that are off, and deliveries whose deadline has passed, as the courier says. */
import type { DestinationTrouble } from "../../core/courier/courier-calls.ts";
import { formatInstant } from "../../core/instant.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import { askCourier } from "../destinations/ask-courier.ts";
import { isRelayName } from "../destinations/relays.ts";
import type { Env } from "../env.ts";
import type { Finding } from "./findings.ts";
import type { Judgement, RuleName } from "./rules.ts";

/** After so long without another one that came too late it is over. */
const LATE_FOR_MS = HOUR_MS;
const RULES_OF_DESTINATIONS = ["destination_failing", "destination_off", "deliveries_expired"] as const;

/** Old trackers, to which unknown clicks' postbacks are relayed, have numbers below nothing. */
const NAMED = `
  SELECT number, slug FROM destinations WHERE number IN (SELECT value FROM json_each(?1))
  UNION ALL SELECT -number, 'tracker:' || slug FROM trackers WHERE number IN (SELECT -value FROM json_each(?1))`;
const OPEN = "SELECT rule, subject FROM alerts WHERE closed_at IS NULL AND rule IN (SELECT value FROM json_each(?1))";

/** Nothing where the courier is away: what is open stays open. */
export async function findOfDestinations(env: Pick<Env, "DB" | "COURIER_CALLS">, nowMs: number): Promise<Finding[]> {
  const troubles = await askCourier(env, (courier) => courier.troubles(nowMs - LATE_FOR_MS));
  return troubles.ok ? findingsIn(env.DB, troubles.value, nowMs) : [];
}

/** What these troubles come to, by name; and that what is open and in no trouble any more is calm. */
export async function findingsIn(
  db: D1Database,
  troubles: readonly DestinationTrouble[],
  nowMs: number,
): Promise<Finding[]> {
  const numbers = JSON.stringify(troubles.map(({ destination }) => destination));
  const [named, open] = await Promise.all([
    db.prepare(NAMED).bind(numbers).all<{ number: number; slug: string }>(),
    db.prepare(OPEN).bind(JSON.stringify(RULES_OF_DESTINATIONS)).all<{ rule: RuleName; subject: string }>(),
  ]);
  const slugs = new Map(named.results.map(({ number, slug }) => [number, slug]));
  const found = troubles.flatMap((trouble) => {
    const slug = slugs.get(trouble.destination);
    return slug === undefined ? [] : findingsOf(slug, trouble);
  });
  const places = new Set(found.map(({ rule, subject }) => `${rule}/${subject}`));
  const calm = open.results
    .filter(({ rule, subject }) => !places.has(`${rule}/${subject}`))
    .map(({ rule, subject }) => finding(rule, subject, nowMs, { state: "calm" }));
  return [...found, ...calm];
}

function findingsOf(slug: string, { gate, sinceMs, failures, waiting, late, lateAtMs }: DestinationTrouble): Finding[] {
  const wait = `${waiting} ${waiting === 1 ? "delivery waits" : "deliveries wait"}`;
  const failing: Judgement =
    gate === "failing"
      ? { state: "wrong", said: `Its receiver fails (${failures} in a row): only single deliveries probe it, ${wait}.` }
      : // One that is off was failing, and is told as what it is now.
        { state: gate === "off" ? "unknown" : "calm" };
  const off: Judgement =
    gate === "off"
      ? { state: "wrong", said: `Nothing goes there until somebody turns it on: ${wait}.` }
      : { state: "calm" };
  const expired: Judgement =
    lateAtMs === null
      ? { state: "calm" }
      : {
          state: "wrong",
          said: `Its deadline had passed for ${late} deliveries in all, the last at ${formatInstant(lateAtMs).slice(0, 16).replace("T", " ")} UTC: they were not sent.`,
        };
  return [
    finding("destination_failing", slug, sinceMs, failing),
    finding("destination_off", slug, sinceMs, off),
    finding("deliveries_expired", slug, lateAtMs ?? sinceMs, expired),
  ];
}

function finding(rule: RuleName, subject: string, sinceMs: number, judgement: Judgement): Finding {
  if (isRelayName(subject)) {
    const path = `/deliveries?destination=${encodeURIComponent(subject)}`;
    return { rule, subject, sinceMs, path, judgement };
  }
  const log = rule === "deliveries_expired" ? "?status=expired" : "";
  return { rule, subject, sinceMs, path: `/destinations/${encodeURIComponent(subject)}${log}`, judgement };
}
