/** Links: what is set of each, one entry a field. */
import * as v from "valibot";
import { links } from "../../../schema/tables.ts";
import { ALL_BUT_ADVERTISERS, EVERYONE } from "../../core/roles.ts";
import type { Fields } from "../set-up/field.ts";
import { showing } from "../set-up/field-values.ts";
import { STATUS_OPTIONS } from "../set-up/form-field.ts";
import { PLACE } from "../set-up/place.ts";
import { changeOf, creationOf, listFileOf, listOf } from "../set-up/schemas.ts";
import { STAMPS } from "../set-up/stamps.ts";
import { tagsIn } from "../set-up/tags.ts";
import { destination, flag, setupStatus, slug } from "../web/field-schemas.ts";

/** A link with the slugs that it hangs on. */
export interface ShownLink {
  row: Omit<typeof links.$inferSelect, "number">;
  offer: string;
  affiliate: string;
  advertiser: string;
  /** Slugs of affiliate and link are pseudonyms: the link has no address for who sees it so. */
  isDisguised?: true;
}
export interface StoredLink extends ShownLink {
  row: typeof links.$inferSelect;
}

export const linkFields = {
  slug: {
    column: "slug",
    input: slug,
    fixed: true,
    shown: v.string(),
    sort: links.slug,
    disguised: true,
    seenBy: EVERYONE,
    form: {
      control: "text",
      label: "Slug",
      placeholder: "made for you",
      help: "What stands in the tracking link. Left empty, a short one is made. It cannot be changed later.",
    },
    detail: "nowhere",
  },
  url: {
    shown: v.string(),
    show: ({ row, isDisguised }, { env }) => (isDisguised ? undefined : `${env.CLICK_ORIGIN}/c/${row.slug}`),
    leftOut: true,
    seenBy: EVERYONE,
  },
  ...PLACE,
  destination: {
    column: "destination",
    input: v.nullable(destination),
    default: null,
    shown: v.nullable(v.string()),
    seenBy: EVERYONE,
    form: {
      control: "text",
      kind: "nullable",
      label: "Destination",
      wide: true,
      placeholder: "the offer’s",
      help: "Another address than the offer’s, with macros such as {click_id}. Left empty, the offer’s is used.",
    },
    detail: { as: "address" },
  },
  status: {
    column: "status",
    input: setupStatus,
    default: "active",
    shown: setupStatus,
    filter: links.status,
    sort: links.status,
    seenBy: EVERYONE,
    form: { control: "choice", label: "Status", options: STATUS_OPTIONS, only: "change", place: 1 },
    detail: "nowhere",
  },
  test: {
    column: "test",
    input: flag,
    default: false,
    shown: v.boolean(),
    seenBy: EVERYONE,
    form: {
      control: "flag",
      label: "For testing",
      help: "It makes test clicks with test=1; they show everywhere, and are never counted or paid.",
    },
    detail: "nowhere",
  },
  paused_by: {
    column: "pausedBy",
    shown: v.nullable(v.picklist(links.pausedBy.enumValues)),
    seenBy: ALL_BUT_ADVERTISERS,
    detail: { name: "Paused by", words: ({ row }) => row.pausedBy },
  },
  ...tagsIn(links.tags),
  ...STAMPS,
} satisfies Fields<ShownLink>;

export const newLink = creationOf(linkFields);
export type NewLink = v.InferOutput<typeof newLink>;

export const linkChange = changeOf(linkFields);
export type LinkChange = v.InferOutput<typeof linkChange>;

export const linkList = listOf(linkFields);
export type LinkList = v.InferOutput<typeof linkList>;

export const linkListFile = listFileOf(linkFields);

export const { answer: linkAnswer, view: linkView } = showing(linkFields, EVERYONE);
export type LinkView = v.InferOutput<typeof linkAnswer>;
