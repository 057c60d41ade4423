/** Decimals of any size, exact: money of a webhook is added, shared and moved by these, and never passes through a float. */

/** units ÷ 10^scale. */
export interface Decimal {
  units: bigint;
  scale: number;
}

const NUMBER = /^([+-]?)(\d{1,30})(?:\.(\d{0,30}))?(?:[eE]([+-]?\d{1,2}))?$/;
/** Digits that a share keeps, far more than money has. */
const SHARE_DIGITS = 18;
export const NOTHING: Decimal = { units: 0n, scale: 0 };

/** Reads `12`, `-12.50`, `1.5e-7`; null for everything else. */
export function parseDecimal(text: string): Decimal | null {
  const match = NUMBER.exec(text);
  if (!match) return null;
  const [, sign, whole = "", decimals = "", exponent = "0"] = match;
  const units = BigInt(whole + decimals) * (sign === "-" ? -1n : 1n);
  return moved({ units, scale: decimals.length }, Number(exponent));
}

/** value × 10^places. */
export function moved({ units, scale }: Decimal, places: number): Decimal {
  const next = scale - places;
  return next >= 0 ? { units, scale: next } : { units: units * 10n ** BigInt(-next), scale: 0 };
}

export function plus(left: Decimal, right: Decimal): Decimal {
  const scale = Math.max(left.scale, right.scale);
  return { units: unitsAt(left, scale) + unitsAt(right, scale), scale };
}

export function negative({ units, scale }: Decimal): Decimal {
  return { units: -units, scale };
}

/** How much it is, without its sign. */
export function magnitude(value: Decimal): Decimal {
  return isNegative(value) ? negative(value) : value;
}

export function times(left: Decimal, right: Decimal): Decimal {
  return { units: left.units * right.units, scale: left.scale + right.scale };
}

/** value × part ÷ whole, cut behind many digits; null where the whole is nothing. */
export function shareOf(value: Decimal, part: Decimal, whole: Decimal): Decimal | null {
  if (whole.units === 0n) return null;
  const product = times(value, part);
  const shift = 10n ** BigInt(SHARE_DIGITS + whole.scale);
  return { units: (product.units * shift) / whole.units, scale: product.scale + SHARE_DIGITS };
}

export function isZero({ units }: Decimal): boolean {
  return units === 0n;
}

/** True for what is less than nothing. */
export function isNegative({ units }: Decimal): boolean {
  return units < 0n;
}

/** As a postback's amount is written, without its sign: at most `digits` decimals, rounded half away from zero. */
export function writeDecimal({ units, scale }: Decimal, digits: number): string {
  const magnitude = units < 0n ? -units : units;
  const rounded =
    scale <= digits ? magnitude * 10n ** BigInt(digits - scale) : halfUp(magnitude, 10n ** BigInt(scale - digits));
  const text = rounded.toString().padStart(digits + 1, "0");
  if (digits === 0) return text;
  const decimals = text.slice(-digits).replace(/0+$/, "");
  const whole = text.slice(0, -digits);
  return decimals === "" ? whole : `${whole}.${decimals}`;
}

function halfUp(value: bigint, divisor: bigint): bigint {
  return (2n * value + divisor) / (2n * divisor);
}

function unitsAt({ units, scale }: Decimal, at: number): bigint {
  return units * 10n ** BigInt(at - scale);
}
