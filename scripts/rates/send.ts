/** Sends rates to the console, a call for some thousands, and adds up what became of them. */
import type { DayRate } from "../../workers/core/rates/rate.ts";
import { type ConsoleFetch, callConsole, recordsIn, textOf } from "../console-api.ts";

const RATES_A_CALL = 2_000;

/** `replaced` and `kept` as lines: which rate, what was known, what was sent. */
export interface SentRates {
  added: number;
  same: number;
  replaced: string[];
  kept: string[];
}

export async function sendRates(
  fetchConsole: ConsoleFetch,
  rates: readonly DayRate[],
  replace: boolean,
): Promise<SentRates> {
  const told: SentRates = { added: 0, same: 0, replaced: [], kept: [] };
  for (let start = 0; start < rates.length; start += RATES_A_CALL) {
    const piece = rates.slice(start, start + RATES_A_CALL);
    const body = {
      source: "ecb",
      replace,
      rates: piece.map(({ currency, day, perEuro }) => ({ currency, day, rate: perEuro })),
    };
    const { added, same, replaced, kept } = await callConsole(fetchConsole, {
      method: "PUT",
      path: "/api/rates",
      body,
    });
    told.added += Number(added);
    told.same += Number(same);
    told.replaced.push(...recordsIn(replaced).map(lineOf));
    told.kept.push(...recordsIn(kept).map(lineOf));
  }
  return told;
}

function lineOf({ currency, day, known, sent }: Record<string, unknown>): string {
  return `${textOf(currency)} of ${textOf(day)}: ${textOf(known)} is known, ${textOf(sent)} was sent`;
}
