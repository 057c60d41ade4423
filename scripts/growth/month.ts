/** The month that lies behind a grown system, and how its clicks and conversions are spread over it; as SQL over a number `i` of rows. */

import { DAY_MS } from "../../workers/core/time-units.ts";
import { drawnSql } from "../programme/drawn-sql.ts";

/** In it Europe changes its clocks. */
const MONTH = "2026-10";
export const FROM = `${MONTH}-01`;
export const TO = "2026-11-01";
export const FROM_MS = Date.parse(FROM);
export const TO_MS = Date.parse(TO);
export const DAYS = (TO_MS - FROM_MS) / DAY_MS;

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const BITS = 5;

/** Row `i` of `total`, evenly over the month, in Unix milliseconds. */
export function timeSql(total: number): string {
  return `${FROM_MS} + i * ${TO_MS - FROM_MS} / ${total}`;
}

/** A whole number's lowest bits as so many characters of Crockford's base32. */
export function base32Sql(number: string, characters: number): string {
  return Array.from({ length: characters }, (_, index) => {
    const shift = BITS * (characters - 1 - index);
    return `substr('${ALPHABET}', 1 + ((${number}) >> ${shift} & 31), 1)`;
  }).join(" || ");
}

export const COUNTRY_SQL = `substr('DEDEDEUSUSFRGBPLESIT', 1 + 2 * ((${drawnSql(2_246_822_519)} >> 7) % 10), 2)`;
export const DEVICE_SQL = `iif((${drawnSql(3_266_489_917)} >> 9) % 10 < 6, 'mobile', iif((${drawnSql(3_266_489_917)} >> 9) % 10 < 9, 'desktop', 'tablet'))`;
