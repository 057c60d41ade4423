/** Closings: how far each is, and what came of it. */
import * as v from "valibot";
import { CLOSING_STAGES } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Env } from "../env.ts";
import { notFound, type Problem } from "../web/problem.ts";

export const closingAnswer = v.object({
  key: v.string(),
  of: v.picklist(["affiliate", "advertiser"]),
  until: v.string(),
  time_zone: v.string(),
  made_at: v.string(),
  made_by: v.string(),
  stage: v.picklist(CLOSING_STAGES),
  done_at: v.nullable(v.string()),
  /** How many drafts there are of it, and how many owners and currencies were carried over. */
  drafts: v.number(),
  carried: v.number(),
  /** Where the drafts become final as well: how many are so far; null where they stay drafts. */
  finals: v.nullable(v.number()),
  /** It came to something else than was looked at, so its drafts stay drafts. */
  differs: v.boolean(),
});
export type ClosingView = v.InferOutput<typeof closingAnswer>;

interface ClosingRow {
  key: string;
  owner_type: ClosingView["of"];
  until: number;
  time_zone: string;
  made_at: number;
  made_by: string;
  stage: ClosingView["stage"];
  done_at: number | null;
  drafts: number;
  carried: number;
  finals: number | null;
  differs: number;
}

const SELECT = `
  SELECT c.key, c.owner_type, c.until, c.time_zone, c.made_at, c.made_by, c.stage, c.done_at, c.differs,
    (SELECT count(*) FROM statements s WHERE s.closing = c.key AND s.state <> 'discarded') AS drafts,
    iif(c.final_day IS NULL, NULL, (SELECT count(*) FROM statements s WHERE s.closing = c.key AND s.state IN ('final', 'paid'))) AS finals,
    (SELECT count(*) FROM closing_dues d WHERE d.closing = c.key AND d.carried = 1) AS carried
  FROM closings c`;

/** 404 until the ledger has begun it. */
export async function readClosing({ DB }: Pick<Env, "DB">, key: string): Promise<Result<ClosingView, Problem>> {
  const row = await DB.prepare(`${SELECT} WHERE c.key = ?`).bind(key).first<ClosingRow>();
  return row ? accept(viewOf(row)) : refuse(notFound("closing", key));
}

/** The newest closings. */
export async function lastClosings({ DB }: Pick<Env, "DB">, most: number): Promise<ClosingView[]> {
  const { results } = await DB.prepare(`${SELECT} ORDER BY c.made_at DESC, c.key LIMIT ?`).bind(most).all<ClosingRow>();
  return results.map(viewOf);
}

function viewOf({ owner_type, until, made_at, done_at, differs, ...row }: ClosingRow): ClosingView {
  return {
    ...row,
    of: owner_type,
    differs: differs === 1,
    until: formatInstant(until),
    made_at: formatInstant(made_at),
    done_at: done_at === null ? null : formatInstant(done_at),
  };
}
