/** Decisions on many conversions: the last ones, and of one what was counted, the button that carries it out, and the one that takes it back. */
import { PASSED_OVER } from "../../core/books/decidable.ts";
import { accept, type Result } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { seeOther } from "../shell/browser-answers.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { Table, type TableColumn } from "../shell/parts/table.tsx";
import { Details, Money, Nothing, Status, Time } from "../shell/parts/values.tsx";
import type { Problem } from "../web/problem.ts";
import { type BulkView, listBulks, readBulk } from "./bulk-store.ts";
import { runBulk, undoBulk } from "./bulks.ts";
import { ReviewTabs } from "./deciding.tsx";

export const bulkPages: Page[] = [
  {
    path: "/review/bulks",
    roles: OPERATORS,
    async show({ env }) {
      const { items } = await listBulks(env);
      return accept({
        title: "Decided at once",
        body: (
          <>
            <Head title="Decided at once">Decisions on many conversions, newest first.</Head>
            <ReviewTabs at="bulks" />
            <Table
              label="Bulks"
              columns={[
                {
                  name: "Bulk",
                  cell: ({ bulk, counted_at }: BulkView) => (
                    <a href={`/review/bulks/${bulk}`}>
                      {bulk}, <Time at={counted_at} />
                    </a>
                  ),
                },
                {
                  name: "Decision",
                  cell: ({ decision, reason }) => (reason === null ? decision : `${decision}: ${reason}`),
                },
                { name: "Counted", number: true, cell: ({ count }) => String(count) },
                { name: "Decided", number: true, cell: ({ decided }) => String(decided) },
                { name: "By", cell: ({ by }) => by },
                { name: "State", cell: (bulk) => <Status status={stateOf(bulk)} /> },
              ]}
              rows={items}
              empty={
                <p>
                  None yet. <a href="/review">Review</a> and <a href="/conversions">the list of conversions</a> count
                  what fits, and then decide all of it.
                </p>
              }
            />
          </>
        ),
      });
    },
  },
  {
    path: "/review/bulks/:bulk",
    roles: OPERATORS,
    actors: holders("review"),
    show: (look) => view(look, null),
    async act(sent) {
      const { env, key, form, user, nowMs } = sent;
      const work = form.get("do") === "undo" ? undoBulk : runBulk;
      const done = await work(env, key, { by: user.caller, atMs: nowMs });
      return done.ok ? accept(seeOther(`/review/bulks/${done.value.bulk}`)) : view(sent, done.refusal);
    },
  },
];

function stateOf({ ran_at, undone_at, left }: BulkView): string {
  if (undone_at !== null) return left === 0 ? "taken back" : "broken off";
  if (ran_at === null) return "counted";
  return left === 0 ? "done" : "broken off";
}

async function view(look: Look, problem: Problem | null): Promise<Result<PageView, Problem>> {
  const { env, key, user } = look;
  const found = await readBulk(env, key);
  if (!found.ok) return found;
  const bulk = found.value;
  const asked = Object.entries(bulk.asked).map(([name, value]) => `${name} ${value}`);
  return accept({
    title: `Bulk ${bulk.bulk}`,
    body: (
      <>
        <Head above={["Review", "/review"]} title={`Bulk ${bulk.bulk}`} status={<Status status={stateOf(bulk)} />}>
          {titleOf(bulk)}
        </Head>
        {problem === null ? null : <Notice tone="bad">{problem.errors?.[0]?.detail ?? problem.detail}</Notice>}
        <Card title="What it changes" flush>
          <Table
            label="Sums"
            columns={[{ name: "Currency", cell: ({ currency }) => currency }, ...WORTH]}
            rows={bulk.sums}
            empty={null}
          />
        </Card>
        {bulk.unchanged.length === 0 ? null : (
          <Card title="What fits and stays as it is" flush>
            <Table
              label="Unchanged"
              columns={[
                {
                  name: "Why",
                  cell: ({ why }: BulkView["unchanged"][number]) => <span class="words">They {whyInWords(why)}</span>,
                },
                { name: "Currency", cell: ({ currency }) => currency },
                ...WORTH,
              ]}
              rows={bulk.unchanged}
              empty={null}
            />
          </Card>
        )}
        <Card title="What it is">
          <Details
            details={[
              ["Decision", bulk.decision],
              ["Reason", bulk.reason ?? <Nothing />],
              ["Note", bulk.note],
              [
                "Filter",
                asked.length > 0 ? asked.join(", ") : bulk.among === "held" ? "all that was held" : "all conversions",
              ],
              ["Counted", <Time at={bulk.counted_at} />],
              ["By", bulk.by],
              ["Carried out", bulk.ran_at === null ? null : <Time at={bulk.ran_at} />],
              ["Decided", bulk.ran_at === null ? null : String(bulk.decided)],
              [
                "Passed over, since it would not change them any more",
                bulk.passed_over === 0 ? null : String(bulk.passed_over),
              ],
              ["Taken back", bulk.undone_at === null ? null : <Time at={bulk.undone_at} />],
            ]}
          />
          {may(user.caller, "review") ? <Buttons bulk={bulk} /> : null}
        </Card>
      </>
    ),
  });
}

const WORTH: TableColumn<BulkView["sums"][number]>[] = [
  { name: "Conversions", number: true, cell: ({ conversions }) => String(conversions) },
  { name: "Amount", number: true, cell: (sum) => <Money amount={sum.amount} currency={sum.currency} /> },
  { name: "Payout", number: true, cell: (sum) => <Money amount={sum.payout} currency={sum.currency} /> },
];

function whyInWords(why: string): string {
  return Object.entries(PASSED_OVER).find(([name]) => name === why)?.[1] ?? why;
}

function titleOf({ decision, count, among }: BulkView): string {
  const how = among === "held" ? "they are held still" : "it changes them still";
  return `${decision} ${count === 1 ? "1 conversion" : `${count} conversions`}: exactly those that were counted, as far as ${how}.`;
}

function Buttons({ bulk }: { bulk: BulkView }) {
  const { ran_at, undone_at, left, count, decision, among } = bulk;
  const mayRun = undone_at === null && (ran_at === null || left > 0);
  const mayUndo = ran_at !== null && (undone_at === null || left > 0);
  return (
    <form method="post" class="form-actions">
      {mayRun ? (
        <button type="submit" name="do" value="run" class="primary">
          {ran_at === null ? `${decision} ${count}` : "Go on"}
        </button>
      ) : null}
      {mayUndo ? (
        <button type="submit" name="do" value="undo">
          {undone_at === null ? "Take all of it back" : "Go on taking it back"}
        </button>
      ) : null}
      <a class="button" href={among === "held" ? "/review" : "/conversions"}>
        {among === "held" ? "Back to review" : "Back to conversions"}
      </a>
    </form>
  );
}
