/** Users: what is said of each, one entry a field. */
import * as v from "valibot";
import type { users } from "../../../schema/tables.ts";
import { foldEmail } from "../../core/email-address.ts";
import { formatInstant } from "../../core/instant.ts";
import { ADMINS, ROLES } from "../../core/roles.ts";
import type { Fields } from "../set-up/field.ts";
import { showing } from "../set-up/field-values.ts";
import { changeOf, creationOf } from "../set-up/schemas.ts";
import { name } from "../web/field-schemas.ts";
import { parameters } from "../web/input.ts";
import { PAGE_PARAMETERS } from "../web/listing.ts";
import { ROLE_OPTIONS } from "./role-options.ts";

/** A user with the slug of the advertiser or affiliate that it is for. */
export interface ShownUser {
  row: Omit<typeof users.$inferSelect, "linkHash">;
  subject: string | null;
}

const MOST_EMAIL = 254;
const USER_STATUS = ["active", "paused"] as const;
const EMAIL_ADVICE = "Write an e-mail address, such as ann@example.com.";

const instantOrNull = (atMs: number | null) => (atMs === null ? null : formatInstant(atMs));

export const userFields = {
  number: { column: "number", shown: v.number(), seenBy: ADMINS, detail: "nowhere" },
  email: {
    column: "email",
    input: v.pipe(
      v.string(),
      v.trim(),
      v.transform(foldEmail),
      v.maxLength(MOST_EMAIL, `An e-mail address has at most ${MOST_EMAIL} characters.`),
      v.email(EMAIL_ADVICE),
    ),
    required: true,
    fixed: true,
    shown: v.string(),
    seenBy: ADMINS,
    form: {
      control: "text",
      label: "E-mail address",
      placeholder: "ann@example.com",
      help: "What the user is called here, and known by through Cloudflare Access. Nothing is mailed to it.",
    },
  },
  name: {
    column: "name",
    input: name,
    required: true,
    shown: v.string(),
    seenBy: ADMINS,
    form: { control: "text", label: "Name", placeholder: "Ann Example" },
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
  status: {
    column: "status",
    input: v.picklist(USER_STATUS),
    default: "active",
    shown: v.picklist(USER_STATUS),
    seenBy: ADMINS,
    form: "nowhere",
    detail: "nowhere",
  },
  seen_at: {
    column: "seenAtMs",
    shown: v.nullable(v.string()),
    show: ({ row }) => instantOrNull(row.seenAtMs),
    seenBy: ADMINS,
    detail: { name: "Last seen", as: "time" },
  },
  link_until: {
    column: "linkUntilMs",
    shown: v.nullable(v.string()),
    show: ({ row }) => instantOrNull(row.linkUntilMs),
    seenBy: ADMINS,
    detail: { name: "Link opens until", as: "time" },
  },
  invited_by: {
    column: "invitedBy",
    shown: v.string(),
    seenBy: ADMINS,
    detail: { name: "Invited by" },
  },
  created_at: {
    column: "createdAtMs",
    shown: v.string(),
    show: ({ row }) => formatInstant(row.createdAtMs),
    seenBy: ADMINS,
    detail: { name: "Invited", as: "time" },
  },
} satisfies Fields<ShownUser>;

export const newUser = creationOf(userFields);
export type NewUser = v.InferOutput<typeof newUser>;

export const userChange = changeOf(userFields);
export type UserChange = v.InferOutput<typeof userChange>;

export const userList = parameters({
  ...PAGE_PARAMETERS,
  role: v.exactOptional(v.picklist(ROLES)),
  status: v.exactOptional(v.picklist(USER_STATUS)),
});
export type UserList = v.InferOutput<typeof userList>;

export const { answer: userAnswer, view: userView } = showing(userFields, ADMINS);
export type UserView = v.InferOutput<typeof userAnswer>;

/** The only time that the link is shown. */
export const linkAnswer = v.object({ ...userAnswer.entries, link: v.string() });
export type InvitedUser = v.InferOutput<typeof linkAnswer>;
