/** A token as the API shows it. */
import * as v from "valibot";
import type { tokens } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { ROLES } from "../../core/roles.ts";

export const tokenAnswer = v.object({
  id: v.string(),
  name: v.string(),
  role: v.picklist(ROLES),
  subject: v.nullable(v.string()),
  created_at: v.string(),
});
export type TokenView = v.InferOutput<typeof tokenAnswer>;
/** The only time that its text is shown. */
export const newTokenAnswer = v.object({ ...tokenAnswer.entries, token: v.string() });

type TokenRow = typeof tokens.$inferSelect;

export function tokenView(row: TokenRow, subject: string | null): TokenView {
  return { id: row.id, name: row.name, role: row.role, subject, created_at: formatInstant(row.createdAtMs) };
}
