/** An advertiser as the API shows it. */
import * as v from "valibot";
import type { advertisers } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import type { Env } from "../env.ts";
import { setupStatus } from "../web/field-schemas.ts";
import { authMode, mappingForm } from "./fields.ts";

export type AdvertiserRow = typeof advertisers.$inferSelect;

export const advertiserAnswer = v.object({
  slug: v.string(),
  name: v.string(),
  status: setupStatus,
  auth: authMode,
  allowed_ips: v.array(v.string()),
  pixel: v.boolean(),
  mapping: v.nullable(mappingForm),
  postback_url: v.string(),
  created_at: v.string(),
  updated_at: v.string(),
});
export type AdvertiserView = v.InferOutput<typeof advertiserAnswer>;

export const newAdvertiserAnswer = v.object({
  ...advertiserAnswer.entries,
  token: v.nullable(v.string()),
  signing_secret: v.nullable(v.string()),
});

export function advertiserView(env: Env, row: Omit<AdvertiserRow, "number">): AdvertiserView {
  return {
    slug: row.slug,
    name: row.name,
    status: row.status,
    auth: row.auth,
    allowed_ips: row.allowedIps,
    pixel: row.pixel,
    mapping: row.mapping,
    postback_url: `${env.POSTBACK_ORIGIN}/p/${row.slug}`,
    created_at: formatInstant(row.createdAtMs),
    updated_at: formatInstant(row.updatedAtMs),
  };
}
