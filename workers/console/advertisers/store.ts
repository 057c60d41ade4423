/** Advertisers: whose conversions they are, and how their servers prove themselves. */
import { and, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { advertisers } from "../../../schema/tables.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { publishAdvertiser, publishLinks } from "../publishing/publish.ts";
import type { Viewer } from "../set-up/field.ts";
import { newColumns } from "../set-up/field-values.ts";
import { lifeOf } from "../set-up/life.ts";
import { stampedNow } from "../set-up/stamps.ts";
import type { Caller } from "../web/caller.ts";
import { advertiserKeys } from "../web/keys.ts";
import type { Problem } from "../web/problem.ts";
import { rotateCredentials } from "./credentials.ts";
import {
  type AdvertiserChange,
  type AdvertiserRow,
  type AdvertiserView,
  advertiserFields,
  advertiserView,
  type NewAdvertiser,
  type ShownAdvertiser,
  type StoredAdvertiser,
} from "./fields.ts";

const life = lifeOf({
  kind: "advertiser",
  one: "an advertiser",
  table: advertisers,
  fields: advertiserFields,
  view: (advertiser: ShownAdvertiser, viewer: Viewer) => advertiserView(advertiser, viewer),
  async find(db, caller, conditions, page): Promise<StoredAdvertiser[]> {
    const rows = await db
      .select()
      .from(advertisers)
      .where(and(visibleTo(caller), ...conditions))
      .orderBy(...page.order)
      .limit(page.limit);
    return rows.map((row) => ({ row }));
  },
  insert: (db, row) => db.insert(advertisers).values(row).returning(),
  update: (db, number, columns) => db.update(advertisers).set(columns).where(eq(advertisers.number, number)),
});

/** The advertiser, when the caller may see it. */
export const findAdvertiser = life.find;
export const readAdvertiser = life.read;
export const listAdvertisers = life.list;

/** Creates an advertiser with a first set of credentials and publishes it. */
export async function createAdvertiser(
  env: Env,
  input: NewAdvertiser,
  change: ChangeStamp,
): Promise<Result<{ row: AdvertiserRow; view: AdvertiserView }, Problem>> {
  const ring = await advertiserKeys(env);
  const credentials = [{ version: 1, key: ring.signing }];
  const row = { ...newColumns(advertiserFields, input), ...stampedNow(change.atMs), credentials };
  const created = await life.create(env, { row }, input, change);
  if (!created.ok) return created;
  const { number, view } = created.value;
  await publishAdvertiser(env, { ...row, number });
  return accept({ row: { ...row, number }, view });
}

/** Changes what is given, and publishes the advertiser, and its links where they open or close. */
export async function changeAdvertiser(
  env: Env,
  key: string,
  input: AdvertiserChange,
  change: ChangeStamp,
): Promise<Result<AdvertiserView, Problem>> {
  const changed = await life.change(env, key, input, change);
  if (!changed.ok) return changed;
  const { before, after, view } = changed.value;
  await publishAdvertiser(env, after.row);
  if (after.row.status !== before.row.status) await publishLinks(env, { advertiser: after.row.number });
  return accept(view);
}

/** Makes new credentials, publishes them, and lets the present ones end at `untilMs`. */
export async function rotateAdvertiser(
  env: Env,
  key: string,
  untilMs: number,
  change: ChangeStamp,
): Promise<Result<AdvertiserRow, Problem>> {
  const found = await findAdvertiser(env, change.by, key);
  if (!found.ok) return found;
  const ring = await advertiserKeys(env);
  const { number, credentials: before } = found.value.row;
  const after = rotateCredentials(before, ring.signing, { untilMs, nowMs: change.atMs });
  const db = drizzle(env.DB);
  const unchanged = sql`${advertisers.credentials} = ${JSON.stringify(before)}`;
  const [[rotated]] = await db.batch([
    db
      .update(advertisers)
      .set({ credentials: after, updatedAtMs: change.atMs })
      .where(and(eq(advertisers.number, number), unchanged))
      .returning(),
    logChange(db, change, { action: "rotate", kind: "advertiser", subject: key, before, after }),
  ]);
  if (!rotated)
    return refuse({
      name: "try_again",
      detail: "Somebody else rotated these credentials at this moment: look, and try again.",
    });
  await publishAdvertiser(env, rotated);
  return accept(rotated);
}

/** Affiliates see no advertiser; an advertiser sees itself. */
export function visibleTo(caller: Caller) {
  if (caller.scope === "everything") return undefined;
  return eq(advertisers.number, "advertiser" in caller.scope ? caller.scope.advertiser : 0);
}
