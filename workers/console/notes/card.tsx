/** The notes on one thing, as its page shows them to operators, with the form that writes one. */
import type { Child } from "hono/jsx";
import type { Noted } from "../../../schema/tables.ts";
import { may } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import type { Look } from "../shell/page.ts";
import { Card } from "../shell/parts/section.tsx";
import { Time } from "../shell/parts/values.tsx";
import { listNotes, type NoteView } from "./store.ts";

const MOST_SHOWN = 20;

/** Nothing for whoever is no operator. */
export async function notesCard({ env, user }: Look, kind: Noted, subject: string): Promise<Child> {
  if (!OPERATORS.some((role) => role === user.caller.role)) return null;
  const { items, next } = await listNotes(env, user.caller, { kind, subject, limit: MOST_SHOWN });
  const mayWrite = may(user.caller, "notes");
  if (items.length === 0 && !mayWrite) return null;
  return (
    <Card title="Notes" id="notes" unprinted>
      <NoteItems notes={items} mayWrite={mayWrite} />
      {next === null ? null : (
        <p>
          <a href={`/notes?${new URLSearchParams({ kind, subject })}`}>All notes on it</a>
        </p>
      )}
      {mayWrite ? (
        <form method="post" action="/notes" class="form">
          <input type="hidden" name="kind" value={kind} />
          <input type="hidden" name="subject" value={subject} />
          <div class="field wide">
            <label for="note-words">A note for operators</label>
            <textarea id="note-words" name="words" rows={2} maxlength={2000} required />
          </div>
          <div class="form-actions">
            <button type="submit" name="do" value="write">
              Write it down
            </button>
          </div>
        </form>
      ) : null}
    </Card>
  );
}

/** Each with who wrote it and when, and a button that takes it back. */
export function NoteItems({ notes, mayWrite }: { notes: readonly NoteView[]; mayWrite: boolean }) {
  if (notes.length === 0) return <p class="help">None yet. Affiliates and advertisers never see them.</p>;
  return (
    <ul class="notes">
      {notes.map(({ note, kind, subject, words, by, written_at }) => (
        <li>
          <p class="note-words">{words}</p>
          <div class="help">
            {by}, <Time at={written_at} />
            {mayWrite ? (
              <form method="post" action="/notes" class="inline">
                <input type="hidden" name="kind" value={kind} />
                <input type="hidden" name="subject" value={subject} />
                <button
                  type="submit"
                  class="quiet"
                  name="do"
                  value={`remove ${note}`}
                  aria-label={`Take it back: the note of ${by}`}
                >
                  Take it back
                </button>
              </form>
            ) : null}
          </div>
        </li>
      ))}
    </ul>
  );
}
