/** Notes that operators write for one another on what is set up: with who and when, and taken back for good. */
import * as v from "valibot";
import { PAUSABLE, type Pausable } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type ChangeStamp, logChanges } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { fields, parameters } from "../web/input.ts";
import { type ListPage, PAGE_PARAMETERS, pageOf, rowsToRead } from "../web/listing.ts";
import { invalid, notFound, type Problem } from "../web/problem.ts";

const MAX_WORDS = 2_000;

/** What is noted, and of which thing, by its slug. */
export const newNote = fields({
  kind: v.picklist(PAUSABLE),
  subject: v.string(),
  words: v.pipe(
    v.string(),
    v.trim(),
    v.nonEmpty("Write a note."),
    v.maxLength(MAX_WORDS, `A note has at most ${MAX_WORDS} characters.`),
  ),
});
export type NewNote = v.InferOutput<typeof newNote>;

/** Newest first: all, or those of a kind, or of one thing. */
export const noteList = parameters({
  limit: PAGE_PARAMETERS.limit,
  cursor: PAGE_PARAMETERS.cursor,
  kind: v.exactOptional(v.picklist(PAUSABLE)),
  subject: v.exactOptional(v.string()),
});
export type NoteList = v.InferOutput<typeof noteList>;

export const noteAnswer = v.object({
  note: v.number(),
  kind: v.picklist(PAUSABLE),
  subject: v.string(),
  words: v.string(),
  by: v.string(),
  written_at: v.string(),
});
export type NoteView = v.InferOutput<typeof noteAnswer>;

interface NoteRow {
  number: number;
  kind: Pausable;
  subject: string;
  words: string;
  actor: string;
  written_at: number;
}

const NOTES = "SELECT number, kind, subject, words, actor, written_at FROM notes";

export async function listNotes({ DB }: Pick<Env, "DB">, query: NoteList): Promise<ListPage<NoteView>> {
  const { kind, subject, cursor } = query;
  const conditions: [sql: string, value: string | number | undefined][] = [
    ["kind = ?", kind],
    ["subject = ?", subject],
    ["number < ?", cursor],
  ];
  const asked = conditions.filter(([, value]) => value !== undefined);
  const where = ["words IS NOT NULL", ...asked.map(([sql]) => sql)].join(" AND ");
  const { results } = await DB.withSession("first-primary")
    .prepare(`${NOTES} WHERE ${where} ORDER BY number DESC LIMIT ?`)
    .bind(...asked.map(([, value]) => value), rowsToRead(query))
    .all<NoteRow>();
  return pageOf(results, query, viewOf);
}

export async function writeNote(
  env: Env,
  { kind, subject, words }: NewNote,
  change: ChangeStamp,
): Promise<Result<NoteView, Problem>> {
  const thing = await env.DB.prepare(`SELECT number FROM ${kind}s WHERE slug = ?`)
    .bind(subject)
    .first<number>("number");
  if (thing === null) return refuse(invalid("#/subject", `There is no ${kind} "${subject}".`));
  const [made] = await env.DB.batch<NoteRow>([
    env.DB.prepare(
      "INSERT INTO notes (kind, subject, words, actor, written_at) VALUES (?, ?, ?, ?, ?) RETURNING *",
    ).bind(kind, subject, words, change.by.name, change.atMs),
    logChanges(env.DB, change, [{ ...DEED, action: "create", subject: `${kind} ${subject}` }]),
  ]);
  const [row] = made?.results ?? [];
  if (!row) throw new Error("SQLite returned no row");
  return accept(viewOf(row));
}

/** The words are gone; that somebody wrote and took them back stands in the audit log. */
export async function removeNote(env: Env, key: string, change: ChangeStamp): Promise<Result<NoteView, Problem>> {
  const row = /^\d{1,10}$/.test(key)
    ? await env.DB.prepare(`${NOTES} WHERE number = ? AND words IS NOT NULL`).bind(Number(key)).first<NoteRow>()
    : null;
  if (row === null) return refuse(notFound("note", key));
  await env.DB.batch([
    env.DB.prepare("UPDATE notes SET words = NULL, removed_at = ? WHERE number = ? AND words IS NOT NULL").bind(
      change.atMs,
      row.number,
    ),
    logChanges(env.DB, change, [{ ...DEED, action: "discard", subject: `${row.kind} ${row.subject}` }]),
  ]);
  return accept(viewOf(row));
}

/** The log keeps no words, which it would keep for ever. */
const DEED = { kind: "note", before: null, after: null } as const;

function viewOf({ number, kind, subject, words, actor, written_at }: NoteRow): NoteView {
  return { note: number, kind, subject, words, by: actor, written_at: formatInstant(written_at) };
}
