/** Notes that operators write for one another, on what is set up and on what came of it: with who and when, and taken back for good. */
import * as v from "valibot";
import { NOTED, type Noted } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type ChangeStamp, logChanges } from "../audit/change.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";
import { fields, parameters } from "../web/input.ts";
import { type ListPage, PAGE_PARAMETERS, pageOf, rowsToRead } from "../web/listing.ts";
import { invalid, notFound, type Problem } from "../web/problem.ts";
import { keptNameOf, SHOWN_SUBJECT } from "./noted-things.ts";

const MAX_WORDS = 2_000;

/** What is noted, and of which thing: by its slug, its ID, its number or its receipt, as its page has it. */
export const newNote = fields({
  kind: v.picklist(NOTED),
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
  kind: v.exactOptional(v.picklist(NOTED)),
  subject: v.exactOptional(v.string()),
});
export type NoteList = v.InferOutput<typeof noteList>;

export const noteAnswer = v.object({
  note: v.number(),
  kind: v.picklist(NOTED),
  subject: v.string(),
  words: v.string(),
  by: v.string(),
  written_at: v.string(),
});
export type NoteView = v.InferOutput<typeof noteAnswer>;

interface NoteRow {
  number: number;
  kind: Noted;
  subject: string;
  words: string;
  actor: string;
  written_at: number;
}

const NOTES = `SELECT number, kind, ${SHOWN_SUBJECT} AS subject, words, actor, written_at FROM notes`;

/** Of a thing that is not there, or not any more, there are those that were kept by that name. */
export async function listNotes(env: Env, caller: Caller, query: NoteList): Promise<ListPage<NoteView>> {
  const { kind, subject: asked, cursor } = query;
  const kept = kind === "statement" && asked !== undefined ? await keptNameOf(env, caller, kind, asked) : null;
  const subject = kept?.ok ? kept.value : asked;
  const conditions: [sql: string, value: string | number | undefined][] = [
    ["kind = ?", kind],
    ["subject = ?", subject],
    ["number < ?", cursor],
  ];
  const said = conditions.filter(([, value]) => value !== undefined);
  const where = ["words IS NOT NULL", ...said.map(([sql]) => sql)].join(" AND ");
  const { results } = await env.DB.withSession("first-primary")
    .prepare(`${NOTES} WHERE ${where} ORDER BY number DESC LIMIT ?`)
    .bind(...said.map(([, value]) => value), rowsToRead(query))
    .all<NoteRow>();
  return pageOf(results, query, viewOf);
}

export async function writeNote(
  env: Env,
  { kind, subject, words }: NewNote,
  change: ChangeStamp,
): Promise<Result<NoteView, Problem>> {
  const kept = await keptNameOf(env, change.by, kind, subject);
  if (!kept.ok)
    return refuse(
      kept.refusal.name === "not_found" ? invalid("#/subject", `There is no ${kind} "${subject}".`) : kept.refusal,
    );
  const [made] = await env.DB.batch<NoteRow>([
    env.DB.prepare(
      "INSERT INTO notes (kind, subject, words, actor, written_at) VALUES (?, ?, ?, ?, ?) RETURNING *",
    ).bind(kind, kept.value, words, change.by.name, change.atMs),
    logChanges(env.DB, change, [{ ...DEED, action: "create", subject: `${kind} ${subject}` }]),
  ]);
  const [row] = made?.results ?? [];
  if (!row) throw new Error("SQLite returned no row");
  return accept(viewOf({ ...row, subject }));
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
