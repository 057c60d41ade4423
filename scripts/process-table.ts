/** Processes as the system's table shows them: whose child each is, how much memory and processor it takes. Only Linux shows it. */
import { readdirSync, readFileSync } from "node:fs";

const PAGE_BYTES = 4_096;
/** Of Linux, whatever the machine. */
const TICKS_PER_SECOND = 100;
const LOOK_EVERY_MS = 50;

interface Process {
  pid: number;
  parent: number;
  pages: number;
  /** User and system time, with that of its threads that ended. */
  ticks: number;
}

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

/** Looks at a size again and again. Gives the way to stop, which says the largest. */
export function watchLargest(size: () => number): () => number {
  let largest = size();
  const timer = setInterval(() => {
    largest = Math.max(largest, size());
  }, LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    return largest;
  };
}

/** Ids of the processes that `parent` has started. */
export function childrenOf(parent: number): number[] {
  return [...everyProcess()].filter((one) => one.parent === parent).map(({ pid }) => pid);
}

/** What a process has used of the processor so far, in hundredths of a second. Throws where the system does not tell. */
export function cpuSecondsOf(pid: number): number {
  return readProcess(pid).ticks / TICKS_PER_SECOND;
}

function* everyProcess(): Generator<Process> {
  let names: string[] = [];
  try {
    names = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return;
  }
  for (const name of names) {
    try {
      yield readProcess(Number(name));
    } catch {
      // It has ended meanwhile.
    }
  }
}

function readProcess(pid: number): Process {
  // The second field, the command's name, may hold blanks and parentheses.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  const numberAt = (place: number) => Number(fields[place]);
  return { pid, parent: numberAt(1), pages: numberAt(21), ticks: numberAt(11) + numberAt(12) };
}
