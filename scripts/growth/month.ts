/** The month that lies behind a grown system, and how its clicks and conversions are spread over it; as SQL over a number `i` of rows. */

/** In it Europe changes its clocks. */
export const MONTH = "2026-10";
export const FROM = `${MONTH}-01`;
export const TO = "2026-11-01";
export const FROM_MS = Date.parse(FROM);
export const TO_MS = Date.parse(TO);
export const DAYS = (TO_MS - FROM_MS) / 86_400_000;

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

/** Numbers that look drawn, below 2³², the same for the same row. */
export function mixedSql(factor: number): string {
  return `((i + 1) * ${factor} % 4294967296)`;
}

export const COUNTRY_SQL = `substr('DEDEDEUSUSFRGBPLESIT', 1 + 2 * ((${mixedSql(2_246_822_519)} >> 7) % 10), 2)`;
export const DEVICE_SQL = `iif((${mixedSql(3_266_489_917)} >> 9) % 10 < 6, 'mobile', iif((${mixedSql(3_266_489_917)} >> 9) % 10 < 9, 'desktop', 'tablet'))`;
