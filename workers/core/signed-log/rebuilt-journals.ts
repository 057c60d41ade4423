/** Heads that the signed log has and a journal does not: explained where it says itself that the journal was made anew behind an earlier row, and else a fault. */
import type { JournalFinding } from "../journal/check.ts";

/** A head that was logged, and is not that of its row today. */
export interface UnmetHead extends JournalFinding {
  /** Whose, by slug. */
  journal: string;
  row: number;
  /** The checkpoint that has it. */
  under: number;
}

/** What the log says of a journal that was made anew: what lies behind `row` was entered after that. */
export interface RebuiltJournal {
  journal: string;
  row: number;
  at: string;
  by: string;
  under: number;
}

/** With how many heads that were logged before, and are not in it. */
export interface ToldRebuilding extends RebuiltJournal {
  lost: number;
}

/**
 * A head is explained by the first rebuilding that was logged after it and went back behind it. Whoever was made anew from an older copy in between may have logged the same rebuilding
 * again, which then says nothing new.
 */
export function explainHeads(
  unmet: readonly UnmetHead[],
  rebuilt: readonly RebuiltJournal[],
): { findings: JournalFinding[]; told: ToldRebuilding[] } {
  const firsts = new Map<string, ToldRebuilding>();
  for (const one of rebuilt.toSorted((left, right) => left.under - right.under)) {
    const key = JSON.stringify([one.journal, one.row, one.at, one.by]);
    if (!firsts.has(key)) firsts.set(key, { ...one, lost: 0 });
  }
  const told = [...firsts.values()];
  const findings: JournalFinding[] = [];
  for (const { journal, row, under, what, name, why } of unmet) {
    const reason = told.find((one) => one.journal === journal && one.under > under && one.row < row);
    if (reason) reason.lost++;
    else findings.push({ what, name, why });
  }
  return { findings, told };
}
