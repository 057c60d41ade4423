/** Calls about coupons. */
import * as v from "valibot";
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { setUpCalls } from "../set-up/thing-calls.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { readText } from "../web/sent-text.ts";
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
      const text = await readText(request, MAX_LIST_BYTES);
      if (!text.ok) return text;
      const made = await importCoupons(env, text.value, { by: caller, atMs: nowMs });
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
