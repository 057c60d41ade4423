/** An affiliate as the API shows it. */
import * as v from "valibot";
import type { affiliates } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { setupStatus } from "../web/field-schemas.ts";

export const affiliateAnswer = v.object({
  slug: v.string(),
  name: v.string(),
  status: setupStatus,
  test: v.boolean(),
  created_at: v.string(),
  updated_at: v.string(),
});
export type AffiliateView = v.InferOutput<typeof affiliateAnswer>;

type AffiliateRow = typeof affiliates.$inferSelect;

export function affiliateView(row: Omit<AffiliateRow, "number">): AffiliateView {
  return {
    slug: row.slug,
    name: row.name,
    status: row.status,
    test: row.test,
    created_at: formatInstant(row.createdAtMs),
    updated_at: formatInstant(row.updatedAtMs),
  };
}
