/** Who may make a link to an offer, and who may apply for it: a table of what stands between an affiliate and an offer. */
import { expect, test } from "vitest";
import {
  MOST_LINKS_OF_AN_OFFER,
  mayApply,
  mayMakeLink,
  type NotPromoted,
  type Promoting,
} from "../../workers/core/promoting.ts";

const PRIVATE: Promoting = {
  access: "private",
  linksByAffiliate: true,
  offerStatus: "active",
  affiliateStatus: "active",
  admission: null,
  links: 0,
};

test.each<[what: string, of: Partial<Promoting>, link: NotPromoted | null, apply: NotPromoted | null]>([
  ["one that was told of it", {}, "not_admitted", null],
  ["who has a link", { links: 1 }, null, "is_admitted"],
  ["who was admitted", { admission: "admitted" }, null, "is_admitted"],
  ["who waits", { admission: "applied" }, "not_decided", "not_decided"],
  ["who waits, and has a link", { admission: "applied", links: 1 }, null, "is_admitted"],
  ["who was refused", { admission: "refused" }, "was_refused", "was_refused"],
  ["who was refused, and has links", { admission: "refused", links: 3 }, "was_refused", "was_refused"],
  ["who was refused at an open one", { access: "open", admission: "refused" }, "was_refused", "was_refused"],
  ["anybody at an open one", { access: "open" }, null, "is_admitted"],
  ["anybody where one applies", { access: "apply" }, "not_admitted", null],
  ["anybody whose links the operator makes", { access: "open", linksByAffiliate: false }, "by_operator", "is_admitted"],
  [
    "who was admitted, links by operator",
    { admission: "admitted", linksByAffiliate: false },
    "by_operator",
    "is_admitted",
  ],
  ["anybody at a paused one", { access: "open", offerStatus: "paused" }, "offer_closed", "offer_closed"],
  ["who has a link to an ended one", { links: 1, offerStatus: "ended" }, "offer_closed", "offer_closed"],
  ["who is paused", { access: "open", affiliateStatus: "paused" }, "affiliate_closed", "affiliate_closed"],
  ["who is in review", { links: 1, affiliateStatus: "review" }, "affiliate_closed", "affiliate_closed"],
  ["who has nearly all links", { links: MOST_LINKS_OF_AN_OFFER - 1 }, null, "is_admitted"],
  ["who has all links", { links: MOST_LINKS_OF_AN_OFFER }, "too_many_links", "is_admitted"],
])("%s", (_, of, link, apply) => {
  const refusalOf = (may: ReturnType<typeof mayApply>) => (may.ok ? null : may.refusal);
  const given = { ...PRIVATE, ...of };
  expect([refusalOf(mayMakeLink(given)), refusalOf(mayApply(given))]).toEqual([link, apply]);
});
