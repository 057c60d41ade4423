/** Whether an affiliate may promote an offer: make a link to it itself, or ask to be admitted; and if not, why not and what to do. */
import type { ADMISSION_STATES, affiliates, OFFER_ACCESS, offers } from "../../schema/tables.ts";
import { accept, type Result, refuse } from "./result.ts";

/** What the answer hangs on: the offer's set-up, the affiliate's status, and what stands between the two. */
export interface Promoting {
  access: (typeof OFFER_ACCESS)[number];
  linksByAffiliate: boolean;
  offerStatus: (typeof offers.$inferSelect)["status"];
  affiliateStatus: (typeof affiliates.$inferSelect)["status"];
  /** Null where it never asked, and nobody admitted it. */
  admission: (typeof ADMISSION_STATES)[number] | null;
  /** Links of the affiliate's to the offer, whoever made them and whatever their status. */
  links: number;
}

/** An affiliate has so many links to one offer: nothing is deleted, so ended ones count too. Sub-ids tell places apart without links of their own. */
export const MOST_LINKS_OF_AN_OFFER = 100;
/** An affiliate has so many applications that nobody has decided yet. */
export const MOST_OPEN_APPLICATIONS = 20;

/** Why not, with what to do. */
export const NOT_PROMOTED = {
  offer_closed: "This offer is not active: nobody can begin to promote it now.",
  affiliate_closed: "Your account is not active: ask the operator.",
  was_refused: "The operator refused it: the reason stands beside your application. Ask the operator to decide anew.",
  not_decided: "The operator has not decided on your application yet.",
  not_admitted: "Apply for this offer first; the operator decides.",
  by_operator: "Links to this offer are made by the operator: ask for one.",
  too_many_links: `You have ${MOST_LINKS_OF_AN_OFFER} links to this offer, which is the most: use sub-ids to tell places apart.`,
  is_admitted: "You may promote this offer already.",
} as const;
export type NotPromoted = keyof typeof NOT_PROMOTED;

/** May make a link itself. */
export function mayMakeLink(of: Promoting): Result<null, NotPromoted> {
  const barred = barOf(of);
  if (barred) return refuse(barred);
  if (!isAdmitted(of)) return refuse(of.admission === "applied" ? "not_decided" : "not_admitted");
  if (!of.linksByAffiliate) return refuse("by_operator");
  return of.links < MOST_LINKS_OF_AN_OFFER ? accept(null) : refuse("too_many_links");
}

/** May ask to be admitted. */
export function mayApply(of: Promoting): Result<null, NotPromoted> {
  const barred = barOf(of);
  if (barred) return refuse(barred);
  if (isAdmitted(of)) return refuse("is_admitted");
  return of.admission === "applied" ? refuse("not_decided") : accept(null);
}

/** The operator's refusal goes before everything that would admit. */
function barOf({ offerStatus, affiliateStatus, admission }: Promoting): NotPromoted | null {
  if (offerStatus !== "active") return "offer_closed";
  if (affiliateStatus !== "active") return "affiliate_closed";
  return admission === "refused" ? "was_refused" : null;
}

/** Whoever has a link was given it, or could make it when it did. */
function isAdmitted({ access, admission, links }: Promoting): boolean {
  return access === "open" || admission === "admitted" || links > 0;
}
