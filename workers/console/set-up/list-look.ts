/** Looks at a list before anything is written: what each line would make or change, from what to what, and what is refused and why. */
import { rearmFormula } from "../../core/formula.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { EVERYONE, isSeenBy, type Role } from "../../core/roles.ts";
import { sha256 } from "../../core/sha256.ts";
import { readList } from "../../core/table-file/short-list.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { readBody } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { merge } from "../web/saving.ts";
import { mayWrite } from "./field.ts";
import { changedColumns, type ValueField } from "./field-values.ts";
import { cellOf, columnsOf, type ListedThing, type ListKind, type StoredThing } from "./list-kind.ts";

/** A list has at most so many lines. */
export const MOST_ROWS = 5_000;

/** A field of a line: what it is, empty where there is nothing yet, and what it would be. */
export interface FieldMove {
  field: string;
  before: string;
  after: string;
}

interface Line {
  line: number;
  /** Null where one is made for it. */
  slug: string | null;
}
export type PlannedLine<Made, One> =
  | (Line & { is: "new"; thing: Made; moves: FieldMove[] })
  | (Line & { is: "changed"; before: One; after: One; moves: FieldMove[] })
  | (Line & { is: "unchanged" })
  | (Line & { is: "refused"; why: string });

/** What a list comes to; `look` stands for exactly that, and is another one as soon as it would come to something else. */
export interface ListPlan<Made, One> {
  look: string;
  lines: PlannedLine<Made, One>[];
}

/** Refuses a text that is no list of this kind; a line that cannot be done is told as one. */
export async function lookAtList<Made extends ListedThing, One extends Made & StoredThing, New extends object>(
  env: Env,
  kind: ListKind<Made, One, New>,
  text: string,
  { by, atMs }: ChangeStamp,
): Promise<Result<ListPlan<Made, One>, Problem>> {
  const read = await readRows(kind, text, columnsOf(kind, "admin"));
  if (!read.ok) return read;
  const rows = read.value;
  const present = await kind.named(env, by, [...new Set(rows.map(({ slug }) => slug))]);
  const lines: PlannedLine<Made, One>[] = [];
  const fresh: { at: number; row: Row; input: New }[] = [];
  const seen = new Map<string, number>();
  for (const row of rows) {
    const { line, slug } = row;
    const first = seen.get(slug);
    const before = present.get(slug);
    if (slug !== "") seen.set(slug, first ?? line);
    if (row.fault !== undefined) lines.push(refused(row, row.fault));
    else if (first !== undefined) lines.push(refused(row, `Line ${first} has ${slug} already.`));
    else if (before !== undefined) lines.push(plannedChange(env, kind, row, before, { by, atMs }));
    else {
      const input = newInput(kind, row, by.role);
      if (input.ok) fresh.push({ at: lines.length, row, input: input.value });
      lines.push(refused(row, input.ok ? "" : input.refusal));
    }
  }
  const made = await kind.make(
    env,
    fresh.map(({ input }) => input),
    atMs,
  );
  for (const [index, { at, row }] of fresh.entries()) {
    const one = made[index];
    if (one?.ok) lines[at] = plannedNew(env, kind, row, one.value);
    else if (one) lines[at] = refused(row, `${one.refusal.pointer.slice(2)}: ${one.refusal.detail}`);
  }
  return accept({ look: lookOf(kind.kind, lines), lines });
}

/** A line as it was read: its cells by the names of their columns. */
interface Row extends Line {
  slug: string;
  cells: Map<string, string>;
  fault?: string;
}

async function readRows(
  { many }: { many: string },
  text: string,
  columns: readonly string[],
): Promise<Result<Row[], Problem>> {
  const malformed = (detail: string) => refuse({ name: "malformed_request", detail } as const);
  const [header, ...records] = (await readList(text.replaceAll("\r\n", "\n"))) ?? [];
  const names = header?.cells.map((cell) => cell.trim().toLowerCase()) ?? [];
  const known = `Its columns are: ${columns.join(", ")}; leave out what is to stay.`;
  if (!names.includes("slug"))
    return malformed(`Send CSV whose first line names its columns, slug among them. ${known}`);
  const unknown = names.filter((name) => !columns.includes(name));
  if (unknown.length > 0) return malformed(`There is no column “${unknown.join("”, “")}” here. ${known}`);
  const twice = names.filter((name, at) => names.indexOf(name) !== at);
  if (twice.length > 0) return malformed(`The column “${twice.join("”, “")}” stands there twice.`);
  if (records.length === 0) return malformed(`There are no ${many} behind the first line.`);
  if (records.length > MOST_ROWS)
    return refuse({ name: "too_large", detail: `A list has at most ${MOST_ROWS} lines: send it in parts.` });
  return accept(
    records.map(({ line, cells: raw }) => {
      const cells = new Map(names.map((name, at) => [name, rearmFormula(raw[at] ?? "")]));
      const fault = `It has ${raw.length} cells, and the first line ${names.length}.`;
      const row = { line, slug: cells.get("slug")?.trim() ?? "", cells };
      return raw.length === names.length ? row : { ...row, fault };
    }),
  );
}

function refused({ line, slug }: Row, why: string) {
  return { line, slug: slug === "" ? null : slug, is: "refused", why } as const;
}

function plannedChange<Made extends ListedThing, One extends Made & StoredThing, New extends object>(
  env: Env,
  kind: ListKind<Made, One, New>,
  row: Row,
  before: One,
  { by, atMs }: ChangeStamp,
): PlannedLine<Made, One> {
  const shown = kind.view(env, before);
  // What a role does not see it learns by no line either: as it is already is said like anything else.
  const isSame = (name: string, cell: string) =>
    isSeenBy(kind.fields[name] ?? { seenBy: EVERYONE }, by.role) && cell === cellOf(Reflect.get(shown, name));
  const said = new Map([...row.cells].filter(([name, cell]) => !isSame(name, cell)));
  // It was found by it.
  said.delete("slug");
  for (const [name, cell] of said) {
    const field = kind.fields[name];
    if (!field?.input || field.fixed) {
      const is = cellOf(Reflect.get(shown, name));
      return refused(row, `${name}: it is “${is}” and stays so: write that, or leave the column out.`);
    }
    if (!mayWrite(field, by.role)) return refused(row, `${name}: with the role ${by.role} it cannot be set.`);
    if (cell.trim() === "" && !takesEmpty(field))
      return refused(row, `${name}: write something, or leave the column out.`);
  }
  const read = readBody(kind.change, inputOf(kind.fields, said));
  if (!read.ok) return refused(row, inWords(read.refusal));
  const columns = Object.fromEntries(
    Object.entries(changedColumns(kind.fields, read.value)).filter(
      ([column, value]) => JSON.stringify(value) !== JSON.stringify(Reflect.get(before.row, column)),
    ),
  );
  const { line, slug } = row;
  if (Object.keys(columns).length === 0) return { line, slug, is: "unchanged" };
  const moved = merge(before.row, { ...columns, ...kind.also?.(columns), updatedAtMs: atMs });
  const after = { ...before, row: moved };
  const moves = movesOf(shown, kind.view(env, after), Object.keys(kind.fields));
  return { line, slug, is: "changed", before, after, moves };
}

/** Stamps move with every change, and are none. */
const STAMPED = new Set(["created_at", "updated_at"]);

function movesOf(before: object, after: object, names: readonly string[]): FieldMove[] {
  return names.flatMap((field) => {
    const move = { field, before: cellOf(Reflect.get(before, field)), after: cellOf(Reflect.get(after, field)) };
    return move.before === move.after || STAMPED.has(field) ? [] : [move];
  });
}

function newInput<Made extends ListedThing, One extends Made & StoredThing, New extends object>(
  kind: ListKind<Made, One, New>,
  row: Row,
  role: Role,
): Result<New, string> {
  const said = new Map([...row.cells].filter(([, cell]) => cell.trim() !== ""));
  for (const name of said.keys())
    if (!mayWrite(kind.fields[name] ?? {}, role)) return refuse(`${name}: with the role ${role} it cannot be set.`);
  for (const name of kind.besides)
    if (said.has(name)) return refuse(`${name}: it is made, not sent: leave it empty for ${kind.one} that is new.`);
  const read = readBody(kind.newOne, inputOf(kind.fields, said));
  return read.ok ? read : refuse(inWords(read.refusal));
}

/** What the list itself says of a new one; a slug that was made for it would be another one at the next look. */
function plannedNew<Made extends ListedThing, One extends Made & StoredThing, New extends object>(
  env: Env,
  kind: ListKind<Made, One, New>,
  { line, slug, cells }: Row,
  thing: Made,
): PlannedLine<Made, One> {
  const shown = kind.view(env, thing);
  const said = Object.keys(kind.fields).filter((name) => (cells.get(name) ?? "").trim() !== "");
  const moves = movesOf({}, shown, said);
  return { line, slug: slug === "" ? null : slug, is: "new", thing, moves };
}

function takesEmpty({ default: unsaid }: ValueField): boolean {
  return unsaid === null || Array.isArray(unsaid);
}

/** The cells as the API has them in JSON. */
function inputOf(fields: Readonly<Record<string, ValueField>>, said: ReadonlyMap<string, string>) {
  return Object.fromEntries([...said].map(([name, cell]) => [name, jsonOf(fields[name], cell.trim())]));
}

function jsonOf(field: ValueField | undefined, cell: string): unknown {
  const unsaid = field?.default;
  if (cell === "" && unsaid === null) return null;
  if (typeof unsaid !== "boolean") return cell;
  // As spreadsheets write them.
  const word = cell.toLowerCase();
  return word === "true" ? true : word === "false" ? false : cell;
}

function inWords({ errors = [], detail }: Problem): string {
  const told = errors.map((fault) =>
    "pointer" in fault ? `${fault.pointer.slice(2)}: ${fault.detail}` : fault.detail,
  );
  return told.length === 0 ? detail : told.join(" ");
}

function lookOf(kind: string, lines: readonly PlannedLine<unknown, unknown>[]): string {
  const told = lines.map((one) => [one.line, one.is, one.slug, "moves" in one ? one.moves : null]);
  return sha256(JSON.stringify([kind, told]));
}
