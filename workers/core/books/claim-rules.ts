/** What a claim brings with it from the set-up, so that the sender's word can be judged when it takes the claim's click. */
import type { Cap } from "../../../schema/tables.ts";
import type { EventTerms, LinkTerms } from "./set-up.ts";

/** As they were when the claim was settled. */
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
  };
}
