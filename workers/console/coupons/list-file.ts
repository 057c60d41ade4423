/** Reads a list of coupons: CSV whose first line names its columns, `code`, `affiliate`, `offer`, and `from` and `until` where they are bounded. */
import { accept, type Result, refuse } from "../../core/result.ts";
import { readList } from "../../core/table-file/short-list.ts";
import { readBody } from "../web/input.ts";
import { linesProblem } from "../web/lines-problem.ts";
import type { Problem } from "../web/problem.ts";
import { type NewCoupon, newCoupon } from "./fields.ts";

/** Each is three statements of one D1 batch, and all are made at once. */
export const MAX_COUPONS = 300;
const REQUIRED = ["code", "affiliate", "offer"];
const COLUMNS = [...REQUIRED, "from", "until"];
/** Before what is said of lines. */
export const NOTHING_MADE = "Nothing was made.";

/** A coupon with the number of its line, the header's being 1. */
export interface ListedCoupon {
  line: number;
  input: NewCoupon;
}

/** Refuses a list of which one line cannot be read, and says which and why. */
export async function readCouponList(text: string): Promise<Result<ListedCoupon[], Problem>> {
  const records = await readList(text);
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
  const errors: { line: number; why: string }[] = [];
  for (const { line, cells } of rows) {
    const said = names.flatMap((name, at) => {
      const cell = cells[at]?.trim() ?? "";
      return cell === "" && !REQUIRED.includes(name) ? [] : [[name, cell] as const];
    });
    const read = readBody(newCoupon, Object.fromEntries(said));
    if (read.ok) listed.push({ line, input: read.value });
    else errors.push({ line, why: read.refusal.detail });
  }
  return errors.length === 0
    ? accept(listed)
    : refuse(linesProblem({ name: "invalid_input", before: NOTHING_MADE }, errors));
}
