/** What stands beside an amount for its currency: a code, or a sign that may be several currencies'. */

const DOLLARS = ["USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"];
const KRONER = ["SEK", "NOK", "DKK", "ISK"];

const SIGNS: Readonly<Record<string, readonly string[]>> = {
  "€": ["EUR"],
  "£": ["GBP"],
  $: DOLLARS,
  us$: ["USD"],
  ca$: ["CAD"],
  c$: ["CAD"],
  au$: ["AUD"],
  a$: ["AUD"],
  nz$: ["NZD"],
  hk$: ["HKD"],
  s$: ["SGD"],
  mx$: ["MXN"],
  r$: ["BRL"],
  "¥": ["JPY", "CNY"],
  "₹": ["INR"],
  "₽": ["RUB"],
  "₴": ["UAH"],
  "₺": ["TRY"],
  "₩": ["KRW"],
  "₪": ["ILS"],
  "₫": ["VND"],
  "₱": ["PHP"],
  "฿": ["THB"],
  "₦": ["NGN"],
  kr: KRONER,
  "kr.": KRONER,
  zł: ["PLN"],
  zl: ["PLN"],
  kč: ["CZK"],
  ft: ["HUF"],
  lei: ["RON"],
  лв: ["BGN"],
  "лв.": ["BGN"],
  "руб.": ["RUB"],
  fr: ["CHF"],
  "fr.": ["CHF"],
};

const CODES: ReadonlySet<string> = new Set(Intl.supportedValuesOf("currency"));

/** The currencies that a code (in any case) or a sign may mean; null for what is neither. */
export function currenciesOf(sign: string): readonly string[] | null {
  const text = sign.trim();
  const code = text.toUpperCase();
  if (CODES.has(code)) return [code];
  const known = text.toLowerCase();
  return Object.hasOwn(SIGNS, known) ? (SIGNS[known] ?? null) : null;
}
