/**
 * The first conversions of an affiliate on an offer, which an operator looks at where the offer says so. They are counted in the advertiser's object, once each, in the
 * order in which it decides: a message that comes late takes over the conversion's own answer, so that nothing is held that an operator has let go, and nothing let go that
 * was held. What makes a conversion while some are left is marked (`isFirst`), and the mark stays with the message, whatever is booked anew.
 */

/** Whose they are, as the object counts them, and how many are looked at. */
export interface FirstConversions {
  key: string;
  limit: number;
}

/** Those of an affiliate on an offer; null where the offer looks at none. */
export function firstConversions(link: {
  offer: number;
  affiliate: number;
  reviewFirst?: number | undefined;
}): FirstConversions | null {
  const { offer, affiliate, reviewFirst = 0 } = link;
  return reviewFirst === 0 ? null : { key: JSON.stringify([offer, affiliate]), limit: reviewFirst };
}
