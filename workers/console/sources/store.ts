/** Sources: shops' own webhooks, each with a secret that is sealed for the postback worker before anything is written. */
import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { advertisers, sources } from "../../../schema/tables.ts";
import { must } from "../../core/must.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { readCustomRules } from "../../core/sources/custom-rules.ts";
import { MAX_SOURCE_SECRETS, placeOfSource, secretsIn } from "../../core/sources/prepare-source.ts";
import { isUsableSecret } from "../../core/sources/source-signatures.ts";
import type { SourceTable } from "../../core/sources/source-table.ts";
import { CUSTOM, SOURCE_TABLES } from "../../core/sources/source-tables.ts";
import { findAdvertiser } from "../advertisers/store.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { publishSource } from "../publishing/publish.ts";
import type { Viewer } from "../set-up/field.ts";
import { newColumns } from "../set-up/field-values.ts";
import { KEPT_SECRET, saidAnew, sealForPostbacks } from "../set-up/kept-secrets.ts";
import { lifeOf } from "../set-up/life.ts";
import { stampedNow } from "../set-up/stamps.ts";
import type { Caller } from "../web/caller.ts";
import { invalid, type Problem, taken } from "../web/problem.ts";
import {
  type NewSource,
  type ShownSource,
  SOURCE_NAMES,
  type SourceChange,
  type SourceView,
  type StoredSource,
  sourceFields,
  sourcePath,
  sourceView,
  type WholeSource,
} from "./fields.ts";

const life = lifeOf({
  kind: "source",
  one: "a source",
  table: sources,
  fields: sourceFields,
  view: (source: ShownSource, viewer: Viewer) => sourceView(source, viewer),
  find: (db, caller, conditions, page): Promise<StoredSource[]> =>
    db
      .select({ row: sources, advertiser: advertisers.slug })
      .from(sources)
      .innerJoin(advertisers, eq(advertisers.number, sources.advertiser))
      .where(and(visibleTo(caller), ...conditions))
      .orderBy(...page.order)
      .limit(page.limit),
  insert: (db, row: ShownSource["row"]) => db.insert(sources).values(row).returning(),
  update: (db, number, columns) => db.update(sources).set(columns).where(eq(sources.number, number)),
});

/** The source, when the caller may see it; `key` is the advertiser's slug and the path, with a full stop between them. */
export const findSource = life.find;
export const readSource = life.read;
export const listSources = life.list;

/** The table that a source is read by. */
export function tableOfSource({ source, rules }: Pick<ShownSource["row"], "source" | "rules">): SourceTable | null {
  if (source !== CUSTOM) return SOURCE_TABLES.get(source) ?? null;
  const read = readCustomRules(rules);
  return read.ok ? read.value : null;
}

export async function createSource(
  env: Env,
  input: NewSource,
  change: ChangeStamp,
): Promise<Result<SourceView, Problem>> {
  const advertiser = await findAdvertiser(env, change.by, input.advertiser);
  if (!advertiser.ok)
    return refuse(invalid("#/advertiser", `There is no advertiser "${input.advertiser}": create it first.`));
  const { number: owner, slug } = advertiser.value.row;
  const path = input.path ?? input.source;
  const named = { ...newColumns(sourceFields, input), path, advertiser: owner, slug: `${slug}.${path}` };
  if (input.secret === KEPT_SECRET) return refuse(invalid("#/secret", "Write the secret itself."));
  const fault = faultOf(named, input.secret);
  if (fault) return refuse(fault);
  const secret = await sealForPostbacks(env, placeOfSource(owner, path), input.secret);
  const row = { ...named, ...stampedNow(change.atMs), secret };
  const created = await life.create(env, { row, advertiser: slug }, input, change);
  if (!created.ok) return created.refusal.name === "taken" ? refuse(taken("a source", `${slug}/${path}`)) : created;
  await publish(env, change.by, row.slug);
  return accept(created.value.view);
}

/** Makes the source at `path` of an advertiser what the input says, and what that leaves out as it is in a new one. */
export async function setSource(
  env: Env,
  { advertiser, path }: { advertiser: string; path: string },
  { source, ...input }: WholeSource,
  change: ChangeStamp,
): Promise<Result<SourceView, Problem>> {
  const present = await findSource(env, change.by, `${advertiser}.${path}`);
  if (present.ok)
    return changeSource(
      env,
      present.value.row.slug,
      { status: "active", ...input, ...(source === undefined ? {} : { source }) },
      change,
    );
  const place = v.safeParse(sourcePath, path);
  if (!place.success) return refuse(invalid("#/path", place.issues[0].message));
  const name = source ?? path;
  if (!SOURCE_NAMES.includes(name))
    return refuse(invalid("#/source", `Say what sends it, one of ${SOURCE_NAMES.join(", ")}.`));
  return createSource(env, { ...input, advertiser, path, source: name }, change);
}

/** Changes what is given. A secret that comes back as answers have it stays. */
export async function changeSource(
  env: Env,
  key: string,
  { secret: given, ...rest }: SourceChange,
  change: ChangeStamp,
): Promise<Result<SourceView, Problem>> {
  const found = await findSource(env, change.by, key);
  if (!found.ok) return found;
  const { row } = found.value;
  const fresh = saidAnew(given);
  const { amount = row.basis, rules = row.rules } = rest;
  const fault = faultOf({ ...row, basis: amount, rules }, fresh);
  if (fault) return refuse(fault);
  const secret =
    fresh === undefined ? {} : { secret: await sealForPostbacks(env, placeOfSource(row.advertiser, row.path), fresh) };
  const changed = await life.change(env, key, { ...rest, ...secret }, change);
  if (!changed.ok) return changed;
  await publish(env, change.by, key);
  return accept(changed.value.view);
}

async function publish(env: Env, caller: Caller, slug: string): Promise<void> {
  const found = await findSource(env, caller, slug);
  if (found.ok) await publishSource(env, found.value);
}

/** What does not fit together; `secret` where it is given. */
function faultOf(
  { source, rules, basis }: Pick<ShownSource["row"], "source" | "rules" | "basis">,
  secret: string | undefined,
): Problem | null {
  if (source === CUSTOM && rules === null) return invalid("#/rules", "Write the rules by which it is read.");
  if (source !== CUSTOM && rules !== null)
    return invalid("#/rules", "Its rules are known: choose custom to write your own.");
  const table = must(tableOfSource({ source, rules }), "the table of source", source);
  if (basis !== null && !Object.hasOwn(table.bases, basis))
    return invalid("#/amount", `It is one of ${Object.keys(table.bases).join(", ")}.`);
  if (secret === undefined) return null;
  const secrets = secretsIn(secret);
  if (secrets.length > MAX_SOURCE_SECRETS)
    return invalid(
      "#/secret",
      `A source has at most ${MAX_SOURCE_SECRETS} secrets, one a line: leave out those that the platform no longer signs with.`,
    );
  const isUsable = secrets.length > 0 && secrets.every((one) => isUsableSecret(table.proof, one));
  return isUsable ? null : invalid("#/secret", "It signs as Standard Webhooks do: its secret begins with whsec_.");
}

/** An advertiser sees its own, and affiliates none. */
function visibleTo({ scope }: Caller) {
  if (scope === "everything") return undefined;
  return eq(sources.advertiser, "advertiser" in scope ? scope.advertiser : 0);
}
