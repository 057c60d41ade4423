/** Coupons: what is set of each, one entry a field. */
import * as v from "valibot";
import { coupons } from "../../../schema/tables.ts";
import { foldCoupon } from "../../core/books/coupons.ts";
import { formatInstant } from "../../core/instant.ts";
import { isPlainText } from "../../core/postback/plain-text.ts";
import { EVERYONE } from "../../core/roles.ts";
import type { Fields } from "../set-up/field.ts";
import { showing } from "../set-up/field-values.ts";
import { STATUS_OPTIONS } from "../set-up/form-field.ts";
import { PLACE } from "../set-up/place.ts";
import { changeOf, creationOf, listOf } from "../set-up/schemas.ts";
import { STAMPS } from "../set-up/stamps.ts";
import { instant, setupStatus } from "../web/field-schemas.ts";

/** As long as a postback's `coupon` may be. */
const MAX_CODE_LENGTH = 256;

/** A coupon with the slugs that it hangs on. */
export interface ShownCoupon {
  row: Omit<typeof coupons.$inferSelect, "number">;
  offer: string;
  affiliate: string;
  advertiser: string;
}
export interface StoredCoupon extends ShownCoupon {
  affiliateNumber: number;
  row: typeof coupons.$inferSelect;
}

const code = v.pipe(
  v.string(),
  v.trim(),
  v.check(
    (text) => foldCoupon(text) !== "" && isPlainText(text, MAX_CODE_LENGTH),
    `Write the code as customers do: at most ${MAX_CODE_LENGTH} characters.`,
  ),
);

/** A bound of the time that it attributes at; none where it is null. */
function bound(label: string, column: "fromAtMs" | "untilAtMs") {
  return {
    column,
    input: v.nullable(instant),
    default: null,
    shown: v.nullable(v.string()),
    show: ({ row }: ShownCoupon) => {
      const atMs = row[column];
      return atMs === null ? null : formatInstant(atMs);
    },
    seenBy: EVERYONE,
    form: { control: "time", label },
    detail: { as: "time" },
  } as const;
}

export const couponFields = {
  slug: {
    column: "slug",
    shown: v.string(),
    seenBy: EVERYONE,
    detail: "nowhere",
  },
  code: {
    column: "code",
    input: code,
    required: true,
    fixed: true,
    shown: v.string(),
    filter: coupons.code,
    seenBy: EVERYONE,
    form: { control: "text", label: "Code", help: "As customers write it. Upper and lower case are the same." },
  },
  ...PLACE,
  from: bound("From", "fromAtMs"),
  until: bound("Until", "untilAtMs"),
  status: {
    column: "status",
    input: setupStatus,
    default: "active",
    shown: setupStatus,
    filter: coupons.status,
    seenBy: EVERYONE,
    form: { control: "choice", label: "Status", options: STATUS_OPTIONS, only: "change", place: 1 },
    detail: "nowhere",
  },
  ...STAMPS,
} satisfies Fields<ShownCoupon>;

export const newCoupon = creationOf(couponFields);
export type NewCoupon = v.InferOutput<typeof newCoupon>;

export const couponChange = changeOf(couponFields);
export type CouponChange = v.InferOutput<typeof couponChange>;

export const couponList = listOf(couponFields);
export type CouponList = v.InferOutput<typeof couponList>;

export const { answer: couponAnswer, view: couponView } = showing(couponFields, EVERYONE);
export type CouponView = v.InferOutput<typeof couponAnswer>;
