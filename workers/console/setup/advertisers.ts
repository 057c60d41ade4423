/** Advertisers: whose conversions they are, and how their servers prove themselves. */
import { and, asc, eq, gt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import type { Mapping } from "../../../schema/records.ts";
import { advertisers } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { readMapping } from "../../core/mapping.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { readRange } from "../../core/sender-address.ts";
import type { Caller } from "../caller.ts";
import { flag, name, setupStatus, slug } from "../fields.ts";
import type { Env } from "../index.ts";
import { fields, parameters } from "../input.ts";
import { advertiserKeys } from "../keys.ts";
import { fixedAfterCreation, notFound, type Problem, taken } from "../problem.ts";
import { type Change, FIXED_FIELD, movedFields } from "./change.ts";
import { PAGE_PARAMETERS, type Page, pageOf, rowsToRead } from "./listing.ts";
import { publishAdvertiser, publishLinks } from "./publish.ts";

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
const mapping = v.pipe(
  fields({
    preset: v.exactOptional(v.string()),
    names: v.exactOptional(words),
    events: v.exactOptional(words),
    statuses: v.exactOptional(words),
  }),
  mappingOf(),
);

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
  auth: v.exactOptional(v.picklist(["open", "token", "signed"])),
  allowed_ips: v.exactOptional(allowedIps),
  pixel: v.exactOptional(flag),
  mapping: v.exactOptional(v.nullable(mapping)),
};

export const newAdvertiser = fields({ slug, ...settings });
export type NewAdvertiser = v.InferOutput<typeof newAdvertiser>;

/** Fixed after creation: a change may send them back as they were read. */
const FIXED = ["slug", "postback_url", "created_at", "updated_at"] as const;
export const advertiserChange = fields({
  ...settings,
  name: v.exactOptional(name),
  ...v.entriesFromList(FIXED, FIXED_FIELD),
});
export type AdvertiserChange = v.InferOutput<typeof advertiserChange>;

export const advertiserList = parameters({ ...PAGE_PARAMETERS, status: v.exactOptional(setupStatus) });
export type AdvertiserList = v.InferOutput<typeof advertiserList>;

type AdvertiserRow = typeof advertisers.$inferSelect;

/** Creates an advertiser with a first set of credentials and publishes it. */
export async function createAdvertiser(
  env: Env,
  input: NewAdvertiser,
  change: Change,
): Promise<Result<AdvertiserRow, Problem>> {
  const ring = await advertiserKeys(env);
  const row = {
    slug: input.slug,
    ...columnsOf(input),
    name: input.name,
    credentials: [{ version: 1, key: ring.signing }],
    createdAtMs: change.atMs,
    updatedAtMs: change.atMs,
  };
  const [created] = await drizzle(env.DB).insert(advertisers).values(row).onConflictDoNothing().returning();
  if (!created) return refuse(taken("an advertiser", input.slug));
  await publishAdvertiser(env, created);
  return accept(created);
}

/** The advertiser, when the caller may see it. */
export async function readAdvertiser(env: Env, caller: Caller, key: string): Promise<Result<AdvertiserRow, Problem>> {
  const [row] = await drizzle(env.DB)
    .select()
    .from(advertisers)
    .where(and(eq(advertisers.slug, key), visibleTo(caller)));
  return row ? accept(row) : refuse(notFound("advertiser", key));
}

export async function listAdvertisers(env: Env, caller: Caller, query: AdvertiserList): Promise<Page<AdvertiserView>> {
  const rows = await drizzle(env.DB)
    .select()
    .from(advertisers)
    .where(
      and(
        visibleTo(caller),
        query.cursor === undefined ? undefined : gt(advertisers.number, query.cursor),
        query.status && eq(advertisers.status, query.status),
      ),
    )
    .orderBy(asc(advertisers.number))
    .limit(rowsToRead(query));
  return pageOf(rows, query, (row) => advertiserView(env, row));
}

/** Changes what is given, and publishes the advertiser and, with them, its links. */
export async function changeAdvertiser(
  env: Env,
  key: string,
  input: AdvertiserChange,
  change: Change,
): Promise<Result<AdvertiserRow, Problem>> {
  const found = await readAdvertiser(env, change.by, key);
  if (!found.ok) return found;
  const moved = movedFields(input, advertiserView(env, found.value), FIXED);
  if (moved.length > 0) return refuse(fixedAfterCreation("an advertiser", moved));
  const [changed] = await drizzle(env.DB)
    .update(advertisers)
    .set({ ...columnsOf(input), updatedAtMs: change.atMs })
    .where(eq(advertisers.number, found.value.number))
    .returning();
  if (!changed) return refuse(notFound("advertiser", key));
  await publishAdvertiser(env, changed);
  await publishLinks(env, { advertiser: changed.number });
  return accept(changed);
}

/** The columns that a form of settings speaks of; the others stay. */
function columnsOf(input: Omit<AdvertiserChange, (typeof FIXED)[number]>) {
  return {
    name: input.name,
    status: input.status,
    auth: input.auth,
    allowedIps: input.allowed_ips,
    pixel: input.pixel,
    mapping: input.mapping,
  };
}

/** Affiliates see no advertiser; an advertiser sees itself. */
function visibleTo(caller: Caller) {
  if (caller.scope === "everything") return undefined;
  return eq(advertisers.number, "advertiser" in caller.scope ? caller.scope.advertiser : 0);
}

/** An advertiser as the API shows it. */
export function advertiserView(env: Env, row: AdvertiserRow) {
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
export type AdvertiserView = ReturnType<typeof advertiserView>;
