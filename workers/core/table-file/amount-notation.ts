/** Amounts as spreadsheets write them. Which mark is the decimal one is judged of a column as a whole, and never guessed. */
import { MAX_AMOUNT_MICROS } from "../money.ts";
import { currenciesOf } from "./currency-signs.ts";

export const DECIMAL_MARKS = [".", ","] as const;
export type DecimalMark = (typeof DECIMAL_MARKS)[number];

/** `unreadable_amount`: no amount, or not in the notation that was said; `ambiguous_amount`: one that could be two, in a column that does not say which. */
export type AmountFault = "unreadable_amount" | "ambiguous_amount";

/** `currencies`: those that stand beside it, null where nothing does. */
export interface SpreadsheetAmount {
  micros: bigint;
  currencies: readonly string[] | null;
}

/** What a column's texts tell of their notation. */
export interface ColumnNotation {
  note(text: string): void;
  /** Of one text of the column, when all were noted. */
  read(text: string): SpreadsheetAmount | AmountFault;
}

/** No amount is longer. */
const MAX_LENGTH = 64;
/** Decimals of a micro are rounded: floats that were written out have some. */
const DECIMALS = 6;

/**
 * A column's notation. `said` is the decimal mark that somebody said, which binds; `usual` the one that counts where the texts tell nothing. A text tells it by
 * having both marks, by digits behind one that are no three, by a mark that comes twice; `1,234` alone tells nothing.
 */
export function columnNotation(said: DecimalMark | null, usual: DecimalMark | null = null): ColumnNotation {
  const seen = new Set<DecimalMark>();
  return {
    note(text) {
      const parts = partsOf(text);
      const shape = parts && shapeOf(parts.digits);
      if (shape?.decimal) seen.add(shape.decimal);
    },
    read(text) {
      const parts = partsOf(text);
      const shape = parts && shapeOf(parts.digits);
      if (!parts || !shape) return "unreadable_amount";
      if (said && shape.decimal && shape.decimal !== said) return "unreadable_amount";
      const [only = null] = seen.size === 1 ? seen : [];
      const decimal = shape.mark && (said ?? (seen.size === 0 ? usual : only));
      if (shape.mark && decimal === null) return "ambiguous_amount";
      const isWhole = shape.mark !== null && shape.mark !== decimal;
      const micros = isWhole ? microsOf(shape.whole + shape.fraction, "") : microsOf(shape.whole, shape.fraction);
      if (micros > BigInt(MAX_AMOUNT_MICROS)) return "unreadable_amount";
      return { micros: parts.negative ? -micros : micros, currencies: parts.currencies };
    },
  };
}

interface AmountParts {
  negative: boolean;
  digits: string;
  currencies: readonly string[] | null;
}

const MINUS = /[\u2212\u2010-\u2015\ufe63\uff0d]/g;
const BLANKS = /[\s\u00a0\u202f\u2007\u2009]+/g;
const BRACKETED = /^\((.*)\)$/;
/** A sign and a currency on either side; digits with marks between them. */
const AMOUNT =
  /^(?<before>[+-]?) ?(?<left>[\p{L}\p{Sc}.]*[\p{L}\p{Sc}])?(?<dot>\.(?= ))? ?(?<inside>[+-]?) ?(?<digits>[.,]?\d(?:[\d.,'\u2019 ]*\d)?) ?(?<behind>[+-]?) ?(?<right>[\p{L}\p{Sc}]+\.?)? ?(?<last>[+-]?)$/u;

/** Null for what is no amount, or has two signs or two currencies. */
function partsOf(text: string): AmountParts | null {
  if (text.length > MAX_LENGTH) return null;
  const even = text.trim().replace(/^'/, "").replaceAll(MINUS, "-").replaceAll(BLANKS, " ").trim();
  const inside = BRACKETED.exec(even)?.[1];
  const groups = AMOUNT.exec((inside ?? even).trim())?.groups;
  if (!groups) return null;
  const { before, left, inside: within, digits = "", behind, right, last } = groups;
  const signs = [before, within, behind, last].filter((sign) => sign);
  if (signs.length > (inside === undefined ? 1 : 0)) return null;
  const [named, other] = [left, right].filter((name) => name);
  if (other !== undefined && other !== named) return null;
  const currencies = named === undefined ? null : currenciesOf(named);
  if (named !== undefined && currencies === null) return null;
  return { negative: inside !== undefined || signs[0] === "-", digits, currencies };
}

/** `mark` is set where it may be either; `decimal` where the text itself tells which mark is. */
interface AmountShape {
  whole: string;
  fraction: string;
  mark: DecimalMark | null;
  decimal: DecimalMark | null;
}

const OTHER: Record<DecimalMark, DecimalMark> = { ".": ",", ",": "." };
/** Groups of three, or as in India of two behind the last. */
const GROUPS = [/^\d{1,3}(?:\D\d{3})+$/, /^\d{1,2}(?:\D\d{2})*\D\d{3}$/];

/** Null for digits that no notation writes. */
function shapeOf(digits: string): AmountShape | null {
  const marks = [...digits].filter((mark) => !/\d/.test(mark));
  const last = marks.at(-1);
  if (last === undefined) return { whole: digits, fraction: "", mark: null, decimal: null };
  const ends = last === "." || last === "," ? last : null;
  const kinds = new Set(marks);
  const at = digits.lastIndexOf(last);
  const [head, tail] = [digits.slice(0, at), digits.slice(at + 1)];
  if (kinds.size === 1 && (marks.length > 1 || !ends)) {
    const whole = wholeOf(digits);
    return whole === null ? null : { whole, fraction: "", mark: null, decimal: ends && OTHER[ends] };
  }
  if (!ends || marks.indexOf(ends) !== marks.length - 1 || kinds.size > 2) return null;
  const whole = kinds.size === 1 ? head : wholeOf(head);
  if (whole === null) return null;
  const isOpen = kinds.size === 1 && tail.length === 3 && /^[1-9]\d{0,2}$/.test(head);
  return { whole, fraction: tail, mark: isOpen ? ends : null, decimal: isOpen ? null : ends };
}

/** The digits of a whole number in groups. */
function wholeOf(digits: string): string | null {
  return GROUPS.some((groups) => groups.test(digits)) ? digits.replaceAll(/\D/g, "") : null;
}

function microsOf(whole: string, fraction: string): bigint {
  const micros = BigInt(`${whole || "0"}${fraction.slice(0, DECIMALS).padEnd(DECIMALS, "0")}`);
  return /^[5-9]/.test(fraction.slice(DECIMALS)) ? micros + 1n : micros;
}
