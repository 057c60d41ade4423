/** Operators' notes, newest first; forms of other pages that write one, or take one back, are sent here. */
import { NOTED } from "../../../schema/tables.ts";
import { accept, type Result } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { seeOther } from "../shell/browser-answers.ts";
import { readFilters } from "../shell/list-query.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { ChoiceFilter, Filters, TextFilter } from "../shell/parts/filters.tsx";
import { Head, Notice } from "../shell/parts/section.tsx";
import { NoRows, Pager, Table } from "../shell/parts/table.tsx";
import { Time } from "../shell/parts/values.tsx";
import { readBody } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { placeOf } from "./noted-things.ts";
import { listNotes, type NoteView, newNote, noteList, removeNote, writeNote } from "./store.ts";

export const notePage: Page = {
  path: "/notes",
  roles: OPERATORS,
  actors: holders("notes"),
  show: (look) => view(look, null),
  async act(sent) {
    const { env, form, user, nowMs, url } = sent;
    const change = { by: user.caller, atMs: nowMs };
    const [what, note = ""] = (form.get("do") ?? "").split(" ");
    const input = readBody(newNote, {
      kind: form.get("kind"),
      subject: form.get("subject"),
      words: form.get("words") ?? "",
    });
    if (what !== "remove" && !input.ok) return view(sent, input.refusal);
    const done =
      what === "remove"
        ? await removeNote(env, note, change)
        : input.ok
          ? await writeNote(env, input.value, change)
          : input;
    if (!done.ok) return view(sent, done.refusal);
    const { kind, subject } = done.value;
    return accept(seeOther(url.searchParams.has("stay") ? "/notes" : `${placeOf(kind, subject)}#notes`));
  },
};

async function view({ env, user, url }: Look, problem: Problem | null): Promise<Result<PageView, Problem>> {
  const query = readFilters(noteList, url);
  if (!query.ok) return query;
  const { items, next } = await listNotes(env, user.caller, query.value);
  const mayWrite = may(user.caller, "notes");
  return accept({
    title: "Notes",
    body: (
      <>
        <Head title="Notes">What operators noted for one another.</Head>
        {problem === null ? null : <Notice tone="bad">{problem.errors?.[0]?.detail ?? problem.detail}</Notice>}
        <Filters url={url}>
          <ChoiceFilter url={url} name="kind" label="On" options={NOTED} />
          <TextFilter url={url} name="subject" label="Slug, number or ID" />
        </Filters>
        <Table
          label="Notes"
          columns={[
            {
              name: "On",
              cell: ({ kind, subject }: NoteView) => (
                <a href={`${placeOf(kind, subject)}#notes`}>
                  {kind} {subject}
                </a>
              ),
            },
            { name: "Note", cell: ({ words }) => <span class="note-words words">{words}</span> },
            { name: "By", cell: ({ by }) => by },
            { name: "Written", cell: ({ written_at }) => <Time at={written_at} /> },
            ...(mayWrite
              ? [
                  {
                    name: "",
                    cell: ({ note, by }: NoteView) => (
                      <form method="post" action="/notes?stay=1">
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
                    ),
                  },
                ]
              : []),
          ]}
          rows={items}
          empty={
            <NoRows url={url}>
              <p>
                None yet. The page of an affiliate, an offer, an advertiser, a link or a destination has a place for
                them, and so has that of a conversion, a statement, a postback or a claim.
              </p>
            </NoRows>
          }
        />
        <Pager url={url} next={next} older="Older" />
      </>
    ),
  });
}
