/**
 * Reads the euro foreign exchange reference rates as the European Central Bank publishes them: `eurofxref-daily.xml`, `eurofxref-hist-90d.xml` and `eurofxref-hist.xml`
 * (https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/html/index.en.html). All three are one list of days:
 *
 *     <Cube><Cube time="2026-11-27"><Cube currency="USD" rate="1.0853"/> … </Cube> … </Cube>
 */
import { isDay } from "../instant.ts";
import { accept, type Result, refuse } from "../result.ts";
import { readRate } from "./decimal.ts";
import type { DayRate } from "./rate.ts";

/** A tag of the list, whatever its namespace is called; attributes stand in either quotes. */
const CUBE = /<(?:[\w.-]+:)?Cube\b([^<>]*)>/g;
const ATTRIBUTE = /\b(time|currency|rate)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const CURRENCY = /^[A-Z]{3}$/;

export type EcbRefusal = "no_rates" | "bad_day" | "bad_rate";

/** The rates of all days of the file, as they stand in it. Refuses a file without any, and one with a day or a rate that is none. */
export function readEcbRates(xml: string): Result<DayRate[], EcbRefusal> {
  const rates: DayRate[] = [];
  let day: string | null = null;
  for (const [, text = ""] of xml.matchAll(CUBE)) {
    const { time, currency, rate } = attributesOf(text);
    if (time !== undefined) {
      if (!isDay(time)) return refuse("bad_day");
      day = time;
    }
    if (currency === undefined && rate === undefined) continue;
    const perEuro = readRate(rate ?? "");
    if (day === null) return refuse("bad_day");
    if (perEuro === null || !CURRENCY.test(currency ?? "")) return refuse("bad_rate");
    rates.push({ currency: currency ?? "", day, perEuro });
  }
  return rates.length === 0 ? refuse("no_rates") : accept(rates);
}

function attributesOf(text: string): Partial<Record<string, string>> {
  const found = [...text.matchAll(ATTRIBUTE)].map(([, name = "", double, single]) => [name, double ?? single ?? ""]);
  return Object.fromEntries(found);
}
