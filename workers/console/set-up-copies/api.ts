/** Calls about the nightly copies of the set-up: which there are, how the set-up differs from one, and bringing rows back. */
import * as v from "valibot";
import { formatInstant } from "../../core/instant.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { DAY_MS } from "../../core/time-units.ts";
import { logDeed } from "../audit/deeds.ts";
import type { Env } from "../env.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";
import { fields, parameters } from "../web/input.ts";
import { notFound, type Problem } from "../web/problem.ts";
import { COPIED_TABLES, type CopiedTable, copiedTable } from "./copied-tables.ts";
import { COPIES_PREFIX } from "./copy-file.ts";
import { compareTable, type TableDifferences } from "./differences.ts";
import { restoredRows, restoreStatements, shownKey } from "./restore.ts";

const MOST_NAMED = 50;
const TABLES = COPIED_TABLES.map(({ name }) => name);
const table = v.pipe(v.picklist(TABLES), v.description("Which table of the set-up."));

const copyAnswer = v.object({
  day: v.string(),
  rows: v.number(),
  bytes: v.number(),
  sha256: v.string(),
  finished_at: v.string(),
});

const differencesAnswer = v.object({
  table: v.string(),
  /** Whether rows that were changed since stay, whatever is asked. */
  only_added: v.boolean(),
  missing: v.number(),
  changed: v.number(),
  added: v.number(),
  /** The first ones by name. */
  missing_names: v.array(v.string()),
  changed_rows: v.array(v.object({ name: v.string(), columns: v.array(v.string()) })),
});

export const setUpCopyCalls = [
  call({
    method: "get",
    path: "/api/set-up-copies",
    summary: "List the nightly copies of the set-up",
    roles: holders("repair"),
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: v.object({ tables: v.array(v.string()), items: v.array(copyAnswer) }),
    handle: async ({ env }) => accept({ tables: TABLES, items: await listCopies(env) }),
  }),
  call({
    method: "get",
    path: "/api/set-up-copies/:day",
    summary: "Tell how a table of the set-up differs from a night's copy",
    roles: holders("repair"),
    query: parameters({ table }),
    body: NO_BODY,
    status: 200,
    answer: differencesAnswer,
    async handle({ env, key, query }) {
      const found = await differences(env, key, query.table);
      return found.ok ? accept(shown(found.value)) : found;
    },
  }),
  call({
    method: "post",
    path: "/api/set-up-copies/:day/restore",
    summary: "Bring rows of a table of the set-up back from a night's copy",
    roles: holders("repair"),
    query: NO_QUERY,
    body: fields({
      table,
      day: v.pipe(v.string(), v.description("The day once more: whoever means another one is stopped.")),
      over: v.pipe(
        v.optional(v.boolean(), false),
        v.description("Rows that were changed since become what they were, too. Of tokens, users and sessions never."),
      ),
    }),
    status: 200,
    answer: v.object({ restored: v.number() }),
    async handle({ env, caller, key, nowMs, body }) {
      if (body.day !== key)
        return refuse({
          name: "not_now",
          detail: `Write ${JSON.stringify(key)} as the day: it says that this copy is meant.`,
        });
      const found = await differences(env, key, body.table);
      if (!found.ok) return found;
      const restored = restoredRows(found.value.table, found.value.differences, body.over);
      const after = { set_up: body.table, of: key, over: body.over, restored };
      await logDeed(env, { by: caller, atMs: nowMs }, { action: "repair", kind: "edge", subject: "set-up", after });
      const statements = restoreStatements(env.DB, found.value.table, found.value.differences, body.over);
      if (statements.length > 0) await env.DB.batch(statements);
      return accept({ restored });
    },
  }),
];

interface Found {
  table: CopiedTable;
  differences: TableDifferences;
}

async function differences(env: Env, day: string, name: string): Promise<Result<Found, Problem>> {
  const atMs = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(day) : Number.NaN;
  const named = copiedTable(name);
  const found = Number.isNaN(atMs) || !named ? null : await compareTable(env, atMs / DAY_MS, named);
  return found && named ? accept({ table: named, differences: found }) : refuse(notFound("copy of the set-up", day));
}

function shown({
  table: { name, isOnlyAdded, ...rest },
  differences: { missing, changed, added },
}: Found): v.InferOutput<typeof differencesAnswer> {
  const nameOf = (row: Parameters<typeof shownKey>[1]) => shownKey({ name, isOnlyAdded, ...rest }, row);
  return {
    table: name,
    only_added: isOnlyAdded,
    missing: missing.length,
    changed: changed.length,
    added,
    missing_names: missing.slice(0, MOST_NAMED).map(nameOf),
    changed_rows: changed.slice(0, MOST_NAMED).map(({ row, columns }) => ({ name: nameOf(row), columns })),
  };
}

async function listCopies({ ARCHIVE }: Env): Promise<v.InferOutput<typeof copyAnswer>[]> {
  const { objects } = await ARCHIVE.list({ prefix: COPIES_PREFIX, include: ["customMetadata"] });
  return objects.map(({ key, size, customMetadata = {} }) => ({
    day: key.slice(COPIES_PREFIX.length, COPIES_PREFIX.length + "2026-12-01".length),
    rows: Number(customMetadata.rows),
    bytes: size,
    sha256: customMetadata.sha256 ?? "",
    finished_at: formatInstant(Number(customMetadata.finished_at)),
  }));
}
