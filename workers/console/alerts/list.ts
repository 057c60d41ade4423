/** Lists of alerts: those that are open, and all of them, newest first. */
import * as v from "valibot";
import type { Env } from "../env.ts";
import { parameters } from "../web/input.ts";
import { type ListPage, PAGE_PARAMETERS, pageOf, rowsToRead } from "../web/listing.ts";
import { type AlertRow, type AlertView, alertView } from "./alert.ts";

export const alertList = parameters({ ...PAGE_PARAMETERS, state: v.exactOptional(v.picklist(["open", "closed"])) });
export type AlertList = v.InferOutput<typeof alertList>;

const CONDITIONS = { open: "closed_at IS NULL", closed: "closed_at IS NOT NULL" } as const;

export async function listAlerts({ DB }: Pick<Env, "DB">, query: AlertList): Promise<ListPage<AlertView>> {
  const { cursor, state } = query;
  const conditions = ["number < ?", ...(state === undefined ? [] : [CONDITIONS[state]])];
  const { results } = await DB.prepare(
    `SELECT * FROM alerts WHERE ${conditions.join(" AND ")} ORDER BY number DESC LIMIT ?`,
  )
    .bind(cursor ?? Number.MAX_SAFE_INTEGER, rowsToRead(query))
    .all<AlertRow>();
  return pageOf(results, query, alertView);
}
