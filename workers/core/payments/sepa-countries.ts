/** Whose accounts a SEPA credit transfer reaches: the geographical scope of the schemes by the first letters of the IBAN (EPC409-09; in 2026 with Albania, Moldova, Montenegro, North Macedonia and Serbia). */
const SEPA_COUNTRIES: ReadonlySet<string> = new Set(
  "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS SE SI SK SM VA".split(
    " ",
  ),
);

export function isInSepa(iban: string): boolean {
  return SEPA_COUNTRIES.has(iban.slice(0, 2));
}
