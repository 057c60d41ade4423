/** Affiliates: what is set of each, one entry a field. */
import * as v from "valibot";
import { affiliates } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { formatMicros } from "../../core/money.ts";
import { holders } from "../../core/rights.ts";
import { ALL_BUT_ADVERTISERS, type SeenBy } from "../../core/roles.ts";
import type { Fields } from "../set-up/field.ts";
import { showing } from "../set-up/field-values.ts";
import { options, STATUS_OPTIONS } from "../set-up/form-field.ts";
import { ignoringCase } from "../set-up/list-order.ts";
import { changeOf, creationOf, listFileOf, listOf } from "../set-up/schemas.ts";
import { STAMPS } from "../set-up/stamps.ts";
import { tagsIn } from "../set-up/tags.ts";
import { affiliateStatus, amountText, currencyCode, flag, name, slug } from "../web/field-schemas.ts";

export interface StoredAffiliate {
  row: typeof affiliates.$inferSelect;
}
export interface ShownAffiliate {
  row: Omit<StoredAffiliate["row"], "number">;
}

/** Before the end of what is sealed. */
export const MASK = "•••• ";
const MOST_PAYING_CHARACTERS = 500;
const payingText = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(MOST_PAYING_CHARACTERS, `Write at most ${MOST_PAYING_CHARACTERS} characters.`),
);
type PayingColumn = "legalName" | "contact" | "vatNumber" | "paymentMethod" | "paymentNote";

/** How an affiliate is paid; itself it knows. */
const HOW_PAID = [...holders("payment_details"), "affiliate"] as const satisfies SeenBy;

/** A text that paying needs. */
function paying<const Column extends PayingColumn, const Roles extends SeenBy>(
  column: Column,
  seenBy: Roles,
  label: string,
  more: { help?: string; placeholder?: string },
) {
  return {
    column,
    input: v.nullable(payingText),
    default: null,
    shown: v.nullable(v.string()),
    seenBy,
    writers: holders("payee"),
    form: { control: "text", kind: "nullable", label, more: true, ...more },
  } as const;
}

export const affiliateFields = {
  slug: {
    column: "slug",
    input: slug,
    required: true,
    fixed: true,
    shown: v.string(),
    sort: affiliates.slug,
    seenBy: ALL_BUT_ADVERTISERS,
    form: {
      control: "text",
      label: "Slug",
      placeholder: "the-blog",
      help: "Its name in addresses and reports. It cannot be changed later.",
    },
    detail: { as: "code" },
  },
  name: {
    column: "name",
    input: name,
    required: true,
    shown: v.string(),
    sort: ignoringCase(affiliates.name),
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
    sort: affiliates.status,
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
  legal_name: paying("legalName", ALL_BUT_ADVERTISERS, "Legal name", {
    help: "As it stands on its statements.",
    placeholder: "Blog Ltd",
  }),
  contact: paying("contact", ALL_BUT_ADVERTISERS, "Contact", {
    help: "Who is asked about statements, with an address.",
  }),
  vat_number: paying("vatNumber", ALL_BUT_ADVERTISERS, "VAT number", { placeholder: "DE123456789" }),
  payment_method: paying("paymentMethod", HOW_PAID, "Paid by", { placeholder: "bank transfer" }),
  payment_note: paying("paymentNote", HOW_PAID, "Note on paying", {}),
  payment_currency: {
    column: "paymentCurrency",
    input: v.nullable(currencyCode),
    default: null,
    shown: v.nullable(v.string()),
    seenBy: HOW_PAID,
    writers: holders("payee"),
    form: {
      control: "text",
      kind: "nullable",
      label: "Paid in",
      placeholder: "USD",
      help: "The currency of its account. Statements are in the currency of what was earned.",
      more: true,
    },
  },
  minimum_payout: {
    column: "minimumPayoutMicros",
    input: amountText,
    default: 0,
    shown: v.string(),
    show: ({ row }) => formatMicros(row.minimumPayoutMicros),
    seenBy: ALL_BUT_ADVERTISERS,
    form: {
      control: "text",
      label: "Least that is paid",
      placeholder: "50.00",
      help: "Where less is due, in whatever currency, nothing is closed: it is carried over to the next statement.",
      more: true,
      filled: true,
    },
    detail: {
      name: "Least that is paid",
      words: ({ row }) => (row.minimumPayoutMicros === 0 ? null : formatMicros(row.minimumPayoutMicros)),
    },
  },
  bank_details: {
    shown: v.nullable(v.string()),
    show: ({ row }) => (row.bankHint === null ? null : `${MASK}${row.bankHint}`),
    seenBy: ALL_BUT_ADVERTISERS,
    detail: "nowhere",
  },
  bank_changed_at: {
    shown: v.nullable(v.string()),
    show: ({ row }) => (row.bankChangedAtMs === null ? null : formatInstant(row.bankChangedAtMs)),
    seenBy: ALL_BUT_ADVERTISERS,
    detail: "nowhere",
  },
  ...tagsIn(affiliates.tags),
  ...STAMPS,
} satisfies Fields<ShownAffiliate>;

export const newAffiliate = creationOf(affiliateFields);
export type NewAffiliate = v.InferOutput<typeof newAffiliate>;

export const affiliateChange = changeOf(affiliateFields);
export type AffiliateChange = v.InferOutput<typeof affiliateChange>;

export const affiliateList = listOf(affiliateFields);

export const affiliateListFile = listFileOf(affiliateFields);

export const { answer: affiliateAnswer, view: affiliateView } = showing(affiliateFields, ALL_BUT_ADVERTISERS);
export type AffiliateView = v.InferOutput<typeof affiliateAnswer>;
