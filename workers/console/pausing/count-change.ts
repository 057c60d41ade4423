/** Counting for a change of the status of many things: which they are, what they are now, which links that opens or closes, and how many clicks came by these lately. Nothing is changed. */
import * as v from "valibot";
import { PAUSABLE, type Pausable, type StatusItem } from "../../../schema/tables.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { DAY_MS } from "../../core/time-units.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { runReport } from "../reports/report.ts";
import type { Caller } from "../web/caller.ts";
import { setupStatus } from "../web/field-schemas.ts";
import { fields } from "../web/input.ts";
import { invalid, type Problem } from "../web/problem.ts";
import { MOST_THINGS, PAUSABLE_KINDS } from "./pausable.ts";
import { readStatusChange, type StatusChangeView, writeStatusChange } from "./store.ts";

const CLICK_DAYS = 7;

/** What is to be so: these, by slug, or all that a filter of their list names. */
export const newStatusChange = v.pipe(
  fields({
    kind: v.picklist(PAUSABLE),
    status: setupStatus,
    slugs: v.exactOptional(v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(MOST_THINGS))),
    filter: v.exactOptional(v.record(v.string(), v.string())),
  }),
  v.check(
    ({ slugs, filter }) => (slugs === undefined) !== (filter === undefined),
    "Say slugs or filter, and not both; an empty filter means all.",
  ),
);
export type NewStatusChange = v.InferOutput<typeof newStatusChange>;

export async function countStatusChange(
  env: Env,
  { kind, status, slugs, filter = {} }: NewStatusChange,
  change: ChangeStamp,
): Promise<Result<StatusChangeView, Problem>> {
  const named = slugs ? accept(slugs) : await PAUSABLE_KINDS[kind].fitting(env, change.by, filter);
  if (!named.ok) return named;
  const found = await present(env, kind, named.value);
  const missing = slugs?.find((slug) => !found.some((one) => one[1] === slug));
  if (missing !== undefined) return refuse(invalid("#/slugs", `There is no ${kind} "${missing}".`));
  if (found.length === 0) return refuse(invalid("#", `No ${kind} fits.`));
  const items = found.filter(([, , before]) => before !== status);
  const unchanged = found.length - items.length;
  if (items.length === 0) return refuse(invalid("#", `All ${unchanged} that fit are ${status} already.`));
  const reach = await reachOf(env, kind, items, change);
  const asked = slugs ? { chosen: `${slugs.length} by hand` } : filter;
  const number = await writeStatusChange(env, { kind, status, asked, items, unchanged, ...reach }, change);
  return readStatusChange(env, String(number));
}

async function present(env: Env, kind: Pausable, slugs: readonly string[]): Promise<StatusItem[]> {
  const pausedBy = kind === "link" ? "paused_by" : "NULL";
  return env.DB.withSession("first-primary")
    .prepare(
      `SELECT number, slug, status, ${pausedBy} FROM ${PAUSABLE_KINDS[kind].table}
       WHERE slug IN (SELECT value FROM json_each(?)) ORDER BY number`,
    )
    .bind(JSON.stringify(slugs))
    .raw<StatusItem>();
}

/** The links that open or close with these, whose they are, and their clicks of the last days. */
async function reachOf(
  env: Env,
  kind: Pausable,
  items: readonly StatusItem[],
  { by, atMs }: ChangeStamp,
): Promise<{ links: number; affiliates: number; clicks: number }> {
  const { ofLink } = PAUSABLE_KINDS[kind];
  if (kind === "destination" || ofLink === null) return { links: 0, affiliates: 0, clicks: 0 };
  const counted = await env.DB.prepare(
    `SELECT count(*) AS links, count(DISTINCT l.affiliate) AS affiliates FROM links AS l JOIN offers AS o ON o.number = l.offer
     WHERE ${ofLink} IN (SELECT value FROM json_each(?))`,
  )
    .bind(JSON.stringify(items.map(([number]) => number)))
    .first<{ links: number; affiliates: number }>();
  const slugs = new Set(items.map(([, slug]) => slug));
  return { links: 0, affiliates: 0, ...counted, clicks: await clicksOf(env, by, kind, slugs, atMs) };
}

/** As the reports count them; where no report can be made the count is none. */
async function clicksOf(
  env: Env,
  by: Caller,
  kind: Exclude<Pausable, "destination">,
  slugs: ReadonlySet<string>,
  nowMs: number,
): Promise<number> {
  const from = new Date(nowMs - CLICK_DAYS * DAY_MS).toISOString();
  const report = await runReport(env, by, { group_by: [kind], metrics: ["clicks"], from }, nowMs);
  if (!report.ok) return 0;
  return report.value.rows.reduce(
    (all, row) => (slugs.has(String(row[kind] ?? "")) ? all + Number(row.clicks ?? 0) : all),
    0,
  );
}
