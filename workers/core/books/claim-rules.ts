/** What the sender's word is judged by when it takes a claim's click: the set-up of that link and event. */
import type { Cap } from "../../../schema/tables.ts";
import { must } from "../must.ts";
import { type ClaimedPlace, claimedKey, type EventTerms, type LinkTerms, type SetUp } from "./set-up.ts";

/** As they were when the message was settled that brought them. */
export interface ClaimRules {
  /** The event's own, or the offer's. */
  windowDays: number;
  minSeconds: number;
  caps: Cap[];
  timeZone: string;
  /** An order number that comes without a click takes the click of the one claim there is. */
  takesSingle: boolean;
  /** The affiliate is in review: what is taken there is held. Absent in claims that were settled before there was such a thing. */
  inReview?: boolean;
  /** All of the event are held. */
  reviewsEvent?: boolean;
  /** So many first conversions of the affiliate on the offer are held. */
  reviewFirst?: number;
}

/** The rules of a place where the pixel claims an order, as they are when the sender names it. */
export interface ClaimedRules extends ClaimedPlace {
  rules: ClaimRules;
}

/** Of so many places the sender's word brings the rules, the first ones claimed; an order that is claimed on more than one click is ambiguous anyway. */
const MOST_PLACES = 10;

/** The rules of the places where the pixel claims these orders of an advertiser's. */
export function rulesOfClaimed(
  advertiser: number,
  txids: readonly (string | null | undefined)[],
  { claimed, links }: SetUp,
): ClaimedRules[] {
  if (!claimed) return [];
  const places = txids.flatMap((txid) => (txid ? (claimed.get(claimedKey(advertiser, txid)) ?? []) : []));
  return places.slice(0, MOST_PLACES).flatMap(({ link, event }) => {
    const terms = must(links.get(link), "the set-up of link", link);
    const found = terms.events.find(({ name }) => name === event);
    return found ? [{ link, event, rules: claimRules(terms, found) }] : [];
  });
}

/** The rules of an event on a link. */
export function claimRules(link: LinkTerms, event: EventTerms): ClaimRules {
  const { minSeconds, caps, timeZone } = link;
  return {
    windowDays: event.windowDays ?? link.windowDays,
    minSeconds,
    caps: caps.filter((cap) => cap.event === event.name),
    timeZone,
    takesSingle: link.claims === "take_single",
    ...(link.inReview ? { inReview: true } : {}),
    ...(event.review === "all" ? { reviewsEvent: true } : {}),
    ...(link.reviewFirst > 0 ? { reviewFirst: link.reviewFirst } : {}),
  };
}
