/** Drift: where the edge's records are not what the books say, and their mending. */
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { parameters } from "../web/input.ts";
import { type EdgeRecord, put } from "./edge-record.ts";
import { aliasesFrom, ownersFrom, type RecordPage, recordsUnder, trackersFrom } from "./keyed-records.ts";
import {
  advertisersBehind,
  linksBehind,
  recordOfAdvertiser,
  recordOfLink,
  recordOfSource,
  sourcesBehind,
} from "./publish.ts";

/** Records that one call looks at, or a few more: a tracker has two. */
const RECORDS_AT_ONCE = 400;
/** Keys that KV reads at once. */
const KEYS_AT_ONCE = 100;

/** Reads a page behind `after`, which is empty at the beginning. */
type Stage = (env: Env, after: string, limit: number) => Promise<RecordPage>;

/** What is looked at, one after the other: all that the books have, and then what stands under keys that may have to go. */
const STAGES: Readonly<Record<string, Stage>> = {
  advertiser: async (env, after, limit) => {
    const rows = await advertisersBehind(env, Number(after), limit);
    return pageBehind(rows.map(recordOfAdvertiser), rows.at(-1)?.number, limit);
  },
  link: async (env, after, limit) => {
    const rows = await linksBehind(env, Number(after), limit);
    return pageBehind(rows.map(recordOfLink), rows.at(-1)?.link.number, limit);
  },
  source: async (env, after, limit) => {
    const rows = await sourcesBehind(env, Number(after), limit);
    return pageBehind(rows.map(recordOfSource), rows.at(-1)?.row.number, limit);
  },
  tracker: trackersFrom,
  owner: ownersFrom,
  alias: aliasesFrom,
  "surplus-tracker": (env, after, limit) => surplus(env, "tracker:", after, limit),
  "surplus-alias": (env, after, limit) => surplus(env, "alias:", after, limit),
};
const STAGE_NAMES = Object.keys(STAGES);

const CURSOR = new RegExp(`^(${STAGE_NAMES.join("|")})-(.{0,600})$`);

export const publishQuery = parameters({
  cursor: v.exactOptional(v.pipe(v.string(), v.regex(CURSOR, "Send what the previous answer's next said, unchanged."))),
});
export type PublishQuery = v.InferOutput<typeof publishQuery>;

/** `missing`: the edge had no such record; `different`: these of its fields said something else; `surplus`: the edge had one and the books have none. */
const driftItem = v.object({
  key: v.string(),
  found: v.picklist(["missing", "different", "surplus"]),
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

/** Compares a page of the edge's records with the books and writes those that differ. Only what is wrong is written: KV's writes cost ten times its reads. */
export async function publishPage(env: Env, query: PublishQuery, change: ChangeStamp): Promise<PublishView> {
  const { records, next } = await readPage(env, query.cursor ?? `${STAGE_NAMES[0]}-`);
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

/** As many stages as a page has room for, from the cursor on. */
async function readPage(env: Env, cursor: string): Promise<RecordPage> {
  const [, from = "", behind = ""] = CURSOR.exec(cursor) ?? [];
  const records: EdgeRecord[] = [];
  for (const name of STAGE_NAMES.slice(STAGE_NAMES.indexOf(from))) {
    const room = RECORDS_AT_ONCE - records.length;
    if (room <= 0) return { records, next: `${name}-` };
    const page = await STAGES[name]?.(env, name === from ? behind : "", room);
    records.push(...(page?.records ?? []));
    if (page && page.next !== null) return { records, next: `${name}-${page.next}` };
  }
  return { records, next: null };
}

function pageBehind(records: EdgeRecord[], last: number | undefined, limit: number): RecordPage {
  return { records, next: records.length === limit && last !== undefined ? String(last) : null };
}

/** What KV has under these keys and the books have not. */
async function surplus(env: Env, prefix: string, after: string, limit: number): Promise<RecordPage> {
  const listed = await env.EDGE.list({ prefix, limit, ...(after === "" ? {} : { cursor: after }) });
  const records = await recordsUnder(
    env,
    listed.keys.map(({ name }) => name),
  );
  return { records: records.filter(({ value }) => value === null), next: listed.list_complete ? null : listed.cursor };
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
  if (value === null) return stored === null ? null : { key, found: "surplus", fields: [] };
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
