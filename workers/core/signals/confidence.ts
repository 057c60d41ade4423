/** Bounds of what was counted: between which a share, or a count, may truly lie. Few cases give wide bounds, so that nobody is suspected of three clicks. */

/** Standard deviations: beyond them lies one case in a thousand on each side. */
const Z = 3;

export interface Bounds {
  low: number;
  high: number;
}

/** Of a share, after E. B. Wilson, Journal of the American Statistical Association 22 (1927) 209–212. Of nothing, all is possible. */
export function wilson(part: number, whole: number): Bounds {
  if (whole <= 0) return { low: 0, high: 1 };
  const share = Math.min(1, part / whole);
  const middle = share + Z ** 2 / (2 * whole);
  const reach = Z * Math.sqrt((share * (1 - share)) / whole + Z ** 2 / (4 * whole ** 2));
  const scale = 1 + Z ** 2 / whole;
  return { low: Math.max(0, (middle - reach) / scale), high: Math.min(1, (middle + reach) / scale) };
}

/** Of a count that comes by chance (Poisson), by Byar's approximation: N. E. Breslow and N. E. Day, Statistical Methods in Cancer Research II (1987), section 2.3. */
export function poisson(count: number): Bounds {
  const next = count + 1;
  return {
    low: count === 0 ? 0 : count * Math.max(0, 1 - 1 / (9 * count) - Z / (3 * Math.sqrt(count))) ** 3,
    high: next * (1 - 1 / (9 * next) + Z / (3 * Math.sqrt(next))) ** 3,
  };
}

/** Something that was counted, with its bounds. */
export interface Estimate extends Bounds {
  value: number;
}

export function shareOf(part: number, whole: number): Estimate {
  return { value: whole <= 0 ? 0 : part / whole, ...wilson(part, whole) };
}

/** So many on so much. */
export function rateOf(count: number, of: number): Estimate {
  const { low, high } = poisson(count);
  return { value: count / of, low: low / of, high: high / of };
}

/** True where `now` is below this part of `before`, for all that chance does to both: by the square-and-add method of R. G. Newcombe, Statistics in Medicine 17 (1998) 873–890. */
export function isBelow(now: Estimate, before: Estimate, part: number): boolean {
  const difference = part * before.value - now.value;
  return difference > Math.hypot(part * (before.value - before.low), now.high - now.value);
}
