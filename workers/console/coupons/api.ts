/** Calls about coupons. */
import * as v from "valibot";
import { readBody } from "../../core/bounded-body.ts";
import { accept, refuse } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { setUpCalls } from "../set-up/thing-calls.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { couponAnswer, couponChange, couponList, newCoupon } from "./fields.ts";
import { importCoupons } from "./import.ts";
import { changeCoupon, createCoupon, listCoupons, readCoupon } from "./store.ts";

const MAX_LIST_BYTES = 1_048_576;

export const couponCalls = [
  call({
    method: "post",
    path: "/api/coupons/import",
    summary: "Create all coupons of a CSV (code, affiliate, offer, from, until), sent as the body, or none of them",
    roles: holders("set_up"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 201,
    answer: v.object({ coupons: v.array(couponAnswer) }),
    async handle({ env, caller, nowMs, request }) {
      const { body, bodyFault } = await readBody(request, MAX_LIST_BYTES);
      const text = bodyFault ? null : decode(body);
      if (text === null)
        return refuse({ name: "too_large", detail: `A list has at most ${MAX_LIST_BYTES} bytes of UTF-8.` });
      const made = await importCoupons(env, text, { by: caller, atMs: nowMs });
      return made.ok ? accept({ coupons: made.value }) : made;
    },
  }),
  ...setUpCalls({
    path: "/api/coupons",
    one: "a coupon",
    many: "coupons",
    changeSummary: "Change when a coupon attributes orders, or whether it does",
    newOne: newCoupon,
    change: couponChange,
    query: couponList,
    answer: couponAnswer,
    savedAnswer: couponAnswer,
    create: createCoupon,
    read: readCoupon,
    list: listCoupons,
    save: changeCoupon,
  }),
];

function decode(body: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return null;
  }
}
