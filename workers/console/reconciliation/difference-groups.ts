/** Differences of one kind and one reason taken together: how many they are, and what they come to on either side. */
import type { Difference } from "../../core/reconciliation/compare.ts";

/** A difference, with what the postback log says where there is no conversion. */
export interface Explained extends Difference {
  reason: string | null;
  message: string | null;
}

/** Sums by currency; a list that names none is taken for the books' currency. */
export interface DifferenceGroup {
  difference: Explained["difference"];
  reason: string | null;
  message: string | null;
  ours: ReadonlyMap<string, bigint>;
  theirs: ReadonlyMap<string, bigint>;
  rows: Explained[];
}

type GrowingGroup = DifferenceGroup & Record<"ours" | "theirs", Map<string, bigint>>;

const UNNAMED = "";

/** The groups of these differences, the largest first. */
export function groupDifferences(differences: readonly Explained[]): DifferenceGroup[] {
  const groups = new Map<string, GrowingGroup>();
  for (const one of differences) {
    const { difference, reason, message } = one;
    const key = JSON.stringify([difference, reason]);
    const group: GrowingGroup = groups.get(key) ?? {
      difference,
      reason,
      message,
      ours: new Map(),
      theirs: new Map(),
      rows: [],
    };
    groups.set(key, group);
    group.rows.push(one);
    add(group.ours, one.currency, one.ourAmountMicros);
    add(group.theirs, one.theirCurrency ?? one.currency, one.theirAmountMicros);
  }
  return [...groups.values()].sort((left, right) => right.rows.length - left.rows.length);
}

function add(sums: Map<string, bigint>, currency: string | null, micros: bigint | null): void {
  if (micros === null) return;
  const key = currency ?? UNNAMED;
  sums.set(key, (sums.get(key) ?? 0n) + micros);
}
