/** A link as the API shows it. */
import * as v from "valibot";
import type { links } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import type { Env } from "../env.ts";
import { setupStatus } from "../web/field-schemas.ts";

export const linkAnswer = v.object({
  slug: v.string(),
  url: v.string(),
  offer: v.string(),
  affiliate: v.string(),
  advertiser: v.string(),
  destination: v.nullable(v.string()),
  status: setupStatus,
  test: v.boolean(),
  created_at: v.string(),
  updated_at: v.string(),
});
export type LinkView = v.InferOutput<typeof linkAnswer>;

type LinkRow = typeof links.$inferSelect;

/** A link with the slugs that it hangs on. */
interface ShownLink {
  row: Omit<LinkRow, "number" | "offer" | "affiliate">;
  offer: string;
  affiliate: string;
  advertiser: string;
}
export interface StoredLink extends ShownLink {
  row: LinkRow;
}

export function linkView(env: Env, { row, offer, affiliate, advertiser }: ShownLink): LinkView {
  return {
    slug: row.slug,
    url: `${env.CLICK_ORIGIN}/c/${row.slug}`,
    offer,
    affiliate,
    advertiser,
    destination: row.destination,
    status: row.status,
    test: row.test,
    created_at: formatInstant(row.createdAtMs),
    updated_at: formatInstant(row.updatedAtMs),
  };
}
