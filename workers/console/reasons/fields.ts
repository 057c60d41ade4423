/** Reasons: why operators reject conversions, in words for the affiliate; what is set of each, one entry a field. */
import * as v from "valibot";
import { reviewReasons } from "../../../schema/tables.ts";
import { OPERATORS } from "../../core/roles.ts";
import type { Fields } from "../set-up/field.ts";
import { showing } from "../set-up/field-values.ts";
import { options } from "../set-up/form-field.ts";
import { changeOf, creationOf, listOf } from "../set-up/schemas.ts";
import { STAMPS } from "../set-up/stamps.ts";
import { slug } from "../web/field-schemas.ts";

const MOST_WORDS = 200;

export interface StoredReason {
  row: typeof reviewReasons.$inferSelect;
}
export interface ShownReason {
  row: Omit<StoredReason["row"], "number">;
}

const words = v.pipe(
  v.string(),
  v.trim(),
  v.nonEmpty("Write what the affiliate reads."),
  v.maxLength(MOST_WORDS, `At most ${MOST_WORDS} characters.`),
);
const status = v.picklist(["active", "ended"]);

export const reasonFields = {
  slug: {
    column: "slug",
    input: slug,
    required: true,
    fixed: true,
    shown: v.string(),
    sort: reviewReasons.slug,
    seenBy: OPERATORS,
    form: {
      control: "text",
      label: "Slug",
      placeholder: "fake-lead",
      help: "What postbacks say as {reason}. It cannot be changed later.",
    },
    detail: { as: "code" },
  },
  words: {
    column: "words",
    input: words,
    required: true,
    shown: v.string(),
    seenBy: OPERATORS,
    form: {
      control: "text",
      label: "What the affiliate reads",
      wide: true,
      placeholder: "The lead could not be reached",
    },
    detail: "nowhere",
  },
  status: {
    column: "status",
    input: status,
    default: "active",
    shown: status,
    filter: reviewReasons.status,
    sort: reviewReasons.status,
    seenBy: OPERATORS,
    form: {
      control: "choice",
      label: "Status",
      options: options(["active", "active"], ["ended", "ended"]),
      help: "What was rejected for one that has ended keeps it.",
      only: "change",
    },
    detail: "nowhere",
  },
  ...STAMPS,
} satisfies Fields<ShownReason>;

export const newReason = creationOf(reasonFields);
export type NewReason = v.InferOutput<typeof newReason>;

export const reasonChange = changeOf(reasonFields);
export type ReasonChange = v.InferOutput<typeof reasonChange>;

export const reasonList = listOf(reasonFields);

export const { answer: reasonAnswer, view: reasonView } = showing(reasonFields, OPERATORS);
export type ReasonView = v.InferOutput<typeof reasonAnswer>;
