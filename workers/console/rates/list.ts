/** Rates of exchange as they are read: the newest day first, within a day by currency. */
import { and, asc, desc, eq, gt, lt, lte, or } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import { RATE_SOURCES, rates } from "../../../schema/tables.ts";
import { formatInstant, isDay } from "../../core/instant.ts";
import type { Env } from "../env.ts";
import { currencyCode } from "../web/field-schemas.ts";
import { parameters } from "../web/input.ts";
import { cursorText, cutPage, type ListPage, PAGE_PARAMETERS, rowsToRead } from "../web/listing.ts";

const CURSOR = /^\d{4}-\d{2}-\d{2} [A-Z]{3}$/;

export const rateList = parameters({
  limit: PAGE_PARAMETERS.limit,
  cursor: v.exactOptional(cursorText(CURSOR)),
  currency: v.exactOptional(currencyCode),
  /** The newest day that is meant. */
  day: v.exactOptional(v.pipe(v.string(), v.check(isDay, "Write a day, such as 2026-11-27."))),
});
export type RateList = v.InferOutput<typeof rateList>;

export const rateAnswer = v.object({
  day: v.string(),
  currency: v.string(),
  /** Units for one euro. */
  rate: v.string(),
  source: v.picklist(RATE_SOURCES),
  note: v.nullable(v.string()),
  set_at: v.string(),
});
export type RateView = v.InferOutput<typeof rateAnswer>;

export async function listRates(env: Pick<Env, "DB">, query: RateList): Promise<ListPage<RateView>> {
  const [day = "", currency = ""] = query.cursor?.split(" ") ?? [];
  const behind = or(lt(rates.day, day), and(eq(rates.day, day), gt(rates.currency, currency)));
  const rows = await drizzle(env.DB)
    .select()
    .from(rates)
    .where(
      and(
        query.cursor === undefined ? undefined : behind,
        query.day === undefined ? undefined : lte(rates.day, query.day),
        query.currency === undefined ? undefined : eq(rates.currency, query.currency),
      ),
    )
    .orderBy(desc(rates.day), asc(rates.currency))
    .limit(rowsToRead(query));
  const { page, last } = cutPage(rows, query);
  const items = page.map(({ perEuro, setAtMs, ...row }) => ({ ...row, rate: perEuro, set_at: formatInstant(setAtMs) }));
  return { items, next: last ? `${last.day} ${last.currency}` : null };
}
