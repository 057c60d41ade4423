/** What an affiliate is made of, in the form that the API takes. */
import * as v from "valibot";
import { flag, name, setupStatus, slug } from "../web/field-schemas.ts";
import { fields, parameters } from "../web/input.ts";
import { PAGE_PARAMETERS } from "../web/listing.ts";
import { FIXED_FIELD } from "../web/saving.ts";

const settings = { status: v.exactOptional(setupStatus), test: v.exactOptional(flag) };

export const newAffiliate = fields({ slug, name, ...settings });
export type NewAffiliate = v.InferOutput<typeof newAffiliate>;

/** Fixed after creation: a change may send them back as they were read. */
export const FIXED_OF_AFFILIATE = ["slug", "created_at", "updated_at"] as const;
export const affiliateChange = fields({
  name: v.exactOptional(name),
  ...settings,
  ...v.entriesFromList(FIXED_OF_AFFILIATE, FIXED_FIELD),
});
export type AffiliateChange = v.InferOutput<typeof affiliateChange>;

export const affiliateList = parameters({ ...PAGE_PARAMETERS, status: v.exactOptional(setupStatus) });
export type AffiliateList = v.InferOutput<typeof affiliateList>;
