/** What is said of an admission: who may promote which offer, who asked, and what the operator said. */
import * as v from "valibot";
import { ADMISSION_STATES } from "../../../schema/tables.ts";
import { queryText } from "../tables/selection.ts";
import { fields, parameters } from "../web/input.ts";
import { PAGE_PARAMETERS } from "../web/listing.ts";
import { named } from "../web/named-schemas.ts";

const MAX_WORDS_LENGTH = 1_000;

/** What one writes to the other; blanks alone say nothing. */
const words = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(MAX_WORDS_LENGTH, `Write at most ${MAX_WORDS_LENGTH} characters.`),
  v.transform((text) => (text === "" ? null : text)),
);

export const admissionAnswer = named(
  "Admission",
  v.object({
    offer: v.string(),
    affiliate: v.string(),
    state: v.picklist(ADMISSION_STATES),
    /** The affiliate's. */
    note: v.nullable(v.string()),
    /** The operator's, for the affiliate to read. */
    reason: v.nullable(v.string()),
    applied_at: v.nullable(v.string()),
    decided_at: v.nullable(v.string()),
    /** To operators only. */
    decided_by: v.exactOptional(v.nullable(v.string())),
  }),
);
export type AdmissionView = v.InferOutput<typeof admissionAnswer>;

export const application = fields({ note: v.exactOptional(words) });
export type Application = v.InferOutput<typeof application>;

export const ruling = fields({
  state: v.picklist(["admitted", "refused"], "Write admitted or refused."),
  reason: v.exactOptional(words),
});
export type AdmissionRuling = v.InferOutput<typeof ruling>;

export const admissionList = parameters({
  ...PAGE_PARAMETERS,
  state: v.exactOptional(v.picklist(ADMISSION_STATES)),
  offer: v.exactOptional(queryText),
  affiliate: v.exactOptional(queryText),
});
export type AdmissionList = v.InferOutput<typeof admissionList>;
