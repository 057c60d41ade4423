/** Figures as people read them: a value in its unit, digits in groups, decimals rounded for the eye. */
import type { Unit } from "../../core/metrics/definitions.ts";

/** One value of a metric; `currency` is null for what is no money. */
export interface Figure {
  value: string | number;
  currency: string | null;
}

/** A value as people read it: `1,204`, `1,045.04`, `97.3 %`, `5 min`; a unit stays on the line of its number. */
export function figureText({ value }: Figure, unit: Unit): string {
  switch (unit) {
    case "share":
      return `${groupedDecimal((Number(value) * 100).toFixed(1))}\u00a0%`;
    case "seconds":
      return durationText(Number(value));
    case "money":
      return groupedDecimal(rounded(String(value)));
    default:
      return Number(value).toLocaleString("en-US", { maximumFractionDigits: 2 });
  }
}

/** Digits in groups; `-1234.50` → `-1,234.50`. */
export function groupedDecimal(decimal: string): string {
  const [, sign = "", whole = "", rest = ""] = /^(-?)(\d+)(.*)$/.exec(decimal) ?? [];
  return whole === "" ? decimal : `${sign}${whole.replace(/\B(?=(?:\d{3})+$)/g, ",")}${rest}`;
}

const MICROS_OF_CENT = 10_000n;
const HALF_CENT = 5_000n;

/** A decimal to the hundredth, halves away from zero: for the eye; the whole value stands in exports and on a conversion's own page. */
export function rounded(decimal: string): string {
  const match = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(decimal);
  if (!match) return decimal;
  const [, sign = "", whole = "", decimals = ""] = match;
  const cents = (BigInt(whole + decimals.padEnd(6, "0")) + HALF_CENT) / MICROS_OF_CENT;
  const digits = cents.toString().padStart(3, "0");
  return `${cents === 0n ? "" : sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds}\u00a0s`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)}\u00a0min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)}\u00a0h` : `${Math.round(seconds / 86_400)}\u00a0d`;
}
