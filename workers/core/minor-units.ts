/** How many digits the minor unit of a currency has, by ISO 4217: ICU's figures differ from it where coins are out of use, and who writes minor units does not. */

const USUAL_DIGITS = 2;

const DIGITS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
  }).flatMap(([digits, currencies]) =>
    currencies.split(" ").map((currency): [string, number] => [currency, Number(digits)]),
  ),
);

/** `currency` in upper case; one that is not known has two. */
export function minorUnitDigits(currency: string): number {
  return DIGITS.get(currency) ?? USUAL_DIGITS;
}
