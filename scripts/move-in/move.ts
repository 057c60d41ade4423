/** A move from beginning to end: the plan is shown; with `apply` it is done, with `history` what was booked is brought over. Each part can be done again, and goes on where it broke off. */
import type { ConsoleFetch } from "../console-api.ts";
import { applyMove } from "./apply-move.ts";
import { type BroughtHistory, bringHistory } from "./bring-history.ts";
import { planLines, planMove } from "./move-plan.ts";
import { bringAddresses, type OldAddresses } from "./old-addresses.ts";
import type { LeftBehind, OldTracker } from "./old-programme.ts";

export interface MoveChoice {
  apply: boolean;
  /** The time of which history is brought; null for none. */
  history: { from: string; to: string } | null;
  /** Where placed links go on working; null where that is left as it is. */
  addresses: Omit<OldAddresses, "dialect"> | null;
}

/** Says what it does. True where all that was asked for is done. Throws one line where it cannot go on. */
export async function move(
  tracker: OldTracker,
  fetchConsole: ConsoleFetch,
  { apply, history, addresses }: MoveChoice,
  print: (line: string) => void,
): Promise<boolean> {
  const old = await tracker.programme();
  const plan = await planMove(fetchConsole, old);
  for (const line of planLines(plan, old)) print(line);
  let isWhole = plan.inTheWay.length === 0;
  const missing = plan.things.filter(({ isHere }) => !isHere).length;
  if (apply) {
    const made = await applyMove(fetchConsole, plan, ({ kind, slug }) => print(`made ${kind} ${slug}`));
    print(made === 0 ? "All of it is here already." : `Made ${made}.`);
    if (addresses !== null) {
      const { dialect } = tracker;
      if (dialect === null) throw new Error("say with --dialect whose addresses these are");
      const { set, faults } = await bringAddresses(fetchConsole, { ...addresses, dialect }, old, Date.now());
      print(`Addresses of placed links: ${set} lead on at ${addresses.host}.`);
      for (const { alias, detail } of faults) print(`  ! ${alias}: ${detail}`);
      if (faults.length > 0) isWhole = false;
    }
  } else if (missing > 0) print("Nothing was done. With --apply it is.");
  if (history === null) return isWhole;
  if (missing > 0 && !apply) throw new Error("bring the set-up over first, with --apply: history stands on its links");
  return tellHistory(await bringAll(tracker, fetchConsole, history, print), print) && isWhole;
}

interface All {
  brought: BroughtHistory;
  left: Map<string, { why: string; rows: number }>;
}

async function bringAll(
  tracker: OldTracker,
  fetchConsole: ConsoleFetch,
  range: { from: string; to: string },
  print: (line: string) => void,
): Promise<All> {
  const left: All["left"] = new Map();
  const leave = ({ what, why }: LeftBehind) => left.set(what, { why, rows: (left.get(what)?.rows ?? 0) + 1 });
  const told = ({ rows, sent }: BroughtHistory) => print(`history: ${rows} rows read, ${sent} given to the ledger`);
  return { brought: await bringHistory(fetchConsole, tracker.history(range, leave), told), left };
}

/** True where every row went. */
function tellHistory({ brought, left }: All, print: (line: string) => void): boolean {
  const { rows, sent, faults } = brought;
  print(
    `History: ${rows} rows, ${sent} given to the ledger; the console's conversions with the filter imported have them.`,
  );
  for (const [reason, fault] of faults)
    print(`  ! ${fault.rows} ${reason} (such as “${fault.first}”): ${fault.advice}`);
  for (const [what, { why, rows: times }] of left) print(`  - ${times} ${what}: ${why}`);
  return faults.size === 0 && left.size === 0;
}
