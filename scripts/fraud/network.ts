/** A made-up network: honest affiliates on several offers, and on each offer some in which fraud is planted, every kind once; and what the signals say of it. */

import { type Activity, type ActivityDay, activitiesOf, WINDOW_DAYS } from "../../workers/core/signals/activity.ts";
import { judgeOffer, type Suspicion } from "../../workers/core/signals/judge-offer.ts";
import { settingsOf } from "../../workers/core/signals/offer-settings.ts";
import type { SignalClaim, SignalRow } from "../../workers/core/signals/signal-row.ts";
import { SIGNAL_NAMES, type SignalName } from "../../workers/core/signals/signals.ts";
import { sumDay } from "../../workers/core/signals/sum-day.ts";
import { DAY_MS } from "../../workers/core/time-units.ts";
import { type Random, seededRandom } from "../random.ts";
import { type Character, honest, planted } from "./characters.ts";
import { type DrawnAffiliate, drawAffiliate } from "./draw-rows.ts";

const HONEST = 200;
/** Of honest affiliates less than this share may be accused. */
export const MOST_ACCUSED = 0.02;
const OFFERS = 4;
/** A Monday, so that all seeds have the same weeks. */
const FIRST_DAY = Date.UTC(2026, 9, 5) / DAY_MS;
const TODAY = FIRST_DAY + WINDOW_DAYS - 1;
/** When the last day of the network is over. */
export const ENDS_MS = (TODAY + 1) * DAY_MS;

export interface Member extends DrawnAffiliate {
  affiliate: number;
  offer: number;
  planted: SignalName | null;
}

export function drawNetwork(seed: number, affiliates = HONEST): Member[] {
  const random = seededRandom(seed);
  const characters: Character[] = [
    ...Array.from({ length: affiliates }, () => honest(random)),
    ...SIGNAL_NAMES.map((name) => planted(name, random)),
  ];
  return characters.map((character, index) => drawMember(character, index, affiliates, random));
}

function drawMember(character: Character, index: number, affiliates: number, random: Random): Member {
  const place = {
    affiliate: index + 1,
    other: 1 + ((index + OFFERS) % affiliates),
    offer: 1 + (index % OFFERS),
    fromMs: FIRST_DAY * DAY_MS,
  };
  return { ...place, planted: character.planted, ...drawAffiliate(character, place, random) };
}

/** What the signals say of the network, offer by offer, summed day by day as the console does. */
export function judgeNetwork(members: readonly Member[]): Suspicion[] {
  const settings = settingsOf([], null);
  const rows = Map.groupBy(
    members.flatMap((member) => member.rows),
    ({ occurredAtMs }: SignalRow) => Math.floor(occurredAtMs / DAY_MS),
  );
  const claims = Map.groupBy(
    members.flatMap((member) => member.claims),
    ({ receivedAtMs }: SignalClaim) => Math.floor(receivedAtMs / DAY_MS),
  );
  const days = Array.from({ length: WINDOW_DAYS }, (_, index) => FIRST_DAY + index).flatMap((day) =>
    sumDay({ rows: rows.get(day) ?? [], claims: claims.get(day) ?? [] }, () => settings, ENDS_MS).map((activity) => ({
      ...activity,
      day,
      clicks: null,
    })),
  );
  const clicks = members.flatMap(({ affiliate, offer, clicks: ofDays }) =>
    ofDays.map((counts, index) => ({
      offer,
      affiliate,
      event: "",
      day: FIRST_DAY + index,
      sums: null,
      clicks: counts,
    })),
  );
  const byOffer = Map.groupBy<number, ActivityDay & { offer: number }>([...days, ...clicks], ({ offer }) => offer);
  return [...byOffer.values()].flatMap((own) => judgeOffer(activitiesIn(own), settings));
}

function activitiesIn(days: readonly ActivityDay[]): Activity[] {
  return activitiesOf(days, TODAY);
}

export interface Verdict {
  /** Planted kinds that were not found at the affiliate they were planted in. */
  missed: SignalName[];
  /** Honest affiliates that something was said of, with what. */
  accused: { affiliate: number; signals: SignalName[] }[];
  honest: number;
}

/** What was found of what was planted. */
export function compareNetwork(members: readonly Member[], said: readonly Suspicion[]): Verdict {
  const byAffiliate = Map.groupBy(said, ({ affiliate }) => affiliate);
  const signalsOf = (affiliate: number) => (byAffiliate.get(affiliate) ?? []).map(({ signal }) => signal);
  const honest = members.filter((member) => member.planted === null);
  return {
    missed: members.flatMap(({ affiliate, planted: kind }) =>
      kind === null || signalsOf(affiliate).includes(kind) ? [] : [kind],
    ),
    accused: honest
      .map(({ affiliate }) => ({ affiliate, signals: signalsOf(affiliate) }))
      .filter(({ signals }) => signals.length > 0),
    honest: honest.length,
  };
}
