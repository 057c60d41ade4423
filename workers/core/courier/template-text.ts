/**
 * A text with macros, read into its parts. A macro is a name in braces, with what becomes of its value:
 *
 *     {payout:2}   so many decimals        {status:approved=sale reversed=refund}   words for words; one that is not listed stays
 *     {sub1|none}  where there is none     {payout:2|0}   both
 */
import { accept, type Result, refuse } from "../result.ts";
import { type Macro, macroNamed, secretNamed } from "./template-macros.ts";

/** A macro as it stands in a template, under its canonical name. `macro` is null for a secret. */
export interface MacroUse {
  name: string;
  macro: Macro | null;
  map: ReadonlyMap<string, string> | null;
  digits: number | null;
  /** Stands where the value is empty; null where none was written, and an empty value is left empty, or ends the matter. */
  fallback: string | null;
}

/** Fixed text, and the macro behind it; none at the end. */
export interface TextPart {
  text: string;
  use: MacroUse | null;
}

/** What is wrong with a macro, as it was written. */
export interface MacroFault {
  reason: "unknown_macro" | "bad_digits" | "bad_map";
  written: string;
}

/** What stands in braces. In JSON, braces that hold quotes, blanks first or nothing are the text's own. */
const BRACED = /\{([^{}"\r\n]{0,400})\}/g;
const BRACED_IN_JSON = /\{([A-Za-z_:#$[=][^{}"\r\n]{0,399})\}/g;
const INSIDE = /^([A-Za-z0-9_.-]+)(?::([^|]*))?(?:\|(.*))?$/;
const PAIR = /^([^=\s,]+)=([^=\s,]*)$/;
const DIGITS = /^[0-6]$/;

/** The pattern of what stands in braces; `isJson` where braces are also the text's own. */
export function bracedIn(isJson: boolean): RegExp {
  return isJson ? BRACED_IN_JSON : BRACED;
}

/** What stands within the braces of a macro, taken apart: name, what stands behind its colon, and behind its bar. Null where it is none. */
export function readBraced(inside: string): { name: string; how: string | null; fallback: string | null } | null {
  const match = INSIDE.exec(inside);
  if (!match) return null;
  return { name: match[1] ?? "", how: match[2] ?? null, fallback: match[3] ?? null };
}

/** Reads a text; all that is wrong with its macros where something is. Names must be canonical: others are translated before. */
export function readText(text: string, isJson: boolean): Result<TextPart[], MacroFault[]> {
  const parts: TextPart[] = [];
  const faults: MacroFault[] = [];
  let end = 0;
  for (const match of text.matchAll(bracedIn(isJson))) {
    const use = readUse(match[1] ?? "");
    if ("reason" in use) faults.push({ reason: use.reason, written: match[0] });
    else parts.push({ text: text.slice(end, match.index), use });
    end = match.index + match[0].length;
  }
  if (faults.length > 0) return refuse(faults);
  parts.push({ text: text.slice(end), use: null });
  return accept(parts);
}

function readUse(inside: string): MacroUse | Pick<MacroFault, "reason"> {
  const braced = readBraced(inside);
  if (!braced) return { reason: "unknown_macro" };
  const { name, how, fallback } = braced;
  const macro = macroNamed(name);
  if (macro === null && secretNamed(name) === null) return { reason: "unknown_macro" };
  const use = { name, macro, map: null, digits: null, fallback };
  if (how === null) return use;
  if (macro?.kind === "money") return DIGITS.test(how) ? { ...use, digits: Number(how) } : { reason: "bad_digits" };
  const map = macro ? readMap(how) : null;
  return map ? { ...use, map } : { reason: "bad_map" };
}

/** Words for words, parted by blanks or commas. Null where it is not of this form. */
export function readMap(text: string): Map<string, string> | null {
  const pairs = text.split(/[\s,]+/).filter((pair) => pair !== "");
  const map = new Map<string, string>();
  for (const pair of pairs) {
    const match = PAIR.exec(pair);
    if (!match) return null;
    map.set(match[1] ?? "", match[2] ?? "");
  }
  return map.size > 0 ? map : null;
}

/** The macros that stand in these parts. */
export function usesIn(parts: readonly TextPart[]): MacroUse[] {
  return parts.flatMap(({ use }) => use ?? []);
}
