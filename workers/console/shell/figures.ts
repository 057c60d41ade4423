/** Figures as people read them: a value in its unit, digits in groups; money whole, so that rows add up to their sum. */
import { isAverage, type Unit } from "../../core/metrics/definitions.ts";
import { minorUnitDigits } from "../../core/minor-units.ts";
import { formatMicros, lastDigitMicros, readMicros } from "../../core/money.ts";

/** One value of a metric; `currency` is null for what is no money. */
export interface Figure {
  value: string | number;
  currency: string | null;
}

/** What a figure is of: a metric, or a sum of one. */
export interface Figured {
  name: string;
  unit: Unit;
}

/** A value as people read it: `1,204`, `1,045.04`, `97.3 %`, `5 min`; a unit stays on the line of its number. Money per piece adds up to nothing, and is rounded for the eye. */
export function figureText({ value, currency }: Figure, { name, unit }: Figured): string {
  switch (unit) {
    case "share":
      return `${groupedDecimal((Number(value) * 100).toFixed(1))}\u00a0%`;
    case "seconds":
      return durationText(Number(value));
    case "money":
      return isAverage(name) ? groupedDecimal(rounded(String(value))) : moneyText(String(value), currency);
    default:
      return Number(value).toLocaleString("en-US", { maximumFractionDigits: 2 });
  }
}

/** What stands behind a figure that is rounded for the eye; undefined where nothing does. */
export function titleOf({ name }: Figured, value: unknown): string | undefined {
  return isAverage(name) && typeof value === "string" ? value : undefined;
}

/** Money as people read it: `1234.5` of USD is `1,234.50`, `1500.00` of JPY `1,500`. At least the digits of the currency's minor unit, and never a digit less than there are. */
export function moneyText(decimal: string, currency: string | null): string {
  return groupedDecimal(currency === null ? decimal : formatMicros(readMicros(decimal), minorUnitDigits(currency)));
}

/** Digits in groups; `-1234.50` → `-1,234.50`. */
export function groupedDecimal(decimal: string): string {
  const [, sign = "", whole = "", rest = ""] = /^(-?)(\d+)(.*)$/.exec(decimal) ?? [];
  return whole === "" ? decimal : `${sign}${whole.replace(/\B(?=(?:\d{3})+$)/g, ",")}${rest}`;
}

const EYE_DIGITS = 2;

/** A decimal to the hundredth, halves away from zero. */
export function rounded(decimal: string): string {
  const micros = readMicros(decimal);
  const step = BigInt(lastDigitMicros(EYE_DIGITS));
  const half = micros < 0n ? -step / 2n : step / 2n;
  return formatMicros(((micros + half) / step) * step);
}

function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds}\u00a0s`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)}\u00a0min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)}\u00a0h` : `${Math.round(seconds / 86_400)}\u00a0d`;
}
