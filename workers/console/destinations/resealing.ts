/** Seals destinations' secrets anew under the courier's highest key, so that an older one can leave. The courier opens and seals them: the console sees what is sealed alone. */

import { and, asc, eq, gt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import { destinations } from "../../../schema/tables.ts";
import { accept, type Result } from "../../core/result.ts";
import type { ChangeStamp } from "../audit/change.ts";
import { logDeed } from "../audit/deeds.ts";
import type { Env } from "../env.ts";
import { parameters } from "../web/input.ts";
import { PAGE_PARAMETERS } from "../web/listing.ts";
import type { Problem } from "../web/problem.ts";
import { askCourier } from "./ask-courier.ts";
import { keptConfig } from "./kept-config.ts";

/** Destinations in a page. */
const PAGE = 100;

export const resealQuery = parameters({ cursor: PAGE_PARAMETERS.cursor });
export type ResealQuery = v.InferOutput<typeof resealQuery>;

export const resealAnswer = v.object({
  /** The number that seals now. */
  key: v.number(),
  /** Of this page: how many destinations were looked at, and how many have secrets that were sealed anew. */
  checked: v.number(),
  resealed: v.number(),
  /** Secrets that no key opens that the courier has: they are to be entered again. */
  lost: v.array(v.object({ destination: v.string(), secret: v.string() })),
  /** Webhooks whose secret comes of an older key: they are to be rotated before that leaves. */
  older_webhooks: v.array(v.string()),
  next: v.nullable(v.string()),
});
export type ResealView = v.InferOutput<typeof resealAnswer>;

type Row = typeof destinations.$inferSelect;

/** The next page of all destinations, whatever their status. What is done already is found done. */
export async function resealPage(
  env: Env,
  { cursor = 0 }: ResealQuery,
  change: ChangeStamp,
): Promise<Result<ResealView, Problem>> {
  const keys = await askCourier(env, (courier) => courier.keyNumbers());
  if (!keys.ok) return keys;
  const [highest, lowest] = [Math.max(...keys.value), Math.min(...keys.value)];
  const rows = await drizzle(env.DB)
    .select()
    .from(destinations)
    .where(gt(destinations.number, cursor))
    .orderBy(asc(destinations.number))
    .limit(PAGE);
  const view: ResealView = {
    key: highest,
    checked: rows.length,
    resealed: 0,
    lost: [],
    older_webhooks: [],
    next: null,
  };
  for (const row of rows) {
    const done = await resealOne(env, row, highest, change);
    if (!done.ok) return done;
    view.resealed += Number(done.value.isResealed);
    view.lost.push(...done.value.lost.map((secret) => ({ destination: row.slug, secret })));
    if (row.kind === "webhook" && row.status !== "ended" && keyOf(row, lowest) < highest)
      view.older_webhooks.push(row.slug);
  }
  const last = rows.at(-1);
  return accept({ ...view, next: rows.length === PAGE && last ? String(last.number) : null });
}

/** Of which key its present secret comes: one that was never rotated has it of the lowest. */
function keyOf({ config }: Row, lowest: number): number {
  const { signing = [] } = keptConfig(config);
  return Math.max(...signing.filter(({ untilMs }) => untilMs === null).map(({ key }) => key), lowest);
}

async function resealOne(
  env: Env,
  { number, slug, secrets, version }: Row,
  highest: number,
  change: ChangeStamp,
): Promise<Result<{ isResealed: boolean; lost: string[] }, Problem>> {
  if (Object.keys(secrets).length === 0) return accept({ isResealed: false, lost: [] });
  const sealed = await askCourier(env, (courier) => courier.reseal(number, secrets));
  if (!sealed.ok) return sealed;
  const { lost } = sealed.value;
  if (JSON.stringify(sealed.value.secrets) === JSON.stringify(secrets)) return accept({ isResealed: false, lost });
  // Whoever saved it meanwhile sealed what they gave: what they left is done by the next run.
  const [row] = await drizzle(env.DB)
    .update(destinations)
    .set({ secrets: sealed.value.secrets, keyNumber: highest })
    .where(and(eq(destinations.number, number), eq(destinations.version, version)))
    .returning({ number: destinations.number });
  if (!row) return accept({ isResealed: false, lost });
  await logDeed(env, change, { action: "reseal", kind: "destination", subject: slug, after: { key: highest } });
  const told = await askCourier(env, (courier) => courier.changed(number));
  return told.ok ? accept({ isResealed: true, lost }) : told;
}
