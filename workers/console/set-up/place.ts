/** Where a link or a coupon hangs: the offer and the affiliate that it joins, and the advertiser whose offer it is. */
import * as v from "valibot";
import { advertisers, affiliates, offers } from "../../../schema/tables.ts";
import { EVERYONE } from "../../core/roles.ts";
import { slugOf } from "../web/field-schemas.ts";

/** The slugs of these. */
interface Placed {
  offer: string;
  affiliate: string;
  advertiser: string;
}

export const PLACE = {
  offer: {
    input: slugOf("an offer"),
    required: true,
    fixed: true,
    shown: v.string(),
    show: ({ offer }: Placed) => offer,
    filter: offers.slug,
    sort: offers.slug,
    seenBy: EVERYONE,
    form: { control: "text", label: "Offer", suggest: "offer", help: "Slug of an offer." },
  },
  affiliate: {
    input: slugOf("an affiliate"),
    required: true,
    fixed: true,
    shown: v.string(),
    show: ({ affiliate }: Placed) => affiliate,
    filter: affiliates.slug,
    sort: affiliates.slug,
    disguised: true,
    seenBy: EVERYONE,
    form: { control: "text", label: "Affiliate", suggest: "affiliate", help: "Slug of an affiliate." },
  },
  advertiser: {
    shown: v.string(),
    show: ({ advertiser }: Placed) => advertiser,
    filter: advertisers.slug,
    seenBy: EVERYONE,
    detail: { name: "Advertiser" },
  },
} as const;
