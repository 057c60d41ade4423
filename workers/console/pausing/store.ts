/** Changes of the status of many things as they are kept, and as they are told. */
import * as v from "valibot";
import { PAUSABLE, type Pausable, type StatusItem } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { setupStatus } from "../web/field-schemas.ts";
import { notFound, type Problem } from "../web/problem.ts";

const MOST_LISTED = 50;

export const statusChangeAnswer = v.object({
  status_change: v.number(),
  kind: v.picklist(PAUSABLE),
  status: setupStatus,
  asked: v.record(v.string(), v.string()),
  /** Which it changes, and what each was when they were counted. */
  items: v.array(v.object({ slug: v.string(), before: v.string() })),
  /** So many fitted and were so already. */
  unchanged: v.number(),
  /** Links that open or close by it, of so many affiliates, and their clicks of the last seven days. */
  links: v.number(),
  affiliates: v.number(),
  clicks: v.number(),
  by: v.string(),
  counted_at: v.string(),
  ran_at: v.nullable(v.string()),
  /** So many were changed; the others were not any more as they were counted. */
  changed: v.number(),
  undone_at: v.nullable(v.string()),
  put_back: v.number(),
});
export type StatusChangeView = v.InferOutput<typeof statusChangeAnswer>;

export interface StatusChangeRow {
  number: number;
  kind: Pausable;
  status: StatusChangeView["status"];
  asked: string;
  items: string;
  unchanged: number;
  links: number;
  affiliates: number;
  clicks: number;
  actor: string;
  counted_at: number;
  ran_at: number | null;
  changed: string | null;
  undone_at: number | null;
  put_back: string | null;
}

interface CountedChange {
  kind: Pausable;
  status: StatusChangeView["status"];
  asked: Readonly<Record<string, string>>;
  items: readonly StatusItem[];
  unchanged: number;
  links: number;
  affiliates: number;
  clicks: number;
}

/** Writes down what was counted; gives its number. */
export async function writeStatusChange(
  { DB }: Pick<Env, "DB">,
  { kind, status, asked, items, unchanged, links, affiliates, clicks }: CountedChange,
  { by, atMs }: ChangeStamp,
): Promise<number> {
  const made = await DB.prepare(
    `INSERT INTO status_changes (kind, status, asked, items, unchanged, links, affiliates, clicks, actor, counted_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number`,
  )
    .bind(
      kind,
      status,
      JSON.stringify(asked),
      JSON.stringify(items),
      unchanged,
      links,
      affiliates,
      clicks,
      by.name,
      atMs,
    )
    .first<number>("number");
  if (made === null) throw new Error("SQLite returned no row");
  return made;
}

/** The last ones, newest first. */
export async function listStatusChanges({ DB }: Pick<Env, "DB">): Promise<{ items: StatusChangeView[] }> {
  const { results } = await DB.withSession("first-primary")
    .prepare(`SELECT * FROM status_changes ORDER BY number DESC LIMIT ${MOST_LISTED}`)
    .all<StatusChangeRow>();
  return { items: results.map(viewOf) };
}

export async function readStatusChange(env: Pick<Env, "DB">, key: string): Promise<Result<StatusChangeView, Problem>> {
  const found = await findStatusChange(env, key);
  return found.ok ? accept(viewOf(found.value)) : found;
}

export async function findStatusChange(
  { DB }: Pick<Env, "DB">,
  key: string,
): Promise<Result<StatusChangeRow, Problem>> {
  const row = /^\d{1,10}$/.test(key)
    ? await DB.withSession("first-primary")
        .prepare("SELECT * FROM status_changes WHERE number = ?")
        .bind(Number(key))
        .first<StatusChangeRow>()
    : null;
  return row ? accept(row) : refuse(notFound("status change", key));
}

/** Items as they are kept; none where nothing is. */
export function itemsIn(text: string | null): StatusItem[] {
  return text === null ? [] : JSON.parse(text);
}

function viewOf(row: StatusChangeRow): StatusChangeView {
  const timeOf = (atMs: number | null) => (atMs === null ? null : formatInstant(atMs));
  const { kind, status, unchanged, links, affiliates, clicks } = row;
  return {
    status_change: row.number,
    kind,
    status,
    asked: JSON.parse(row.asked),
    items: itemsIn(row.items).map(([, slug, before]) => ({ slug, before })),
    unchanged,
    links,
    affiliates,
    clicks,
    by: row.actor,
    counted_at: formatInstant(row.counted_at),
    ran_at: timeOf(row.ran_at),
    changed: itemsIn(row.changed).length,
    undone_at: timeOf(row.undone_at),
    put_back: itemsIn(row.put_back).length,
  };
}
