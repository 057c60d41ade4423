/**
 * Coupons: an affiliate's code, which attributes an order to it without a click. Only the sender's own word does so: anyone can call the pixel with any code.
 * The order number stays what the order is known by; its click ID says that there was none.
 */
import type { PostbackMessage } from "../../../schema/messages.ts";
import { CLOCK_TOLERANCE_MS } from "./attribution.ts";

/** A coupon as the books read it: whose link an order with it is attributed to, and when. Null is no bound; `until` is the first moment that it is no longer valid at. */
export interface CouponTerms {
  number: number;
  link: number;
  fromMs: number | null;
  untilMs: number | null;
}

/** A code as codes are compared: without blanks around it, and without the case of its ASCII letters. */
export function foldCoupon(code: string): string {
  return code.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "").replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** What an advertiser's coupons of this code are found by. */
export function couponKey(advertiser: number, code: string): string {
  return JSON.stringify([advertiser, foldCoupon(code)]);
}

/** The key of the coupon that a message names; null where it names none, or is not the sender's own word. */
export function couponNamed({ advertiser, channel, content, correction, ruling }: PostbackMessage): string | null {
  if (content.coupon === undefined || channel === "pixel" || correction || ruling || content.history) return null;
  return couponKey(advertiser, content.coupon);
}

/** When the order was placed, as far as it is told. */
export function orderedAtMs({ receivedAtMs, content }: Pick<PostbackMessage, "receivedAtMs" | "content">): number {
  return content.occurredAtMs ?? receivedAtMs;
}

/** The one of these coupons that was valid then; no two of one code are at one time. */
export function couponValidAt(coupons: readonly CouponTerms[], atMs: number): CouponTerms | null {
  return (
    coupons.find(({ fromMs, untilMs }) => (fromMs ?? atMs) <= atMs && atMs < (untilMs ?? Number.POSITIVE_INFINITY)) ??
    null
  );
}

/** Without a click there is nothing else to judge an order's time by. */
export function judgeOrderTime(message: Pick<PostbackMessage, "receivedAtMs" | "content">) {
  return orderedAtMs(message) > message.receivedAtMs + CLOCK_TOLERANCE_MS ? ("occurred_in_future" as const) : null;
}

const NO_CLICK = "by-a-coupon:";
/** The first characters of a conversion's ID are the same for a generation. */
const SHARED_LENGTH = 2;

/** What stands as click ID in the row of a conversion that a coupon attributes: as long as one, and never one that we issue. `id` is the conversion's. */
export function clickIdByCoupon(id: string): string {
  return NO_CLICK + id.slice(SHARED_LENGTH);
}

/** The same while the conversion has no ID yet, of the message that may make it. Its receipt says nothing of anybody. */
export function clickByCoupon(receipt: string): string {
  return NO_CLICK + receipt;
}
