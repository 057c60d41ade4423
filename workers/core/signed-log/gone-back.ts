/**
 * Heads that the signed log has and that are not those of their rows today, of a journal or of the audit log: explained where the log says that it went back behind an earlier row, since an
 * object was made anew or a database restored, and else a fault.
 */
import type { JournalFinding } from "../journal/check.ts";

/** A head that was logged, and is not that of its row today. */
export interface UnmetHead extends JournalFinding {
  /** Whose journal, by slug; null: the audit log. */
  journal: string | null;
  row: number;
  /** The checkpoint that has it. */
  under: number;
}

/** What the log says of a journal that was made anew, or of the audit log where its database was restored: what lies behind `row` was entered after that. */
export interface GoneBack {
  journal: string | null;
  row: number;
  at: string;
  by: string;
  under: number;
}

/** With how many heads that were logged before, and are not in it. */
export interface ToldGoneBack extends GoneBack {
  lost: number;
}

/**
 * A head is explained by the first going back that was logged after it and went behind its row. Whoever was made anew from an older copy in between may have logged the same once more, which
 * then says nothing new.
 */
export function explainHeads(
  unmet: readonly UnmetHead[],
  goneBack: readonly GoneBack[],
): { findings: JournalFinding[]; told: ToldGoneBack[] } {
  const firsts = new Map<string, ToldGoneBack>();
  for (const one of goneBack.toSorted((left, right) => left.under - right.under)) {
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
