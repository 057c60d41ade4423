/** What an affiliate and an advertiser may read of an entry's rule, which `ruleInWords` writes for operators: what the one is paid, what the other pays, and to how many digits. */

/** The end that says whose own price it is. */
const OWN = " (";
const PAYOUT = ": payout ";
const REVENUE = ", revenue ";
const DIGITS = ", to ";

/**
 * The SQL of one half of `rule`, an expression that has no parameters: `payout 8 % of the amount, to 4 digits`, `revenue 4.00 flat`. NULL of a rule without prices, such as an import's.
 * Events and slugs have no blanks, so that what stands between these words is never theirs.
 */
export function rulePartSql(rule: string, of: "payout" | "revenue"): string {
  const told = `substr(${rule} || '${OWN}', 1, instr(${rule} || '${OWN}', '${OWN}') - 1)`;
  const behind = (word: string) => `instr(${told}, '${word}')`;
  const digits = `iif(${behind(DIGITS)} = 0, '', substr(${told}, ${behind(DIGITS)}))`;
  const part =
    of === "revenue"
      ? `substr(${told}, ${behind(REVENUE)} + 2)`
      : `substr(${told}, ${behind(PAYOUT)} + 2, ${behind(REVENUE)} - ${behind(PAYOUT)} - 2) || ${digits}`;
  return `iif(${behind(PAYOUT)} = 0 OR ${behind(REVENUE)} = 0, NULL, ${part})`;
}
