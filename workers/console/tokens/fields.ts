/** What a token is made of, in the form that the API takes. */
import * as v from "valibot";
import { ROLES } from "../../core/roles.ts";
import { name } from "../web/field-schemas.ts";
import { fields, parameters } from "../web/input.ts";
import { PAGE_PARAMETERS } from "../web/listing.ts";

export const newToken = fields({ name, role: v.picklist(ROLES), subject: v.exactOptional(v.string()) });
export type NewToken = v.InferOutput<typeof newToken>;

export const tokenList = parameters({
  limit: PAGE_PARAMETERS.limit,
  cursor: v.exactOptional(v.string()),
});
export type TokenList = v.InferOutput<typeof tokenList>;
