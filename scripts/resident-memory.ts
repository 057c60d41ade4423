/** How much memory processes hold, where the system shows it: only Linux does. */
import { readdirSync, readFileSync } from "node:fs";

const PAGE_BYTES = 4_096;

/** Resident bytes of all descendants of `ancestor`, it included where `own` is set; 0 where the system does not tell. */
export function residentBytes(ancestor: number, own: boolean): number {
  const processes = [...everyProcess()];
  const family = new Set([ancestor]);
  // A child may stand before its parent in the list, so look until nobody is added.
  for (let known = 0; known < family.size; ) {
    known = family.size;
    for (const { pid, parent } of processes) if (family.has(parent)) family.add(pid);
  }
  return processes
    .filter(({ pid }) => family.has(pid) && (own || pid !== ancestor))
    .reduce((sum, { pages }) => sum + pages * PAGE_BYTES, 0);
}

/** Ids of the processes that `parent` has started. */
export function childrenOf(parent: number): number[] {
  return [...everyProcess()].filter((one) => one.parent === parent).map(({ pid }) => pid);
}

function* everyProcess(): Generator<{ pid: number; parent: number; pages: number }> {
  let names: string[] = [];
  try {
    names = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return;
  }
  for (const name of names) {
    try {
      const fields = readFileSync(`/proc/${name}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      yield { pid: Number(name), parent: Number(fields[1]), pages: Number(fields[21]) };
    } catch {
      // It has ended meanwhile.
    }
  }
}
