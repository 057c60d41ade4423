/** Drift: where the edge's records are not what the books say, and their mending. */
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { parameters } from "../web/input.ts";
import {
  advertisersBehind,
  type EdgeRecord,
  linksBehind,
  put,
  recordOfAdvertiser,
  recordOfLink,
  recordOfSource,
  sourcesBehind,
} from "./publish.ts";

/** Records that one call looks at. */
const RECORDS_AT_ONCE = 400;
/** Keys that KV reads at once. */
const KEYS_AT_ONCE = 100;

const CURSOR = /^(advertiser|link|source)-(\d{1,10})$/;

export const publishQuery = parameters({
  cursor: v.exactOptional(v.pipe(v.string(), v.regex(CURSOR, "Send what the previous answer's next said, unchanged."))),
});
export type PublishQuery = v.InferOutput<typeof publishQuery>;

/** `missing`: the edge had no such record; `different`: these of its fields said something else. */
const driftItem = v.object({
  key: v.string(),
  found: v.picklist(["missing", "different"]),
  fields: v.array(v.string()),
});
export type DriftItem = v.InferOutput<typeof driftItem>;

export const publishAnswer = v.object({
  checked: v.number(),
  drift: v.array(driftItem),
  /** Where the next call goes on; null at the end. */
  next: v.nullable(v.string()),
});
export type PublishView = v.InferOutput<typeof publishAnswer>;

interface RecordPage {
  records: EdgeRecord[];
  next: string | null;
}

/** Compares a page of the edge's records with the books and writes those that differ. Only what is wrong is written: KV's writes cost ten times its reads. */
export async function publishPage(env: Env, query: PublishQuery, change: ChangeStamp): Promise<PublishView> {
  const { records, next } = await readPage(env, query.cursor ?? "advertiser-0");
  const stored = await readStored(env, records);
  const found = records.flatMap((record) => {
    const item = driftOf(record, stored.get(record.key) ?? null);
    return item ? [{ record, item }] : [];
  });
  const drift = found.map(({ item }) => item);
  // The first page stands for the whole, also where nothing differs.
  if (drift.length > 0 || query.cursor === undefined) {
    const log = { action: "publish", kind: "edge", subject: "records", before: null, after: drift } as const;
    await logChange(drizzle(env.DB), change, log);
  }
  await Promise.all(found.map(({ record }) => put(env, record)));
  return { checked: records.length, drift, next };
}

/** Advertisers first, then links, then sources, each by number. */
async function readPage(env: Env, cursor: string): Promise<RecordPage> {
  const [, kind, text] = CURSOR.exec(cursor) ?? [];
  const behind = Number(text);
  if (kind === "advertiser") {
    const rows = await advertisersBehind(env, behind, RECORDS_AT_ONCE);
    const last = rows.length === RECORDS_AT_ONCE ? rows.at(-1) : undefined;
    return { records: rows.map(recordOfAdvertiser), next: last ? `advertiser-${last.number}` : "link-0" };
  }
  if (kind === "source") {
    const rows = await sourcesBehind(env, behind, RECORDS_AT_ONCE);
    const last = rows.length === RECORDS_AT_ONCE ? rows.at(-1) : undefined;
    return { records: rows.map(recordOfSource), next: last ? `source-${last.row.number}` : null };
  }
  const rows = await linksBehind(env, behind, RECORDS_AT_ONCE);
  const last = rows.length === RECORDS_AT_ONCE ? rows.at(-1) : undefined;
  if (last) return { records: rows.map(recordOfLink), next: `link-${last.link.number}` };
  const hasSources = (await sourcesBehind(env, 0, 1)).length > 0;
  return { records: rows.map(recordOfLink), next: hasSources ? "source-0" : null };
}

async function readStored({ EDGE }: Env, records: readonly EdgeRecord[]): Promise<Map<string, string | null>> {
  const keys = records.map(({ key }) => key);
  const parts: string[][] = [];
  for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) parts.push(keys.slice(at, at + KEYS_AT_ONCE));
  const answers = await Promise.all(parts.map((part) => EDGE.get(part, "text")));
  return new Map(answers.flatMap((answer) => [...answer]));
}

/** What differs between a record as it should be and the text that KV holds; null when nothing does. The order of fields is no difference. */
function driftOf({ key, value }: EdgeRecord, stored: string | null): DriftItem | null {
  if (stored === null) return { key, found: "missing", fields: [] };
  const present = readObject(stored);
  const due = readObject(JSON.stringify(value));
  const names = [...new Set([...Object.keys(due), ...Object.keys(present)])].sort();
  const fields = names.filter((name) => JSON.stringify(due[name]) !== JSON.stringify(present[name]));
  return fields.length === 0 ? null : { key, found: "different", fields };
}

function readObject(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
