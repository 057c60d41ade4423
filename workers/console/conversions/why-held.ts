/** Why a conversion is held, in words. */
const WHY_HELD: Record<string, string> = {
  by_hand: "An operator held it.",
  affiliate_review: "Its affiliate was in review when it came.",
  large_amount: "It is worth more than counts unseen on its offer.",
  event_review: "All of its event are looked at.",
  first_conversions: "It is one of the first of its affiliate on the offer.",
};

export function whyHeld(reason: string | null): string {
  return WHY_HELD[reason ?? ""] ?? "";
}

/** The same in two or three words. */
export const HELD_FOR: Record<string, string> = {
  by_hand: "by hand",
  affiliate_review: "affiliate in review",
  large_amount: "large amount",
  event_review: "all of the event",
  first_conversions: "first conversions",
};
