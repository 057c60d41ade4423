/** What a form was made from, so that what somebody else changed meanwhile is not undone by who had the form open. */
import { sha256 } from "../../core/sha256.ts";
import { invalidPlaces, type Problem } from "../web/problem.ts";

/** The field in which a form says it. It begins as what is no value of the form does. */
export const SEEN = ":seen";
/** So much of a hash tells two values of a field apart. */
const LETTERS = 12;
/** A value that is shown where it was changed. */
const SHOWN_LETTERS = 60;

/** What stands behind each field of a thing, for a hidden field of its form. */
export function seenValues(present: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(present).map(([name, value]) => [name, digest(value)])));
}

/**
 * What was changed since a form was made and is written otherwise in it: each such field, with what it is now. Null where nothing is, or where the form does not say what it was
 * made from. Whoever sends the form again, which is made from what is now, means it.
 */
export function changedSince(form: URLSearchParams, values: object, present: object): Problem | null {
  const seen = readSeen(form.get(SEEN));
  const now = new Map<string, unknown>(Object.entries(present));
  const changed = Object.entries(values).filter(([name, value]) => {
    if (seen[name] === undefined || !now.has(name)) return false;
    return seen[name] !== digest(now.get(name)) && digest(value) !== digest(now.get(name));
  });
  if (changed.length === 0) return null;
  return invalidPlaces(
    changed.map(([name]) => ({
      pointer: `#/${name}`,
      detail: `Somebody changed this while you had the form open${told(now.get(name))}. Save again to have yours.`,
    })),
  );
}

function told(value: unknown): string {
  if (value === null || value === "") return ": it is empty now";
  if (typeof value === "object") return "";
  const text = String(value);
  return text.length > SHOWN_LETTERS ? "" : `: it is “${text}” now`;
}

function readSeen(text: string | null): Record<string, unknown> {
  try {
    const seen: unknown = JSON.parse(text ?? "{}");
    return typeof seen === "object" && seen !== null ? { ...seen } : {};
  } catch {
    return {};
  }
}

function digest(value: unknown): string {
  return sha256(JSON.stringify(value ?? null)).slice(0, LETTERS);
}
