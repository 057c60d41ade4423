/** Affiliates: what is set of each, one entry a field. */
import * as v from "valibot";
import { affiliates } from "../../../schema/tables.ts";
import { ALL_BUT_ADVERTISERS } from "../../core/roles.ts";
import type { Fields } from "../set-up/field.ts";
import { showing } from "../set-up/field-values.ts";
import { options, STATUS_OPTIONS } from "../set-up/form-field.ts";
import { changeOf, creationOf, listOf } from "../set-up/schemas.ts";
import { STAMPS } from "../set-up/stamps.ts";
import { affiliateStatus, flag, name, slug } from "../web/field-schemas.ts";

export interface StoredAffiliate {
  row: typeof affiliates.$inferSelect;
}
export interface ShownAffiliate {
  row: Omit<StoredAffiliate["row"], "number">;
}

export const affiliateFields = {
  slug: {
    column: "slug",
    input: slug,
    required: true,
    fixed: true,
    shown: v.string(),
    seenBy: ALL_BUT_ADVERTISERS,
    form: {
      control: "text",
      label: "Slug",
      placeholder: "the-blog",
      help: "Its name in addresses and reports. It stays for ever.",
    },
    detail: { as: "code" },
  },
  name: {
    column: "name",
    input: name,
    required: true,
    shown: v.string(),
    seenBy: ALL_BUT_ADVERTISERS,
    form: { control: "text", label: "Name", placeholder: "The Blog" },
    detail: "nowhere",
  },
  status: {
    column: "status",
    input: affiliateStatus,
    default: "active",
    shown: affiliateStatus,
    filter: affiliates.status,
    seenBy: ALL_BUT_ADVERTISERS,
    form: {
      control: "choice",
      label: "Status",
      options: [...STATUS_OPTIONS, ...options(["review", "in review"])],
      help: "Clicks on the links of a paused or ended affiliate go to the fallback. Conversions of earlier clicks still count. In review clicks go on, and new conversions are held until they are released, approved or rejected.",
      only: "change",
      place: 1,
    },
    detail: "nowhere",
  },
  test: {
    column: "test",
    input: flag,
    default: false,
    shown: v.boolean(),
    seenBy: ALL_BUT_ADVERTISERS,
    form: {
      control: "flag",
      label: "For testing",
      help: "Its links make test clicks with test=1; they show everywhere, and are never counted or paid.",
    },
    detail: { name: "Test clicks", words: ({ row }) => (row.test ? "all links make test clicks with test=1" : null) },
  },
  ...STAMPS,
} satisfies Fields<ShownAffiliate>;

export const newAffiliate = creationOf(affiliateFields);
export type NewAffiliate = v.InferOutput<typeof newAffiliate>;

export const affiliateChange = changeOf(affiliateFields);
export type AffiliateChange = v.InferOutput<typeof affiliateChange>;

export const affiliateList = listOf(affiliateFields);

export const { answer: affiliateAnswer, view: affiliateView } = showing(affiliateFields, ALL_BUT_ADVERTISERS);
export type AffiliateView = v.InferOutput<typeof affiliateAnswer>;
