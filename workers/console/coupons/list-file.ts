/** Reads a list of coupons: CSV whose first line names its columns, `code`, `affiliate`, `offer`, and `from` and `until` where they are bounded. */
import { readLines } from "../../core/csv-lines.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { readBody } from "../web/input.ts";
import type { Fault, Problem } from "../web/problem.ts";
import { type NewCoupon, newCoupon } from "./fields.ts";

/** Each is three statements of one D1 batch, and all are made at once. */
export const MAX_COUPONS = 300;
const REQUIRED = ["code", "affiliate", "offer"];
const COLUMNS = [...REQUIRED, "from", "until"];
const MAX_FAULTS = 20;

/** A coupon with the number of its line, the header's being 1. */
export interface ListedCoupon {
  line: number;
  input: NewCoupon;
}

/** Refuses a list of which one line cannot be read, and says which and why. */
export function readCouponList(text: string): Result<ListedCoupon[], Problem> {
  const records = readLines(text);
  const [header, ...rows] = records ?? [];
  const names = header?.cells.map((cell) => cell.trim().toLowerCase()) ?? [];
  if (!REQUIRED.every((name) => names.includes(name)) || !names.every((name) => COLUMNS.includes(name)))
    return refuse({
      name: "malformed_request",
      detail: "Send CSV whose first line names its columns: code, affiliate, offer, and from and until if you like.",
    });
  if (rows.length > MAX_COUPONS)
    return refuse({ name: "too_large", detail: `A list has at most ${MAX_COUPONS} coupons: send it in parts.` });
  const listed: ListedCoupon[] = [];
  const errors: (Fault & { pointer: string })[] = [];
  for (const { line, cells } of rows) {
    const said = names.flatMap((name, at) => {
      const cell = cells[at]?.trim() ?? "";
      return cell === "" && !REQUIRED.includes(name) ? [] : [[name, cell] as const];
    });
    const read = readBody(newCoupon, Object.fromEntries(said));
    if (read.ok) listed.push({ line, input: read.value });
    else errors.push({ pointer: `#/${line}`, detail: `Line ${line}: ${read.refusal.detail}` });
  }
  return errors.length === 0 ? accept(listed) : refuse(linesProblem("invalid_input", errors));
}

/** A problem of lines, each told in a sentence that begins with its number. */
export function linesProblem(name: "invalid_input" | "taken", errors: (Fault & { pointer: string })[]): Problem {
  const told = errors.slice(0, MAX_FAULTS);
  return { name, detail: `Nothing was made. ${told.map(({ detail }) => detail).join(" ")}`, errors: told };
}
