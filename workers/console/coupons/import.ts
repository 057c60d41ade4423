/** Takes in a whole list of coupons, or nothing of it. */
import { accept, type Result, refuse } from "../../core/result.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { linesProblem } from "../web/lines-problem.ts";
import type { Problem } from "../web/problem.ts";
import type { CouponView } from "./fields.ts";
import { NOTHING_MADE, readCouponList } from "./list-file.ts";
import { createCoupons } from "./store.ts";

export async function importCoupons(
  env: Env,
  text: string,
  change: ChangeStamp,
): Promise<Result<CouponView[], Problem>> {
  const list = await readCouponList(text);
  if (!list.ok) return list;
  const made = await createCoupons(
    env,
    list.value.map(({ input }) => input),
    change,
  );
  if (made.ok) return made.value.length === 0 ? refuse(EMPTY) : accept(made.value);
  const isTakenOnly = made.refusal.every(({ field }) => field === "code");
  const errors = made.refusal.map(({ at, field, detail }) => {
    const line = list.value[at]?.line ?? 0;
    return { line, why: `${field}: ${detail}` };
  });
  return refuse(linesProblem({ name: isTakenOnly ? "taken" : "invalid_input", before: NOTHING_MADE }, errors));
}

const EMPTY: Problem = { name: "malformed_request", detail: "There is no coupon behind the first line." };
