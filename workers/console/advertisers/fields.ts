/** What an advertiser is made of, in the form that the API takes. */
import * as v from "valibot";
import type { Mapping } from "../../../schema/records.ts";
import { readMapping } from "../../core/postback/mapping.ts";
import { readRange } from "../../core/postback/sender-address.ts";
import { flag, instant, name, setupStatus, slug } from "../web/field-schemas.ts";
import { fields, parameters } from "../web/input.ts";
import { PAGE_PARAMETERS } from "../web/listing.ts";
import { FIXED_FIELD } from "../web/saving.ts";

const MAX_RANGES = 200;

const allowedIps = v.pipe(
  v.array(
    v.pipe(
      v.string(),
      v.trim(),
      v.check(
        (text) => readRange(text) !== null,
        "Write an address or a CIDR range, such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.",
      ),
    ),
  ),
  v.maxLength(MAX_RANGES, `A list has at most ${MAX_RANGES} ranges.`),
);

const words = v.record(v.string(), v.string());
export const mappingForm = fields({
  preset: v.exactOptional(v.string()),
  names: v.exactOptional(words),
  events: v.exactOptional(words),
  statuses: v.exactOptional(words),
});
const mapping = v.pipe(mappingForm, mappingOf());

export const authMode = v.picklist(["open", "token", "signed"]);

/** The core decides what a mapping may say; a generic function, so that it takes what the form above gives. */
function mappingOf<Input>() {
  return v.rawTransform<Input, Mapping>(({ dataset, addIssue, NEVER }) => {
    const read = readMapping(dataset.value);
    if (read.ok) return read.value;
    addIssue({ message: `Mend this: ${read.refusal}.` });
    return NEVER;
  });
}

const settings = {
  name,
  status: v.exactOptional(setupStatus),
  auth: v.exactOptional(authMode),
  allowed_ips: v.exactOptional(allowedIps),
  pixel: v.exactOptional(flag),
  mapping: v.exactOptional(v.nullable(mapping)),
};

export const newAdvertiser = fields({ slug, ...settings });
export type NewAdvertiser = v.InferOutput<typeof newAdvertiser>;

/** Fixed after creation: a change may send them back as they were read. */
export const FIXED_OF_ADVERTISER = ["slug", "postback_url", "created_at", "updated_at"] as const;
export const advertiserChange = fields({
  ...settings,
  name: v.exactOptional(name),
  ...v.entriesFromList(FIXED_OF_ADVERTISER, FIXED_FIELD),
});
export type AdvertiserChange = v.InferOutput<typeof advertiserChange>;

export const advertiserList = parameters({ ...PAGE_PARAMETERS, status: v.exactOptional(setupStatus) });
export type AdvertiserList = v.InferOutput<typeof advertiserList>;

/** The end of the credentials that are valid now. */
export const rotation = fields({ until: instant });
export type Rotation = v.InferOutput<typeof rotation>;
