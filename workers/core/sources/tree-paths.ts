/** Finds what stands at a path of a tree. */
import { isRecord } from "../is-record.ts";

/** Where paths begin: at the whole, or, behind `@`, at the item that a message is made of. */
export interface TreePlace {
  tree: unknown;
  item?: unknown;
}

const ITEMS = "[]";
const ITEM = "@";
/** Paths of all tables together; operators' rules come and go. */
const MAX_PATHS = 5_000;
const paths = new Map<string, readonly string[]>();

/** Everything there, in its order: one value, or none, or with `[]` in the path any number. */
export function valuesAt({ tree, item }: TreePlace, path: string): unknown[] {
  const [first, ...rest] = stepsOf(path);
  if (first === undefined) return [];
  return first === ITEM ? follow(item, rest, 0) : follow(tree, stepsOf(path), 0);
}

/** The first value there as text: a text without blanks around it, the digits of a number, `true` or `false`. Null where there is none, or only blanks. */
export function textAt(place: TreePlace, path: string): string | null {
  for (const value of valuesAt(place, path)) {
    const text = textOf(value);
    if (text !== null) return text;
  }
  return null;
}

export function textOf(value: unknown): string | null {
  if (typeof value === "string") return value.trim() || null;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : null;
}

/** A member's own value; never one of every object's. */
export function memberOf(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function follow(value: unknown, steps: readonly string[], from: number): unknown[] {
  let at = value;
  for (let step = from; step < steps.length; step++) {
    const name = steps[step] ?? "";
    if (name === ITEMS) return Array.isArray(at) ? at.flatMap((one) => follow(one, steps, step + 1)) : [];
    at = memberOf(at, name);
    if (at === undefined || at === null) return [];
  }
  return at === undefined || at === null ? [] : [at];
}

/** `items[].price` → `items`, `[]`, `price`. */
function stepsOf(path: string): readonly string[] {
  const known = paths.get(path);
  if (known) return known;
  const steps = path
    .split(/(?<!\\)\./)
    .map((step) => step.replaceAll("\\.", "."))
    .flatMap((step) => (step.endsWith(ITEMS) ? [step.slice(0, -ITEMS.length), ITEMS] : [step]))
    .filter((step) => step !== "");
  if (paths.size >= MAX_PATHS) paths.clear();
  paths.set(path, steps);
  return steps;
}
