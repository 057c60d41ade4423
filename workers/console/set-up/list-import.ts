/** Takes in a list that was looked at: all of what it makes and changes in one transaction, or nothing. */
import { getTableColumns, getTableName } from "drizzle-orm";
import * as v from "valibot";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type ChangeRecord, type ChangeStamp, logChanges } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { linesProblem } from "../web/lines-problem.ts";
import type { Problem } from "../web/problem.ts";
import { isTaken } from "../web/saving.ts";
import type { ListedThing, ListKind, StoredThing } from "./list-kind.ts";
import { type ListPlan, lookAtList, type PlannedLine } from "./list-look.ts";

/** Rows of a statement: a bound text of D1 has at most two megabytes. */
const ROWS_AT_ONCE = 200;
/** What SQLite says where a row is not any more as it was looked at. */
const MOVED = "malformed JSON";

const move = v.object({ field: v.string(), before: v.string(), after: v.string() });

/** What a list comes to, or has come to. */
export const lookAnswer = v.object({
  look: v.string(),
  applied: v.boolean(),
  new: v.number(),
  changed: v.number(),
  unchanged: v.number(),
  refused: v.number(),
  lines: v.array(
    v.object({
      line: v.number(),
      slug: v.nullable(v.string()),
      is: v.picklist(["new", "changed", "refused"]),
      moves: v.array(move),
      why: v.nullable(v.string()),
    }),
  ),
});
export type LookView = v.InferOutput<typeof lookAnswer>;

/** Looks at a list, or, where `look` says what was seen, does exactly that. */
export async function importList<Made extends ListedThing, One extends Made & StoredThing, New extends object>(
  env: Env,
  kind: ListKind<Made, One, New>,
  text: string,
  look: string | undefined,
  change: ChangeStamp,
): Promise<Result<LookView, Problem>> {
  const plan = await lookAtList(env, kind, text, change);
  if (!plan.ok) return plan;
  if (look === undefined) return accept(viewOf(plan.value, false));
  const refused = plan.value.lines.flatMap((one) => (one.is === "refused" ? [one] : []));
  if (refused.length > 0)
    return refuse(linesProblem({ name: "invalid_input", before: "Nothing was changed." }, refused));
  if (plan.value.look !== look) return refuse(OTHERWISE);
  const done = await write(env, kind, plan.value.lines, change);
  return done.ok ? accept(viewOf(plan.value, true)) : done;
}

const OTHERWISE: Problem = {
  name: "not_now",
  detail: "Nothing was changed: the list, or what it changes, is not as it was looked at. Look again.",
};

function viewOf({ look, lines }: ListPlan<unknown, unknown>, applied: boolean): LookView {
  const count = (is: PlannedLine<unknown, unknown>["is"]) => lines.filter((one) => one.is === is).length;
  return {
    look,
    applied,
    new: count("new"),
    changed: count("changed"),
    unchanged: count("unchanged"),
    refused: count("refused"),
    lines: lines.flatMap((one) => {
      if (one.is === "unchanged") return [];
      const { line, slug, is } = one;
      return [{ line, slug, is, moves: "moves" in one ? one.moves : [], why: "why" in one ? one.why : null }];
    }),
  };
}

async function write<Made extends ListedThing, One extends Made & StoredThing, New extends object>(
  env: Env,
  kind: ListKind<Made, One, New>,
  lines: readonly PlannedLine<Made, One>[],
  change: ChangeStamp,
): Promise<Result<null, Problem>> {
  const fresh = lines.flatMap((one) => (one.is === "new" ? [one.thing] : []));
  const changed = lines.flatMap((one) => (one.is === "changed" ? [one] : []));
  const records: ChangeRecord[] = [
    ...fresh.map((thing) => recordOf(kind.kind, "create", thing.row.slug, null, kind.view(env, thing))),
    ...changed.map(({ before, after }) =>
      recordOf(kind.kind, "change", before.row.slug, kind.view(env, before), kind.view(env, after)),
    ),
  ];
  const statements = [
    ...inParts(changed.map(({ before }) => before)).map((part) => stillAsSeen(env, kind, part)),
    ...inParts(fresh).map((part) => insertion(env, kind, part)),
    ...inParts(changed.map(({ after }) => after)).map((part) => update(env, kind, part)),
    ...inParts(records).map((part) => logChanges(env.DB, change, part)),
  ];
  if (statements.length === 0) return accept(null);
  try {
    await env.DB.batch(statements);
    return accept(null);
  } catch (error) {
    if (isTaken(error, `${getTableName(kind.table)}.slug`) || isMoved(error)) return refuse(OTHERWISE);
    throw error;
  }
}

function recordOf(
  kind: ChangeRecord["kind"],
  action: ChangeRecord["action"],
  subject: string,
  before: unknown,
  after: unknown,
): ChangeRecord {
  return { action, kind, subject, before, after };
}

function inParts<Item>(items: readonly Item[]): Item[][] {
  const parts = Math.ceil(items.length / ROWS_AT_ONCE);
  return Array.from({ length: parts }, (_, at) => items.slice(at * ROWS_AT_ONCE, (at + 1) * ROWS_AT_ONCE));
}

interface Written {
  table: ListKind<ListedThing, StoredThing, object>["table"];
}

/** Fails where one of them was changed since it was read, and the whole batch with it. */
function stillAsSeen({ DB }: Env, { table }: Written, things: readonly StoredThing[]) {
  const seen = JSON.stringify(things.map(({ row }) => [row.number, row.updatedAtMs]));
  return DB.prepare(
    `SELECT CASE WHEN COUNT(*) > 0 THEN json('moved ' || COUNT(*)) END
     FROM json_each(?) AS seen JOIN "${getTableName(table)}" AS present ON present.number = seen.value ->> 0
     WHERE present.updated_at <> seen.value ->> 1`,
  ).bind(seen);
}

function isMoved(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause.message.includes(MOVED)) return true;
  return false;
}

function insertion({ DB }: Env, { table }: Written, things: readonly ListedThing[]) {
  const columns = columnsBut(table, []);
  const names = columns.map(([, { name }]) => `"${name}"`).join(", ");
  const values = columns.map((_, at) => `value ->> ${at}`).join(", ");
  return DB.prepare(`INSERT INTO "${getTableName(table)}" (${names}) SELECT ${values} FROM json_each(?)`).bind(
    rowsOf(columns, things),
  );
}

/** Writes whole rows, which are as they were read but for what is changed. */
function update({ DB }: Env, { table }: Written, things: readonly StoredThing[]) {
  const columns = columnsBut(table, ["slug", "createdAtMs"]);
  const values = columns.map(([, { name }], at) => `"${name}" = value ->> ${at}`).join(", ");
  const name = getTableName(table);
  const numbers = Object.entries(getTableColumns(table)).filter(([property]) => property === "number");
  const number = `value ->> ${columns.length}`;
  return DB.prepare(`UPDATE "${name}" SET ${values} FROM json_each(?) WHERE "${name}".number = ${number}`).bind(
    rowsOf([...columns, ...numbers], things),
  );
}

type Columns = [property: string, column: ReturnType<typeof getTableColumns>[string]][];

/** All but its number and these. */
function columnsBut(table: Written["table"], without: readonly string[]) {
  return Object.entries(getTableColumns(table)).filter(
    ([property]) => property !== "number" && !without.includes(property),
  );
}

function rowsOf(columns: Columns, things: readonly ListedThing[]): string {
  return JSON.stringify(
    things.map(({ row }) =>
      columns.map(([property, column]) => {
        const value: unknown = Reflect.get(row, property) ?? null;
        return value === null ? null : column.mapToDriverValue(value);
      }),
    ),
  );
}
