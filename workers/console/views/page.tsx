/** Views: all that one keeps and is shown, renamed, shared, opened with and deleted; and what lists' own forms keep. */
import { SHARED_WITH } from "../../../schema/tables.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { EVERYONE } from "../../core/roles.ts";
import { seeOther } from "../shell/browser-answers.ts";
import { columnsIn } from "../shell/list-query.ts";
import type { Look, Page, Submission } from "../shell/page.ts";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { Table } from "../shell/parts/table.tsx";
import { readBody } from "../web/input.ts";
import { notFound, type Problem } from "../web/problem.ts";
import { columnChoice, newView, type ViewOfList, viewChange } from "./fields.ts";
import { addressOf } from "./list-shape.ts";
import { type ListName, listNamed } from "./lists.ts";
import { changeView, deleteView, keepColumns, keepView, listViewsOf } from "./store.ts";
import { ShareChoice } from "./view-tabs.tsx";

export const viewsPage: Page = {
  path: "/views",
  roles: EVERYONE,
  actors: holders("views"),
  show: showViews,
  act,
};

async function showViews({ env, user, url }: Look) {
  const views = await listViewsOf(env, user.caller);
  const own = views.filter((view) => view.own);
  const shared = views.filter((view) => !view.own);
  return accept({
    title: "Views",
    body: (
      <>
        <Head title="Views">Lists and reports as you keep them: filters, order, columns and rows of a page.</Head>
        {url.searchParams.has("done") ? <Notice tone="good">Saved.</Notice> : null}
        {own.length === 0 ? (
          <Card>
            <p>None yet. Above every list stands “Keep as a view”.</p>
          </Card>
        ) : (
          own.map((view) => <OwnView view={view} mayShare={may(user.caller, "share_views")} />)
        )}
        {shared.length === 0 ? null : (
          <Card title="Shared with you" flush>
            <Table
              label="Shared with you"
              columns={[
                {
                  name: "View",
                  cell: (view: ViewOfList) => (
                    <a href={addressOf(`/${view.list}`, view)}>
                      <bdi>{view.name}</bdi>
                    </a>
                  ),
                },
                { name: "List", cell: ({ list }) => list },
                {
                  name: "",
                  cell: (view) => (
                    <form method="post" action={`/views?id=${view.id}&do=${view.default ? "no-default" : "default"}`}>
                      <button type="submit" class="quiet">
                        {view.default ? "Do not open the list with it" : "Open the list with it"}
                      </button>
                    </form>
                  ),
                },
              ]}
              rows={shared}
              empty={null}
            />
          </Card>
        )}
      </>
    ),
  });
}

function OwnView({ view, mayShare }: { view: ViewOfList; mayShare: boolean }) {
  const { id, list, name, default: isDefault, shared_with: sharedWith } = view;
  return (
    <Card
      title={
        <a href={addressOf(`/${list}`, view)}>
          <bdi>{name}</bdi>
        </a>
      }
      actions={<span class="help">{list}</span>}
    >
      <form method="post" action={`/views?id=${id}&do=change`} class="inline" aria-label={`View ${name}`}>
        <label>
          <span>Name</span>
          <input name="name" required maxlength={60} value={name} autocomplete="off" />
        </label>
        {mayShare ? <ShareChoice chosen={sharedWith} /> : null}
        <label class="check">
          <input type="checkbox" name="default" value="1" checked={isDefault} />
          The list opens with it
        </label>
        <button type="submit">Save</button>
        <button type="submit" class="danger" formaction={`/views?id=${id}&do=delete`} formnovalidate>
          Delete
        </button>
      </form>
    </Card>
  );
}

/** What a form of a list, or of this page, asks for: which stands in its address. */
async function act(sent: Submission): Promise<Result<Response, Problem>> {
  const { env, user, url, form, nowMs } = sent;
  const change = { by: user.caller, atMs: nowMs };
  const id = url.searchParams.get("id") ?? "";
  const list = listNamed(url.searchParams.get("list") ?? "", user.caller);
  switch (url.searchParams.get("do")) {
    case "keep":
      return list === null ? noList() : keep(sent, list);
    case "columns":
    case "no-columns":
      return list === null ? noList() : chooseColumns(sent, list);
    case "change": {
      const read = readBody(viewChange, { name: form.get("name") ?? "", ...options(form) });
      return read.ok ? done(await changeView(env, id, read.value, change)) : read;
    }
    case "default":
      return done(await changeView(env, id, { default: true }, change));
    case "no-default":
      return done(await changeView(env, id, { default: false }, change));
    case "delete":
      return done(await deleteView(env, id, change));
    default:
      return noList();
  }
}

function done(result: Result<unknown, Problem>): Result<Response, Problem> {
  return result.ok ? accept(seeOther("/views?done=saved")) : result;
}

function noList(): Result<never, Problem> {
  return refuse(notFound("list", ""));
}

async function keep({ env, user, form, nowMs }: Submission, list: ListName): Promise<Result<Response, Problem>> {
  const said = { list, name: form.get("name") ?? "", query: form.get("query") ?? "" };
  const read = readBody(newView, { ...said, ...options(form) });
  if (!read.ok) return read;
  const kept = await keepView(env, read.value, { by: user.caller, atMs: nowMs }, true);
  return kept.ok ? accept(seeOther(addressOf(`/${list}`, kept.value))) : kept;
}

/** Who may not share is not asked, and changes nothing of it. */
function options(form: URLSearchParams) {
  const role = form.get("shared_with");
  const shared = SHARED_WITH.find((one) => one === role) ?? null;
  return { default: form.has("default"), ...(role === null ? {} : { shared_with: shared }) };
}

/** The list again, as its form said it, with the columns that are kept now. */
async function chooseColumns({ env, user, url, form, nowMs }: Submission, list: ListName) {
  const isChosen = url.searchParams.get("do") === "columns";
  const names = columnsIn(new URL(`?${form}`, url));
  const read = readBody(columnChoice, { columns: isChosen ? names : null });
  if (!read.ok) return read;
  await keepColumns(env, list, read.value.columns, { by: user.caller, atMs: nowMs });
  const left = new URLSearchParams([...form].filter(([name]) => name !== "columns"));
  return accept(seeOther(`/${list}?${left.size === 0 ? "view=none" : left}`));
}
