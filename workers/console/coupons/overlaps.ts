/** Which coupons stand in another one's way: of one code no two are at one time with one advertiser, or an order with it would be two affiliates'. */
import { couponKey } from "../../core/books/coupons.ts";
import type { Env } from "../env.ts";

/** What a coupon takes: its code, from `fromAtMs`, inclusive, to `untilAtMs`, exclusive; null is no bound. */
export interface TakenCode {
  advertiser: number;
  code: string;
  fromAtMs: number | null;
  untilAtMs: number | null;
}

export interface HeldCode extends TakenCode {
  number: number;
}

/** What the migration's triggers say where this was not asked in time. */
const REFUSED = "another coupon has this code at this time";

/** Those in use with the codes of `wanted`. */
export async function codesHeld(env: Env, wanted: readonly TakenCode[]): Promise<HeldCode[]> {
  const keys = wanted.map(({ advertiser, code }) => couponKey(advertiser, code));
  const { results } = await env.DB.prepare(
    `SELECT c.number, c.advertiser, c.code, c.from_at AS fromAtMs, c.until_at AS untilAtMs FROM json_each(?) k CROSS JOIN coupons c
      ON c.advertiser = json_extract(k.value, '$[0]') AND c.folded = json_extract(k.value, '$[1]') AND c.status <> 'ended'`,
  )
    .bind(JSON.stringify([...new Set(keys)]))
    .all<HeldCode>();
  return results;
}

export function areAtOnce(one: TakenCode, other: TakenCode): boolean {
  return (
    couponKey(one.advertiser, one.code) === couponKey(other.advertiser, other.code) &&
    (one.fromAtMs ?? Number.NEGATIVE_INFINITY) < (other.untilAtMs ?? Number.POSITIVE_INFINITY) &&
    (other.fromAtMs ?? Number.NEGATIVE_INFINITY) < (one.untilAtMs ?? Number.POSITIVE_INFINITY)
  );
}

/** True of the error with which the database refused one of two that came at once. */
export function isHeldElsewhere(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause.message.includes(REFUSED)) return true;
  return false;
}
