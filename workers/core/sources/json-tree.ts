/** The tree that a webhook's body is: JSON without a digit lost, or a form as one flat object. */
import { isRecord } from "../is-record.ts";
import { accept, type Result, refuse } from "../result.ts";

/**
 * A number of more than fifteen characters, perhaps within a text: up to fifteen significant digits a double gives back as they were written. IDs of 64 bits and what floating
 * point makes of 19.99 are longer.
 */
const LONG_NUMBER = /([:[,]\s*)(-?[\d.]{16,}(?:[eE][+-]?\d+)?)(?=\s*[,}\]])/g;

/** Numbers are as JavaScript has them where that loses nothing, and else the text that was written. */
export function parseTree(json: string): Result<unknown, "malformed_body"> {
  const tree = parse(json, json.replace(LONG_NUMBER, '$1"$2"'));
  return isRecord(tree) || Array.isArray(tree) ? accept(tree) : refuse("malformed_body");
}

/** `quoted` is the same with long numbers as texts, which is no JSON where one stood within a text: a quotation mark ends that, and a digit follows. Reading each number as it was written then costs ten times as much. */
function parse(json: string, quoted: string): unknown {
  try {
    return JSON.parse(quoted);
  } catch {}
  try {
    return quoted === json ? null : JSON.parse(json, asWritten);
  } catch {
    // Also when it is nested deeper than the stack.
    return null;
  }
}

/** Fields of a form; an order with many products has hundreds. */
const MAX_FIELDS = 2_000;

/** A name that comes twice has its last value. Fields are counted before any is read: some schemes are proved over them, so that anyone can send half a million. */
export function parseForm(form: string): Result<Record<string, string>, "too_large"> {
  if (hasMoreFields(form, MAX_FIELDS)) return refuse("too_large");
  return accept(Object.fromEntries(new URLSearchParams(form)));
}

function hasMoreFields(form: string, most: number): boolean {
  let count = 1;
  for (let at = form.indexOf("&"); at >= 0 && count <= most; at = form.indexOf("&", at + 1)) count++;
  return count > most;
}

function asWritten(_name: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" ? (context?.source ?? String(value)) : value;
}
