/** What a link is made of, in the form that the API takes. */
import * as v from "valibot";
import { destination, flag, setupStatus, slug, slugOf } from "../web/field-schemas.ts";
import { fields, parameters } from "../web/input.ts";
import { PAGE_PARAMETERS } from "../web/listing.ts";
import { FIXED_FIELD } from "../web/saving.ts";

const settings = {
  destination: v.exactOptional(v.nullable(destination)),
  status: v.exactOptional(setupStatus),
  test: v.exactOptional(flag),
};

export const newLink = fields({
  offer: slugOf("an offer"),
  affiliate: slugOf("an affiliate"),
  slug: v.exactOptional(slug),
  ...settings,
});
export type NewLink = v.InferOutput<typeof newLink>;

/** Fixed after creation: a change may send them back as they were read. */
export const FIXED_OF_LINK = ["slug", "url", "offer", "affiliate", "advertiser", "created_at", "updated_at"] as const;
export const linkChange = fields({ ...settings, ...v.entriesFromList(FIXED_OF_LINK, FIXED_FIELD) });
export type LinkChange = v.InferOutput<typeof linkChange>;

export const linkList = parameters({
  ...PAGE_PARAMETERS,
  offer: v.exactOptional(v.string()),
  affiliate: v.exactOptional(v.string()),
  advertiser: v.exactOptional(v.string()),
  status: v.exactOptional(setupStatus),
});
export type LinkList = v.InferOutput<typeof linkList>;
