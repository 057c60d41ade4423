/** The status of many things at once: the last changes, and of one what it is about, the button that carries it out, and the one that takes it back. */
import { accept, type Result } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { seeOther } from "../shell/browser-answers.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { Table } from "../shell/parts/table.tsx";
import { Details, Status, Time } from "../shell/parts/values.tsx";
import type { Problem } from "../web/problem.ts";
import { runStatusChange, undoStatusChange } from "./carry-out.ts";
import { PAUSABLE_KINDS } from "./pausable.ts";
import { listStatusChanges, readStatusChange, type StatusChangeView } from "./store.ts";

/** So many are shown; the API tells all. */
const MOST_SHOWN = 200;

export const statusChangePages: Page[] = [
  {
    path: "/status-changes",
    roles: OPERATORS,
    async show({ env }) {
      const { items } = await listStatusChanges(env);
      return accept({
        title: "Set at once",
        body: (
          <>
            <Head title="Set at once">Changes of the status of many things, newest first.</Head>
            <Table
              label="Status changes"
              columns={[
                {
                  name: "Change",
                  cell: (one: StatusChangeView) => (
                    <a href={pathOf(one)}>
                      {one.status_change}, <Time at={one.counted_at} />
                    </a>
                  ),
                },
                { name: "What", cell: (one) => titleOf(one) },
                { name: "Changed", number: true, cell: ({ changed }) => String(changed) },
                { name: "By", cell: ({ by }) => by },
                { name: "State", cell: (one) => <Status status={stateOf(one)} /> },
              ]}
              rows={items}
              empty={<p>None yet. Tick rows of a list, such as the links’, and pause them at once.</p>}
            />
          </>
        ),
      });
    },
  },
  {
    path: "/status-changes/:number",
    roles: OPERATORS,
    actors: holders("set_up"),
    show: (look) => view(look, null),
    async act(sent) {
      const { env, key, form, user, nowMs } = sent;
      const work = form.get("do") === "undo" ? undoStatusChange : runStatusChange;
      const done = await work(env, key, { by: user.caller, atMs: nowMs });
      return done.ok ? accept(seeOther(pathOf(done.value))) : view(sent, done.refusal);
    },
  },
];

function pathOf({ status_change }: StatusChangeView): string {
  return `/status-changes/${status_change}`;
}

function stateOf({ ran_at, undone_at }: StatusChangeView): string {
  if (undone_at !== null) return "taken back";
  return ran_at === null ? "counted" : "done";
}

function titleOf({ kind, status, items }: StatusChangeView): string {
  return `${items.length} ${items.length === 1 ? kind : PAUSABLE_KINDS[kind].many}: ${status}`;
}

async function view(look: Look, problem: Problem | null): Promise<Result<PageView, Problem>> {
  const { env, key, user } = look;
  const found = await readStatusChange(env, key);
  if (!found.ok) return found;
  const one = found.value;
  const { many } = PAUSABLE_KINDS[one.kind];
  const asked = Object.entries(one.asked).map(([name, value]) => `${name} ${value}`);
  const shown = one.items.slice(0, MOST_SHOWN);
  return accept({
    title: `Set at once ${one.status_change}`,
    body: (
      <>
        <Head above={["Set at once", "/status-changes"]} title={titleOf(one)} status={<Status status={stateOf(one)} />}>
          Exactly those that were counted, as far as each is still as it was then.
        </Head>
        {problem === null ? null : <Notice tone="bad">{problem.errors?.[0]?.detail ?? problem.detail}</Notice>}
        <Card title="What it is about">
          <Details
            details={[
              [`Already ${one.status}`, one.unchanged === 0 ? null : `${one.unchanged} ${many}, which stay so`],
              ["Links", one.kind === "destination" ? null : linksInWords(one)],
              ["Clicks on them, last 7 days", one.kind === "destination" ? null : one.clicks.toLocaleString("en-US")],
              ["Filter", asked.length === 0 ? `all ${many}` : asked.join(", ")],
              ["Counted", <Time at={one.counted_at} />],
              ["By", one.by],
              ["Carried out", one.ran_at === null ? null : <Time at={one.ran_at} />],
              ["Changed", one.ran_at === null ? null : String(one.changed)],
              ["Taken back", one.undone_at === null ? null : <Time at={one.undone_at} />],
              ["Put back", one.undone_at === null ? null : String(one.put_back)],
            ]}
          />
          {may(user.caller, "set_up") ? <Buttons one={one} /> : null}
        </Card>
        <Card title="Which" flush>
          <Table
            label="Which"
            columns={[
              {
                name: one.kind,
                cell: ({ slug }: StatusChangeView["items"][number]) => (
                  <a href={`/${many}/${encodeURIComponent(slug)}`}>{slug}</a>
                ),
              },
              { name: "When counted", cell: ({ before }) => <Status status={before} /> },
              { name: "Becomes", cell: () => <Status status={one.status} /> },
            ]}
            rows={shown}
            empty={null}
          />
          {shown.length < one.items.length ? <p class="help">The first {MOST_SHOWN}.</p> : null}
        </Card>
      </>
    ),
  });
}

function linksInWords({ links, affiliates }: StatusChangeView): string {
  const of = `of ${affiliates} ${affiliates === 1 ? "affiliate" : "affiliates"}`;
  return `${links} ${links === 1 ? "link" : "links"} ${of}`;
}

function Buttons({ one }: { one: StatusChangeView }) {
  const { ran_at, undone_at, items, status, kind } = one;
  const { many } = PAUSABLE_KINDS[kind];
  return (
    <form method="post" class="form-actions">
      {ran_at === null ? (
        <button type="submit" name="do" value="run" class="primary">
          Set {items.length} {items.length === 1 ? kind : many} {status}
        </button>
      ) : null}
      {ran_at !== null && undone_at === null ? (
        <button type="submit" name="do" value="undo">
          Take all of it back
        </button>
      ) : null}
      <a class="button" href={`/${many}`}>
        Back to {many}
      </a>
    </form>
  );
}
