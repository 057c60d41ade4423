/** Affiliates of a made-up network, honest ones of many kinds, and those in which a signal's fraud is planted: how each of them is drawn. */
import type { SignalName } from "../../workers/core/signals/signals.ts";
import type { Random } from "../random.ts";
import { around, shareAround } from "./draws.ts";

export interface Character {
  /** Conversions in 28 days, and how many clicks each takes. */
  conversions: number;
  clicksEach: number;
  /** Typical wait from click to conversion. */
  waitS: number;
  fromShop: number;
  returning: number;
  ownCoupon: number;
  othersCoupon: number;
  rejected: number;
  reversed: number;
  manyOrders: number;
  claimsEach: number;
  unconfirmed: number;
  disputed: number;
  uniques: number;
  bots: number;
  /** Device, system and browser with their weights. */
  setups: readonly (readonly [string, number])[];
  /** Sub-ids: share of clicks, and how much better each converts than usual. */
  subs: readonly { name: string; clicks: number; times: number }[];
  /** Of the second half against the first: clicks, and conversions a click. */
  clicksLater: number;
  rateLater: number;
  /** Conversions within the hours after a few broadcasts. */
  broadcasts: number;
  planted: SignalName | null;
}

const SETUPS = [
  ["mobile/ios/Safari", 30],
  ["mobile/android/Chrome", 26],
  ["desktop/windows/Chrome", 16],
  ["desktop/windows/Edge", 7],
  ["desktop/macos/Safari", 6],
  ["desktop/macos/Chrome", 4],
  ["mobile/android/Samsung Internet", 4],
  ["desktop/windows/Firefox", 3],
  ["tablet/ios/Safari", 2],
  ["desktop/linux/Firefox", 1],
  ["desktop/linux/Chrome", 1],
] as const;

/** An honest one. */
export function honest(random: Random): Character {
  const character: Character = {
    conversions: Math.min(700, Math.round(around(random, 110, 0.8)) + 8),
    clicksEach: around(random, 40, 0.4),
    waitS: around(random, 900, 0.5),
    fromShop: shareAround(random, 0.02, 0.01),
    returning: shareAround(random, 0.4, 0.1),
    ownCoupon: shareAround(random, 0.1, 0.05),
    othersCoupon: shareAround(random, 0.01, 0.005),
    rejected: shareAround(random, 0.08, 0.03),
    reversed: shareAround(random, 0.04, 0.02),
    manyOrders: shareAround(random, 0.02, 0.01),
    claimsEach: shareAround(random, 0.3, 0.1),
    unconfirmed: shareAround(random, 0.25, 0.08),
    disputed: shareAround(random, 0.02, 0.01),
    uniques: shareAround(random, 0.8, 0.05),
    bots: shareAround(random, 0.05, 0.02),
    setups: SETUPS.map(([name, weight]) => [name, around(random, weight, 0.4)] as const),
    subs: Array.from({ length: random.whole(1, 8) }, (_, place) => ({
      name: `placement-${place + 1}`,
      clicks: around(random, 1, 0.7),
      times: around(random, 1, 0.4),
    })),
    clicksLater: around(random, 1, 0.15),
    rateLater: around(random, 1, 0.05),
    broadcasts: 0,
    planted: null,
  };
  return { ...character, ...oddness(character, random) };
}

/** What makes some of them odd, and is honest: a third of them. */
function oddness({ setups }: Character, random: Random): Partial<Character> {
  switch (random.whole(1, 24)) {
    case 1: // A newsletter, whose readers are customers.
      return { broadcasts: 0.6, returning: shareAround(random, 0.7, 0.05) };
    case 2: // Display: many look, few buy, and late.
      return { clicksEach: around(random, 150, 0.3), waitS: around(random, 20_000, 0.3) };
    case 3: // Cashback: who clicks has chosen already.
      return { clicksEach: around(random, 8, 0.3), waitS: around(random, 150, 0.2) };
    case 4: // An iPhone page.
      return { setups: setups.map(([name, weight]) => [name, name.startsWith("mobile/ios") ? weight * 4 : weight]) };
    case 5: // Clothes, which are sent back.
      return { reversed: shareAround(random, 0.1, 0.02) };
    case 6: // New placements that convert less.
      return { rateLater: around(random, 0.75, 0.1), clicksLater: around(random, 1.4, 0.2) };
    case 7: // Worse leads than before, or better ones.
      return { rejected: shareAround(random, 0.2, 0.05) };
    case 8: // A page of vouchers: others' codes, too.
      return { ownCoupon: 0.5, othersCoupon: shareAround(random, 0.04, 0.01) };
    default:
      return {};
  }
}

/** What makes an honest one one in which this is planted. What lies in times and numbers stands in `draw-rows.ts`. */
const PLANTED: Record<SignalName, (character: Character, random: Random) => Partial<Character>> = {
  too_fast: () => ({}),
  click_flooding: ({ clicksEach }) => ({ clicksEach: clicksEach * 25 }),
  last_second: (_, random) => ({ fromShop: shareAround(random, 0.7, 0.05) }),
  two_clicks: (_, random) => ({ claimsEach: 0.9, disputed: shareAround(random, 0.6, 0.05) }),
  unconfirmed_claims: (_, random) => ({ claimsEach: 0.9, unconfirmed: shareAround(random, 0.96, 0.01) }),
  orders_ahead: () => ({}),
  many_orders: (_, random) => ({ manyOrders: shareAround(random, 0.6, 0.05) }),
  returning_customers: () => ({ returning: 0.98 }),
  anothers_coupon: (_, random) => ({ othersCoupon: shareAround(random, 0.4, 0.05) }),
  reversals: (_, random) => ({ reversed: shareAround(random, 0.35, 0.03) }),
  sub_id: () => ({
    subs: [
      { name: "placement-1", clicks: 60, times: 0.8 },
      { name: "placement-2", clicks: 39, times: 0.8 },
      { name: "hot", clicks: 1, times: 50 },
    ],
  }),
  monoculture: ({ setups }) => ({
    setups: setups.map(([name, weight]) => [name, name === "desktop/linux/Chrome" ? 1_500 : weight] as const),
  }),
  clockwork: () => ({}),
  bursts: () => ({}),
  shaved_approvals: () => ({ rejected: 0.08 }),
  shaved_conversions: () => ({ rateLater: 0.3, clicksLater: 1 }),
};

export function planted(signal: SignalName, random: Random): Character {
  const character = { ...honest(random), broadcasts: 0, conversions: random.whole(250, 500), planted: signal };
  const likeOthers = { clicksEach: around(random, 40, 0.2), clicksLater: 1, rateLater: 1, uniques: 0.8, bots: 0.05 };
  const base = { ...character, ...likeOthers };
  return { ...base, ...PLANTED[signal](base, random) };
}
