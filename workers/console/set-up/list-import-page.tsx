/** The page that takes in a list: it is looked at first, line by line, and then done as it was seen. */
import type { Child } from "hono/jsx";
import { accept, type Result } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { seeOther } from "../shell/browser-answers.ts";
import type { Page, PageView, Upload } from "../shell/page.ts";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { FileField, PastedLines, sentBytes } from "../shell/parts/sent-lines.tsx";
import { Table } from "../shell/parts/table.tsx";
import { Clipped, Nothing } from "../shell/parts/values.tsx";
import { type Problem, problemHead } from "../web/problem.ts";
import { textOf } from "../web/sent-text.ts";
import { MAX_LIST_BYTES } from "./list-calls.ts";
import { importList, type LookView } from "./list-import.ts";
import { columnsOf, type ListedThing, type ListKind, type StoredThing } from "./list-kind.ts";
import { MOST_ROWS } from "./list-look.ts";
import { importPathOf, type KindOfThing } from "./pages.tsx";

/** So many lines are shown; the API answers all. */
const SHOWN = 200;
const LOOK = "look";

/** The page of a kind of thing of which there are lists. */
export function importPage<Made extends ListedThing, One extends Made & StoredThing, New extends object>(
  thing: KindOfThing,
  kind: ListKind<Made, One, New>,
): Page {
  const columns = columnsOf(kind, "admin");
  const view = (text: string, answer: Child, status = 200) =>
    accept<PageView>({
      title: `Import ${kind.many}`,
      scripts: ["table-file.js"],
      status,
      body: <ImportBody thing={thing} many={kind.many} columns={columns} text={text} answer={answer} />,
    });
  const refusal = (text: string, { name, detail }: Problem) =>
    view(text, <Notice tone="bad">{detail}</Notice>, problemHead(name).status);

  async function act(sent: Upload): Promise<Result<PageView | Response, Problem>> {
    const { env, user, form, nowMs } = sent;
    const text = textOf(sentBytes(sent));
    if (text === null || text.length > MAX_LIST_BYTES)
      return refusal("", { name: "too_large", detail: `A list has at most ${MAX_LIST_BYTES} bytes of UTF-8.` });
    const look = form.get(LOOK) ?? undefined;
    const done = await importList(env, kind, text, look, { by: user.caller, atMs: nowMs });
    if (!done.ok) return refusal(text, done.refusal);
    return done.value.applied
      ? accept(seeOther(`${thing.path}?done=imported`))
      : view(text, <WhatItComesTo look={done.value} kind={kind} />);
  }

  return {
    path: importPathOf(thing),
    roles: holders("set_up"),
    show: async () => view("", null),
    upload: act,
  };
}

interface ImportBodyProps {
  thing: KindOfThing;
  many: string;
  columns: readonly string[];
  text: string;
  answer: Child;
}

function ImportBody({ thing, many, columns, text, answer }: ImportBodyProps) {
  return (
    <>
      <Head above={[thing.many, thing.path]} title={`Import ${many}`}>
        You see what a list would make and change before it does; then all of it is done, or nothing.
      </Head>
      <form method="post" action={importPathOf(thing)} enctype="multipart/form-data" data-table-file="whole">
        <Card title="The list">
          <div class="inline">
            <FileField />
            <button type="submit" class="primary">
              Look
            </button>
          </div>
          <PastedLines pasted={text} />
          <p class="help">
            CSV, at most {MOST_ROWS.toLocaleString("en")} lines; the first names the columns: {columns.join(", ")}. What
            CSV of the list gives can be changed and sent back. A slug that is here already is changed, another one is
            new; columns that are left out stay as they are.
          </p>
        </Card>
        {answer}
      </form>
    </>
  );
}

type ShownLine = LookView["lines"][number];

function WhatItComesTo({ look, kind }: { look: LookView; kind: { many: string } }) {
  const count = (is: ShownLine["is"] | "unchanged") => look[is].toLocaleString("en");
  const nothing = look.new + look.changed === 0;
  return (
    <>
      <Notice tone={look.refused > 0 ? "bad" : nothing ? "info" : "good"}>
        <p>
          {count("new")} new, {count("changed")} changed, {count("unchanged")} unchanged, {count("refused")} refused.
          {look.refused > 0 ? " Nothing can be done before the lines that are refused are mended or left out." : ""}
        </p>
        {look.refused > 0 || nothing ? null : (
          <p>
            <button type="submit" name={LOOK} value={look.look} class="primary">
              Do this
            </button>
          </p>
        )}
      </Notice>
      {look.lines.length === 0 ? null : (
        <Card title={`What it does to ${kind.many}`} flush>
          <Table
            label={`What it does to ${kind.many}`}
            columns={[
              { name: "Line", number: true, cell: ({ line }: ShownLine) => line },
              { name: "Slug", cell: ({ slug }) => (slug === null ? "made for it" : <Clipped text={slug} />) },
              { name: "Is", cell: ({ is }) => is },
              { name: "What", cell: (line) => <What {...line} /> },
            ]}
            rows={look.lines.toSorted(refusedFirst).slice(0, SHOWN)}
            empty={null}
          />
          {look.lines.length > SHOWN ? (
            <p class="help">
              The first {SHOWN} of {look.lines.length.toLocaleString("en")}, those that are refused before the others.
            </p>
          ) : null}
        </Card>
      )}
    </>
  );
}

function refusedFirst(left: ShownLine, right: ShownLine): number {
  return Number(right.is === "refused") - Number(left.is === "refused");
}

/** Why not, or field by field from what to what. */
function What({ is, moves, why }: ShownLine) {
  if (why !== null) return why;
  return (
    <ul>
      {moves.map(({ field, before, after }) => (
        <li>
          {field}: {is === "new" ? null : <>{before === "" ? <Nothing /> : <code class="break">{before}</code>} → </>}
          {after === "" ? <Nothing /> : <code class="break">{after}</code>}
        </li>
      ))}
    </ul>
  );
}
