/** Tokens of the API: what is said of each, one entry a field. */
import * as v from "valibot";
import type { tokens } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { ADMINS, ROLES } from "../../core/roles.ts";
import { ROLE_OPTIONS } from "../people/role-options.ts";
import type { Fields } from "../set-up/field.ts";
import { showing } from "../set-up/field-values.ts";
import { creationOf } from "../set-up/schemas.ts";
import { instant, name } from "../web/field-schemas.ts";
import { parameters } from "../web/input.ts";
import { PAGE_PARAMETERS } from "../web/listing.ts";

/** A token with the slug of the advertiser or affiliate that it is for. */
interface ShownToken {
  row: Omit<typeof tokens.$inferSelect, "hash">;
  subject: string | null;
}

export const tokenFields = {
  id: { column: "id", shown: v.string(), seenBy: ADMINS },
  name: {
    column: "name",
    input: name,
    required: true,
    shown: v.string(),
    seenBy: ADMINS,
    form: { control: "text", label: "Name", placeholder: "Ann, finance", help: "Who or what uses it." },
  },
  role: {
    column: "role",
    input: v.picklist(ROLES),
    required: true,
    shown: v.picklist(ROLES),
    seenBy: ADMINS,
    form: { control: "choice", label: "Role", options: ROLE_OPTIONS },
  },
  subject: {
    input: v.string(),
    shown: v.nullable(v.string()),
    show: ({ subject }) => subject,
    seenBy: ADMINS,
    form: {
      control: "text",
      label: "Of which advertiser or affiliate",
      placeholder: "its slug",
      help: "For these two roles only.",
    },
  },
  expires_at: {
    column: "expiresAtMs",
    input: v.nullable(instant),
    default: null,
    shown: v.nullable(v.string()),
    show: ({ row }) => (row.expiresAtMs === null ? null : formatInstant(row.expiresAtMs)),
    seenBy: ADMINS,
    form: {
      control: "time",
      label: "Expires",
      help: "From then on it opens nothing. Empty: it lasts until it is revoked.",
    },
  },
  last_used_at: {
    column: "lastUsedAtMs",
    shown: v.nullable(v.string()),
    show: ({ row }) => (row.lastUsedAtMs === null ? null : formatInstant(row.lastUsedAtMs)),
    seenBy: ADMINS,
  },
  created_at: {
    column: "createdAtMs",
    shown: v.string(),
    show: ({ row }) => formatInstant(row.createdAtMs),
    seenBy: ADMINS,
  },
} satisfies Fields<ShownToken>;

export const newToken = creationOf(tokenFields);
export type NewToken = v.InferOutput<typeof newToken>;

export const tokenList = parameters({ limit: PAGE_PARAMETERS.limit, cursor: v.exactOptional(v.string()) });
export type TokenList = v.InferOutput<typeof tokenList>;

export const { answer: tokenAnswer, view: tokenView } = showing(tokenFields, ADMINS);
export type TokenView = v.InferOutput<typeof tokenAnswer>;
/** The only time that its text is shown. */
export const newTokenAnswer = v.object({ ...tokenAnswer.entries, token: v.string() });
