/** What a character leaves in 28 days on an offer: conversions, claims and clicks, as signals look at them. */

import { WINDOW_DAYS } from "../../workers/core/signals/activity.ts";
import { type ClickCounts, noClicks } from "../../workers/core/signals/counted-clicks.ts";
import type { SignalClaim, SignalRow } from "../../workers/core/signals/signal-row.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../workers/core/time-units.ts";
import type { Random } from "../random.ts";
import type { Character } from "./characters.ts";
import { around, isDrawn, normal, weighted } from "./draws.ts";

const EVENT = "sale";
/** Conversions are decided by and by. */
const DECIDED_AFTER_DAYS = 5;
const CLOCK_MS = 37 * MINUTE_MS;
const CROWD = 9;
/** Orders that come between two of a shop's, and how far ahead one is that is made up. */
const ORDERS_AN_HOUR = 400;
const FAR_AHEAD = 400_000;

export interface Place {
  affiliate: number;
  /** One of the others, whose coupons and orders are taken. */
  other: number;
  offer: number;
  /** When the window begins. */
  fromMs: number;
}

export interface DrawnAffiliate {
  rows: SignalRow[];
  claims: SignalClaim[];
  /** By day of the window. */
  clicks: ClickCounts[];
}

export function drawAffiliate(character: Character, place: Place, random: Random): DrawnAffiliate {
  const times = occurrences(character, place, random);
  const rows = times.map((occurredAtMs, index) => drawRow(character, place, { occurredAtMs, index }, random));
  if (character.planted === "clockwork") wind(rows, place);
  const claims = rows
    .filter(() => isDrawn(random, character.claimsEach))
    .map((row) => drawClaim(character, row, random));
  return { rows, claims, clicks: drawClicks(character, random) };
}

function occurrences(character: Character, { fromMs }: Place, random: Random): number[] {
  const { conversions, clicksLater, rateLater, broadcasts, planted } = character;
  const later = clicksLater * rateLater;
  const half = WINDOW_DAYS / 2;
  const times: number[] = [];
  while (times.length < conversions) {
    const day = random.whole(0, WINDOW_DAYS - 1);
    // Later days have fewer where less comes then, and the others where more does.
    if (!isDrawn(random, day < half ? Math.min(1, 1 / later) : Math.min(1, later))) continue;
    const startMs = fromMs + day * DAY_MS;
    if (planted === "bursts" && isDrawn(random, 0.4)) {
      const minuteMs = startMs + random.whole(0, 1_439) * MINUTE_MS;
      for (let count = 0; count < CROWD; count++) times.push(minuteMs + random.whole(0, 59_999));
    } else if (broadcasts > 0 && day % 7 === 2 && isDrawn(random, broadcasts))
      times.push(startMs + 9 * HOUR_MS + (Math.floor(Math.abs(normal(random)) * 3 * HOUR_MS) % (14 * HOUR_MS)));
    else times.push(startMs + Math.floor(hourOfDay(random) * HOUR_MS));
  }
  return times.sort((left, right) => left - right);
}

/** Few at night, many in the evening. */
function hourOfDay(random: Random): number {
  for (;;) {
    const hour = random.next() * 24;
    if (isDrawn(random, 0.15 + 0.85 * Math.sin((Math.max(0, hour - 5) / 19) * Math.PI))) return hour;
  }
}

interface Occurrence {
  occurredAtMs: number;
  index: number;
}

function drawRow(character: Character, place: Place, { occurredAtMs, index }: Occurrence, random: Random): SignalRow {
  const { affiliate, other, offer, fromMs } = place;
  const [device = null, os = null, browser = null] = weighted(random, character.setups).split("/");
  const isCouponed = isDrawn(random, character.othersCoupon);
  return {
    id: `${String(occurredAtMs)}-${affiliate}-${index}`,
    affiliate,
    offer,
    event: EVENT,
    orderSpace: `a${offer}`,
    status: drawStatus(character, (occurredAtMs - fromMs) / DAY_MS, random),
    isByClick: true,
    clickedAtMs: occurredAtMs - drawWaitMs(character, random),
    occurredAtMs,
    txid: drawOrder(character, occurredAtMs - fromMs, random),
    beside: isDrawn(random, character.manyOrders) ? 3 : isDrawn(random, 0.05) ? 1 : 0,
    device,
    os,
    browser,
    sub: weighted(
      random,
      character.subs.map(({ name, clicks, times }) => [name, clicks * times] as const),
    ),
    isFromShop: isDrawn(random, character.fromShop),
    customer: isDrawn(random, character.returning) ? "returning" : "new",
    couponOwner: isCouponed ? other : isDrawn(random, character.ownCoupon) ? affiliate : null,
  };
}

function drawWaitMs({ planted, waitS }: Character, random: Random): number {
  if (planted === "click_flooding") return Math.floor(random.next() * 14 * DAY_MS);
  if (planted === "too_fast" && isDrawn(random, 0.6)) return random.whole(500, 7_000);
  return Math.floor(Math.min(around(random, waitS, 1.8), 30 * 86_400) * 1_000);
}

function drawStatus({ rejected, reversed, planted }: Character, day: number, random: Random): SignalRow["status"] {
  if (isDrawn(random, (day - WINDOW_DAYS + DECIDED_AFTER_DAYS) / DECIDED_AFTER_DAYS)) return "pending";
  const isShaved = planted === "shaved_approvals" && day >= WINDOW_DAYS / 2;
  if (isDrawn(random, isShaved ? 0.6 : rejected)) return "rejected";
  return isDrawn(random, reversed) ? "reversed" : "approved";
}

function drawOrder({ planted }: Character, sinceMs: number, random: Random): string {
  const number = 100_000 + Math.floor((sinceMs / HOUR_MS) * ORDERS_AN_HOUR) + random.whole(0, ORDERS_AN_HOUR / 10);
  const isAhead = planted === "orders_ahead" && isDrawn(random, 0.4);
  return `W-${isAhead ? number + random.whole(FAR_AHEAD, 2 * FAR_AHEAD) : number}`;
}

/** The clicks of a day come as even as a clock. */
function wind(rows: readonly SignalRow[], { fromMs }: Place): void {
  for (const ofDay of Map.groupBy(rows, ({ occurredAtMs }) => Math.floor((occurredAtMs - fromMs) / DAY_MS)).values())
    for (const [index, row] of ofDay.entries()) {
      const startMs = (ofDay[0]?.occurredAtMs ?? 0) + index * CLOCK_MS;
      row.clickedAtMs = startMs - 20 * MINUTE_MS;
    }
}

function drawClaim(character: Character, row: SignalRow, random: Random): SignalClaim {
  return {
    receipt: `claim-${row.id}`,
    affiliate: row.affiliate,
    offer: row.offer,
    event: row.event,
    state: isDrawn(random, character.unconfirmed) ? "open" : isDrawn(random, 0.5) ? "replaced" : "confirmed",
    receivedAtMs: row.occurredAtMs,
    hasOrder: true,
    isDisputed: isDrawn(random, character.disputed),
  };
}

function drawClicks(character: Character, random: Random): ClickCounts[] {
  const { conversions, clicksEach, clicksLater, uniques, bots, subs } = character;
  const weights = subs.map(({ name, clicks }) => [name, clicks] as const);
  const all = weights.reduce((sum, [, weight]) => sum + weight, 0);
  return Array.from({ length: WINDOW_DAYS }, (_, day) => {
    const share = (day < WINDOW_DAYS / 2 ? 1 : clicksLater) * around(random, 1, 0.1);
    const clicks = Math.round((conversions * clicksEach * share) / WINDOW_DAYS);
    const sampled = Math.min(clicks, 300);
    const counts: ClickCounts = {
      ...noClicks(),
      clicks,
      uniques: Math.round(clicks * uniques),
      bots: Math.round((clicks * bots) / (1 - bots)),
      sampled,
    };
    for (const [name, weight] of weights) {
      const expected = (sampled * weight) / all;
      counts.subs[name] = Math.max(0, Math.round(expected + normal(random) * Math.sqrt(expected)));
    }
    return counts;
  });
}
